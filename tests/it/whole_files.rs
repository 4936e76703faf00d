//! Files that are created and deleted: what `git apply` makes of the diff is what is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flink_migrate::testing::{FileStates, held_states, report_states, write_states};

use crate::sandbox::{Ran, Sandbox, isolated};

const JOB: &str = "apps/base/job.yaml";
const KUSTOMIZATION: &str = "apps/prod/kustomization.yaml";
const PATCH: &str = "\
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata:
  name: job
  namespace: prod
spec:
  job:
    initialSavepointPath: s3://sp/job";

fn state<'t>(path: &'t str, before: Option<&'t str>, after: Option<&'t str>) -> FileStates<'t> {
    FileStates { path, before, after }
}

fn sandbox(files: &[FileStates<'_>]) -> Sandbox {
    let before = files.iter().filter_map(|file| Some((file.path, file.before?)));
    let sandbox = Sandbox::with(&before.collect::<Vec<_>>());
    // A file is created beside others.
    sandbox.write("apps/prod/other.yaml", "a: 1\n");
    sandbox.commit();
    sandbox
}

/// The files without those of Git.
fn tree(sandbox: &Sandbox) -> BTreeMap<PathBuf, Vec<u8>> {
    sandbox.tree().into_iter().filter(|(path, _)| !path.starts_with(".git")).collect()
}

const OLD: &str = "resources: [../base]\n";
const NEW: &str = "resources: [../base]\npatches:\n- path: flink-migrate-job.yaml\n";

/// One of each, in the order of their paths, and some that come to the same however they stand.
fn mixed() -> [FileStates<'static>; 5] {
    [
        state("apps/prod/a.yaml", Some("a: 1\n"), None),
        state("apps/prod/flink-migrate-job.yaml", None, Some(PATCH)),
        state(KUSTOMIZATION, Some(OLD), Some(NEW)),
        state("apps/prod/new file\t\"ö\".yaml", None, Some("a: 1\r\nb: 2\n")),
        state("apps/prod/z.yaml", Some("a: 1\nb: 2"), None),
    ]
}

#[test]
fn git_makes_of_the_diff_what_is_written_from_every_folder() {
    let all = mixed();
    for files in [&all[..], &all[1..2], &all[..3], &all[2..], &all[3..4]] {
        let written = sandbox(files);
        assert_eq!(write_states(&written.root(), &[""], files, false), Ok(Vec::new()));
        let diff = report_states(files, "diff").unwrap();
        for folder in ["", "apps", "apps/prod"] {
            let applied = sandbox(files);
            std::fs::create_dir_all(applied.path(folder)).unwrap();
            applied.git_with_input(folder, &["apply", "--whitespace=nowarn"], diff.as_bytes());
            assert_eq!(tree(&applied), tree(&written), "in {folder:?}:\n{diff}");
            // `git apply` refuses to create what is there.
            let again = git_apply(&applied, &diff);
            assert_ne!(again.status, 0, "{diff}");
        }
    }
    // Where nothing else changes, Git takes the end of a file from the root alone.
    let deleted = sandbox(&all[..1]);
    deleted.git_with_input("", &["apply"], report_states(&all[..1], "diff").unwrap().as_bytes());
    assert_eq!(tree(&deleted).len(), 1);
}

fn git_apply(sandbox: &Sandbox, diff: &str) -> Ran {
    sandbox.write("held.patch", diff);
    let mut git = isolated("git", &sandbox.root());
    Ran::of(&git.args(["apply", "held.patch"]).output().unwrap())
}

#[test]
fn the_diff_of_a_new_and_of_a_deleted_file_names_no_file_on_one_side() {
    let diff = report_states(&mixed()[..3], "diff").unwrap();
    let headers: Vec<&str> =
        diff.lines().filter(|line| line.starts_with("---") || line.starts_with("+++")).collect();
    assert_eq!(
        headers,
        [
            "--- /dev/null",
            "+++ b/apps/prod/flink-migrate-job.yaml",
            "--- a/apps/prod/kustomization.yaml",
            "+++ b/apps/prod/kustomization.yaml",
            "--- a/apps/prod/a.yaml",
            "+++ /dev/null",
        ]
    );
    assert!(diff.contains("@@ -0,0 +1,8 @@\n+apiVersion"), "{diff}");
    assert!(diff.ends_with("@@ -1 +0,0 @@\n-a: 1\n"), "{diff}");
}

#[test]
fn git_refuses_what_a_held_file_would_become() {
    let files = mixed();
    for file in &files {
        let held = held_states(std::slice::from_ref(file));
        assert!(held.contains("held| --- ") && held.contains("held| +++ "), "{held}");
        assert_ne!(git_apply(&sandbox(&files), &held).status, 0, "{held}");
    }
}

#[test]
fn a_second_run_finds_the_created_file_as_an_ordinary_patch() {
    let job = crate::sandbox::sound("job").replace("v1alpha1", "v1beta1");
    let patch = &*PATCH.replace("  namespace: prod\n", "");
    let files = [
        state(JOB, Some(&job), Some(&job)),
        state("apps/prod/flink-migrate-job.yaml", None, Some(patch)),
        state(KUSTOMIZATION, Some(OLD), Some(NEW)),
    ];
    let sandbox = sandbox(&files);
    sandbox.write("apps/base/kustomization.yaml", "resources: [job.yaml]\n");
    assert_eq!(write_states(&sandbox.root(), &[""], &files[1..], false), Ok(Vec::new()));
    let before = tree(&sandbox);
    let ran = sandbox.run(&["write"]).ended(0);
    assert!(ran.err.contains("no file would change"), "{ran:#?}");
    assert_eq!(tree(&sandbox), before);
}

#[test]
fn a_file_is_created_beside_what_path_names_and_nowhere_else() {
    let files = &mixed()[1..3];
    for (paths, is_in_path) in
        [(["apps/prod"], true), (["apps/prod/kustomization.yaml"], true), (["apps/base"], false)]
    {
        let sandbox = sandbox(files);
        sandbox.write(JOB, "a: 1\n");
        let before = tree(&sandbox);
        let written = write_states(&sandbox.root(), &paths, files, false);
        assert_eq!(written.is_ok(), is_in_path, "{paths:?}: {written:?}");
        assert_eq!(tree(&sandbox) == before, !is_in_path, "{paths:?}");
        let problem = written.err().unwrap_or_default().concat();
        assert!(is_in_path || problem.contains("its directory is not in PATH"), "{problem}");
    }
}
