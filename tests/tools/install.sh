#!/usr/bin/env bash
# The tools that read the reports, each of one version, in .tools: from PyPI and npm, and Chromium from
# Debian where the machine lets us install packages. What cannot be had is missing, and its checks
# say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# from_pypi: the tools are those of the list, or they are made anew.
from_pypi() {
    local venv=.tools/reports wanted=tests/tools/requirements.txt
    if cmp -s "$wanted" "$venv/installed.txt"; then return; fi
    rm -rf "$venv"
    mkdir -p .tools
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" &&
        cp "$wanted" "$venv/installed.txt"
}

# from_npm: Microsoft's validator. npm runs no script of a package, so we do what its script would.
from_npm() {
    local into=.tools/sarif version=5.7.0
    local package=$into/node_modules/@microsoft/sarif-multitool-linux
    if [[ ! -x $package/Sarif.Multitool || $(jq -r .version "$package/package.json") != "$version" ]]; then
        rm -rf "$into"
        mkdir -p "$into"
        npm install --prefix "$into" --ignore-scripts --no-audit --no-fund --silent \
            "@microsoft/sarif-multitool-linux@$version" &&
            chmod u+x "$package/Sarif.Multitool"
    fi
}

from_debian() {
    if command -v chromium > /dev/null || command -v google-chrome > /dev/null; then return; fi
    if [[ $(id -u) != 0 ]] || ! command -v apt-get > /dev/null; then
        echo 'Chromium is not installed, as this needs the superuser of a Debian'
        return
    fi
    export DEBIAN_FRONTEND=noninteractive
    # Another run on this machine may be installing, too.
    local wait_for_it=(-o DPkg::Lock::Timeout=600)
    apt-get "${wait_for_it[@]}" update -qq || true
    apt-get "${wait_for_it[@]}" install -qq -y --no-install-recommends chromium || true
}

for source in from_pypi from_npm from_debian; do
    "$source" || echo "$source: not all of it could be installed" >&2
done
