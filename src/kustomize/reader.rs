//! Reads the values of a kustomization, each with its place, as strictly as kustomize does.

use super::edits::replaces_judged;
use super::fields::{
    BuildError, FieldSpec, FileSpan, ImageChange, InlineText, LabelSet, PatchSelector, Reach,
    ReplicaCount, UnmodelledField, Written,
};
use super::selects_ours;
use crate::path::RepoPath;
use crate::yaml::{NodeRef, Scalar};

/// Reads values as the JSON decoder of Go does; null is nothing.
pub(crate) struct FieldReader<'f> {
    pub(crate) file: &'f RepoPath,
}

impl FieldReader<'_> {
    pub(crate) fn place(&self, node: NodeRef<'_>) -> FileSpan {
        FileSpan { file: self.file.clone(), span: node.span_in_file() }
    }

    pub(crate) fn refuse<T>(&self, node: NodeRef<'_>, reason: &str) -> Result<T, BuildError> {
        Err(BuildError::refused(reason, &self.place(node)))
    }

    pub(crate) fn unmodelled(
        &self,
        node: NodeRef<'_>,
        reason: &str,
        reach: Reach,
    ) -> UnmodelledField {
        UnmodelledField { reason: reason.to_string(), place: self.place(node), reach }
    }

    /// The members of a mapping by their known names; those of null are none.
    pub(crate) fn members<'d>(
        &self,
        node: NodeRef<'d>,
        known: &[&'static str],
    ) -> Result<Vec<(&'static str, NodeRef<'d>)>, BuildError> {
        if !node.is_mapping() && !node.is_null() {
            return self.refuse(node, "is not a mapping");
        }
        let mut found = Vec::new();
        for (key, value) in node.pairs() {
            let text = key.text().unwrap_or_default();
            let name = known.iter().find(|known| known.eq_ignore_ascii_case(text)).copied();
            let Some(name) = name else {
                return self.refuse(key, &format!("has the unknown field `{text}`"));
            };
            if found.iter().any(|(seen, _)| *seen == name) || has_twins(node) {
                let reason = format!("has the field `{name}` twice");
                return Err(BuildError::unmodelled(reason, &self.place(key)));
            }
            found.push((name, value));
        }
        Ok(found)
    }

    /// The items of a list; those of null are none.
    pub(crate) fn nodes<'d>(&self, node: NodeRef<'d>) -> Result<Vec<NodeRef<'d>>, BuildError> {
        if node.is_mapping() || node.scalar().is_some_and(|it| it != Scalar::Null) {
            return self.refuse(node, "is not a list");
        }
        Ok(node.items().collect())
    }

    pub(crate) fn items<T>(
        &self,
        node: NodeRef<'_>,
        read: impl Fn(&Self, NodeRef<'_>) -> Result<T, BuildError>,
    ) -> Result<Vec<T>, BuildError> {
        self.nodes(node)?.into_iter().map(|item| read(self, item)).collect()
    }

    pub(crate) fn text(&self, node: NodeRef<'_>) -> Result<String, BuildError> {
        match node.scalar() {
            Some(Scalar::Text(text)) => Ok(text.to_string()),
            Some(Scalar::Null) => Ok(String::new()),
            _ => self.refuse(node, "is not a string"),
        }
    }

    pub(crate) fn flag(&self, node: NodeRef<'_>) -> Result<bool, BuildError> {
        match node.scalar() {
            Some(Scalar::Bool(is)) => Ok(is),
            Some(Scalar::Null) => Ok(false),
            _ => self.refuse(node, "is not true or false"),
        }
    }

    pub(crate) fn written(&self, node: NodeRef<'_>) -> Result<Written, BuildError> {
        Ok(Written { text: self.text(node)?, place: self.place(node) })
    }

    pub(crate) fn filled(&self, node: NodeRef<'_>) -> Result<Option<Written>, BuildError> {
        Ok(Some(self.written(node)?).filter(|written| !written.text.is_empty()))
    }

    pub(crate) fn list(&self, node: NodeRef<'_>) -> Result<Vec<Written>, BuildError> {
        self.items(node, FieldReader::written)
    }

    pub(crate) fn inline(&self, node: NodeRef<'_>) -> Result<InlineText, BuildError> {
        let text = self.text(node)?;
        let resolved = node.resolved();
        let raw = &resolved.doc.text[resolved.node().span.start..];
        Ok(InlineText::new(&text, self.place(resolved), raw))
    }

    pub(crate) fn pairs(&self, node: NodeRef<'_>) -> Result<Vec<(String, Written)>, BuildError> {
        if !node.is_mapping() && !node.is_null() {
            return self.refuse(node, "is not a mapping");
        }
        let pair = |(key, value): (&str, NodeRef<'_>)| Ok((key.to_string(), self.written(value)?));
        node.entries().into_iter().map(pair).collect()
    }

    pub(crate) fn selector(&self, node: NodeRef<'_>) -> Result<PatchSelector, BuildError> {
        let mut selector = PatchSelector::default();
        for (name, node) in self.members(node, SELECTOR)? {
            let field = match name {
                "group" => &mut selector.group,
                "version" => &mut selector.version,
                "kind" => &mut selector.kind,
                "name" => &mut selector.name,
                "namespace" => &mut selector.namespace,
                "labelSelector" => &mut selector.label_selector,
                _ => &mut selector.annotation_selector,
            };
            *field = self.text(node)?;
        }
        Ok(selector)
    }

    /// What a replacement could change; nothing if that is surely no field that the rules judge.
    pub(crate) fn replaced(&self, item: NodeRef<'_>) -> Result<Option<Reach>, BuildError> {
        if !replaces_judged(item) {
            return Ok(None);
        }
        // A source that selects nothing is an error of the whole build.
        if item.get("source").is_some_and(selects_ours) {
            return Ok(Some(Reach::Every));
        }
        let targets = item.get("targets").into_iter().flat_map(NodeRef::items);
        let selects: Vec<_> = targets.map(|target| target.get("select")).collect();
        if selects.is_empty() || selects.iter().any(Option::is_none) {
            return Ok(Some(Reach::Every));
        }
        let selectors = selects.into_iter().flatten().map(|select| self.selector(select));
        Ok(Some(Reach::Selected(selectors.collect::<Result<_, _>>()?)))
    }

    pub(crate) fn label_set(&self, node: NodeRef<'_>) -> Result<LabelSet, BuildError> {
        let mut set = LabelSet { pairs: Vec::new(), includes_selectors: false, fields: Vec::new() };
        let known = &["pairs", "includeSelectors", "includeTemplates", "fields"];
        for (name, node) in self.members(node, known)? {
            match name {
                "pairs" => set.pairs = self.pairs(node)?,
                "includeSelectors" => set.includes_selectors = self.flag(node)?,
                "fields" => set.fields = self.items(node, FieldReader::field_spec)?,
                _ => drop(self.flag(node)?),
            }
        }
        Ok(set)
    }

    pub(crate) fn field_spec(&self, node: NodeRef<'_>) -> Result<FieldSpec, BuildError> {
        let mut spec = FieldSpec::default();
        for (name, node) in self.members(node, &["group", "version", "kind", "path", "create"])? {
            match name {
                "create" => spec.creates = self.flag(node)?,
                "group" => spec.group = self.text(node)?,
                "version" => spec.version = self.text(node)?,
                "kind" => spec.kind = self.text(node)?,
                _ => spec.keys = self.text(node)?,
            }
        }
        Ok(spec)
    }

    pub(crate) fn image(&self, node: NodeRef<'_>) -> Result<ImageChange, BuildError> {
        let [name, new_name, tag_suffix, new_tag, digest] =
            self.texts(node, ["name", "newName", "tagSuffix", "newTag", "digest"])?;
        let place = self.place(node);
        Ok(ImageChange { name, new_name, new_tag, tag_suffix, digest, place })
    }

    pub(crate) fn replica(&self, node: NodeRef<'_>) -> Result<ReplicaCount, BuildError> {
        let mut count =
            ReplicaCount { name: String::new(), count: "0".into(), place: self.place(node) };
        for (name, node) in self.members(node, &["name", "count"])? {
            match (name, node.scalar()) {
                ("name", _) => count.name = self.text(node)?,
                (_, Some(Scalar::Number(text))) if text.bytes().all(|c| c.is_ascii_digit()) => {
                    count.count = text.to_string();
                }
                (_, Some(Scalar::Null)) => {}
                _ => return self.refuse(node, "is not a whole number"),
            }
        }
        Ok(count)
    }

    pub(crate) fn texts<const N: usize>(
        &self,
        node: NodeRef<'_>,
        names: [&'static str; N],
    ) -> Result<[String; N], BuildError> {
        let mut texts = [const { String::new() }; N];
        for (name, node) in self.members(node, &names)? {
            let at = names.iter().position(|known| *known == name).unwrap_or_default();
            texts[at] = self.text(node)?;
        }
        Ok(texts)
    }
}

/// The fields of a selector.
const SELECTOR: &[&str] =
    &["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];

/// True for a mapping with one key twice.
fn has_twins(node: NodeRef<'_>) -> bool {
    let node = node.resolved();
    let keys = node.own_entries().iter().filter_map(|entry| node.doc.scalar_text(entry.key));
    let mut seen = std::collections::HashSet::new();
    keys.into_iter().any(|key| !seen.insert(key))
}

pub(crate) fn has_true(options: NodeRef<'_>) -> bool {
    options.entries().iter().any(|(_, value)| value.scalar() == Some(Scalar::Bool(true)))
}
