#!/usr/bin/env bash
# How a check ends, one line each: ok, FAILED or SKIPPED. Sourced by the checks; `.ci/delivery` counts
# the lines. What a check printed is kept in .tools/logs, and shown if it failed.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TOOLS=$ROOT/.tools
LOGS=$TOOLS/logs
mkdir -p "$LOGS"

# Runs a command as the check of this name.
check() {
    local name=$1 log
    shift
    log=$LOGS/${name//[^A-Za-z0-9]/-}.log
    # As a condition it would go on after an error.
    set +e
    (set -e; "$@") > "$log" 2>&1
    local status=$?
    set -e
    if [[ $status == 0 ]]; then
        printf 'ok       %s\n' "$name"
    else
        printf 'FAILED   %s\n' "$name"
        tail -n 40 "$log" | sed 's/^/         | /'
    fi
}

# Says that a check could not be made here.
skip() {
    printf 'SKIPPED  %s (%s)\n' "$1" "$2"
}

# True if the program is here.
have() {
    command -v "$1" > /dev/null
}
