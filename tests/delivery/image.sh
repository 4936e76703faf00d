#!/usr/bin/env bash
# The container image, built and run without a daemon: image.sh VERSION
#
# The Dockerfile copies the program from where the static build leaves it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/report.sh"
version=$1
work=$(mktemp -d)
tag=localhost/flink-migrate-check:$version
store=("--root" "$work/store" "--runroot" "$work/run" "--storage-driver" vfs)
trap 'chmod -R u+rwX "$work" || true; rm -rf "$work"' EXIT

builds() {
    buildah "${store[@]}" bud --isolation chroot --build-arg "VERSION=$version" \
        --build-arg "PROFILE=${PROFILE:-release}" --tag "$tag" "$ROOT"
}

is_for_nobody() {
    buildah "${store[@]}" push "$tag" "oci-archive:$work/image.tar"
    skopeo inspect --config "oci-archive:$work/image.tar" > "$work/config.json"
    python3 - "$work/config.json" "$version" <<'END'
import json, sys
config = json.load(open(sys.argv[1]))["config"]
assert config["User"] == "65534:65534", config
assert config["Entrypoint"] == ["/flink-migrate"], config
assert config["Labels"]["org.opencontainers.image.version"] == sys.argv[2], config
print(config)
END
    skopeo inspect "oci-archive:$work/image.tar"
}

# What a person does with `docker run`: a folder from outside, and a stream.
runs() {
    local container said
    cp -r "$ROOT/examples" "$work/data"
    chmod -R a+rX "$work"
    container=$(buildah "${store[@]}" from "$tag")
    buildah "${store[@]}" run --isolation chroot "$container" -- /flink-migrate --version |
        grep -x "flink-migrate $version"
    said=$(buildah "${store[@]}" run --isolation chroot --volume "$work/data:/data:ro" "$container" -- \
        /flink-migrate check gitops --savepoints savepoints.yaml --exit-zero 2>&1)
    grep -F 'gitops/payments/settlement.yaml:64:31: change: ' <<< "$said"
    said=$(buildah "${store[@]}" run --isolation chroot --volume "$work/data:/data:ro" "$container" -- \
        /flink-migrate write - < "$work/data/gitops/analytics/sql-session.yaml")
    grep -x 'apiVersion: flink.apache.org/v1beta1' <<< "$said"
    buildah "${store[@]}" rm "$container"
}

holds_nothing_else() {
    local container mounted
    container=$(buildah "${store[@]}" from "$tag")
    mounted=$(buildah "${store[@]}" mount "$container")
    (cd "$mounted" && find . -type f -o -type l | sort) > "$work/files"
    cat "$work/files"
    diff "$work/files" <(printf '%s\n' ./flink-migrate ./licenses/LICENSE-APACHE ./licenses/LICENSE-MIT)
    buildah "${store[@]}" rm "$container"
}

checks=('image: it builds from nothing' 'image: it runs as nobody' 'image: it runs'
    'image: it holds the program and its licences alone')
if ! have buildah || ! have skopeo; then
    for name in "${checks[@]}"; do skip "$name" 'there is no buildah or no skopeo'; done
    exit
fi
# Some machines let nobody make the mounts that this needs; that says nothing of our Dockerfile.
if ! probe=$(buildah "${store[@]}" from scratch 2>&1); then
    for name in "${checks[@]}"; do skip "$name" "buildah cannot work here: ${probe##*$'\n'}"; done
    exit
fi
buildah "${store[@]}" rm "$probe" > /dev/null
check "${checks[0]}" builds
check "${checks[1]}" is_for_nobody
check "${checks[2]}" runs
check "${checks[3]}" holds_nothing_else
