#!/usr/bin/env bash
# Migrate Flink workloads from v1alpha1 to v1beta1.
#
# Without `--run` it only shows what it would do. With it:
#
#   --run --context NAME   do it, on the cluster of this context of kubectl
#   --argocd-context NAME  the context of argocd, if a step uses argocd; not needed with ARGOCD_SERVER
#   --from N               begin with step N
#   --only N               take step N alone
#   --done N               what step N asks of a person has been done, or N.1 and N.2 where it asks
#                          more than once; may be repeated
#   --wait SECONDS         how long to wait for what takes its time (600)
#   --help                 show this
#
# Run it in the directory in which it was made. While it runs, kubectl, helm and flux use a copy of
# that one context, so nobody who switches contexts elsewhere can send them to another cluster.
# It asks nothing. It stops with status 3 where a person has to act, and says how to go on; with 1
# where a command fails or a check is not so; with 2 if it is called wrongly. Nothing behind that is run.
# A step can be run again: what is done already is found done, but for the removal of the operator,
# whose rest is then for hands.
#
# Needed: bash, cmp, kubectl, flink-migrate, and whatever else the steps name (helm, argocd, flux).
#
# A name stands in quotes that nothing in it can leave.
# shellcheck disable=SC2016
set -euo pipefail

doing=no
from=1
only=
context=
argo=
patience=600
finished=' '
step=0

say() { printf '%s\n' "$*"; }

fail() {
    local status=$1
    shift
    printf '%s\n' "$@" >&2
    exit "$status"
}

# number OPTION VALUE: the value is a number, and not an endless one.
number() {
    case ${2:-} in
        '' | *[!0-9]* | 0?* | ??????*) fail 2 "$1 needs a number" ;;
    esac
}

# asked OPTION VALUE: the value is the number of a step, or that of one thing that a step asks.
asked() {
    case ${2:-} in
        '' | *[!0-9.]* | .* | *. | *.*.* | 0* | ????????*) fail 2 "$1 needs a number" ;;
    esac
}

help() {
    sed -n '2,/^# A name stands in quotes/ s/^# \{0,1\}//p' "$0" | sed '$d'
}

# The words of a command as they can be typed.
words() {
    printf '  '
    printf ' %q' "$@"
    printf '\n'
}

title() {
    printf '\n== %s. %s\n' "$step" "$1"
}

# again: how to go on from this step.
again() {
    printf 'bash %q --run --context %q' "$0" "$context"
    [ -z "$argo" ] || printf ' --argocd-context %q' "$argo"
    printf ' --from %s' "$step"
}

# pin: from here on kubectl, helm and flux know one context, and it is the one that was named. What
# another terminal chooses changes a file that they no longer read.
pin() {
    private=$(mktemp -d) || fail 1 'there is no place for a configuration of its own'
    trap 'rm -rf -- "$private"' EXIT
    (umask 077 && kubectl config view --minify --flatten --raw --context="$context" >"$private/config") ||
        fail 2 "kubectl has no context $context"
    export KUBECONFIG="$private/config"
    unset HELM_KUBECONTEXT HELM_KUBEAPISERVER HELM_KUBETOKEN HELM_KUBEASUSER HELM_KUBEASGROUPS
    unset HELM_KUBECAFILE HELM_KUBETLS_SERVER_NAME HELM_KUBEINSECURE_SKIP_TLS_VERIFY
    [ "$(kubectl config current-context)" = "$context" ] || fail 2 "kubectl has no context $context"
}

# argocd has contexts of its own, which can be switched just the same.
argocd() {
    command argocd ${argo:+--argocd-context} ${argo:+"$argo"} "$@"
}

# placed FIRST: this directory is that of the manifests, and its folder holds files of this cluster.
# FIRST is the step to begin with.
placed() {
    local manifest now
    for manifest in ${manifests[@]+"${manifests[@]}"}; do
        [ -e "$manifest" ] || fail 2 "there is no $manifest here; run this in the directory in which it was made"
    done
    if [ -s "$window/cluster.bak" ]; then
        now=$(kubectl config view --minify '--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}') ||
            fail 2 'kubectl does not say which cluster it speaks to'
        [ "$now" = "$(cat -- "$window/cluster.bak")" ] ||
            fail 2 "$window holds the files of another cluster" \
                "  that one: $(cat -- "$window/cluster.bak")" "  this one: $now" \
                'print this script again with another --window'
    elif [ "$1" -gt 1 ]; then
        fail 2 "step 1 was not taken from here: there is no $window/cluster.bak"
    fi
}

# run PROGRAM ARGUMENT...
run() {
    words "$@"
    [ "$doing" = yes ] || return 0
    "$@" || fail 1 "step $step: that failed, and nothing after it was run" "to go on: $(again)"
}

# into FILE PROGRAM ARGUMENT...: what it prints goes into the file, once it has ended well.
into() {
    local file=$1
    shift
    printf '%s > %q\n' "$(words "$@")" "$file"
    [ "$doing" = yes ] || return 0
    # What was kept before anything was changed is worth more than what is there now.
    case $file in
        *.bak) if [ -s "$file" ]; then say '    # kept: it is there already' && return 0; fi ;;
    esac
    if "$@" >"$file.part"; then
        mv -- "$file.part" "$file"
    else
        rm -f -- "$file.part"
        fail 1 "step $step: that failed, and nothing after it was run" "to go on: $(again)"
    fi
}

# fits KIND WANTED SAID: what was said is what is wanted.
fits() {
    case $1 in
        success) true ;;
        nothing) [ -z "$3" ] ;;
        something) [ -n "$3" ] ;;
        exactly) [ "$3" = "$2" ] ;;
        exactly_or_nothing) [ -z "$3" ] || [ "$3" = "$2" ] ;;
        holds) [ "${3#*"$2"}" != "$3" ] ;;
        lacks) [ "${3#*"$2"}" = "$3" ] ;;
        *) false ;;
    esac
}

# demand KIND WANTED: what has to be said, for people.
demand() {
    case $1 in
        success) printf 'must end with status 0' ;;
        nothing) printf 'must print nothing' ;;
        something) printf 'must print something' ;;
        exactly) printf 'must print: %s' "$2" ;;
        exactly_or_nothing) printf 'must print nothing, or: %s' "$2" ;;
        holds) printf 'must print, among other things: %s' "$2" ;;
        lacks) printf 'must not print: %s' "$2" ;;
    esac
}

# observe SECONDS WHAT KIND WANTED PROGRAM ARGUMENT...
observe() {
    local rest=$1 what=$2 kind=$3 wanted=$4 said status
    shift 4
    words "$@"
    printf '    # %s: %s\n' "$what" "$(demand "$kind" "$wanted")"
    [ "$doing" = yes ] || return 0
    while :; do
        status=0
        said=$("$@") || status=$?
        # A program that failed has seen nothing, whatever it printed.
        if [ "$status" = 0 ] && fits "$kind" "$wanted" "$said"; then
            return 0
        fi
        if [ "$rest" -le 0 ]; then
            break
        fi
        sleep 5
        rest=$((rest - 5))
    done
    fail 1 "step $step: this check failed: $what" "  it $(demand "$kind" "$wanted")" \
        "  it ended with status $status and printed: $(printf '%q' "${said:0:2000}")" "to go on: $(again)"
}

see() { observe 0 "$@"; }

await() { observe "$patience" "$@"; }

# person NUMBER WHAT: stops until somebody says that it is done.
person() {
    local one known=
    printf '    # BY HAND: %s\n' "$2"
    [ "$doing" = yes ] || return 0
    case $finished in
        *" $1 "*) return 0 ;;
    esac
    for one in $finished; do
        case $one in
            "$step".*) known="$known --done $one" ;;
        esac
    done
    fail 3 "step $step: this is for a person" "when it is done: $(again)$known --done $1"
}

# halt WHY: nobody goes on from here.
halt() {
    printf '    # STOP: %s\n' "$1"
    [ "$doing" = yes ] || return 0
    fail 3 "step $step: stop; settle that, and then print this script again"
}

last=11
unnamed=no
with_argocd=yes
window=flink-migration
manifests=(
    teams/clicks/jobs.yaml
)

first() {
    :
}

# What is deleted later must be here first, and everything after this rests on the right cluster, at the right version.
# If not so: The CRD serves v1beta1: this cluster is migrated already. Stop: deleting the CRD there deletes running jobs.
# If not so: A job does not run: operator 0.1.0 never takes a savepoint of it. Repair it first. If that cannot be, write its newest retained checkpoint (…/chk-N) into a map of answers, such as answers.yaml, print this runbook again with --answers answers.yaml, and start over; never delete that directory afterwards.
step_1() {
    title 'Look, and back up'
    see 'this is the cluster that is meant' something '' \
        kubectl config current-context
    see 'the cluster serves v1alpha1 and nothing else' exactly v1alpha1 \
        kubectl get crd/flinkdeployments.flink.apache.org '--output=jsonpath={.spec.versions[*].name}'
    see 'the operator runs, in namespace flink-operator' success '' \
        kubectl rollout status deployment/flink-kubernetes-operator --namespace=flink-operator --timeout=60s
    see 'clicks/counts has a job that runs (operator 0.1.0 stops no other one)' exactly 'RUNNING READY' \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'
    run mkdir -p flink-migration
    into flink-migration/.gitignore printf '%s\n' '*'
    into flink-migration/cluster.bak kubectl config view --minify '--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}'
    into flink-migration/cluster.now kubectl config view --minify '--output=jsonpath={.contexts[0].name} {.clusters[0].cluster.server}'
    see 'flink-migration holds no files of another cluster' success '' \
        cmp flink-migration/cluster.bak flink-migration/cluster.now
    into flink-migration/flinkdeployments.yaml.bak kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=yaml
    into flink-migration/crd.yaml.bak kubectl get crd/flinkdeployments.flink.apache.org --output=yaml
    into flink-migration/operator.yaml.bak kubectl get deployments,configmaps,serviceaccounts --namespace=flink-operator --output=yaml
    run argocd context
    into flink-migration/applications.yaml.bak argocd app list --output=yaml
}

# Each job stops with a savepoint, and that is all that is left of its state. Wait until every one is SUSPENDED and its Deployment is gone; the health that Argo CD shows says nothing here, since it calls a suspended resource Healthy.
#   * clicks/sessions was parked before, with the mode savepoint: its savepoint is in the dump.
# If not so: A savepoint takes longer than execution.checkpointing.timeout (10 minutes if nothing says otherwise): operator 0.1.0 waits exactly that long and then forgets where it lies. For large state, raise the setting in the same commit.
# If not so: A job hangs: look at kubectl describe of the resource and at the log of the operator. Nothing is lost yet: set state: running and leave upgradeMode: savepoint.
step_2() {
    title 'Stop the jobs with a savepoint'
    run flink-migrate write --step suspend
    person 2.1 'Review what changed, commit it and merge it, so that the cluster gets it from Git. Without a GitOps controller: apply it with kubectl apply.'
    run kubectl get applications.argoproj.io --namespace=argocd '--output=jsonpath={range .items[?(@.metadata.ownerReferences[0].name=="teams")]}{.metadata.name}{"\n"}{end}'
    person 2.2 'Nothing syncs by itself what ApplicationSet teams has made: sync each of the applications just listed with argocd app sync.'
    await 'clicks/counts is stopped with a savepoint' exactly 'suspended savepoint SUSPENDED MISSING' \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.state} {.spec.job.upgradeMode} {.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'
    await 'clicks/counts has no Deployment any more' nothing '' \
        kubectl get deployment/counts --namespace=clicks --ignore-not-found --output=name
}

# The map says from where each job starts again. A job that is not in it would start empty, and one with an older savepoint would go back in time.
# If not so: Status 3: the map has entries that are null, each with its reason. Stop here until the next dump is better. What stays so is answered by hand: write namespace/name: LOCATION into a map of answers, such as answers.yaml, print this runbook again with --answers answers.yaml, and start over.
# If not so: A manifest is held: flink-migrate explain RULE tells what the question is. Nothing has been deleted yet, so this is the time to answer it. What has to be said for all of them, such as checkpoints-dir or service-account, stands in flink-migrate.toml.
step_3() {
    title 'Collect the savepoints'
    see 'clicks/counts is stopped with a savepoint' exactly 'suspended savepoint SUSPENDED MISSING' \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.state} {.spec.job.upgradeMode} {.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'
    see 'clicks/sessions is stopped with a savepoint' exactly 'suspended savepoint SUSPENDED MISSING' \
        kubectl get flinkdeployment/sessions --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.state} {.spec.job.upgradeMode} {.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'
    into flink-migration/cluster.json kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=json
    see 'every savepoint is to be trusted' success '' \
        flink-migrate savepoints flink-migration/cluster.json --output flink-migration/savepoints.yaml
    see 'every manifest has its answer' success '' \
        flink-migrate check --step convert --fail-on decision --savepoints flink-migration/savepoints.yaml --target-operator 1.6
}

# What is deleted in step 7 would be created again at once from Git, and operator 0.1.0 would start it empty. The same goes for the operator itself, which would come back with the old CRD.
#   * teams: synced by hand. Nobody may do that until step 9.
# Without the program argocd, for flink-operator:
#     kubectl patch applications.argoproj.io/flink-operator --namespace=argocd --type=merge '--patch={"spec":{"syncPolicy":{"automated":null}}}'
# If not so: A paused application syncs again: something above it puts its settings back, such as an ApplicationSet, an app of apps or a Flux Kustomization. Pause that first.
step_4() {
    title 'Pause whatever would create them again'
    run argocd context
    run argocd app set --sync-policy=none flink-operator
    see 'ApplicationSet teams does not sync by itself' nothing '' \
        kubectl get applicationsets.argoproj.io/teams --namespace=argocd '--output=jsonpath={.spec.template.spec.syncPolicy.automated}'
    await 'no application that teams made syncs by itself' nothing '' \
        kubectl get applications.argoproj.io --namespace=argocd '--output=jsonpath={range .items[?(@.metadata.ownerReferences[0].name=="teams")]}{.spec.syncPolicy.automated}{end}'
    see 'Application flink-operator does not sync by itself' lacks Automated \
        argocd app get flink-operator
}

# Deleting the CRD in step 8 deletes every FlinkDeployment of every namespace, also those that nobody has stopped.
# If not so: With status 3 the new runbook lists what only the cluster has. Add its manifest to the tree and begin again with step 2, or stop it with a savepoint of its own and delete it.
step_5() {
    title 'Compare the cluster with the tree'
    into flink-migration/before-delete.json kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=json
    see 'the cluster has no workload that the tree has not' success '' \
        flink-migrate runbook --cluster flink-migration/before-delete.json --output flink-migration/compared.md --target-operator 1.6
}

# No session cluster was found.
step_6() {
    title 'Let the session clusters go'
    say 'nothing to do here'
}

# Only the operator takes away what belongs to a resource. What high availability remembers of a job comes before its savepoint when the job starts again, so none of it may stay.
# If not so: A deletion hangs: the finalizer waits for the operator, so see that it runs and read its log. To take the finalizer away by hand leaves the rest behind.
# If not so: A ConfigMap of high availability stays although its resource is gone: delete it by the labels of the check, kubectl delete configmaps in the place of kubectl get configmaps.
# If not so: A resource comes back: something still applies it. Go back to step 4, and do not go on before it is found.
step_7() {
    title 'Delete the resources, while the old operator runs'
    into flink-migration/before-delete.json kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=json
    see 'the cluster has no workload that the tree has not' success '' \
        flink-migrate runbook --cluster flink-migration/before-delete.json --output flink-migration/compared.md --target-operator 1.6
    see 'every manifest has its answer' success '' \
        flink-migrate check --step convert --fail-on decision --savepoints flink-migration/savepoints.yaml --savepoints flink-migration/before-delete.json --target-operator 1.6
    see 'clicks/counts is stopped with a savepoint' exactly_or_nothing 'suspended savepoint SUSPENDED MISSING' \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.state} {.spec.job.upgradeMode} {.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'
    see 'clicks/sessions is stopped with a savepoint' exactly_or_nothing 'suspended savepoint SUSPENDED MISSING' \
        kubectl get flinkdeployment/sessions --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.state} {.spec.job.upgradeMode} {.status.jobStatus.state} {.status.jobManagerDeploymentStatus}'
    see 'clicks/counts has no Deployment any more' nothing '' \
        kubectl get deployment/counts --namespace=clicks --ignore-not-found --output=name
    see 'ApplicationSet teams does not sync by itself' nothing '' \
        kubectl get applicationsets.argoproj.io/teams --namespace=argocd '--output=jsonpath={.spec.template.spec.syncPolicy.automated}'
    await 'no application that teams made syncs by itself' nothing '' \
        kubectl get applications.argoproj.io --namespace=argocd '--output=jsonpath={range .items[?(@.metadata.ownerReferences[0].name=="teams")]}{.spec.syncPolicy.automated}{end}'
    see 'Application flink-operator does not sync by itself' lacks Automated \
        argocd app get flink-operator
    see 'the operator runs, in namespace flink-operator' success '' \
        kubectl rollout status deployment/flink-kubernetes-operator --namespace=flink-operator --timeout=60s
    person 7 'Go or no-go. Up to here nothing is lost by going back. From here on the way back is the old operator and --step resume.'
    run kubectl delete flinkdeployment/counts --namespace=clicks --ignore-not-found --timeout=10m
    run kubectl delete flinkdeployment/sessions --namespace=clicks --ignore-not-found --timeout=10m
    await 'no FlinkDeployment is left in any namespace' nothing '' \
        kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=name
    await 'clicks/counts has no Deployment any more' nothing '' \
        kubectl get deployment/counts --namespace=clicks --ignore-not-found --output=name
    await 'clicks/sessions has no Deployment any more' nothing '' \
        kubectl get deployment/sessions --namespace=clicks --ignore-not-found --output=name
    await 'clicks/counts has no metadata of high availability left' nothing '' \
        kubectl get configmaps --namespace=clicks --selector=app=counts,configmap-type=high-availability --output=name
    await 'clicks/sessions has no metadata of high availability left' nothing '' \
        kubectl get configmaps --namespace=clicks --selector=app=sessions,configmap-type=high-availability --output=name
}

# No CRD ever served both versions, and the old one cannot be replaced as long as something is stored at v1alpha1.
#   * Helm passes over keys that a chart does not know. These have other names since operator 0.1.0: flinkDefaultConfiguration and operatorConfiguration are defaultConfiguration, log4j2.properties is log4j-operator.properties, and settings under operator. stand under kubernetes.operator. now.
# If not so: Helm refuses because an account or a role exists and belongs to another release: the chart leaves them behind (helm.sh/resource-policy: keep), so install under the same release and in the same namespace as before.
# If not so: The CRD is not there: Helm installs it only with a new release, not with an upgrade. Apply the files in crds/ of the chart.
# If not so: Argo CD says that annotations are too long: the CRD is large, so sync it with ServerSideApply=true or Replace=true.
step_8() {
    title 'Replace the operator and its CRD'
    person 8 'In Git, set Application flink-operator in argo/operator.yaml to release 1.6 of the chart, with its values renamed, and merge that. Nothing gives it to the cluster before step 9. So write that one object as it was merged, but without its automated, into flink-migration/new-operator.yaml, and nothing else that stands beside it: it is applied from there, once the old CRD is gone.'
    see 'that object is written, in flink-migration/new-operator.yaml' success '' \
        test -f flink-migration/new-operator.yaml
    see 'no FlinkDeployment is left in any namespace' nothing '' \
        kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=name
    run kubectl delete deployment/flink-kubernetes-operator --namespace=flink-operator --ignore-not-found
    see 'no FlinkDeployment is left in any namespace' nothing '' \
        kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=name
    run kubectl delete crd/flinkdeployments.flink.apache.org --ignore-not-found
    run argocd app create --upsert --file=flink-migration/new-operator.yaml
    run argocd app get --refresh flink-operator
    run argocd app sync flink-operator
    await 'the cluster serves v1beta1 and nothing else' exactly v1beta1 \
        kubectl get crd/flinkdeployments.flink.apache.org '--output=jsonpath={.spec.versions[*].name}'
    await 'the operator runs, in namespace flink-operator' success '' \
        kubectl rollout status deployment/flink-kubernetes-operator --namespace=flink-operator --timeout=60s
    await 'its log names the controller flinkdeploymentcontroller' holds flinkdeploymentcontroller \
        kubectl logs deployment/flink-kubernetes-operator --namespace=flink-operator --container=flink-kubernetes-operator
    run argocd app set --sync-policy=automated --self-heal flink-operator
}

# The resources are created anew: each stateful job starts from the path in its manifest, and without one it starts empty. So nothing syncs before the conversion is merged.
# If not so: Helm, or Flux by it, says unable to build kubernetes objects from current release manifest and no matches for kind "FlinkDeployment" in version "flink.apache.org/v1alpha1": the release remembers the old version. Rewrite that with the plugin helm mapkubeapis and a mapping of your own, from flink.apache.org/v1alpha1 to flink.apache.org/v1beta1, and upgrade again.
# If not so: Argo CD does not sync: it never tries the same commit twice after it failed. Refresh it, and sync it by hand once.
# If not so: The operator rejects a resource: the event and the field status.error say why, and flink-migrate check --target-operator says it for all of them. Nothing has started, so nothing is lost: repair the manifest and sync again.
step_9() {
    title 'Convert the manifests and let them sync'
    run flink-migrate write --step convert --savepoints flink-migration/savepoints.yaml --target-operator 1.6
    person 9.1 'Review what changed: every job that was stopped has its own savepoint. Commit it, merge it, and have the merged state in this directory.'
    see 'nothing is left to convert in what was merged' success '' \
        flink-migrate check --step convert --fail-on change --savepoints flink-migration/savepoints.yaml --target-operator 1.6
    run kubectl get applications.argoproj.io --namespace=argocd '--output=jsonpath={range .items[?(@.metadata.ownerReferences[0].name=="teams")]}{.metadata.name}{"\n"}{end}'
    person 9.2 'Nothing syncs by itself what ApplicationSet teams has made: sync each of the applications just listed with argocd app sync.'
    await 'clicks/counts is there again' exactly flink.apache.org/v1beta1 \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.apiVersion}'
    await 'clicks/sessions is there again' exactly flink.apache.org/v1beta1 \
        kubectl get flinkdeployment/sessions --namespace=clicks --ignore-not-found '--output=jsonpath={.apiVersion}'
    see 'clicks/counts has a path to start from' something '' \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.initialSavepointPath}'
    see 'clicks/sessions has a path to start from' something '' \
        kubectl get flinkdeployment/sessions --namespace=clicks --ignore-not-found '--output=jsonpath={.spec.job.initialSavepointPath}'
}

# A job that started empty looks as healthy as any other. Only the log of its first start, and later the status, say from where it was restored.
# If not so: Status 1: a job was restored from elsewhere or started empty. Stop it before it writes much: delete the resource and create it again with the path. From operator 1.8 on, a new savepointRedeployNonce does the same.
# If not so: Status 3: something was not seen. The log of a JobManager begins anew when its pod does: read the log of the pod before, with --previous, or in the place where logs are kept.
step_10() {
    title 'Verify every start'
    await 'clicks/counts has a job that runs' exactly RUNNING \
        kubectl get flinkdeployment/counts --namespace=clicks --ignore-not-found '--output=jsonpath={.status.jobStatus.state}'
    await 'clicks/sessions has a job that runs' exactly RUNNING \
        kubectl get flinkdeployment/sessions --namespace=clicks --ignore-not-found '--output=jsonpath={.status.jobStatus.state}'
    into flink-migration/after.json kubectl get flinkdeployments.flink.apache.org --all-namespaces --output=json
    into flink-migration/clicks_counts.log kubectl logs deployment/counts --namespace=clicks --container=flink-main-container --prefix
    into flink-migration/clicks_sessions.log kubectl logs deployment/sessions --namespace=clicks --container=flink-main-container --prefix
    see 'every job did what was expected of it' success '' \
        flink-migrate verify flink-migration/after.json flink-migration/clicks_counts.log flink-migration/clicks_sessions.log --savepoints flink-migration/savepoints.yaml --report json=flink-migration/verified.json
}

# A path that was used once is honoured again when the resource is created anew, and takes the job back to this day. Without the path such a job starts empty, so after this a resource is not to be deleted and created again without a savepoint.
#   * Keep the savepoints, and the checkpoints that started a job, as long as they may be needed.
step_11() {
    title 'Later: clean up'
    person 11.1 'Wait until every job has taken checkpoints of its own and nobody wants to go back; days, not hours.'
    run flink-migrate write --step cleanup --verified flink-migration/verified.json
    person 11.2 'Commit and merge that, and set step = "done" in flink-migrate.toml, so that no manifest at v1alpha1 comes in again.'
}

# If it goes wrong:
#
# Before step 7: the resources are still there.
#   * Set state: running again and leave upgradeMode: savepoint as it is until the job runs: operator 0.1.0 restores its last savepoint. To go back to last-state in the same change is to ask for metadata that the stop has taken away.
#   * While the sync is paused, the commands below do it; otherwise do it in Git, since a patch is put back. Then let everything that was paused go on, with Git saying the same.
#     kubectl patch flinkdeployment/counts --namespace=clicks --type=merge '--patch={"spec":{"job":{"state":"running"}}}'
#
# After step 7: the resources are gone, and the new operator cannot be installed.
#   * Leave everything paused. If the new operator has started jobs already, what they did since then is lost on the way back; stop them and delete their resources, uninstall that operator and delete its CRDs.
#   * Install operator 0.1.0 again, with its CRD and the values of flink-migration/operator-values.yaml.
#   * Go back to the commit before the conversion and write the paths into the manifests at v1alpha1. Without them every stateful job starts empty.
#   * Merge that, and only then let the sync go on.
#     flink-migrate write --step resume --savepoints flink-migration/savepoints.yaml

while [ $# -gt 0 ]; do
    case $1 in
        --run) doing=yes ;;
        --from) number "$@" && from=$2 && shift ;;
        --only) number "$@" && only=$2 && shift ;;
        --done) asked "$@" && finished="$finished$2 " && shift ;;
        --wait) number "$@" && patience=$2 && shift ;;
        --context) context=${2:-} && shift ;;
        --argocd-context) argo=${2:-} && shift ;;
        --help | -h) help && exit 0 ;;
        *) fail 2 "there is no option $1; --help names them" ;;
    esac
    shift || fail 2 'the last option lacks its value'
done

if [ "$doing" = yes ]; then
    [ -n "$context" ] || fail 2 '--run needs --context NAME, so that it runs on the cluster that is meant'
    [ "$unnamed" = no ] || fail 2 'a namespace is not known; print this script again, with --namespace'
    [ "$with_argocd" = no ] || [ -n "$argo${ARGOCD_SERVER:-}" ] ||
        fail 2 '--run needs --argocd-context NAME, one of those that `argocd context` lists'
else
    say 'This only shows what would be done; --run --context NAME does it.'
fi

for chosen in "$from" ${only:+"$only"}; do
    if [ "$chosen" -lt 1 ] || [ "$chosen" -gt "$last" ]; then
        fail 2 "there is no step $chosen; they are 1 to $last"
    fi
done

if [ "$doing" = yes ]; then
    pin
    placed "${only:-$from}"
fi

first
for ((step = 1; step <= last; step++)); do
    if [ -n "$only" ]; then
        [ "$step" = "$only" ] || continue
    elif [ "$step" -lt "$from" ]; then
        continue
    fi
    "step_$step"
done

if [ "$doing" = yes ]; then
    printf '\ndone\n'
fi
