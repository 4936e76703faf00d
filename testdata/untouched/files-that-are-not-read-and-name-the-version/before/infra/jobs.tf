resource "kubernetes_manifest" "orders" {
  manifest = { apiVersion = "flink.apache.org/v1alpha1" }
}
