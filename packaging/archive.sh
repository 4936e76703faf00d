#!/usr/bin/env bash
# The archive of a release and its checksum, under the name by which `cargo binstall` looks for it:
# archive.sh BINARY TARGET FOLDER
set -euo pipefail
binary=$(realpath "$1")
target=$2
folder=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

name=flink-migrate-$target
mkdir -p "$folder"
folder=$(realpath "$folder")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/$name"
install -m 755 "$binary" "$work/$name/flink-migrate"
install -m 644 "$root/README.md" "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$work/$name/"
"$here/share.sh" "$binary" "$work/$name"

# The same bytes whoever packs it and whenever: the time is that of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
cd "$work"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    --format=ustar -cf - "$name" | gzip -9n > "$folder/$name.tgz"
cd "$folder"
sha256sum "$name.tgz" > "$name.tgz.sha256"
printf '%s\n' "$folder/$name.tgz"
