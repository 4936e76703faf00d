//! What Git tracks, read from its index (gitformat-index(5)): which files are tracked, and which of them
//! the working tree may lack.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::run_dirs::DOT_GIT;

/// Length of the fields in front of an entry's hash, in bytes.
const STAT_LENGTH: usize = 40;
/// Where among them its mode is.
const MODE: usize = 24;
/// Lengths of a hash, SHA-1 and SHA-256: the index does not say which it has.
const HASH_LENGTHS: [usize; 2] = [20, 32];
/// In the flags of an entry: a second word of flags follows.
const EXTENDED: u16 = 0x4000;
/// In that word: the file is not in the working tree (`git sparse-checkout`).
const SKIP_WORKTREE: u16 = 0x4000;

/// What an entry of the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A file or a symbolic link.
    File,
    /// The root of a submodule.
    Submodule,
    /// A folder that is left out of the working tree with all that is in it.
    SparseFolder,
}

/// One entry of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    /// From the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) kind: EntryKind,
    /// True if a sparse checkout leaves it out.
    pub(crate) is_sparse: bool,
}

/// The entries of the repository's index in the order of their bytes, each path once; none if there is
/// no index yet. An error says why it cannot be read.
pub(crate) fn read(repository: &Path) -> Result<Vec<IndexEntry>, String> {
    let dot_git = repository.join(DOT_GIT);
    // In a worktree or a submodule `.git` is a file that names the folder.
    let git_dir = match fs::read_to_string(&dot_git) {
        Ok(text) => repository.join(text.strip_prefix("gitdir:").unwrap_or(&text).trim()),
        Err(_) => dot_git,
    };
    let bytes = match fs::read(git_dir.join("index")) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(super::reason(&cause)),
    };
    let Parsed { mut entries, link, .. } = parse(&bytes)?;
    if let Some((name, changes)) = link {
        let shared = fs::read(git_dir.join(&name));
        let shared = shared.map_err(|cause| format!("{name}: {}", super::reason(&cause)))?;
        entries = merge(parse(&shared)?.entries, entries, changes)
            .ok_or_else(|| format!("what it changes of {name} cannot be read"))?;
    }
    // A file in conflict has up to three entries.
    entries.dedup_by(|second, first| second.path == first.path);
    Ok(entries)
}

/// What one file of an index holds.
struct Parsed<'b> {
    /// Every entry, in order.
    entries: Vec<IndexEntry>,
    /// If the index is split: the name of the shared file, and what this file changes of it.
    link: Option<(String, &'b [u8])>,
    /// An extension that only a newer reader understands.
    unknown: Option<&'b [u8]>,
}

/// The entries of a split index: those of the shared file but for the deleted ones, then what this file
/// has besides. It repeats replaced entries first, each without its path.
fn merge(shared: Vec<IndexEntry>, own: Vec<IndexEntry>, changes: &[u8]) -> Option<Vec<IndexEntry>> {
    let mut reader = Reader { bytes: changes, at: 0 };
    let (deleted, replaced) = (reader.bitmap(shared.len())?, reader.bitmap(shared.len())?);
    let mut own = own.into_iter();
    let mut entries = Vec::with_capacity(shared.len() + own.len());
    for (i, mut entry) in shared.into_iter().enumerate() {
        if replaced[i] {
            entry = IndexEntry { path: entry.path, ..own.next()? };
        }
        if !deleted[i] {
            entries.push(entry);
        }
    }
    entries.extend(own);
    entries.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    Some(entries)
}

fn parse(bytes: &[u8]) -> Result<Parsed<'_>, String> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(4) != Some(b"DIRC") {
        return Err("it has no signature".into());
    }
    let version = reader.number().unwrap_or_default();
    if !(2..=4).contains(&version) {
        return Err(format!("version {version} is not known"));
    }
    let mut lengths = HASH_LENGTHS.into_iter();
    let parsed = lengths.find_map(|hash| parse_entries(Reader { ..reader }, version, hash));
    let parsed = parsed.ok_or("its entries cannot be read")?;
    match parsed.unknown {
        None => Ok(parsed),
        Some(name) => Err(format!("extension `{}` is not known", name.escape_ascii())),
    }
}

/// What follows the version; nothing if the hashes do not have this length.
fn parse_entries(mut reader: Reader<'_>, version: u32, hash: usize) -> Option<Parsed<'_>> {
    let count = reader.number()?;
    let mut entries: Vec<IndexEntry> = Vec::new();
    let mut name = Vec::new();
    for _ in 0..count {
        let start = reader.at;
        let fields = reader.take(STAT_LENGTH)?;
        let mode = u32::from_be_bytes(fields[MODE..MODE + 4].try_into().ok()?);
        reader.take(hash)?;
        let flags = reader.word()?;
        let extended = if version > 2 && flags & EXTENDED != 0 { reader.word()? } else { 0 };
        if version == 4 {
            // The path shares its beginning with the one before.
            let dropped = reader.offset()?;
            name.truncate(name.len().checked_sub(dropped)?);
        } else {
            name.clear();
        }
        let rest = &reader.bytes[reader.at..];
        let length = memchr::memchr(0, rest)?;
        name.extend_from_slice(reader.take(length)?);
        // One NUL, and before version 4 as many as make the length of the entry a multiple of 8.
        let padding = if version == 4 { 1 } else { 8 - (reader.at - start) % 8 };
        if reader.take(padding)?.iter().any(|byte| *byte != 0) {
            return None;
        }
        let kind = match mode >> 12 {
            0o16 => EntryKind::Submodule,
            0o04 => EntryKind::SparseFolder,
            0o10 | 0o12 => EntryKind::File,
            _ => return None,
        };
        let is_sparse = extended & SKIP_WORKTREE != 0;
        entries.push(IndexEntry { path: path(&name), kind, is_sparse });
    }
    let end = reader.bytes.len().checked_sub(hash)?;
    let mut parsed = Parsed { entries, link: None, unknown: None };
    while reader.at < end {
        let extension = reader.take(4)?;
        let size = usize::try_from(reader.number()?).ok()?;
        let content = reader.take(size)?;
        match extension {
            b"link" => {
                let (shared, changes) = content.split_at_checked(hash)?;
                let name: String = shared.iter().map(|byte| format!("{byte:02x}")).collect();
                // Without a shared file, all entries are here.
                let is_split = shared.iter().any(|byte| *byte != 0);
                parsed.link = is_split.then(|| (format!("sharedindex.{name}"), changes));
            }
            b"sdir" => {}
            // Git writes what a reader must understand in lower case.
            _ if extension[0].is_ascii_lowercase() => parsed.unknown = Some(extension),
            _ => {}
        }
    }
    (reader.at == end).then_some(parsed)
}

/// The path of these bytes, which Git separates by `/` everywhere.
pub(crate) fn path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    let path: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    #[cfg(not(unix))]
    let path = &String::from_utf8_lossy(bytes).into_owned();
    Path::new(path).to_path_buf()
}

/// Bytes that are read one after the other; nothing where they end too early.
struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A bitmap of EWAH (gitformat-bitmap(5)), of which the first `length` bits are wanted: after each
    /// marker word come as many equal words as it says, then as many words as they are.
    fn bitmap(&mut self, length: usize) -> Option<Vec<bool>> {
        let (_bits, words) = (self.number()?, usize::try_from(self.number()?).ok()?);
        let mut words = self.take(words.checked_mul(8)?)?.chunks_exact(8);
        let _marker_position = self.number()?;
        let mut next = || Some(u64::from_be_bytes(words.next()?.try_into().ok()?));
        let mut bits = Vec::with_capacity(length);
        while let Some(marker) = next() {
            let equal = usize::try_from((marker >> 1) & 0xffff_ffff).ok()?;
            let wanted = equal.saturating_mul(64).min(length.saturating_sub(bits.len()));
            bits.resize(bits.len() + wanted, marker & 1 != 0);
            for _ in 0..marker >> 33 {
                let word = next()?;
                bits.extend((0..64).map(|bit| word >> bit & 1 != 0));
            }
        }
        bits.resize(length.max(bits.len()), false);
        Some(bits)
    }

    /// A number of seven bits a byte, as in an entry of version 4: the high bit says that more follow,
    /// and each that follows adds one, so that no number has two spellings.
    fn offset(&mut self) -> Option<usize> {
        let mut byte = usize::from(self.take(1)?[0]);
        let mut value = byte & 0x7f;
        while byte & 0x80 != 0 {
            byte = usize::from(self.take(1)?[0]);
            value = value.checked_add(1)?.checked_mul(0x80)? | (byte & 0x7f);
        }
        Some(value)
    }
}
