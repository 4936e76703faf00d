//! The excerpts of the operator's upgrade guide, as they stand there.

use super::{ended, verify, workload};
use crate::sandbox::Sandbox;

const OPERATOR: &str = "\
2022-04-13 06:09:40,761 i.j.o.Operator                 [INFO ] Registered reconciler: 'flinkdeploymentcontroller' for resource: 'class org.apache.flink.kubernetes.operator.crd.FlinkDeployment' for namespace(s): [all namespaces]
2022-04-13 06:09:40,943 i.f.k.c.i.VersionUsageUtils    [WARN ] The client is using resource type 'flinksessionjobs' with unstable version 'v1beta1'
2022-04-13 06:09:41,461 i.j.o.Operator                 [INFO ] Registered reconciler: 'flinksessionjobcontroller' for resource: 'class org.apache.flink.kubernetes.operator.crd.FlinkSessionJob' for namespace(s): [all namespaces]
2022-04-13 06:09:41,464 i.j.o.Operator                 [INFO ] Operator SDK 2.1.2 (commit: a3a81ef) built on 2022-03-15T09:59:42.000+0000 starting...
2022-04-13 06:09:41,464 i.j.o.Operator                 [INFO ] Client version: 5.12.1
2022-04-13 06:09:41,499 i.f.k.c.i.VersionUsageUtils    [WARN ] The client is using resource type 'flinkdeployments' with unstable version 'v1beta1'
";

const JOB: &str = "Starting job 00000000000000000000000000000000 from savepoint /flink-data/savepoints/savepoint-000000-2f40a9c8e4b9/_metadat\n";

fn example(location: &str) -> Sandbox {
    let manifest = super::manifest("basic-checkpoint-ha-example", "upgradeMode: savepoint");
    let map = format!("prod/basic-checkpoint-ha-example: {location}\n");
    let sandbox = Sandbox::with(&[("job.yaml", &manifest), ("map.yaml", &map)]);
    sandbox.git("", &["init", "-q"]);
    sandbox
}

#[test]
fn the_operators_log_names_both_controllers_and_no_job() {
    let sandbox = example("file:/flink-data/savepoints/savepoint-000000-aec3dd08e76d/_metadata");
    sandbox.write("operator.log", OPERATOR);
    let answer = super::answer(&sandbox, &["operator.log"]);
    let names = &answer["operator"]["reconcilers"];
    assert_eq!(names[0], "flinkdeploymentcontroller");
    assert_eq!(names[1], "flinksessionjobcontroller");
    assert_eq!(ended(&answer, "prod/basic-checkpoint-ha-example"), "not-seen open");
    verify(&sandbox, &["operator.log"]).ended(3);
}

#[test]
fn the_line_of_the_guide_is_that_of_another_savepoint() {
    let sandbox = example("file:/flink-data/savepoints/savepoint-000000-aec3dd08e76d/_metadata");
    sandbox.write("basic-checkpoint-ha-example.log", JOB);
    let ran = verify(&sandbox, &["basic-checkpoint-ha-example.log"]).ended(1);
    assert!(ran.out.contains("started from another location"), "{}", ran.out);
    assert!(ran.out.contains("savepointRedeployNonce"), "{}", ran.out);
    // The tree has no other job, so that it need not be named.
    let ran = sandbox.run_with_input(&["verify", "--savepoints", "map.yaml"], JOB.as_bytes());
    assert!(ran.ended(1).out.contains("<stdin>:1"));
}

#[test]
fn with_its_own_savepoint_in_another_spelling_it_is_restored() {
    let sandbox = example("file:/flink-data/savepoints/savepoint-000000-2f40a9c8e4b9/_metadata");
    // The guide lost the last letter of the line.
    let line = JOB.replace("/_metadat\n", "/_metadata\n");
    sandbox.write("basic-checkpoint-ha-example.log", &line);
    let answer = super::answer(&sandbox, &["basic-checkpoint-ha-example.log"]);
    let one = workload(&answer, "prod/basic-checkpoint-ha-example");
    assert_eq!(one["outcome"], "restored");
    let entry = "file:/flink-data/savepoints/savepoint-000000-2f40a9c8e4b9/_metadata";
    assert_eq!(one["location"], entry, "as the map spells it");
    assert_eq!(one["evidence"][0]["line"], 1);
    verify(&sandbox, &["basic-checkpoint-ha-example.log"]).ended(0);
}
