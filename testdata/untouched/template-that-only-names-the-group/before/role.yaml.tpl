apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {tenant}-flink
rules:
- {apiGroups: [flink.apache.org], resources: ["*"], verbs: [get]}
