//! The reports for people: human, concise, diff, what is held, and the verdict.

use flink_migrate::diagnostic::Severity;
use flink_migrate::plan::{Changeset, Outcome};
use flink_migrate::report::{Format, Look, verdict};
use flink_migrate::text::{Excerpt, Position as Place, SourceFile, Span};
use serde_json::json;

use super::sample::{FRAUD, fraud, hunks_between, located, orders, plan, sample, says};
use super::{PLAIN, held_back, parsed, without_colors, written};

const HUMAN: &str = r#"decision[template]: a raw Helm template: its version is decided when it is rendered
 --> charts/flink/templates/job.yaml:1:30
  |
1 | apiVersion: flink.apache.org/{{ .Values.version }}
  |                              ^^^^^^^^^^^^^^^^^^^^^
  |
help: render the chart and migrate what comes out

change[api-version]: v1alpha1 becomes v1beta1
 --> payments/fraud.yaml:1:30
  |
1 | apiVersion: flink.apache.org/v1alpha1
  |                              ^^^^^^^^ payments/fraud

note[stateless-savepoint]: payments/fraud keeps this state for now
 --> payments/fraud.yaml:8:18
  |
8 |     upgradeMode: last-state # keep
  |                  ^^^^^^^^^^

decision[missing-savepoint]: this job is stateful and has neither an entry in a savepoint map nor a
                             path: it would start empty
 --> payments/orders.yaml:6:18
  |
6 |     upgradeMode: savepoint
  |                  ^^^^^^^^^ payments/orders
  |
help: add `payments/orders: LOCATION` to the savepoint map, or say that it may start without state:
      `[workload."payments/orders"] fresh = true`

error[yaml]: this list is never closed
 --> zoo.yaml:2:7
  |
2 | spec: [
  |       ^

1 file would change, 1 document is held for a decision, 1 is not understood, 1 failed,
1 is already right
"#;

const CONCISE: &str = r#"charts/flink/templates/job.yaml:1:30: decision: a raw Helm template: its version is decided when it is rendered; render the chart and migrate what comes out [template]
payments/fraud.yaml:1:30: change: v1alpha1 becomes v1beta1 [api-version]
payments/fraud.yaml:8:18: note: payments/fraud keeps this state for now [stateless-savepoint]
payments/orders.yaml:6:18: decision: this job is stateful and has neither an entry in a savepoint map nor a path: it would start empty; add `payments/orders: LOCATION` to the savepoint map, or say that it may start without state: `[workload."payments/orders"] fresh = true` [missing-savepoint]
zoo.yaml:2:7: error: this list is never closed [yaml]
"#;

#[test]
fn human_shows_the_line_the_reason_and_the_way_out() {
    assert_eq!(written(Format::Human, &sample(), &PLAIN), HUMAN);
}

#[test]
fn human_without_notes_and_changes_counts_the_notes() {
    let look = Look { notes: false, changes: false, ..PLAIN };
    let text = written(Format::Human, &sample(), &look);
    assert!(!text.contains("note[") && !text.contains("change["), "{text}");
    assert!(text.ends_with("\n1 is already right (1 note not shown)\n"), "{text}");
}

#[test]
fn colors_add_nothing_but_colors() {
    let plain = written(Format::Human, &sample(), &PLAIN);
    let colored = written(Format::Human, &sample(), &Look { color: true, ..PLAIN });
    assert!(!plain.contains('\u{1b}'));
    assert!(colored.contains("\u{1b}["));
    assert_eq!(without_colors(&colored), plain);
}

#[test]
fn human_fits_its_width_and_never_breaks_without_one() {
    let message_lines = |width| {
        let text = written(Format::Human, &sample(), &Look { width, ..PLAIN });
        let from = text.find("decision[missing").expect("the finding");
        let until = text[from..].find(" -->").expect("its place");
        text[from..from + until].trim_end().lines().map(str::len).collect::<Vec<_>>()
    };
    assert_eq!(message_lines(0).len(), 1);
    assert!(message_lines(70).iter().all(|len| *len <= 70));
}

#[test]
fn human_points_into_a_giant_line_by_the_column_of_the_file() {
    let text = format!("{{\"a\": \"{}\", \"kind\": 1}}", "x".repeat(50_000));
    let file = SourceFile { name: "big.json", text: &text };
    let mut big = plan(&file, Outcome::Failed, "");
    big.diagnostics = vec![located(&file, "kind", "", says("yaml", Severity::Error, "odd"))];
    let report = written(
        Format::Human,
        &Changeset { files: vec![big], files_read: 1, ..Changeset::default() },
        &PLAIN,
    );
    assert!(report.contains("--> big.json:1:50012\n"), "{report}");
    assert!(report.lines().all(|line| line.len() < 140), "{report}");
    assert!(report.contains("1 | ...") && report.contains("\"kind\": 1}"), "{report}");
}

#[test]
fn human_hides_what_a_key_calls_secret_and_keeps_the_underline() {
    let text = "{s3.secret-key: hunter2, kind: FlinkDeployment}\n";
    let file = SourceFile { name: "a.yaml", text };
    let mut flow = plan(&file, Outcome::Held, "a");
    flow.diagnostics =
        vec![located(&file, "kind", "a", says("partial", Severity::Decision, "odd"))];
    let report = written(
        Format::Human,
        &Changeset { files: vec![flow], files_read: 1, ..Changeset::default() },
        &PLAIN,
    );
    assert!(report.contains("1 | {s3.secret-key: ***, kind: FlinkDeployment}\n"), "{report}");
    assert!(report.contains("\n  |                      ^^^^ a\n"), "{report}");
    assert!(report.contains("a.yaml:1:26\n"), "{report}");
}

#[test]
fn human_does_without_a_line_where_there_is_none() {
    let mut file = orders();
    file.diagnostics[0].excerpt = Excerpt { text: String::new(), highlight: Span::empty(0) };
    file.diagnostics[0].location.position = Place { line: 1, column: 1 };
    file.diagnostics[0].diagnostic.help = None;
    let report = written(
        Format::Human,
        &Changeset { files: vec![file], files_read: 1, ..Changeset::default() },
        &PLAIN,
    );
    let body = report.split("empty\n").nth(1).expect("the message");
    assert_eq!(
        body,
        "--> payments/orders.yaml:1:1\n\n\
         no file would change, 1 document is held for a decision\n"
    );
}

#[test]
fn concise_is_one_line_for_each_finding() {
    assert_eq!(written(Format::Concise, &sample(), &PLAIN), CONCISE);
    let grave = Look { notes: false, changes: false, ..PLAIN };
    let text = written(Format::Concise, &sample(), &grave);
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn concise_never_begins_a_line_like_a_command_to_a_log() {
    let mut file = orders();
    file.path = "::add-mask::x".to_string();
    let text = written(
        Format::Concise,
        &Changeset { files: vec![file], files_read: 1, ..Changeset::default() },
        &PLAIN,
    );
    assert!(text.starts_with("./::add-mask::x:6:18: decision: "), "{text}");
}

#[test]
fn the_diff_is_that_of_the_files_that_change() {
    let expected = "\
--- a/payments/fraud.yaml
+++ b/payments/fraud.yaml
@@ -1,2 +1,2 @@
-apiVersion: flink.apache.org/v1alpha1
+apiVersion: flink.apache.org/v1beta1
 kind: FlinkDeployment
";
    assert_eq!(written(Format::Diff, &sample(), &PLAIN), expected);
}

#[test]
fn what_is_held_is_no_diff() {
    let expected = "\
held: payments/orders.yaml stays as it is; do not apply what it would become:
held| --- a/payments/orders.yaml
held| +++ b/payments/orders.yaml
held| @@ -1,2 +1,2 @@
held| -apiVersion: flink.apache.org/v1alpha1
held| +apiVersion: flink.apache.org/v1beta1
held|  kind: FlinkDeployment
";
    assert_eq!(held_back(&sample()), expected);
}

#[test]
fn held_lines_keep_their_tabs_and_lose_their_carriage_returns() {
    let mut file = orders();
    file.held = hunks_between("a\tb\r\n", "c\rd\r\n", 3);
    let text = held_back(&Changeset { files: vec![file], files_read: 1, ..Changeset::default() });
    assert!(text.ends_with("\nheld| -a\tb\nheld| +c\\rd\n"), "{text:?}");
}

#[test]
fn held_lines_show_no_secrets() {
    let mut file = orders();
    let secret = "    s3.secret-key: hunter2\n";
    let after = format!("{secret}  path: s3://me:hunter2@lake/sp\n");
    file.held = hunks_between(secret, &after, 3);
    let text = held_back(&Changeset { files: vec![file], files_read: 1, ..Changeset::default() });
    assert!(text.contains("held|      s3.secret-key: ***\n"), "{text}");
    assert!(text.contains("@lake/sp\n") && !text.contains("hunter2"), "{text}");
}

#[test]
fn an_empty_run_says_so() {
    let nothing = Changeset::default();
    let read = |files_read| Changeset { files: Vec::new(), files_read, ..Changeset::default() };
    assert_eq!(written(Format::Human, &nothing, &PLAIN), "no file was read\n");
    assert_eq!(verdict(&read(1)), "nothing to migrate in the 1 file that was read");
    assert_eq!(verdict(&read(412)), "nothing to migrate in the 412 files that were read");
    let unread =
        |files_read, unreadable| Changeset { files_read, unreadable, ..Changeset::default() };
    assert_eq!(verdict(&unread(0, 1)), "1 file could not be read");
    assert_eq!(
        verdict(&unread(1, 2)),
        "nothing to migrate in the 1 file that was read, 2 files could not be read"
    );
    for format in [Format::Concise, Format::Diff] {
        assert_eq!(written(format, &nothing, &PLAIN), "");
    }
    assert_eq!(held_back(&nothing), "");
    assert_eq!(written(Format::JsonPatch, &nothing, &PLAIN), "[]\n");
    assert_eq!(parsed(Format::Json, &nothing)["files"], json!([]));
}

#[test]
fn the_verdict_counts_every_document_once() {
    let file = SourceFile { name: "a.yaml", text: FRAUD };
    let one = |outcome| plan(&file, outcome, "a");
    let files = vec![fraud(), fraud(), one(Outcome::AlreadyRight), one(Outcome::AlreadyRight)];
    let changeset = Changeset { files, files_read: 4, ..Changeset::default() };
    assert_eq!(verdict(&changeset), "2 files would change, 2 documents are already right");
    let files = vec![one(Outcome::AlreadyRight)];
    assert_eq!(
        verdict(&Changeset { files, files_read: 4, ..Changeset::default() }),
        "no file would change, 1 document is already right"
    );
}
