//! The reports for people: what fits on a line, what is hidden, and what a colour adds.

use super::{files, report, run_at, without_colors};
use crate::sandbox::{BROKEN, held, sound};
use flink_migrate::testing::Files;

fn few() -> Files {
    files([
        ("a.yaml", sound("a")),
        ("b.yaml", held("b")),
        ("c.yaml", BROKEN.to_string()),
        ("d.yaml", "kind: FlinkDeployment\napiVersion: flink.apache.org/{{ .x }}\n".to_string()),
    ])
}

#[test]
fn quiet_leaves_out_notes_and_counts_them() {
    let human = run_at(None, &few(), &["check", "--format", "human", "-q"]).out;
    assert!(human.contains("decision[missing-savepoint]") && human.contains("error[broken-yaml]"));
    assert!(!human.contains("note["), "{human}");
    assert!(human.replace('\n', " ").ends_with(" (2 notes not shown) "), "{human}");
    let concise = run_at(None, &few(), &["check", "-q"]).out;
    assert!(!concise.contains(": note: ") && concise.contains(": error: "), "{concise}");
}

#[test]
fn colours_add_nothing_but_colours_and_every_line_fits_its_width() {
    for width in [60, 80, 100, 140] {
        let at = |more: &[&str]| {
            let args = [&["check", "--format", "human"], more].concat();
            run_at(Some(width), &few(), &args).out
        };
        let (plain, colored) = (at(&[]), at(&["--color", "always"]));
        assert!(!plain.contains('\u{1b}') && colored.contains("\u{1b}["));
        assert_eq!(without_colors(&colored), plain);
        // Lines of manifests are shown as they are.
        let is_own = |line: &&str| !line.contains(" | ");
        let longest = plain.lines().filter(is_own).map(|line| line.chars().count()).max();
        assert!(longest <= Some(width), "{width}: {plain}");
    }
}

#[test]
fn a_report_in_a_file_breaks_no_message() {
    let place = flink_migrate::testing::Place::default();
    let run = place.run(&few(), &["check", "--report", "human=out.txt"]);
    let written = String::from_utf8(run.files["out.txt"].clone()).unwrap();
    let message = written.lines().find(|line| line.starts_with("decision[missing-savepoint]: "));
    assert!(message.unwrap().ends_with("prod/b would start empty"), "{written}");
    assert!(written.contains("\nhelp: add `prod/b: LOCATION` to the savepoint map, or set `fresh"));
}

#[test]
fn a_giant_line_is_shown_around_the_column_of_the_finding() {
    let text = format!(
        "{{\"a\": \"{}\", \"apiVersion\": \"flink.apache.org/v1alpha1\", \"kind\": \"FlinkDeployment\"}}",
        "x".repeat(50_000)
    );
    let human = report(&files([("big.json", text)]), "human");
    assert!(human.contains("--> big.json:1:50"), "{human}");
    assert!(human.lines().all(|line| line.len() < 140), "{human}");
    assert!(human.contains("1 | ..."), "{human}");
}

#[test]
fn a_highlight_longer_than_the_line_is_shown_from_its_beginning() {
    let version = format!("flink.apache.org/{{{{ .{} }}}}", "x".repeat(200));
    let text = format!("kind: FlinkDeployment\napiVersion: {version}\n");
    let human = run_at(Some(60), &files([("a.yaml", text)]), &["check", "--format", "human"]).out;
    let mut lines = human.lines().skip_while(|line| !line.starts_with("2 | "));
    let (line, marks) = (lines.next().unwrap(), lines.next().unwrap());
    let begins = line.find("flink.apache.org/{{ .xxx");
    assert!(begins.is_some() && marks.find('^') == begins, "{human}");
    assert!([line, marks].iter().all(|line| line.chars().count() <= 60), "{human}");
}

#[test]
fn a_long_path_shows_its_end() {
    let name = format!("{}job.yaml", "very-long-folder/".repeat(9));
    let stream: Vec<String> = (0..30).map(|number| held(&format!("job-{number}"))).collect();
    let files = files([(name, stream.join("---\n"))]);
    let human = run_at(Some(80), &files, &["check", "--format", "human"]).out;
    for line in human.lines().filter(|line| !line.contains("-->")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(human.contains("\n  ...ong-folder/"), "{human}");
    assert!(human.contains("/job.yaml:24:18\n"), "{human}");
}
