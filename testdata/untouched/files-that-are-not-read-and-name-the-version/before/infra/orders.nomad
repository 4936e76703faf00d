job "orders" {
  template { data = <<EOF
apiVersion: flink.apache.org/v1alpha1
EOF
  }
}
