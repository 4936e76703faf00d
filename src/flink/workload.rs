//! A workload, and how the rules read it.

use std::fmt;

use crate::flink::chart::ChartDefault;
use crate::flink::configuration::Configuration;
use crate::flink::names::{
    ApiVersion, FlinkKind, SUSPEND_MARK, SUSPEND_MARK_ABSENT, SUSPEND_MARK_ADDED, field,
    is_variable, key, mode, state,
};
use crate::k8s::ObjectKey;
use crate::path::{RepoPath, WorkloadSource};
use crate::text::Span;
use crate::yaml::{Change, FieldPath, InsertPosition, Mark, NodeKind, NodeRef, Value};

/// `spec.job.upgradeMode`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `savepoint`
    Savepoint,
    /// `last-state`
    LastState,
    /// `stateless`, written out.
    Stateless,
    /// Not written: stateless by default.
    Absent,
    /// Something else, or filled in later.
    Unknown(String),
}

impl Mode {
    /// From its spelling.
    pub fn parse(text: &str) -> Mode {
        match text {
            mode::SAVEPOINT => Mode::Savepoint,
            mode::LAST_STATE => Mode::LastState,
            mode::STATELESS => Mode::Stateless,
            other => Mode::Unknown(other.to_string()),
        }
    }

    /// True if the job carries state from one start to the next, or might.
    pub fn is_stateful(&self) -> bool {
        matches!(self, Mode::Savepoint | Mode::LastState | Mode::Unknown(_))
    }

    /// The mode that is written like this one but for upper and lower case, if this one is none: no API
    /// server takes it.
    pub(crate) fn meant(&self) -> Option<&'static str> {
        let Mode::Unknown(text) = self else { return None };
        let known = [mode::SAVEPOINT, mode::LAST_STATE, mode::STATELESS];
        known.into_iter().find(|known| known.eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Savepoint => mode::SAVEPOINT,
            Mode::LastState => mode::LAST_STATE,
            Mode::Stateless => mode::STATELESS,
            Mode::Absent => "absent",
            Mode::Unknown(text) => text,
        })
    }
}

/// The keys of the path from which a job starts.
pub const PATH: [&str; 3] = [field::SPEC, field::JOB, field::INITIAL_SAVEPOINT_PATH];
/// The keys of a job's upgrade mode.
pub const MODE: [&str; 3] = [field::SPEC, field::JOB, field::UPGRADE_MODE];
/// The keys of a job's state.
pub const STATE: [&str; 3] = [field::SPEC, field::JOB, field::STATE];
/// The keys of the directory that holds a job's savepoints.
pub const SAVEPOINTS_DIR: [&str; 3] =
    [field::SPEC, field::FLINK_CONFIGURATION, key::SAVEPOINTS_DIR];

/// The fields that step `suspend` changes.
const MARKED_FIELDS: [[&str; 3]; 3] = [SAVEPOINTS_DIR, STATE, MODE];

/// How comments begin that tools read, besides `{"$imagepolicy": …}` and its like, and `#@` of ytt.
const MACHINE_COMMENTS: [&str; 11] = [
    "kpt-",
    "renovate",
    "x-release-please",
    "yamllint ",
    "checkov:",
    "kics-scan",
    "noqa",
    "nosec",
    "pragma:",
    "prettier-ignore",
    "trivy:",
];

/// A `FlinkDeployment` or `FlinkSessionJob`.
#[derive(Clone, Debug)]
pub struct Workload<'d> {
    /// The object.
    pub node: NodeRef<'d>,
    /// Where it is in its document; the root, or an item of a list.
    pub root: FieldPath,
    /// What it is.
    pub kind: FlinkKind,
    /// At which version.
    pub version: ApiVersion,
    /// What the document itself calls it.
    pub key: ObjectKey,
    /// Its file.
    pub file: RepoPath,
    /// See [`WorkloadSource::delivering_file`].
    pub delivering_file: Option<RepoPath>,
    /// `spec.flinkConfiguration`, flattened.
    pub configuration: Configuration<'d>,
}

/// What a finding about a whole object points at: its `apiVersion`, else its first byte.
pub(crate) fn anchor(node: NodeRef<'_>) -> Span {
    match node.get(field::API_VERSION) {
        Some(version) => version.span_in_file(),
        None => Span::empty(node.span_in_file().start),
    }
}

impl<'d> Workload<'d> {
    pub(crate) fn new(
        node: NodeRef<'d>,
        root: FieldPath,
        kind: FlinkKind,
        version: ApiVersion,
        file: &RepoPath,
    ) -> Workload<'d> {
        let metadata = node.get(field::METADATA);
        let written = |name| {
            let node = metadata.and_then(|metadata| metadata.get(name))?;
            // `[[ns]]` without quotes is a list.
            let is_scalar = node.scalar().is_some();
            let text = if is_scalar { node.text()? } else { node.doc.slice(node.node().span) };
            (!text.is_empty()).then(|| text.to_string())
        };
        // A placeholder for a name tells people nothing.
        let name = written(field::NAME).filter(|name| !is_variable(name));
        let key =
            ObjectKey { namespace: written(field::NAMESPACE), name: name.unwrap_or_default() };
        let spec = node.get(field::SPEC);
        let configuration =
            Configuration::read(spec.and_then(|spec| spec.get(field::FLINK_CONFIGURATION)));
        let file = file.clone();
        let mut workload =
            Workload { node, root, kind, version, key, file, delivering_file: None, configuration };
        if workload.suspend_mark(&SAVEPOINTS_DIR).is_some() {
            // It was not there before, and will not be.
            workload.configuration.remove(key::SAVEPOINTS_DIR);
        }
        workload
    }

    /// Where it is deployed from.
    pub fn source(&self) -> WorkloadSource<'_> {
        WorkloadSource { file: &self.file, delivering_file: self.delivering_file.as_ref() }
    }

    /// The value at these keys; null counts as absent, as it does for the operator.
    pub fn get(&self, keys: &[&str]) -> Option<NodeRef<'d>> {
        self.written(keys).filter(|value| !value.is_null())
    }

    /// The value at these keys, null included.
    fn written(&self, keys: &[&str]) -> Option<NodeRef<'d>> {
        keys.iter().try_fold(self.node, |here, key| here.get(key))
    }

    /// The text at these keys; null and empty text count as absent. In what decides about state, a comment
    /// behind it that promises a value counts as one that is filled in later.
    pub fn text(&self, keys: &[&str]) -> Option<&'d str> {
        let written = self.written(keys)?;
        let text = written.text().filter(|text| !text.is_empty());
        let decides = [MODE, STATE, PATH].iter().any(|it| it == keys);
        text.or_else(|| written.comment_as_promise().filter(|_| decides))
    }

    /// `spec`, if there is one.
    pub fn spec(&self) -> Option<NodeRef<'d>> {
        self.get(&[field::SPEC])
    }

    /// `spec.job`, if there is one: a session cluster has none.
    pub fn job(&self) -> Option<NodeRef<'d>> {
        self.get(&[field::SPEC, field::JOB])
    }

    /// What `spec.job.upgradeMode` says, before step `suspend` changed it.
    pub fn mode(&self) -> Mode {
        let written = self.text(&MODE);
        match self.suspend_mark(&MODE) {
            Some(SUSPEND_MARK_ABSENT) => Mode::Absent,
            Some(before) => Mode::parse(before),
            None => written.map_or(Mode::Absent, Mode::parse),
        }
    }

    /// What step `suspend` noted on the line of this field: the value before, or `absent`. A
    /// note of anything else is not one of ours.
    pub fn suspend_mark(&self, keys: &[&str]) -> Option<&'d str> {
        let text = self.comment_with_suspend_mark(keys)?;
        let before = text[text.rfind(SUSPEND_MARK)? + SUSPEND_MARK.len()..].trim();
        let before = before.strip_suffix(SUSPEND_MARK_ADDED).unwrap_or(before);
        // Of two marks it is unknown which came first.
        if text.matches(SUSPEND_MARK).count() > 1 {
            return None;
        }
        let values = match keys.last() {
            Some(&field::STATE) => &[state::RUNNING, SUSPEND_MARK_ABSENT][..],
            Some(&key::SAVEPOINTS_DIR) => &[SUSPEND_MARK_ABSENT],
            _ => &[mode::SAVEPOINT, mode::LAST_STATE, mode::STATELESS, SUSPEND_MARK_ABSENT],
        };
        values.contains(&before).then_some(before)
    }

    /// The comment on the line of this field, if it holds a mark.
    fn comment_with_suspend_mark(&self, keys: &[&str]) -> Option<&'d str> {
        let node = self.get(keys)?;
        let comment = node.doc.comment_after(node.node().span.end)?;
        Some(node.doc.slice(comment)).filter(|text| text.contains(SUSPEND_MARK))
    }

    /// A field whose line carries something like a mark that says nothing to us.
    pub fn unreadable_suspend_mark(&self) -> Option<[&'static str; 3]> {
        let is_odd = |keys: &[&str; 3]| {
            self.comment_with_suspend_mark(keys).is_some() && self.suspend_mark(keys).is_none()
        };
        MARKED_FIELDS.into_iter().find(is_odd)
    }

    /// A mark that follows none of the fields that can have one, as one that a formatter has moved to
    /// a line of its own.
    pub fn stray_suspend_mark(&self) -> Option<Span> {
        let doc = self.node.doc;
        let at_field = |keys: [&str; 3]| doc.comment_after(self.get(&keys)?.node().span.end);
        let at_fields: Vec<Span> = MARKED_FIELDS.into_iter().filter_map(at_field).collect();
        let is_root = self.root.steps().is_empty();
        let span = self.node.node().span;
        let is_own = |comment: &Span| is_root || span.range().contains(&comment.start);
        let mut comments = doc.comments().iter().copied().filter(is_own);
        let stray = comments.find(|comment| {
            doc.slice(*comment).contains(SUSPEND_MARK) && !at_fields.contains(comment)
        });
        stray.map(|comment| comment.shifted(doc.base))
    }

    /// The comment on the line of this field, if it is one that a tool reads, so that nothing can follow
    /// it: kpt, Flux, Renovate and linters take the rest of the line for their own.
    pub fn machine_comment(&self, keys: &[&str]) -> Option<&'d str> {
        let node = self.get(keys)?;
        let comment = node.doc.slice(node.doc.comment_after(node.node().span.end)?).trim_end();
        let text = comment.trim_start_matches('#').trim_start();
        let is_read = MACHINE_COMMENTS.iter().any(|start| text.starts_with(start));
        (is_read || comment.contains("{\"$") || comment.starts_with("#@")).then_some(comment)
    }

    /// The fields of a job on whose lines step `suspend` left its mark, with what stood there.
    pub fn suspend_marks(&self) -> Vec<([&'static str; 3], &'d str)> {
        let marked = |keys: [&'static str; 3]| Some((keys, self.suspend_mark(&keys)?));
        MARKED_FIELDS.into_iter().filter_map(marked).collect()
    }

    /// True if its job is suspended, for the migration or before.
    pub fn is_suspended(&self) -> bool {
        self.text(&STATE) == Some(state::SUSPENDED)
    }

    /// True if step `suspend` stopped its job and left its mark.
    pub fn is_marked_suspended(&self) -> bool {
        self.is_suspended() && self.suspend_mark(&STATE).is_some()
    }

    /// True if its job was suspended before, and not for the migration.
    pub fn is_parked(&self) -> bool {
        self.is_suspended() && self.suspend_mark(&STATE).is_none()
    }

    /// True if a mark can stand behind a field of its job: its lines are its own, and the document
    /// is none that JSON readers take.
    pub fn can_hold_suspend_marks(&self) -> bool {
        self.job().is_some_and(NodeRef::is_block_mapping)
    }

    /// The directory that holds the job's savepoints, if the manifest names one.
    pub fn savepoints_dir(&self) -> Option<&'d str> {
        self.configuration.get(key::SAVEPOINTS_DIR).map(|setting| setting.text)
    }

    /// The directory that holds the job's checkpoints, and the key that names it: one of the two that
    /// operator 1.0 knows, or the one that counts from operator 1.11 on.
    pub fn checkpoints_dir(&self) -> Option<(&'static str, &'d str)> {
        let keys = [key::CHECKPOINTS_DIR, key::OLD_CHECKPOINTS_DIR, key::CHECKPOINTING_DIR];
        keys.into_iter().find_map(|key| Some((key, self.configuration.get(key)?.text)))
    }

    /// True for a job that in this mode v1beta1 rejects without a checkpoint directory
    /// (`DefaultValidator.java:178`, release 1.0.0: `savepoint` and `last-state`).
    pub fn must_have_checkpoints_dir(&self, mode: &Mode) -> bool {
        self.kind == FlinkKind::Deployment && self.job().is_some() && mode.is_stateful()
    }

    /// The defaults of operator 0.1.0's chart that the manifest does not override.
    pub fn chart_defaults(&self) -> impl Iterator<Item = ChartDefault> {
        let cluster = self.kind == FlinkKind::Deployment;
        ChartDefault::ALL.into_iter().filter(move |default| cluster && self.lacks(*default))
    }

    fn lacks(&self, default: ChartDefault) -> bool {
        let memory = default
            .component()
            .and_then(|block| self.text(&[field::SPEC, block, field::RESOURCE, field::MEMORY]));
        memory.is_none() && default.keys().iter().all(|key| self.configuration.get(key).is_none())
    }

    /// True if the document lacks what every complete manifest has, so that it must be a patch:
    /// `spec.flinkVersion` is required in every release (`DefaultValidator.java`, rule "Flink Version
    /// must be defined").
    pub fn is_partial(&self) -> bool {
        self.kind == FlinkKind::Deployment
            && self.get(&[field::SPEC, field::FLINK_VERSION]).is_none()
    }

    /// True if it sets, or takes away, a field on which the judgement of a complete manifest rests.
    pub fn touches_judged_fields(&self) -> bool {
        let fields = [field::SERVICE_ACCOUNT, field::POD_TEMPLATE, field::FLINK_CONFIGURATION];
        let blocks: [(&str, &[&str]); 3] = [
            (field::JOB, &[field::UPGRADE_MODE, field::STATE, field::INITIAL_SAVEPOINT_PATH]),
            (field::JOB_MANAGER, &[field::POD_TEMPLATE, field::RESOURCE]),
            (field::TASK_MANAGER, &[field::POD_TEMPLATE, field::RESOURCE]),
        ];
        let written = |key: &str| self.written(&[field::SPEC, key]);
        let is_touched = |(block, fields): &(&str, &[&str])| {
            let has_field = |block: NodeRef<'_>| fields.iter().any(|key| block.get(key).is_some());
            written(block).is_some_and(|block| block.is_null() || has_field(block))
        };
        fields.iter().any(|key| written(key).is_some())
            || blocks.iter().any(is_touched)
            || self.has_directive()
    }

    /// True if it says somewhere how it is to be merged, which can take away what it does not name.
    fn has_directive(&self) -> bool {
        self.node.doc.nodes().any(|node| match &node.kind {
            NodeKind::Scalar { text, .. } => text == "$patch" || text.starts_with("$retainKeys"),
            _ => false,
        })
    }

    /// The change that gives the field at `keys` a value: in place if it is written, null included.
    pub fn put(&self, keys: &[&str], value: Value, position: InsertPosition) -> Change {
        let path = FieldPath::from_keys(keys.iter().copied());
        let Some((last, parents)) = keys.split_last() else {
            return Change::Set { path, value, mark: Mark::Keep };
        };
        let is_own = |parent: NodeRef<'d>| parent.resolved().own_entry(last).is_some();
        if self.written(parents).is_some_and(is_own) {
            Change::Set { path, value, mark: Mark::Keep }
        } else {
            Change::Insert { path, value, position, mark: None }
        }
    }

    /// The change that gives a key of `flinkConfiguration` a value. Where there is no such block it
    /// begins one.
    pub fn put_setting(&self, key: &str, value: Value, position: InsertPosition) -> Change {
        let block = [field::SPEC, field::FLINK_CONFIGURATION];
        if self.written(&block).is_some() {
            return self.put(&[block[0], block[1], key], value, position);
        }
        let value = Value::Mapping(vec![(key.to_string(), value)]);
        let position = InsertPosition::After(field::FLINK_VERSION);
        Change::Insert { path: FieldPath::from_keys(block), value, position, mark: None }
    }

    /// True for an object that a cluster has printed: it carries a status or a uid.
    pub fn is_dump(&self) -> bool {
        let status = self.get(&[field::STATUS]).is_some_and(|status| !status.entries().is_empty());
        status || self.get(&[field::METADATA, field::UID]).is_some()
    }
}

/// What is expected of a workload's next first deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedStart {
    /// Its job starts from this location.
    From(String),
    /// Its job starts without state, and somebody said that it may, or it keeps none.
    Empty,
    /// Its job is suspended, not for the migration, and nobody said that it is to run: it does not
    /// start.
    Parked,
    /// It has no job: a session cluster.
    NoJob,
    /// Nothing says from where, or two things do; why, as the end of a sentence.
    Open(String),
}
