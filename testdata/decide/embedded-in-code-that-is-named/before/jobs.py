JOB = {"apiVersion": "flink.apache.org/v1alpha1", "kind": "FlinkDeployment"}
