schema.GroupVersion{Group: "flink.apache.org", Version: "v1alpha1"}
