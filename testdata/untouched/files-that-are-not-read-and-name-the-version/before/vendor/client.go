var GroupVersion = "flink.apache.org/v1alpha1"
