//! Golden files: what was accepted, compared with what comes out now. `BLESS=1` accepts what comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fmt, fs};

/// How something differs from what was accepted. `Debug` is the readable text, because test harnesses
/// print errors by `{:?}`.
pub struct Difference(pub String);

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Difference {}

/// True if what comes out now is accepted.
pub fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// Compares a text with a golden file. With `BLESS=1` it becomes the golden file.
pub fn file(path: &Path, found: &str) -> Result<(), Difference> {
    let wanted = fs::read(path).ok();
    if wanted.as_deref() == Some(found.as_bytes()) {
        return Ok(());
    }
    if is_blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, found).unwrap();
        return Ok(());
    }
    Err(difference(path, wanted.as_deref(), Some(found.as_bytes())))
}

/// Compares files with those of a golden folder. With `BLESS=1` they become the golden folder.
pub fn folder(at: &Path, found: &BTreeMap<String, Vec<u8>>) -> Result<(), Difference> {
    let wanted = super::tree(at);
    if wanted == *found {
        return Ok(());
    }
    if is_blessing() {
        let _ = fs::remove_dir_all(at);
        super::plant(found, at);
        return Ok(());
    }
    let names: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    let pairs = names.into_iter().map(|name| (name, wanted.get(name), found.get(name)));
    let differ = pairs.filter(|(_, wanted, found)| wanted != found).map(|(name, wanted, found)| {
        difference(&at.join(name), wanted.map(Vec::as_slice), found.map(Vec::as_slice)).0
    });
    Err(Difference(differ.collect()))
}

/// A unified diff from what was accepted to what comes out. Nothing stands for a file that is missing.
fn difference(path: &Path, wanted: Option<&[u8]>, found: Option<&[u8]>) -> Difference {
    let name = path.strip_prefix(super::root()).unwrap_or(path).to_string_lossy();
    let heading = match (wanted, found) {
        (None, _) => format!("{name}: there is no golden file for this\n"),
        (_, None) => format!("{name}: this golden file did not come out\n"),
        _ => String::new(),
    };
    let [old, new] = [wanted, found].map(|bytes| visible(bytes.unwrap_or_default()));
    Difference(heading + &flink_migrate::testing::diff(&name, &old, &new, 2))
}

/// The text of these bytes, with carriage returns, marks and broken UTF-8 spelled out.
fn visible(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks().map(|chunk| {
        let text = chunk.valid().replace('\r', "\\r").replace('\u{feff}', "\\u{feff}");
        text + &chunk.invalid().escape_ascii().to_string()
    });
    chunks.collect()
}
