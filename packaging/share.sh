#!/usr/bin/env bash
# Manual pages and completions, made by the program itself: share.sh BINARY FOLDER
set -euo pipefail
binary=$1
folder=$2

mkdir -p "$folder/man1" "$folder/completions"
"$binary" man > "$folder/man1/flink-migrate.1"
# The page of the program lists its commands as `flink-migrate-COMMAND(1)`.
sed -n 's/^flink\\-migrate\\-\([a-z-]*\)(1)$/\1/p' "$folder/man1/flink-migrate.1" |
while read -r command; do
    "$binary" man "$command" > "$folder/man1/flink-migrate-$command.1"
done
for shell in bash zsh fish; do
    "$binary" completions "$shell" > "$folder/completions/flink-migrate.$shell"
done
