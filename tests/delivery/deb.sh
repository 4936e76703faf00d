#!/usr/bin/env bash
# The Debian package: deb.sh BINARY VERSION
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"
binary=$1
version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

holds_what_it_should() {
    "$ROOT/packaging/deb.sh" "$binary" "$version" amd64 "$work/one"
    dpkg-deb --contents "$package"
    dpkg-deb --extract "$package" "$work/unpacked"
    [[ $("$work/unpacked/usr/bin/flink-migrate" --version) == "flink-migrate $version" ]]
    [[ $(dpkg-deb --field "$package" Version) == "$version" ]]
    local page
    for page in flink-migrate flink-migrate-diff flink-migrate-check flink-migrate-write; do
        gzip --test "$work/unpacked/usr/share/man/man1/$page.1.gz"
    done
    (cd "$work/unpacked" && md5sum --quiet --check <(dpkg-deb --ctrl-tarfile "$package" |
        tar -xO ./md5sums))
}

is_the_same_again() {
    "$ROOT/packaging/deb.sh" "$binary" "$version" amd64 "$work/two"
    cmp "$package" "$work/two/$(basename "$package")"
}

pleases_lintian() {
    local said
    said=$(lintian --allow-root --fail-on error --tag-display-limit 0 "$package" 2>&1) || {
        printf '%s\n' "$said"
        return 1
    }
    printf '%s\n' "$said"
}

# Warnings are about style, which is that of clap's pages; an error is a page that cannot be read.
pages_can_be_read() {
    local page
    for page in "$work"/unpacked/usr/share/man/man1/*.gz; do
        zcat "$page" | mandoc -Tlint -Werror
        zcat "$page" | mandoc -Tutf8 > "$work/page"
        [[ -s $work/page ]]
    done
}

completions_can_be_read() {
    local share=$work/unpacked/usr/share
    bash -n "$share/bash-completion/completions/flink-migrate"
    ! have zsh || zsh -n "$share/zsh/vendor-completions/_flink-migrate"
    ! have fish || fish --no-execute "$share/fish/vendor_completions.d/flink-migrate.fish"
}

package=$work/one/flink-migrate_${version}_amd64.deb
if ! have dpkg-deb; then
    skip 'deb' 'there is no dpkg-deb'
    exit
fi
check 'deb: it holds the program, its pages and its completions' holds_what_it_should
check 'deb: packed again it is the same' is_the_same_again
if have lintian; then
    check 'deb: lintian finds no error' pleases_lintian
else
    skip 'deb: lintian finds no error' 'there is no lintian'
fi
if have mandoc; then
    check 'deb: its manual pages can be read' pages_can_be_read
else
    skip 'deb: its manual pages can be read' 'there is no mandoc'
fi
check 'deb: its completions can be read' completions_can_be_read
for shell in zsh fish; do
    have "$shell" || skip "deb: its completions for $shell" "there is no $shell"
done
