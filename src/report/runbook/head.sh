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
