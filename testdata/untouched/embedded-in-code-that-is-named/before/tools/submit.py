"""Starts a job."""

MANIFEST = {
    "apiVersion": "flink.apache.org/v1alpha1",
    "kind": "FlinkDeployment",
    "metadata": {"name": "{{job}}"},
}
