//! Changesets made by hand, one document of every outcome.

use flink_migrate::diagnostic::{Diagnostic, Located, Severity};
use flink_migrate::plan::{
    Changeset, DocumentOutcome, FieldChange, FileChange, FileOutcome, Outcome,
};
use flink_migrate::text::{ChangedSpan, Digest, Edit, EditSet, Hunk, SourceFile, Span, hunks};
use flink_migrate::yaml::{Change, FieldPath, InsertPosition, Mark, Value};

pub(crate) const FRAUD: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata:
  name: fraud
  namespace: payments
spec:
  job:
    upgradeMode: last-state # keep
    parallelism: 2
";

pub(crate) const ORDERS: &str = "\
apiVersion: flink.apache.org/v1alpha1
kind: FlinkDeployment
metadata: {name: orders, namespace: payments}
spec:
  job:
    upgradeMode: savepoint
";

pub(crate) fn find(file: &SourceFile<'_>, needle: &str) -> Span {
    let start = file.text.find(needle).expect("the text is in the file");
    Span::new(start, start + needle.len())
}

pub(crate) fn hunks_between(before: &str, after: &str, context: usize) -> Vec<Hunk> {
    let span = Span::new(0, before.len());
    hunks(before, &[ChangedSpan { span, after: after.to_string() }], context)
}

pub(crate) fn rewrite(text: &str, edits: Vec<Edit>) -> FileChange {
    let edits = EditSet::new(edits).expect("disjoint edits");
    let hunks = hunks_between(text, &edits.apply(text), 1);
    FileChange { digest: Digest::new(text.as_bytes()), edits, hunks }
}

/// The diagnostic about the first `needle` of the file.
pub(crate) fn located(
    file: &SourceFile<'_>,
    needle: &str,
    workload: &str,
    diagnostic: Diagnostic,
) -> Located {
    let span = find(file, needle);
    let workload = Some(workload.to_string()).filter(|workload| !workload.is_empty());
    let diagnostic = Diagnostic { span, workload, ..diagnostic };
    let located = Located::without_line(diagnostic, file.name, file.position(span.start));
    Located { excerpt: file.excerpt(span), ..located }
}

pub(crate) fn says(rule: &'static str, severity: Severity, message: &str) -> Diagnostic {
    Diagnostic::new(rule, severity, Span::empty(0), message)
}

pub(crate) fn changes(rule: &'static str, changes: Vec<Change>, message: &str) -> Diagnostic {
    Diagnostic::change(rule, Span::empty(0), message, changes)
}

pub(crate) fn plan(file: &SourceFile<'_>, outcome: Outcome, workload: &str) -> FileOutcome {
    FileOutcome {
        path: file.name.to_string(),
        rewrite: None,
        held: Vec::new(),
        documents: vec![DocumentOutcome {
            index: 0,
            line: 1,
            kind: Some("FlinkDeployment".to_string()),
            workloads: vec![workload.to_string()],
            outcome,
            fields: Vec::new(),
        }],
        diagnostics: Vec::new(),
    }
}

/// These changes of fields that were no scalars.
pub(crate) fn fields(changes: Vec<Change>) -> Vec<FieldChange> {
    changes.into_iter().map(|change| FieldChange { change, old: None }).collect()
}

pub(crate) fn fraud_changes() -> Vec<Change> {
    let spec = FieldPath::from_keys(["spec"]);
    let secret = Value::Text("hunter2".to_string());
    vec![
        Change::Set {
            path: FieldPath::from_keys(["apiVersion"]),
            value: Value::Text("flink.apache.org/v1beta1".to_string()),
            mark: Mark::Keep,
        },
        Change::Insert {
            path: spec.key("jobManager"),
            value: Value::Mapping(vec![
                ("replicas".to_string(), Value::Number("1".to_string())),
                ("cpu".to_string(), Value::Number("1.0".to_string())),
                ("s3.secret-key".to_string(), secret.clone()),
            ]),
            position: InsertPosition::Last,
            mark: None,
        },
        Change::Insert {
            path: spec.key("s3/token~"),
            value: secret,
            position: InsertPosition::After("job"),
            mark: None,
        },
        Change::Remove { path: spec.key("job").key("parallelism") },
    ]
}

pub(crate) fn fraud() -> FileOutcome {
    let file = SourceFile { name: "payments/fraud.yaml", text: FRAUD };
    let mut plan = plan(&file, Outcome::Changed, "payments/fraud");
    let version = Edit { span: find(&file, "v1alpha1"), text: "v1beta1".to_string() };
    plan.rewrite = Some(rewrite(FRAUD, vec![version]));
    plan.documents[0].fields = fields(fraud_changes());
    let api = changes("api-version", fraud_changes(), "v1alpha1 becomes v1beta1");
    let mode =
        says("stateless-savepoint", Severity::Note, "payments/fraud keeps this state for now");
    plan.diagnostics = vec![
        located(&file, "v1alpha1", "payments/fraud", api),
        located(&file, "last-state", "payments/fraud", mode),
    ];
    plan
}

pub(crate) fn orders() -> FileOutcome {
    let file = SourceFile { name: "payments/orders.yaml", text: ORDERS };
    let mut plan = plan(&file, Outcome::Held, "payments/orders");
    plan.held = hunks_between(ORDERS, &ORDERS.replace("v1alpha1", "v1beta1"), 1);
    let missing = says(
        "missing-savepoint",
        Severity::Decision,
        "this job is stateful and has neither an entry in a savepoint map nor a path: it would start \
         empty",
    )
    .help(
        "add `payments/orders: LOCATION` to the savepoint map, or say that it may start without \
         state: `[workload.\"payments/orders\"] fresh = true`",
    );
    plan.diagnostics = vec![located(&file, "savepoint", "payments/orders", missing)];
    plan
}

/// One file of every kind.
pub(crate) fn sample() -> Changeset {
    let chart = SourceFile {
        name: "charts/flink/templates/job.yaml",
        text: "apiVersion: flink.apache.org/{{ .Values.version }}\n",
    };
    let mut template = plan(&chart, Outcome::NotUnderstood, "");
    template.documents[0].kind = None;
    template.documents[0].workloads.clear();
    let raw = says(
        "template",
        Severity::Decision,
        "a raw Helm template: its version is decided when it is rendered",
    )
    .help("render the chart and migrate what comes out");
    template.diagnostics = vec![located(&chart, "{{ .Values.version }}", "", raw)];

    let done = SourceFile { name: "payments/gateway.yaml", text: FRAUD };
    let broken = SourceFile { name: "zoo.yaml", text: "kind: FlinkDeployment\nspec: [\n" };
    let mut failed = plan(&broken, Outcome::Failed, "");
    failed.documents[0].kind = None;
    failed.documents[0].workloads.clear();
    let error = says("yaml", Severity::Error, "this list is never closed");
    failed.diagnostics = vec![located(&broken, "[", "", error)];

    Changeset {
        files: vec![
            template,
            fraud(),
            plan(&done, Outcome::AlreadyRight, "payments/gateway"),
            orders(),
            failed,
        ],
        files_read: 12,
        ..Changeset::default()
    }
}
