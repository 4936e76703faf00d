# Without `--run` it only shows what it would do. With it:
#
#   --run --context NAME   do it, on the cluster that `kubectl config current-context` calls so
#   --from N               begin with step N
#   --only N               take step N alone
#   --done N               what step N asks of a person has been done; may be repeated
#   --wait SECONDS         how long to wait for what takes its time (600)
#
# It asks nothing. It stops with status 3 where a person has to act, and says how to go on; with 1
# where a command fails or a check is not so; with 2 if it is called wrongly. Nothing behind that is run.
# A step can be run again: what is done already is found done, but for the removal of the operator,
# whose rest is then for hands.
#
# Needed: bash, kubectl, flink-migrate, and whatever else the steps name (helm, argocd, flux).
#
# A name stands in quotes that nothing in it can leave.
# shellcheck disable=SC2016
set -euo pipefail

doing=no
from=1
only=
context=
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

# number OPTION VALUE: the value is a number.
number() {
    case ${2:-} in
        '' | *[!0-9]* | 0?*) fail 2 "$1 needs a number" ;;
    esac
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
    printf 'bash %q --run --context %q --from %s' "$0" "$context" "$step"
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

# observe SECONDS WHAT KIND WANTED PROGRAM ARGUMENT...
observe() {
    local rest=$1 what=$2 kind=$3 wanted=$4 said status
    shift 4
    words "$@"
    printf '    # %s: %s%s\n' "$what" "$kind" "${wanted:+ $wanted}"
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
    fail 1 "step $step: it is not so that $what" "  wanted: $kind${wanted:+ $wanted}" \
        "  status: $status" "  said: $(printf '%q' "${said:0:2000}")" "to go on: $(again)"
}

see() { observe 0 "$@"; }

await() { observe "$patience" "$@"; }

# person WHAT: stops until somebody says that it is done.
person() {
    printf '    # BY HAND: %s\n' "$1"
    [ "$doing" = yes ] || return 0
    case $finished in
        *" $step "*) return 0 ;;
    esac
    fail 3 "step $step: this is for a person" "when it is done: $(again) --done $step"
}

# halt WHY: nobody goes on from here.
halt() {
    printf '    # STOP: %s\n' "$1"
    [ "$doing" = yes ] || return 0
    fail 3 "step $step: stop, and make this script anew when that is settled"
}
