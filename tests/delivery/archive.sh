#!/usr/bin/env bash
# The archive of a release: archive.sh BINARY TARGET VERSION
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"
binary=$1
target=$2
version=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unpacks_and_runs() {
    "$ROOT/packaging/archive.sh" "$binary" "$target" "$work/one"
    tar -xzf "$work/one/flink-migrate-$target.tgz" -C "$work"
    local inside=$work/flink-migrate-$target
    [[ $("$inside/flink-migrate" --version) == "flink-migrate $version" ]]
    for part in LICENSE-MIT LICENSE-APACHE README.md man1/flink-migrate-write.1; do
        [[ -s $inside/$part ]] || { echo "it does not hold $part"; return 1; }
    done
}

# A static C library is bad at looking up users and hosts: the program must not depend on it.
runs_in_an_empty_root() {
    mkdir "$work/empty"
    cp "$binary" "$work/empty/"
    cp -r "$ROOT/examples" "$work/empty/"
    env -i "$(command -v chroot)" "$work/empty" /flink-migrate check /examples/gitops \
        --savepoints /examples/savepoints.yaml --exit-zero
}

is_the_same_again() {
    "$ROOT/packaging/archive.sh" "$binary" "$target" "$work/two"
    cmp "$work/one/flink-migrate-$target.tgz" "$work/two/flink-migrate-$target.tgz"
}

# The names that `cargo binstall` makes of the patterns in Cargo.toml.
is_named_as_binstall_expects() {
    python3 - "$ROOT/Cargo.toml" "$target" "$version" "$work/one" <<'END'
import pathlib, sys, tarfile, tomllib
manifest, target, version, folder = sys.argv[1:]
package = tomllib.loads(pathlib.Path(manifest).read_text())["package"]
said = package["metadata"]["binstall"]
def filled(pattern):
    for key, value in {"name": package["name"], "target": target, "version": version,
                       "bin": package["name"], "binary-ext": ""}.items():
        pattern = pattern.replace("{ %s }" % key, value)
    return pattern
url = filled(said["pkg-url"])
assert said["pkg-fmt"] == "tgz" and f"/v{version}/" in url, url
archive = pathlib.Path(folder) / url.rsplit("/", 1)[1]
names = tarfile.open(archive).getnames()
assert filled(said["bin-dir"]) in names, names
print(url, names)
END
}

# The Action downloads from a release that holds this archive; `curl` is a stand-in that serves a folder.
is_fetched_by_the_action() {
    local served=$work/one found
    (cd "$served" && sha256sum flink-migrate-*.tgz > SHA256SUMS)
    mkdir "$work/bin" "$work/runner"
    cat > "$work/bin/curl" <<'END'
#!/usr/bin/env bash
while [[ $1 != --output ]]; do shift; done
cp "$SERVED/${3##*/}" "$2"
END
    chmod +x "$work/bin/curl"
    found=$(PATH=$work/bin:$PATH SERVED=$served IN_BINARY='' IN_VERSION=$version RUNNER_TEMP=$work/runner \
        RUNNER_OS=Linux RUNNER_ARCH=X64 ACTION_REPOSITORY=acme/flink-migrate "$ROOT/action/fetch.sh")
    cmp "$found" "$binary"
}

check 'archive: it unpacks, and the program runs' unpacks_and_runs
if [[ $(id -u) == 0 ]] && have chroot; then
    check 'archive: the program runs in an empty root without an environment' runs_in_an_empty_root
else
    skip 'archive: the program runs in an empty root without an environment' \
        'only the superuser may change the root'
fi
check 'archive: packed again it is the same' is_the_same_again
check 'archive: it is named as cargo binstall expects' is_named_as_binstall_expects
check 'archive: the Action finds it in a release' is_fetched_by_the_action
