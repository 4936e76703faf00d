//! What must hold for plans and for changes, on manifests that nobody wrote: the inputs of the suites,
//! mutated. `FLINK_MIGRATE_PROPTEST_CASES` asks for more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use flink_migrate::inputs::{Inputs, Policy, WorkloadOverride};
use flink_migrate::k8s::ObjectKey;
use flink_migrate::path::PathNames;
use flink_migrate::project::Project;
use flink_migrate::rules::Facts;
use flink_migrate::yaml::{
    self, Change, Document, FieldPath, InsertPosition, Mark, NodeId, NodeKind, Value, patch,
};
use rayon::prelude::*;

use crate::support::meaning::{Fate, Meaning, differences, read};
use crate::support::mutated::{self, Input, SEED, Seen, lost_comment, own_bytes};
use crate::support::{Dice, cases, world};

/// The manifests of all suites.
static INPUTS: LazyLock<Vec<Input>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for case in cases() {
        let Some(world) = world(&case) else { continue };
        let facts = Arc::new(world.facts);
        found.extend(world.manifests.into_iter().map(|(name, bytes)| Input {
            id: format!("{}/{name}", case.id),
            name,
            bytes,
            facts: facts.clone(),
        }));
    }
    found
});

#[test]
fn what_is_known_to_go_wrong_still_does() {
    let key = ObjectKey::parse("prod/orders");
    let fresh = WorkloadOverride { key, fresh: true, ..WorkloadOverride::default() };
    for known in mutated::KNOWN {
        let head = "apiVersion: flink.apache.org/v1alpha1\nkind: FlinkDeployment\n";
        let named = "metadata: {name: orders, namespace: prod}\n";
        let spec = "spec:\n  flinkVersion: v1_15\n  serviceAccount: flink\n";
        let text = format!("{head}{named}{spec}{}", known.shortest);
        let mut inputs = Inputs::default();
        inputs.whole_tree.overrides = [fresh.clone()].into_iter().collect();
        let index = Project::of(
            vec![mutated::catalog_file("orders.yaml", text.as_bytes()).1],
            true,
            PathNames::default(),
        );
        let facts = Facts::new(inputs, Policy::default(), index);
        let result = mutated::sound("orders.yaml", text.as_bytes(), &facts, &Seen::default());
        let explained = result.as_ref().is_err_and(|why| known.explains(why, text.as_bytes()));
        assert!(
            explained,
            "take it off the list if it goes well: {}\n{text}\n{result:?}",
            known.reason
        );
    }
}

#[test]
fn whatever_a_manifest_holds_its_plan_is_sound_or_leaves_it_alone() {
    let cases = std::env::var("FLINK_MIGRATE_PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8000_u32);
    println!("seed {SEED}, {cases} cases of {} inputs", INPUTS.len());
    let (seen, failures) = mutated::search(&INPUTS, cases);
    let [judged, changed, held, not_understood, failed] =
        [&seen.judged, &seen.changed, &seen.held, &seen.not_understood, &seen.failed]
            .map(|count| count.load(Ordering::Relaxed));
    println!(
        "{judged} judged, {} of them known to go wrong: {changed} changed, {held} held, {not_understood} not understood, {failed} failed, {} suspended",
        seen.known.load(Ordering::Relaxed),
        seen.suspended.load(Ordering::Relaxed)
    );
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(changed * 6 > judged && held > 0 && not_understood > 0 && failed > 0);
    assert!(seen.suspended.load(Ordering::Relaxed) * 30 > judged);
}

/// How one attempt at surgery ended.
enum Cut {
    Made,
    /// The change is there, in another place than asked for.
    Elsewhere,
    Refused(String),
    Wrong(String),
}

#[test]
fn a_key_inserted_anywhere_is_read_as_that_key_in_that_place() {
    let results = operated(|doc, before, mapping| {
        let keys = NodeKeys::of(doc, mapping.id);
        let mut places = vec![(InsertPosition::First, 0), (InsertPosition::Last, keys.len())];
        for (i, key) in keys.scalars() {
            places.push((InsertPosition::After(leaked(key)), i + 1));
        }
        let attempt = |(position, place): (InsertPosition, usize)| {
            let path = mapping.path.key("zzKey");
            let change = Change::Insert {
                path,
                value: Value::Text("zzVal".into()),
                position: position.clone(),
                mark: None,
            };
            let wanted = changed(before, mapping.path.steps(), &|here| {
                let Meaning::Map(pairs) = here else { return false };
                pairs.insert(place, ("zzKey".into(), Meaning::Text("zzVal".into())));
                true
            });
            (format!("{position:?} in `{}`", mapping.path), cut(doc, change, wanted))
        };
        places.into_iter().map(attempt).collect()
    });
    judge("insertions", results, 20, &[]);
}

#[test]
fn a_value_set_anywhere_is_read_as_that_value() {
    let results = operated(|doc, before, mapping| {
        let keys = NodeKeys::of(doc, mapping.id);
        let scalar = |key: &str| {
            let entry = yaml::NodeRef { doc, id: mapping.id }.own_entry(key)?;
            matches!(doc.node(entry.value).kind, NodeKind::Scalar { .. }).then_some(())
        };
        let mut out = Vec::new();
        for (_, key) in keys.scalars().filter(|(_, key)| scalar(key).is_some()) {
            for text in ["zzVal", "true", "a: b #c, {d}", "it's \"so\" \\ far", "ünï😀"] {
                let path = mapping.path.key(key);
                let change = Change::Set {
                    path: path.clone(),
                    value: Value::Text(text.into()),
                    mark: Mark::Keep,
                };
                let wanted = changed(before, path.steps(), &|here| {
                    while let Meaning::Tagged(_, inner) = here {
                        *here = Meaning::clone(inner);
                    }
                    *here = Meaning::Text(text.into());
                    true
                });
                out.push((format!("`{path}` = {text:?}"), cut(doc, change, wanted)));
            }
        }
        out
    });
    judge("new values", results, 30, &[]);
}

#[test]
fn a_key_removed_anywhere_takes_nothing_with_it() {
    let results = operated(|doc, before, mapping| {
        let keys = NodeKeys::of(doc, mapping.id);
        let attempt = |(place, key): (usize, &str)| {
            let path = mapping.path.key(key);
            let wanted = changed(before, mapping.path.steps(), &|here| {
                let Meaning::Map(pairs) = here else { return false };
                pairs.remove(place);
                true
            });
            (format!("without `{path}`"), cut(doc, Change::Remove { path }, wanted))
        };
        keys.scalars().map(attempt).collect()
    });
    judge("removals", results, 40, REMOVALS_KNOWN);
}

const REMOVALS_KNOWN: &[(&str, &str)] = &[];

/// A mapping of a document.
struct Mapping {
    path: FieldPath,
    id: NodeId,
}

struct NodeKeys<'d>(Vec<Option<&'d str>>);

impl<'d> NodeKeys<'d> {
    fn of(doc: &'d Document<'d>, id: NodeId) -> NodeKeys<'d> {
        let entries = yaml::NodeRef { doc, id }.own_entries();
        NodeKeys(
            entries
                .iter()
                .map(|entry| match &doc.node(entry.key).kind {
                    NodeKind::Scalar { text, .. } => Some(text.as_ref()),
                    _ => None,
                })
                .collect(),
        )
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn scalars(&self) -> impl Iterator<Item = (usize, &'d str)> + '_ {
        self.0.iter().enumerate().filter_map(|(i, key)| Some((i, (*key)?)))
    }
}

/// Tries `attempt` on a sample of the mappings of every document that both readers can read and no
/// duplicate key or disputed line break makes doubtful.
fn operated(
    attempt: impl Fn(&Document<'_>, &Meaning, &Mapping) -> Vec<(String, Cut)> + Sync,
) -> Vec<(String, Cut)> {
    let more = std::env::var_os("FLINK_MIGRATE_PROPTEST_CASES").is_some();
    let per_input = |(number, input): (usize, &Input)| {
        let mut out = Vec::new();
        let Ok(text) = std::str::from_utf8(&input.bytes) else { return out };
        let mut dice = Dice(number as u64);
        for chunk in yaml::chunks(text) {
            let slice = &text[chunk.span.range()];
            let (Ok(doc), Ok(before)) = (yaml::parse(slice, 0), read(slice)) else { continue };
            if doc.duplicate_key().is_some()
                || doc.disputed_break().is_some()
                || doc.collection_key().is_some()
            {
                continue;
            }
            let mut mappings = Vec::new();
            collect(&doc, doc.root().id, &FieldPath::default(), &mut mappings);
            dice.shuffle(&mut mappings);
            mappings.truncate(if more { usize::MAX } else { 4 });
            for mapping in mappings {
                let tried = attempt(&doc, &before, &mapping);
                out.extend(
                    tried.into_iter().map(|(what, cut)| (format!("{}: {what}", input.id), cut)),
                );
            }
        }
        out
    };
    INPUTS.par_iter().enumerate().flat_map_iter(per_input).collect()
}

fn collect(doc: &Document<'_>, id: NodeId, path: &FieldPath, found: &mut Vec<Mapping>) {
    match &doc.node(id).kind {
        NodeKind::Mapping { entries, .. } => {
            found.push(Mapping { path: path.clone(), id });
            for entry in entries {
                if let NodeKind::Scalar { text, .. } = &doc.node(entry.key).kind {
                    collect(doc, entry.value, &path.key(text), found);
                }
            }
        }
        NodeKind::Sequence { items, .. } => {
            for (i, item) in items.iter().enumerate() {
                collect(doc, *item, &path.index(i), found);
            }
        }
        NodeKind::Scalar { .. } | NodeKind::Alias { .. } => {}
    }
}

/// `before` with something done at the path; nothing where the readers' paths part.
fn changed(
    before: &Meaning,
    steps: &[yaml::PathSegment],
    act: &dyn Fn(&mut Meaning) -> bool,
) -> Option<Meaning> {
    let mut after = before.clone();
    let mut here = &mut after;
    for step in steps {
        while let Meaning::Tagged(_, inner) = here {
            here = inner;
        }
        here = match (here, step) {
            (Meaning::Map(pairs), yaml::PathSegment::Key(key)) => {
                &mut pairs.iter_mut().find(|(known, _)| known == key)?.1
            }
            (Meaning::List(items), yaml::PathSegment::Index(index)) => items.get_mut(*index)?,
            _ => return None,
        };
    }
    while let Meaning::Tagged(_, inner) = here {
        here = inner;
    }
    act(here).then_some(after)
}

/// Makes the change and reads the result.
fn cut(doc: &Document<'_>, change: Change, wanted: Option<Meaning>) -> Cut {
    let own = match &change {
        Change::Remove { path } => own_bytes(doc, path),
        Change::Set { .. } | Change::Insert { .. } | Change::Rename { .. } => 0..0,
    };
    let edits = match patch::edits(doc, &[change]) {
        Ok(edits) => edits,
        Err(refusal) => return Cut::Refused(refusal.reason),
    };
    let Some(wanted) = wanted else { return Cut::Wrong("the readers see different paths".into()) };
    let after = edits.apply(doc.text);
    if let Some(lost) = lost_comment(doc, &[own], &after) {
        return Cut::Wrong(format!("the comment `{lost}` is gone\n{after}"));
    }
    match read(&after) {
        Ok(_) if yaml::chunks(&after).len() != 1 => {
            Cut::Wrong(format!("no longer one document\n{after}"))
        }
        Ok(found) if found == wanted => Cut::Made,
        Ok(found) if is_elsewhere(doc, &wanted, &found) => Cut::Elsewhere,
        Ok(found) => Cut::Wrong(format!("{:?}\n{after}", differences(&wanted, &found))),
        Err(error) => Cut::Wrong(format!("{error}\n{after}")),
    }
}

/// True if the new key is there, and all else is in order once it is taken away.
fn is_elsewhere(doc: &Document<'_>, wanted: &Meaning, found: &Meaning) -> bool {
    let moved = differences(wanted, found).into_values().all(|fate| fate == Fate::Reordered);
    let only_new = differences(&read(doc.text).unwrap(), found).into_values();
    moved && only_new.into_iter().all(|fate| matches!(fate, Fate::Inserted(_)))
}

/// Prints how the attempts ended, and fails for a wrong one that is not known: by a part of what is
/// said of it, and with its reason. One known for nothing fails as well.
fn judge(what: &str, results: Vec<(String, Cut)>, most_refused: usize, known: &[(&str, &str)]) {
    let all = results.len();
    let mut elsewhere = 0;
    let mut needed = BTreeSet::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (place, cut) in results {
        match cut {
            Cut::Made => {}
            Cut::Refused(reason) => {
                let reason = if reason.contains("merge key") {
                    "through a merge key".into()
                } else {
                    reason
                };
                *reasons.entry(reason).or_default() += 1;
            }
            Cut::Elsewhere => elsewhere += 1,
            Cut::Wrong(why) => {
                let said = format!("{place}: {why}");
                match known.iter().position(|(part, _)| said.contains(part)) {
                    Some(excuse) => drop(needed.insert(excuse)),
                    None => wrong.push(said),
                }
            }
        }
    }
    let refused: usize = reasons.values().sum();
    let mut said = String::new();
    for (reason, times) in &reasons {
        let _ = writeln!(said, "  {times:5} {reason}");
    }
    println!("{what}: {all} tried, {refused} refused, {elsewhere} elsewhere\n{said}");
    assert!(wrong.is_empty(), "{} {what} are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    assert_eq!(needed.len(), known.len(), "known for nothing; needed are only {needed:?}");
    assert!(elsewhere * 50 < all, "{elsewhere} of {all} stand elsewhere");
    assert!(all > 1000 && refused * 100 < all * most_refused, "{refused} of {all} refused");
}

/// Positions name keys that live for the whole program.
fn leaked(key: &str) -> &'static str {
    Box::leak(key.to_string().into_boxed_str())
}
