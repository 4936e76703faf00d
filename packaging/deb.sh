#!/usr/bin/env bash
# The Debian package: deb.sh BINARY VERSION ARCHITECTURE FOLDER
set -euo pipefail
binary=$(realpath "$1")
version=$2
architecture=$3
folder=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
maintainer=${DEB_MAINTAINER:-The flink-migrate contributors <noreply@github.com>}
# The same bytes whenever it is packed: the time is that of the commit.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
pkg=$work/pkg
doc=$pkg/usr/share/doc/flink-migrate

install -D -m 755 "$binary" "$pkg/usr/bin/flink-migrate"

"$here/share.sh" "$binary" "$work/share"
for page in "$work"/share/man1/*.1; do
    install -D -m 644 "$page" "$pkg/usr/share/man/man1/$(basename "$page")"
done
gzip -9n "$pkg"/usr/share/man/man1/*.1
completions=$work/share/completions
install -D -m 644 "$completions/flink-migrate.bash" \
    "$pkg/usr/share/bash-completion/completions/flink-migrate"
install -D -m 644 "$completions/flink-migrate.zsh" \
    "$pkg/usr/share/zsh/vendor-completions/_flink-migrate"
install -D -m 644 "$completions/flink-migrate.fish" \
    "$pkg/usr/share/fish/vendor_completions.d/flink-migrate.fish"

mkdir -p "$doc"
{
    cat <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: flink-migrate

Files: *
Copyright: 2026 The flink-migrate contributors
License: MIT or Apache-2.0

License: MIT
$(tail -n +3 "$root/LICENSE-MIT" | sed 's/^$/./; s/^/ /')

License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
END
} > "$doc/copyright"
{
    printf 'flink-migrate (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * Release %s.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n > "$doc/changelog.gz"

# It runs on every release of Debian, and in a container without one, because it asks for no library.
# The YAML library in it is the second reader of the proof, pinned to one version on purpose.
install -D -m 644 /dev/stdin "$pkg/usr/share/lintian/overrides/flink-migrate" <<'END'
flink-migrate: statically-linked-binary [usr/bin/flink-migrate]
flink-migrate: embedded-library libyaml [usr/bin/flink-migrate]
END

mkdir "$pkg/DEBIAN"
cat > "$pkg/DEBIAN/control" <<END
Package: flink-migrate
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$pkg/usr" | cut -f1)
Section: utils
Priority: optional
Description: move Flink manifests from v1alpha1 to v1beta1
 flink-migrate rewrites the FlinkDeployment manifests of a GitOps repository
 from the preview API of the Apache Flink Kubernetes Operator to the stable
 one, byte for byte, and holds back every job that would lose its state.
END
(cd "$pkg" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)

mkdir -p "$folder"
dpkg-deb --root-owner-group --build "$pkg" "$folder/flink-migrate_${version}_$architecture.deb"
