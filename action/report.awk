# Reads a JSON report (schema/report-v1.schema.json) and prints what the Action needs of it, one
# `name TAB value` a line: outcome, counts, and `file` for each file that changes.
#
# A reader of JSON in the language every runner has. No token of JSON spans lines, so it works line
# by line and does not depend on the layout. Paths are printed as text; a control character in one
# stays an escape, as in the report, so that a line break cannot make two files of one.

BEGIN { depth = 0 }

{
    rest = $0
    while (rest != "") {
        first = substr(rest, 1, 1)
        if (first ~ /[ \t\r,:]/) {
            rest = substr(rest, 2)
        } else if (first == "{" || first == "[") {
            depth++
            kind[depth] = first
            named[depth] = 0
            name[depth] = "*"
            rest = substr(rest, 2)
        } else if (first == "}" || first == "]") {
            depth--
            named[depth] = 0
            rest = substr(rest, 2)
        } else if (first == "\"") {
            match(rest, /^"([^"\\]|\\.)*"/)
            if (RLENGTH < 0) exit 1
            string = substr(rest, 2, RLENGTH - 2)
            rest = substr(rest, RLENGTH + 1)
            if (kind[depth] == "{" && !named[depth]) {
                name[depth] = string
                named[depth] = 1
            } else {
                scalar(string)
            }
        } else {
            match(rest, /^[^][{}",: \t\r]+/)
            if (RLENGTH < 0) exit 1
            scalar(substr(rest, 1, RLENGTH))
            rest = substr(rest, RLENGTH + 1)
        }
    }
}

function scalar(value,    place, level) {
    place = name[1]
    for (level = 2; level <= depth; level++) place = place "." name[level]
    named[depth] = 0
    if (place == "summary.outcome") say("outcome", value)
    else if (place == "summary.files.changed") say("changed", value)
    else if (place == "summary.documents.held") say("held", value)
    else if (place == "summary.documents.not-understood") say("not-understood", value)
    else if (place == "summary.documents.failed") say("failed", value)
    else if (place == "summary.findings.decision") say("decisions", value)
    else if (place == "files.*.path") path = value
    else if (place == "files.*.changes" && value == "true") say("file", text(path))
}

function say(what, value) { printf "%s\t%s\n", what, value }

# The string as text: quotes, backslashes and slashes lose their backslash.
function text(string,    out, at, next_one) {
    out = ""
    while ((at = index(string, "\\")) > 0) {
        next_one = substr(string, at + 1, 1)
        if (next_one ~ /["\\\/]/) out = out substr(string, 1, at - 1) next_one
        else out = out substr(string, 1, at + 1)
        string = substr(string, at + 2)
    }
    return out string
}
