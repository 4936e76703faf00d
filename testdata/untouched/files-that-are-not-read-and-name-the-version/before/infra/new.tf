apiVersion = "flink.apache.org/v1beta1"
