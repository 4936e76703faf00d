#!/usr/bin/env bash
# Builds the program and its wheel: build.sh TARGET FOLDER
#
# The wheel goes into the folder, the program to target/TARGET/PROFILE/. PROFILE is the profile of
# Cargo.toml, `release` if it is not set; releases are built with `dist`. MATURIN is the command that
# builds wheels.
set -euo pipefail
target=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
profile=${PROFILE:-release}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
read -ra maturin <<< "${MATURIN:-maturin}"

options=(--locked --profile "$profile" --target "$target" --out "$folder")
case $target in
    # With a static C library it runs on every Linux, so the tag of an old one is right.
    *-linux-gnu)
        export RUSTFLAGS='-C target-feature=+crt-static'
        options+=(--compatibility manylinux2014)
        ;;
    # And on every Windows, without a runtime that has to be installed.
    *-windows-msvc) export RUSTFLAGS='-C target-feature=+crt-static' ;;
esac
export CARGO_TARGET_DIR=$root/target
cd "$root/packaging/wheel"
"${maturin[@]}" build "${options[@]}"
