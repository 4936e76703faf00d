# shellcheck shell=bash
# What run.sh and fetch.sh have in common. Sourced.
#
# Everything here keeps to bash 3.2, which macOS ships, and to programs of every hosted runner.

# Ends the step with an error that the pull request shows. The message may hold any text.
fail() {
    local text=$1
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    printf '::error title=flink-migrate::%s\n' "$text" >&2
    exit 2
}

# 128 random bits in hexadecimal: what no manifest can guess.
random() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# A path that bash and a program for Windows both understand; elsewhere the path itself.
portable() {
    if [ "${RUNNER_OS:-}" = Windows ]; then cygpath -m -- "$1"; else printf '%s\n' "$1"; fi
}
