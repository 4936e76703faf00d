"""Manifests that the scenarios are made of."""

STATELESS = """\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata:
  name: page-views
  namespace: web
spec:
  image: flink:1.15
  flinkVersion: v1_15
  serviceAccount: flink
  jobManager:
    replicas: 1
    resource: {memory: 1g, cpu: 1}
  taskManager:
    resource: {memory: 1g, cpu: 1}
  job:
    jarURI: local:///opt/job.jar
    parallelism: 2
    upgradeMode: stateless
"""

CONVERTED = STATELESS.replace("v1alpha1", "v1beta1")

STATEFUL = (
    STATELESS.replace("page-views", "orders")
    .replace("stateless", "savepoint")
    .replace("spec:\n", "spec:\n  flinkConfiguration: {state.checkpoints.dir: s3://lake/orders}\n")
)

SAVEPOINTS = "web/orders: s3://lake/savepoints/savepoint-1-2\n"

BROKEN = "apiVersion: flink.apache.org/v1alpha1\nkind: [\n"

# Every line of it that begins with two colons, and the comment, is a command to the runner if it
# reaches the log as a line of a diff: what stands before it there is a space.
COMMANDING = STATELESS.replace(
    "apiVersion: flink.apache.org/v1alpha1\n",
    "::error::planted: true\n"
    "##[error]planted in a comment\n"
    "apiVersion: flink.apache.org/v1alpha1\n"
    "::add-mask::planted: true\n"
    "::set-output name=changed::planted: true\n",
)
