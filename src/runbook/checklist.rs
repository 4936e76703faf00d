//! What a runbook is made of: steps with checklists, the commands in them, and sentences.
//!
//! A command is a program with its arguments, and a name in a sentence is a part of its own: names are
//! hostile, and only the renderer knows how a shell or Markdown quotes them.

use crate::flink::chart::DEPLOYMENTS_CRD;

/// A numbered step.
#[derive(Default)]
pub(crate) struct RunbookStep {
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
    /// What is particular to these workloads.
    pub(crate) notes: Vec<Prose>,
    pub(crate) checklist: Vec<ChecklistItem>,
    pub(crate) alternatives: Vec<Alternative>,
    pub(crate) troubleshooting: Vec<&'static str>,
}

/// Something to do or to check.
#[derive(Clone, PartialEq)]
pub(crate) enum ChecklistItem {
    /// Only a person can do it, or decide it.
    Manual(Prose),
    /// Nobody goes on from here: this has to be settled first, and then needs a new runbook.
    Stop(Prose),
    Run(ShellCommand),
    Check(CommandCheck),
}

/// Commands in the place of those of the checklist.
pub(crate) struct Alternative {
    pub(crate) when: Prose,
    pub(crate) command: ShellCommand,
}

/// A way back.
pub(crate) struct RecoveryProcedure {
    pub(crate) when: &'static str,
    pub(crate) instructions: Vec<Prose>,
    pub(crate) commands: Vec<ShellCommand>,
}

#[derive(Clone, PartialEq)]
pub(crate) struct ShellCommand {
    pub(crate) program: &'static str,
    pub(crate) args: Vec<String>,
    /// The file that takes its standard output.
    pub(crate) output_file: Option<String>,
}

/// A command whose output says whether it is time for the next step. Any status but 0 says no.
#[derive(Clone, PartialEq)]
pub(crate) struct CommandCheck {
    /// The workload that the claim is about, if it is about one.
    pub(crate) workload: Option<String>,
    /// A sentence, or the predicate of one whose subject is the workload.
    pub(crate) claim: Prose,
    pub(crate) command: ShellCommand,
    pub(crate) expected: ExpectedOutput,
    /// It may take minutes until the claim is true.
    pub(crate) waits: bool,
}

#[derive(Clone, PartialEq)]
pub(crate) enum ExpectedOutput {
    /// Any output.
    Success,
    Nothing,
    Something,
    Exactly(String),
    /// Nothing means that the workload is gone already.
    ExactlyOrNothing(String),
    Contains(String),
    Excludes(String),
}

impl RunbookStep {
    pub(crate) fn new(title: &'static str, reason: &'static str) -> RunbookStep {
        RunbookStep { title, reason, ..RunbookStep::default() }
    }

    pub(crate) fn add(&mut self, item: impl Into<ChecklistItem>) {
        self.checklist.push(item.into());
    }

    pub(crate) fn extend<I: Into<ChecklistItem>>(&mut self, items: impl IntoIterator<Item = I>) {
        self.checklist.extend(items.into_iter().map(Into::into));
    }

    pub(crate) fn manual(&mut self, instruction: impl Into<Prose>) {
        self.checklist.push(ChecklistItem::Manual(instruction.into()));
    }

    pub(crate) fn note(&mut self, note: impl Into<Prose>) {
        self.notes.push(note.into());
    }
}

impl ChecklistItem {
    /// The command to run, or that of the check.
    pub(crate) fn command(&self) -> Option<&ShellCommand> {
        match self {
            ChecklistItem::Run(command) => Some(command),
            ChecklistItem::Check(check) => Some(&check.command),
            ChecklistItem::Manual(_) | ChecklistItem::Stop(_) => None,
        }
    }
}

impl From<ShellCommand> for ChecklistItem {
    fn from(command: ShellCommand) -> ChecklistItem {
        ChecklistItem::Run(command)
    }
}

impl From<CommandCheck> for ChecklistItem {
    fn from(check: CommandCheck) -> ChecklistItem {
        ChecklistItem::Check(check)
    }
}

impl ShellCommand {
    pub(crate) fn new<A: Into<String>>(
        program: &'static str,
        args: impl IntoIterator<Item = A>,
    ) -> ShellCommand {
        let args = args.into_iter().map(Into::into).collect();
        ShellCommand { program, args, output_file: None }
    }

    /// A command with names at its end, behind `--` where one of them could be taken for an option.
    pub(crate) fn with_names(program: &'static str, args: &[&str], names: &[&str]) -> ShellCommand {
        let separator = names.iter().any(|name| name.starts_with('-')).then_some(&"--");
        ShellCommand::new(program, args.iter().chain(separator).chain(names).copied())
    }

    pub(crate) fn output_to(self, file: &str) -> ShellCommand {
        ShellCommand { output_file: Some(file.to_string()), ..self }
    }
}

impl CommandCheck {
    pub(crate) fn new(
        claim: impl Into<Prose>,
        command: ShellCommand,
        expected: ExpectedOutput,
    ) -> CommandCheck {
        CommandCheck { workload: None, claim: claim.into(), command, expected, waits: false }
    }

    pub(crate) fn waiting(self) -> CommandCheck {
        CommandCheck { waits: true, ..self }
    }
}

pub(crate) fn kubectl<A: Into<String>>(args: impl IntoIterator<Item = A>) -> ShellCommand {
    ShellCommand::new("kubectl", args)
}

/// `kubectl VERB… RESOURCE --namespace=NAMESPACE OPTIONS…`
pub(crate) fn kubectl_in(
    namespace: &str,
    verb: &str,
    resource: &str,
    options: &[&str],
) -> ShellCommand {
    let namespace = format!("--namespace={namespace}");
    kubectl(verb.split(' ').chain([resource, &namespace]).chain(options.iter().copied()))
}

/// Every `FlinkDeployment` of the cluster.
pub(crate) fn get_all_deployments(output: &str) -> ShellCommand {
    kubectl(["get", DEPLOYMENTS_CRD, "--all-namespaces", output])
}

pub(crate) fn flink_migrate<A: Into<String>>(args: impl IntoIterator<Item = A>) -> ShellCommand {
    ShellCommand::new(env!("CARGO_PKG_NAME"), args)
}

/// One or more sentences.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Prose(pub(crate) Vec<ProsePart>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProsePart {
    /// Our own words, without anything that means something in Markdown.
    Text(String),
    /// A name, a field or a command, shown as it is.
    Code(String),
}

impl Prose {
    /// A sentence in which backticks surround code and each `{}` is the next name.
    pub(crate) fn format(template: &str, names: &[&str]) -> Prose {
        let mut names = names.iter();
        let mut parts = Vec::new();
        for (i, part) in template.split('`').enumerate() {
            if i % 2 == 1 {
                parts.push(ProsePart::Code(part.to_string()));
                continue;
            }
            for (j, text) in part.split("{}").enumerate() {
                if j > 0 {
                    parts.extend(names.next().map(|name| ProsePart::Code((*name).to_string())));
                }
                if !text.is_empty() {
                    parts.push(ProsePart::Text(text.to_string()));
                }
            }
        }
        Prose(parts)
    }

    /// The names in a row: `a`, `b` and `c`.
    pub(crate) fn names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Prose {
        let names: Vec<S> = names.into_iter().collect();
        let mut prose = Prose::default();
        for (i, name) in names.iter().enumerate() {
            let separator = match i {
                0 => "",
                _ if i + 1 == names.len() => " and ",
                _ => ", ",
            };
            prose = prose.then(separator).then(Prose::format("{}", &[name.as_ref()]));
        }
        prose
    }

    #[must_use]
    pub(crate) fn then(mut self, more: impl Into<Prose>) -> Prose {
        self.0.extend(more.into().0);
        self
    }
}

impl From<&str> for Prose {
    fn from(template: &str) -> Prose {
        Prose::format(template, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_part_of_its_own_whatever_it_holds() {
        let prose = Prose::format("{} is `suspended`, {}.", &["a`b{}", "c"]);
        let code = |text: &str| ProsePart::Code(text.into());
        let text = |text: &str| ProsePart::Text(text.into());
        let expected = [code("a`b{}"), text(" is "), code("suspended"), text(", "), code("c")];
        assert_eq!(prose.0[..5], expected);
        assert_eq!(Prose::names(["a", "b", "c"]).0.len(), 5);
    }
}
