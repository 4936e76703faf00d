//! A directory of its own for a test, and the program run in it as a person would.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The account that owns nothing.
#[cfg(unix)]
const NOBODY: u32 = 65534;

/// Any program, to be run in this folder: of the environment it sees only `PATH`, and the folder is
/// its home. Git reads no configuration of the machine.
pub(crate) fn isolated(program: &str, at: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(at).stdin(Stdio::null()).env_clear().env("HOME", at);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// The binary, isolated in the same way.
pub(crate) fn program(at: &Path, args: &[&str]) -> Command {
    // Cargo names it to tests alone, and fuzz targets use this file too.
    let built: Option<&str> = option_env!("CARGO_BIN_EXE_flink-migrate");
    let mut command = isolated(built.expect("only a test runs the program"), at);
    command.args(args);
    command
}

/// A directory that goes when the test ends.
pub(crate) struct Sandbox {
    dir: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Sandbox {
    pub(crate) fn new() -> Sandbox {
        Sandbox { dir: tempfile::tempdir().unwrap() }
    }

    /// The same, holding these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Sandbox {
        let sandbox = Sandbox::new();
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Every file below, hidden ones too, but nothing of git's own.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.root(), &self.root(), &mut files);
        files
    }

    /// The program, to be run in this directory, with nothing of the outside in its environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.command_in("", args)
    }

    pub(crate) fn command_in(&self, dir: &str, args: &[&str]) -> Command {
        let mut command = program(&self.path(dir), args);
        command.env("HOME", self.root());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).output().unwrap())
    }

    pub(crate) fn run_in(&self, dir: &str, args: &[&str]) -> Ran {
        Ran::of(&self.command_in(dir, args).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &[u8]) -> Ran {
        self.run_in_with_input(".", args, input)
    }

    pub(crate) fn run_in_with_input(&self, dir: &str, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command_in(dir, args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // What is long is printed while it is still being read.
        std::thread::scope(|scope| {
            // A program that refuses its arguments reads nothing, and closes the pipe.
            scope.spawn(move || match stdin.write_all(input) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => panic!("{error}"),
                _ => {}
            });
            Ran::of(&child.wait_with_output().unwrap())
        })
    }

    /// The run of somebody to whom permissions apply. The superuser hands the sandbox over first;
    /// nothing comes back, and is said, where that is not possible.
    #[cfg(unix)]
    pub(crate) fn run_unprivileged(&self, args: &[&str]) -> Option<Ran> {
        use std::os::unix::fs::{MetadataExt, lchown};
        use std::os::unix::process::CommandExt;

        let mut command = self.command(args);
        if tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0 {
            let mut paths = vec![self.root()];
            while let Some(path) = paths.pop() {
                let _ = lchown(&path, Some(NOBODY), Some(NOBODY));
                if path.is_dir() && !path.is_symlink() {
                    paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                }
            }
            command.uid(NOBODY).gid(NOBODY);
        }
        match command.output() {
            Ok(output) => Some(Ran::of(&output)),
            Err(error) => {
                eprintln!("SKIPPED: the superuser cannot run the program as nobody: {error}");
                None
            }
        }
    }

    /// Makes the directory a repository whose one commit holds everything.
    pub(crate) fn commit(&self) {
        self.git("", &["init", "-q"]);
        self.git("", &["add", "-A"]);
        self.git("", &["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"]);
    }

    pub(crate) fn git(&self, dir: &str, args: &[&str]) {
        self.git_with_input(dir, args, b"");
    }

    pub(crate) fn git_with_input(&self, dir: &str, args: &[&str], input: &[u8]) {
        let mut git = isolated("git", &self.path(dir));
        git.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = git.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", Ran::of(&output).err);
    }
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Ran {
        Ran {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, if it ended so.
    #[track_caller]
    pub(crate) fn ended(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

fn collect(root: &Path, dir: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != ".git" {
                collect(root, &path, files);
            }
        } else {
            files.insert(path.strip_prefix(root).unwrap().into(), fs::read(&path).unwrap());
        }
    }
}

/// A job that keeps no state and says everything itself: it changes in its version alone.
pub(crate) fn sound(name: &str) -> String {
    manifest("v1alpha1", name, "stateless")
}

/// The same after the migration.
pub(crate) fn migrated(name: &str) -> String {
    manifest("v1beta1", name, "stateless")
}

/// A job that would start empty: it is held until its savepoint is known.
pub(crate) fn held(name: &str) -> String {
    manifest("v1alpha1", name, "savepoint")
}

/// Names us, and cannot be read.
pub(crate) const BROKEN: &str = "apiVersion: flink.apache.org/v1alpha1\nkind: [FlinkDeployment\n";

fn manifest(version: &str, name: &str, mode: &str) -> String {
    format!(
        "apiVersion: flink.apache.org/{version}\n\
         kind: FlinkDeployment\n\
         metadata:\n  name: {name}\n  namespace: prod\n\
         spec:\n  image: jobs/{name}:7\n  flinkVersion: v1_15\n\
         \x20 flinkConfiguration:\n    state.checkpoints.dir: s3://lake/checkpoints/{name}\n\
         \x20 serviceAccount: flink\n\
         \x20 jobManager:\n    replicas: 1\n    resource:\n      memory: 2048m\n      cpu: 1\n\
         \x20 taskManager:\n    resource:\n      memory: 2048m\n      cpu: 1\n\
         \x20 job:\n    jarURI: local:///opt/{name}.jar\n    parallelism: 2\n    upgradeMode: {mode}\n"
    )
}
