//! `images`: other names, tags and digests for the images of containers, wherever an object has any, and
//! at the places of `configurations`.

use std::sync::Arc;

use super::fields::{BuildError, FieldSpec, ImageChange};
use super::node::{BuildSource, BuiltContent, BuiltNode, Origin};
use super::object::BuiltObject;

/// Keys of lists of containers, at any depth.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// Changes the images of one object.
pub(crate) fn change(
    image: &ImageChange,
    specs: &[FieldSpec],
    object: &mut Arc<BuiltObject>,
) -> Result<(), BuildError> {
    let is_literal = |c: char| c.is_ascii_alphanumeric() || "-_/:.@".contains(c);
    let mut root = object.root.clone();
    let mut changed = 0;
    let mut set = |node: &mut BuiltNode| {
        let BuiltContent::Scalar(_) = &node.content else {
            return Err(BuildError::refused("changes an image that is no scalar", &image.place));
        };
        if !image.name.chars().all(is_literal) {
            let reason = format!("changes the images `{}`, an expression", image.name);
            return Err(BuildError::unmodelled(reason, &image.place));
        }
        if let Some(new) = node.text().and_then(|text| changed_image(image, text)) {
            let source = BuildSource { file: image.place.file.clone(), document: 0, inline: None };
            let origin = Origin { source: Arc::new(source), span: image.place.span };
            *node = BuiltNode::of_text(&new, origin);
            changed += 1;
        }
        Ok(())
    };
    visit_containers(&mut root, &mut set)?;
    for spec in specs.iter().filter(|spec| spec.applies_to(&object.id)) {
        spec.visit(&mut root, None, &image.place, &mut set)?;
    }
    if changed > 0 {
        let object = Arc::make_mut(object);
        object.root = root;
        object.touch(&image.place);
    }
    Ok(())
}

fn visit_containers(
    node: &mut BuiltNode,
    set: &mut dyn FnMut(&mut BuiltNode) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    match &mut node.content {
        BuiltContent::Scalar(_) => Ok(()),
        BuiltContent::Sequence(items) => {
            items.iter_mut().try_for_each(|item| visit_containers(item, set))
        }
        BuiltContent::Mapping(entries) => entries.iter_mut().try_for_each(|(key, value)| {
            visit_containers(value, set)?;
            if let BuiltContent::Sequence(items) = &mut value.content
                && CONTAINERS.contains(&&*key.text)
            {
                let mut images = items.iter_mut().filter_map(|item| item.get_mut("image"));
                images.try_for_each(&mut *set)?;
            }
            Ok(())
        }),
    }
}

/// What an image becomes; nothing if it has another name.
fn changed_image(image: &ImageChange, text: &str) -> Option<String> {
    let (rest, digest) = text.split_once('@').map_or((text, ""), |(rest, digest)| (rest, digest));
    // A colon before a slash is that of a port.
    let at = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
    let (name, tag) = at.map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]));
    if name != image.name {
        return None;
    }
    let mut name = if image.new_name.is_empty() { name } else { &image.new_name }.to_string();
    let suffixed = format!("{tag}{}", image.tag_suffix);
    let (tag, digest) = match (&*image.new_tag, &*image.digest) {
        ("", "") if image.tag_suffix.is_empty() => (tag, digest),
        ("", "") => (&*suffixed, ""),
        (tag, digest) => (tag, digest),
    };
    if !tag.is_empty() {
        name = format!("{name}:{tag}");
    }
    if !digest.is_empty() {
        name = format!("{name}@{digest}");
    }
    Some(name)
}
