//! What is run on a cluster, as programs and arguments: how it is quoted is for who shows it.

use super::Prose;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The file that takes what it prints; it is there only once the program has ended well.
    pub into: Option<String>,
}

impl Command {
    pub(crate) fn new<A: Into<String>>(
        program: &str,
        args: impl IntoIterator<Item = A>,
    ) -> Command {
        let args = args.into_iter().map(Into::into).collect();
        Command { program: program.to_string(), args, into: None }
    }

    pub(crate) fn into(self, file: &str) -> Command {
        Command { into: Some(file.to_string()), ..self }
    }
}

/// Something that has to be so before the next step, as a program sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The workload that it is about, if it is about one.
    pub about: Option<String>,
    /// What has to be so: a sentence, or what is said of the workload.
    pub what: Prose,
    /// What tells.
    pub command: Command,
    /// What it has to say. A program that ends with another status than 0 says no.
    pub expect: Expect,
    /// True if it may take minutes until it is so.
    pub waits: bool,
}

/// What a check has to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    Success,
    /// Nothing at all.
    Nothing,
    /// Something.
    Something,
    /// Exactly this.
    Exactly(String),
    /// Exactly this, or nothing: what it is about is gone already.
    ExactlyOrNothing(String),
    /// This among other things.
    Holds(String),
    /// Whatever, but not this.
    Lacks(String),
}

impl Check {
    pub(crate) fn new(what: impl Into<Prose>, command: Command, expect: Expect) -> Check {
        Check { about: None, what: what.into(), command, expect, waits: false }
    }

    /// The same about a workload, of which `what` speaks then.
    pub(crate) fn of(self, key: String) -> Check {
        Check { about: Some(key), ..self }
    }

    pub(crate) fn waiting(self) -> Check {
        Check { waits: true, ..self }
    }
}

/// `kubectl` and these arguments.
pub(crate) fn kubectl<A: Into<String>>(args: impl IntoIterator<Item = A>) -> Command {
    Command::new("kubectl", args)
}

/// The program itself.
pub(crate) fn flink_migrate<A: Into<String>>(args: impl IntoIterator<Item = A>) -> Command {
    Command::new(env!("CARGO_PKG_NAME"), args)
}
