"""Kubernetes objects that have nothing to do with Flink: what most of a GitOps repository is.

Each function returns the text of one document. Names, images and hosts are made up.
"""

import json
from random import Random

TEAMS = ["payments", "checkout", "search", "catalog", "identity", "billing", "fulfilment", "ads",
         "insights", "media", "support", "platform", "pricing", "returns", "loyalty", "fraud"]
NOUNS = ["gateway", "worker", "indexer", "scheduler", "api", "proxy", "mailer", "importer", "ledger",
         "reporter", "cache", "router", "notifier", "exporter", "sync", "console"]
REMARKS = ["# Raised after the incident in March; see the runbook before lowering it again.",
           "# Owned by the platform team, ask in their channel first.",
           "# Keep in step with the value in the chart.",
           "# The old value was too small for the nightly import.",
           "# Wird von der Abrechnung gelesen, nicht umbenennen."]


def app_name(rng: Random, number: int) -> str:
    return f"{rng.choice(TEAMS)}-{rng.choice(NOUNS)}-{number}"


def deployment(rng: Random, name: str, space: str) -> str:
    port, replicas, version = rng.randint(3000, 9999), rng.randint(1, 9), rng.randint(1, 400)
    variables = "".join(
        f"            - name: {word.upper()}_{rng.choice(['URL', 'TIMEOUT', 'LIMIT', 'TOPIC'])}\n"
        f"              value: \"{rng.randint(1, 90000)}\"\n"
        for word in rng.sample(NOUNS, rng.randint(4, 10)))
    return f"""apiVersion: apps/v1
kind: {rng.choice(["Deployment", "Deployment", "StatefulSet"])}
metadata:
  name: {name}
  namespace: {space}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {space}
    app.kubernetes.io/managed-by: kustomize
  annotations:
    reloader.example.com/auto: "true"
spec:
  {rng.choice(REMARKS)}
  replicas: {replicas}
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      serviceAccountName: {name}
      securityContext:
        runAsNonRoot: true
        runAsUser: {rng.randint(1000, 65000)}
      containers:
        - name: app
          image: registry.example.com/{space}/{name}:1.{version}.0
          imagePullPolicy: IfNotPresent
          args: ["--listen", ":{port}", "--log-format=json"]
          env:
{variables}            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          ports:
            - name: http
              containerPort: {port}
          readinessProbe:
            httpGet: {{ path: /ready, port: http }}
            periodSeconds: {rng.randint(3, 30)}
          livenessProbe:
            httpGet:
              path: /live
              port: http
            initialDelaySeconds: {rng.randint(5, 60)}
          resources:
            requests: {{ cpu: {rng.randint(50, 900)}m, memory: {rng.randint(64, 2048)}Mi }}
            limits:
              memory: {rng.randint(2049, 8192)}Mi
          volumeMounts:
            - name: config
              mountPath: /etc/{name}
              readOnly: true
      volumes:
        - name: config
          configMap:
            name: {name}
"""


def service(rng: Random, name: str, space: str) -> str:
    return f"""apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {space}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
    - name: metrics
      port: {rng.randint(9000, 9999)}
"""


def config_map(rng: Random, name: str, space: str) -> str:
    lines = "".join(f"    {rng.choice(NOUNS)}.{rng.choice(TEAMS)}.{rng.randint(1, 999)}"
                    f"={rng.randint(1, 10**9)}\n" for _ in range(rng.randint(8, 24)))
    return f"""apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {space}
data:
  LOG_LEVEL: {rng.choice(["info", "debug", "warn"])}
  FEATURES: "{','.join(rng.sample(NOUNS, 4))}"
  application.properties: |
{lines}"""


def ingress(rng: Random, name: str, space: str) -> str:
    return f"""apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: {space}
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$2
spec:
  ingressClassName: nginx
  tls:
    - hosts: [{name}.example.com]
      secretName: {name}-tls
  rules:
    - host: {name}.example.com
      http:
        paths:
          - path: {rng.choice(["/", "/api(/|$)(.*)", "/v2"])}
            pathType: ImplementationSpecific
            backend:
              service:
                name: {name}
                port:
                  name: http
"""


def cron_job(rng: Random, name: str, space: str) -> str:
    return f"""apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}-cleanup
  namespace: {space}
spec:
  schedule: "{rng.randint(0, 59)} {rng.randint(0, 23)} * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: cleanup
              image: registry.example.com/{space}/tools:{rng.randint(1, 90)}
              command:
                - /bin/sh
                - -c
                - |
                  set -eu
                  find /data/{name} -mtime +{rng.randint(3, 90)} -print -delete
                  echo "cleaned $(date)"
"""


def autoscaler(rng: Random, name: str, space: str) -> str:
    return f"""apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
  namespace: {space}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
  minReplicas: {rng.randint(1, 4)}
  maxReplicas: {rng.randint(5, 40)}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {{ type: Utilization, averageUtilization: {rng.randint(40, 90)} }}
"""


def alerts(rng: Random, name: str, space: str) -> str:
    rules = "".join(f"""        - alert: {noun.title()}TooSlow
          expr: |
            histogram_quantile(0.99, sum by (le) (rate({noun}_seconds_bucket{{app="{name}"}}[5m])))
              > {rng.randint(1, 30)}
          for: {rng.randint(1, 30)}m
          labels: {{ severity: {rng.choice(["page", "ticket"])}, team: {space} }}
          annotations:
            summary: "{{{{ $labels.app }}}} is slow"
""" for noun in rng.sample(NOUNS, rng.randint(2, 4)))
    return f"""apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {name}
  namespace: {space}
spec:
  groups:
    - name: {name}
      rules:
{rules}"""


def access(rng: Random, name: str, space: str) -> str:
    verbs = ", ".join(rng.sample(["get", "list", "watch", "create", "patch", "delete"], 3))
    return f"""apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {name}
  namespace: {space}
rules:
  - apiGroups: ["", apps]
    resources: [{", ".join(rng.sample(["pods", "secrets", "configmaps", "deployments"], 2))}]
    verbs: [{verbs}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {name}
  namespace: {space}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {name}
subjects:
  - kind: ServiceAccount
    name: {name}
"""


DOCUMENTS = [service, config_map, ingress, cron_job, autoscaler, alerts, access, config_map]


def dashboard(rng: Random, name: str) -> str:
    """A JSON file with escapes, as dashboards are kept in repositories."""
    panels = [{"id": i, "type": rng.choice(["graph", "stat", "table"]), "title": f"{noun} of {name}",
               "targets": [{"expr": f'sum(rate({noun}_total{{app="{name}"}}[5m]))', "refId": "A"}],
               "gridPos": {"h": 8, "w": 12, "x": 0, "y": 8 * i}}
              for i, noun in enumerate(rng.sample(NOUNS, 14))]
    return json.dumps({"title": name, "tags": [rng.choice(TEAMS)], "panels": panels}, indent=2) + "\n"


def file(rng: Random, number: int) -> tuple[str, str]:
    """Name and text of one file of about 4 KB."""
    name, space = app_name(rng, number), rng.choice(TEAMS)
    if rng.random() < 0.05:
        return f"{name}.json", dashboard(rng, name)
    documents = [deployment(rng, name, space)]
    size = len(documents[0])
    while size < 3500:
        documents.append(rng.choice(DOCUMENTS)(rng, name, space))
        size += len(documents[-1])
    ending = ".yml" if rng.random() < 0.1 else ".yaml"
    return name + ending, "---\n".join(documents)


def kustomization(names: list[str], space: str) -> str:
    resources = "".join(f"  - {name}\n" for name in names)
    return f"""apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {space}
resources:
{resources}"""
