#!/usr/bin/env bash
# Prints the path of a flink-migrate to run: the one the user named, or a release whose checksum
# was verified.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/shared.sh
source "$here/shared.sh"

# No archive of ours comes near this.
most_bytes=100000000

main() {
    if [ -n "$IN_BINARY" ]; then
        type -P -- "$IN_BINARY" || fail "binary: there is no program $IN_BINARY"
        return
    fi
    local repository target version=${IN_VERSION#v}
    local numbers='^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$'
    if ! [[ $version =~ $numbers ]]; then
        fail "version is no release such as 0.1.0"
    fi
    repository=$(repository)
    target=$(target)
    download "$repository" "$version" "$target"
}

# Owner and name of the repository that this Action comes from. The runner forgets it in the steps
# of a composite action now and then; the folder it unpacks actions into still says it.
repository() {
    local name=${ACTION_REPOSITORY:-} path=${GITHUB_ACTION_PATH:-} parts='^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$'
    if [ -z "$name" ]; then
        path=${path//\\//}
        case "$path" in
            */_actions/*/*/*) name=$(printf '%s' "${path##*/_actions/}" | cut -d / -f 1-2) ;;
        esac
    fi
    if ! [[ $name =~ $parts ]]; then
        fail "it is not known where this Action comes from, so nothing can be downloaded: set the input binary"
    fi
    printf '%s\n' "$name"
}

# The triple in the names of the archives.
target() {
    case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
        Linux-X64) echo x86_64-unknown-linux-gnu ;;
        Linux-ARM64) echo aarch64-unknown-linux-gnu ;;
        macOS-X64) echo x86_64-apple-darwin ;;
        macOS-ARM64) echo aarch64-apple-darwin ;;
        Windows-X64) echo x86_64-pc-windows-msvc ;;
        *) fail "there is no release for ${RUNNER_OS:-?} on ${RUNNER_ARCH:-?}: build it, and set the input binary" ;;
    esac
}

download() {
    local repository=$1 version=$2 target=$3 suffix='' name archive base folder binary
    if [ "$RUNNER_OS" = Windows ]; then suffix=.exe; fi
    name=flink-migrate-$target
    archive=$name.tgz
    base=https://github.com/$repository/releases/download/v$version
    folder=$(mktemp -d "$(portable "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/flink-migrate-XXXXXX")
    # Relative names from here on: tar takes the colon of a drive letter for that of a host.
    cd "$folder"
    get "$base/SHA256SUMS" SHA256SUMS
    get "$base/$archive" "$archive"
    verify "$archive"
    tar -xzf "$archive" "$name/flink-migrate$suffix" || fail "$archive holds no flink-migrate"
    binary=$folder/$name/flink-migrate$suffix
    if [ "$("./$name/flink-migrate$suffix" --version)" != "flink-migrate $version" ]; then
        fail "$archive does not hold flink-migrate $version, or it does not run here"
    fi
    printf '%s\n' "$binary"
}

get() {
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 \
        --max-time 300 --max-filesize "$most_bytes" --output "$2" "$1" \
        || fail "$1 cannot be downloaded"
}

# Exactly one line of SHA256SUMS names the archive, and its sum is that of the file.
verify() {
    local expected actual sum='^[0-9a-f]{64}$'
    expected=$(awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }' SHA256SUMS)
    if ! [[ $expected =~ $sum ]]; then
        fail "SHA256SUMS of the release does not name $1 once"
    fi
    if type -P sha256sum >/dev/null; then
        actual=$(sha256sum <"$1")
    else
        actual=$(shasum -a 256 <"$1")
    fi
    if [ "${actual%% *}" != "$expected" ]; then
        fail "$1 is not what SHA256SUMS of the release says: ${actual%% *}, not $expected"
    fi
}

main
