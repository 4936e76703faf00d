#!/usr/bin/env bash
# The archive of a release, under the name by which `cargo binstall` and the Action look for it:
# archive.sh BINARY TARGET FOLDER
set -euo pipefail
binary=$(realpath "$1")
target=$2
folder=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

name=flink-migrate-$target
suffix=
if [[ $target == *-windows-* ]]; then suffix=.exe; fi
# macOS ships another tar.
tar=tar
if command -v gtar > /dev/null; then tar=gtar; fi

mkdir -p "$folder"
folder=$(realpath "$folder")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/$name"
install -m 755 "$binary" "$work/$name/flink-migrate$suffix"
install -m 644 "$root/README.md" "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$work/$name/"
"$here/share.sh" "$binary" "$work/$name"

# The same bytes whoever packs it and whenever: the time is that of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
cd "$work"
"$tar" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    --format=ustar -cf - "$name" | gzip -9n > "$folder/$name.tgz"
printf '%s\n' "$folder/$name.tgz"
