#!/usr/bin/env bash
# Holds the SARIF reports of a binary to Microsoft's validator, with the rules of GitHub.
#
# usage: sarif.sh BINARY MULTITOOL
#   MULTITOOL is Sarif.Multitool of the npm package @microsoft/sarif-multitool-linux (5.7.0), the
#   program itself: the script around it in @microsoft/sarif-multitool breaks at the `;` below.
#
# The validator ends with 0 whatever it finds, so its log is read, and a report that is broken on
# purpose shows that it looks at all. It needs no network.
set -euo pipefail

binary=$(realpath "$1")
multitool=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# Prints what the validator says about a report, one complaint a line.
complaints() {
    local log="$place/log.sarif"
    rm -f "$log"
    "$multitool" validate "$1" --rule-kind 'Sarif;Ghas' --output "$log" --log ForceOverwrite \
        >"$place/said" 2>&1 || true
    if [[ ! -s $log ]]; then
        cat "$place/said" >&2
        echo "the validator wrote no log" >&2
        exit 1
    fi
    # SARIF2005 asks for an address of the project, which has none.
    jq -r '.runs[] | (.results // [])[] | select(.ruleId != "SARIF2005")
           | "\(.level // "warning") \(.ruleId) \(.message.id) \(.message.arguments | tostring)"' "$log"
    jq -r '.runs[].invocations[]? | .toolExecutionNotifications[]?, .toolConfigurationNotifications[]?
           | select(.level == "error") | "error \(.message.text)"' "$log"
}

# Reports on what lies in the directory $2, under the name $1 and with the options behind, and
# fails if the validator complains.
hold() {
    local report="$place/$1.sarif" status=0
    (cd "$2" && "$binary" check --report "sarif=$report" "${@:3}" >"$place/out" 2>&1) || status=$?
    if [[ ! -s $report ]]; then
        cat "$place/out" >&2
        echo "$1: no report, status $status" >&2
        exit 1
    fi
    local found
    found=$(complaints "$report")
    if [[ -n $found ]]; then
        printf '%s:\n%s\n' "$1" "$found" >&2
        exit 1
    fi
    printf '%s: %s results, no complaint\n' "$1" "$(jq '.runs[0].results | length' "$report")"
}

hold without-map . examples/gitops
hold with-map . examples/gitops --savepoints examples/savepoints.yaml

mkdir "$place/empty"
hold nothing "$place/empty"

# Names and places that need care in an address or a message.
odd="$place/odd/a b%20ö/{0} [x](y)"
mkdir -p "$odd"
sed 's/name: settlement$/name: "{0} [x](y) ::error:: {{ z }}"/' examples/gitops/payments/settlement.yaml \
    >"$odd/#1?:,=.yaml"
printf 'apiVersion: flink.apache.org/v1alpha1\nkind: [FlinkDeployment\n' >"$odd/broken.yaml"
hold odd "$place/odd"

mkdir "$place/many"
for ((i = 0; i < 900; i++)); do
    echo ---
    sed "s/name: fraud-scoring/name: job-$i/" examples/gitops/payments/fraud-scoring.yaml
done >"$place/many/jobs.yaml"
hold many "$place/many"

# The control: without these members GitHub refuses a report, and the validator has to say so.
jq 'del(.runs[].tool.driver.rules[].fullDescription, .runs[].results[].locations)' \
    "$place/with-map.sarif" >"$place/broken.sarif"
if ! complaints "$place/broken.sarif" | grep -q '^error GH'; then
    echo "the validator takes what GitHub does not" >&2
    exit 1
fi
echo "a broken report is refused"
