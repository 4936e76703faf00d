#!/usr/bin/env bash
# The wheel is what a hook user and a `pip` user get: wheel.sh WHEELS VERSION
#
# WHEELS takes the place of every package index, so that nothing else can be installed by mistake.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"
wheels=$1
version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wheel=$(find "$wheels" -name "flink_migrate-$version-*.whl")

contents() {
    local listing=$work/listing
    python3 -m zipfile --list "$wheel" > "$listing"
    cat "$listing"
    for part in scripts/flink-migrate licenses/LICENSE-MIT licenses/LICENSE-APACHE; do
        grep -q -F "$part" "$listing" || { echo "it does not hold $part"; return 1; }
    done
    # A program for an old system as well as for a new one, and no Python in it.
    [[ $wheel == *-py3-none-manylinux* ]] || { echo "other tags: $wheel"; return 1; }
    ! grep -E '\.py( |$)' "$listing"
}

into_an_empty_environment() {
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --no-index --find-links "$wheels" "flink-migrate==$version"
    [[ $("$work/venv/bin/flink-migrate" --version) == "flink-migrate $version" ]]
    "$work/venv/bin/flink-migrate" check "$ROOT/examples/gitops" \
        --savepoints "$ROOT/examples/savepoints.yaml" --isolated --exit-zero
    ldd "$work/venv/bin/flink-migrate" 2>&1 | grep -E 'statically linked|not a dynamic executable'
}

# What the hooks with `language: python` install.
by_the_root() {
    python3 -m venv "$work/hook"
    cp "$ROOT/setup.py" "$work/"
    PIP_NO_INDEX=1 PIP_FIND_LINKS=$wheels "$work/hook/bin/pip" install "$work"
    "$work/hook/bin/flink-migrate" --version
    [[ $("$work/hook/bin/pip" show --files flink-migrate-hook) != *.py* ]]
}

once_with_uvx() {
    UV_CACHE_DIR=$work/uv UV_PYTHON_DOWNLOADS=never \
        "$TOOLS/venv/bin/uvx" --no-index --find-links "$wheels" "flink-migrate@$version" --version
}

if [[ -z $wheel ]]; then
    printf 'FAILED   wheel: there is none of version %s\n' "$version"
    exit
fi
check 'wheel: it holds the program and its licences' contents
check 'wheel: pip installs it into an empty environment' into_an_empty_environment
check 'wheel: the package of the hooks installs it and nothing else' by_the_root
check 'wheel: uvx runs it' once_with_uvx
