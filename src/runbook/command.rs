//! What is run on a cluster, as programs and arguments: how it is quoted is for who shows it.

use super::Prose;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellCommand {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The file that takes what it prints; it is there only once the program has ended well.
    pub output_file: Option<String>,
}

impl ShellCommand {
    pub(crate) fn new<A: Into<String>>(
        program: &str,
        args: impl IntoIterator<Item = A>,
    ) -> ShellCommand {
        let args = args.into_iter().map(Into::into).collect();
        ShellCommand { program: program.to_string(), args, output_file: None }
    }

    pub(crate) fn output_to(self, file: &str) -> ShellCommand {
        ShellCommand { output_file: Some(file.to_string()), ..self }
    }
}

/// Something that has to be so before the next step, as a program sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandCheck {
    /// The workload that it is about, if it is about one.
    pub about: Option<String>,
    /// What has to be so: a sentence, or what is said of the workload.
    pub what: Prose,
    /// What tells.
    pub command: ShellCommand,
    /// What it has to say. A program that ends with another status than 0 says no.
    pub expect: ExpectedOutput,
    /// True if it may take minutes until it is so.
    pub waits: bool,
}

/// What a check has to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedOutput {
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
    Contains(String),
    /// Whatever, but not this.
    Excludes(String),
}

impl CommandCheck {
    pub(crate) fn new(
        what: impl Into<Prose>,
        command: ShellCommand,
        expect: ExpectedOutput,
    ) -> CommandCheck {
        CommandCheck { about: None, what: what.into(), command, expect, waits: false }
    }

    /// The same about a workload, of which `what` speaks then.
    pub(crate) fn of(self, key: String) -> CommandCheck {
        CommandCheck { about: Some(key), ..self }
    }

    pub(crate) fn waiting(self) -> CommandCheck {
        CommandCheck { waits: true, ..self }
    }
}

/// `kubectl` and these arguments.
pub(crate) fn kubectl<A: Into<String>>(args: impl IntoIterator<Item = A>) -> ShellCommand {
    ShellCommand::new("kubectl", args)
}

/// The program itself.
pub(crate) fn flink_migrate<A: Into<String>>(args: impl IntoIterator<Item = A>) -> ShellCommand {
    ShellCommand::new(env!("CARGO_PKG_NAME"), args)
}
