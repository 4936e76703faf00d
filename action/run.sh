#!/usr/bin/env bash
# Runs flink-migrate once and hands on what it made: log, annotations, job summary, outputs.
#
# The inputs arrive in the environment and are only ever passed as arguments. Whatever a manifest
# may say reaches the log between stop-commands marks and the outputs between random delimiters.
# No token is used, so that a pull request from a fork gets the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/shared.sh
source "$here/shared.sh"

# More than this is refused by GitHub with all of the summary: 1 MiB for a step.
summary_limit=1000000

main() {
    one_of mode "$IN_MODE" check diff write
    one_of fail-on "$IN_FAIL_ON" change decision error never
    case "$IN_MAX_COMMENT_CHARS" in
        '' | *[!0-9]* | ????????*) fail "max-comment-chars is a number of at most seven digits" ;;
    esac

    local binary
    binary=$(bash "$here/fetch.sh")
    out=$(mktemp -d "$(portable "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/flink-migrate-XXXXXX")
    ended=0
    migrate "$binary" || ended=$?
    read_report
    status=$(without_threshold)
    if [ "$IN_MODE" = write ] && [ "$status" != 0 ]; then
        changed=0 files=''
    fi
    annotate
    keep_within_a_comment
    summarize
    hand_on
    exit "$(exit_status)"
}

# Refuses an input that is none of the words after it.
one_of() {
    local name=$1 value=$2 word
    shift 2
    for word in "$@"; do
        if [ "$value" = "$word" ]; then return; fi
    done
    fail "$name is none of: $*"
}

# The run itself. Its talk and its data share one pipe, so that none of it can arrive at the runner
# after the mark that lets commands count again.
migrate() {
    local binary=$1 line mark code=0
    local arguments=("$IN_MODE" "--markdown-budget=$IN_MAX_COMMENT_CHARS") paths=()
    if [ "$IN_FAIL_ON" = never ]; then arguments+=(--exit-zero); fi
    if [ -n "$IN_STEP" ]; then arguments+=("--step=$IN_STEP"); fi
    if [ -n "$IN_CONFIG" ]; then arguments+=("--config=$IN_CONFIG"); fi
    if [ -n "$IN_TARGET_OPERATOR" ]; then
        arguments+=("--target-operator=$IN_TARGET_OPERATOR")
    fi
    while IFS= read -r line; do
        arguments+=("--savepoints=$line")
    done < <(lines "$IN_SAVEPOINTS")
    while IFS= read -r line; do
        # A lone dash would be standard input.
        if [ "$line" = - ]; then line=./-; fi
        paths+=("$line")
    done < <(lines "$IN_PATHS")
    if [ "${#paths[@]}" = 0 ]; then paths=(.); fi

    mark=$(random)
    printf '::stop-commands::%s\n' "$mark"
    # Git Bash on Windows rewrites arguments that look like paths, unless it is told not to.
    MSYS2_ARG_CONV_EXCL='*' "$binary" "${arguments[@]}" \
        --report "json=$out/report.json" \
        --report "sarif=$out/report.sarif" \
        --report "markdown=$out/report.md" \
        --report "html=$out/report.html" \
        --report "diff=$out/changes.patch" \
        --report "github=$out/annotations.txt" \
        -- "${paths[@]}" </dev/null 2>&1 || code=$?
    printf '\n::%s::\n' "$mark"
    return "$code"
}

# The lines of an input that say something, without the CR of an editor on Windows.
lines() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        case "$line" in
            *[![:space:]]*) printf '%s\n' "$line" ;;
        esac
    done <<<"$1"
}

# Takes from the JSON report what the outputs and the short summary need.
read_report() {
    local key value
    outcome='' changed=0 held=0 not_understood=0 failed=0 decisions=0 files=''
    if [ ! -s "$out/report.json" ]; then return; fi
    while IFS=$'\t' read -r key value; do
        case "$key" in
            outcome) outcome=$value ;;
            changed) changed=$value ;;
            held) held=$value ;;
            not-understood) not_understood=$value ;;
            failed) failed=$value ;;
            decisions) decisions=$value ;;
            file) files+=${files:+$'\n'}$value ;;
        esac
    done < <(LC_ALL=C awk -f "$here/report.awk" "$out/report.json")
}

# The status as it is without `never`, which only the program itself can tell from wrong usage.
without_threshold() {
    case "$ended:$outcome:$IN_MODE" in
        0:failed:*) printf 2 ;;
        0:held:* | 0:not-understood:*) printf 3 ;;
        0:changed:check | 0:changed:diff) printf 1 ;;
        *) printf '%s' "$ended" ;;
    esac
}

# The annotations of the `github` format, the line that counts those left out, and no other command.
annotate() {
    if [ -e "$out/annotations.txt" ]; then
        grep -E '^(::(error|warning|notice)[ :]|flink-migrate: )' "$out/annotations.txt" || true
    fi
}

# The tool shortens its report to what was asked for, but not below what must be said; where that is
# still too long, numbers must do.
keep_within_a_comment() {
    if [ ! -s "$out/report.md" ]; then
        short_summary >"$out/report.md"
    elif [ "$(characters "$out/report.md")" -gt "$IN_MAX_COMMENT_CHARS" ]; then
        mv "$out/report.md" "$out/report-long.md"
        short_summary >"$out/report.md"
    fi
}

# Characters, not bytes: in UTF-8 every byte but the continuations begins one.
characters() {
    LC_ALL=C tr -d '\200-\277' <"$1" | wc -c | tr -d ' '
}

# The job summary has room for the whole report, where a comment may have none.
summarize() {
    local report=$out/report.md
    if [ -e "$out/report-long.md" ]; then report=$out/report-long.md; fi
    if [ "$(wc -c <"$report")" -gt "$summary_limit" ]; then
        report=$out/report-short.md
        short_summary >"$report"
    fi
    cat "$report" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}

# Numbers only, where the report itself is missing or has no room. It holds no word of a manifest.
short_summary() {
    printf '%s\n## Flink manifests: ' '<!-- flink-migrate -->'
    if [ -z "$outcome" ]; then
        printf 'flink-migrate could not run\n\n'
        printf 'It ended with status %s and made no report; the log of the step says why.\n' "$status"
        return
    fi
    printf '%s, ' "$(counted "$changed" 'file changes' 'files change')"
    printf '%s\n\n' "$(counted "$decisions" 'decision is needed' 'decisions are needed')"
    printf '| documents | |\n|---|--:|\n'
    printf '| held for a decision | %s |\n' "$held"
    printf '| not understood | %s |\n' "$not_understood"
    printf '| failed | %s |\n' "$failed"
    printf '\nThe full report has no room here; it is in the HTML page and in the patch.\n'
}

counted() {
    if [ "$1" = 1 ]; then printf '1 %s' "$2"; else printf '%s %s' "$1" "$3"; fi
}

# Writes the outputs of the step.
hand_on() {
    if [ "$changed" = 0 ]; then output changed false; else output changed true; fi
    output changed-files "$files"
    output decisions "$decisions"
    output exit-code "$status"
    output_file summary-file report.md
    output_file report-json report.json
    output_file sarif-file report.sarif
    output_file patch-file changes.patch
    output_file html-file report.html
}

# The delimiter is random, since a value may hold any line.
output() {
    local mark
    mark=$(random)
    printf '%s<<%s\n%s\n%s\n' "$1" "$mark" "$2" "$mark" >>"$GITHUB_OUTPUT"
}

output_file() {
    if [ -e "$out/$2" ]; then output "$1" "$out/$2"; else output "$1" ''; fi
}

# The status of the step.
exit_status() {
    case "$status:$IN_FAIL_ON" in
        *:never) printf '%s' "$ended" ;;
        1:decision | 1:error | 3:error) printf 0 ;;
        *) printf '%s' "$status" ;;
    esac
}

main
