# The program alone: it is linked statically, asks nobody on a network, and needs no account.
# It is built first, because a build in here would be a second one:
#   RUSTFLAGS='-C target-feature=+crt-static' \
#       cargo build --release --locked --target x86_64-unknown-linux-gnu
# A program of another profile is taken with `--build-arg PROFILE=dist`.
FROM scratch

ARG VERSION=0.1.0
ARG PROFILE=release
LABEL org.opencontainers.image.title="flink-migrate" \
      org.opencontainers.image.description="Moves manifests of the Apache Flink Kubernetes Operator from v1alpha1 to v1beta1" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"

COPY LICENSE-MIT LICENSE-APACHE /licenses/
COPY target/x86_64-unknown-linux-gnu/${PROFILE}/flink-migrate /flink-migrate

# Nobody, as everywhere.
USER 65534:65534
WORKDIR /data
ENTRYPOINT ["/flink-migrate"]
