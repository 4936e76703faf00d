# The commands of every day; `just` lists them.

_list:
    @{{ just_executable() }} --list --unsorted

# Runs the tests, or those whose names contain the words: `just test --test it tidy`.
test *args:
    cargo test {{ args }}

# Holds the laws over mutated manifests: `just fuzz manifests --time 600 --seed 7`, or `just fuzz edits`.
fuzz *args:
    cargo run --release --example fuzz -- {{ args }}

# Accepts what the tests produce. Then read the difference.
bless *args:
    BLESS=1 cargo test {{ args }}
    git diff --stat

# Measures beside other programs: `just bench --quick`.
bench *args:
    bench/run.py {{ args }}

# Runs all that CI runs on Linux, or the parts with these names.
ci *parts:
    .ci/run {{ parts }}
