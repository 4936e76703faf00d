//! One input of `verify`. A dump is held as a whole, a log goes by; the first piece tells which it is.

use super::log::Log;
use super::log::LogReader;
use crate::cluster::{Dump, is_dump, is_manifest, read_dump};
use crate::diagnostic::Located;
use crate::flink::names::ApiVersion;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyInput {
    /// A log.
    Log(Log),
    /// A dump.
    Dump(Dump),
}

impl VerifyInput {
    pub(crate) fn as_log(&self) -> Option<&Log> {
        if let VerifyInput::Log(log) = self { Some(log) } else { None }
    }

    pub(crate) fn as_dump(&self) -> Option<&Dump> {
        if let VerifyInput::Dump(dump) = self { Some(dump) } else { None }
    }
}

/// Reads a log or a dump piece by piece.
pub struct VerifyInputReader {
    name: String,
    log: LogReader,
    dump: Option<Vec<u8>>,
    /// Why nobody can read it, as its first bytes tell.
    form: Option<&'static str>,
    has_begun: bool,
}

/// Why an input says nothing.
#[derive(Debug)]
pub enum UnusableInput {
    /// The file as a whole.
    File(String),
    /// Parts of it.
    Parts(Vec<Located>),
}

impl VerifyInputReader {
    /// A reader of the file of this name, as shown to people.
    pub fn new(name: &str) -> VerifyInputReader {
        let log = LogReader::new(name);
        VerifyInputReader { name: name.into(), log, dump: None, form: None, has_begun: false }
    }

    /// Takes the next piece.
    pub fn feed(&mut self, piece: &[u8]) {
        if !self.has_begun {
            self.has_begun = true;
            self.form = unreadable_format(piece);
            self.dump = is_dump(&String::from_utf8_lossy(piece)).then(Vec::new);
        }
        match &mut self.dump {
            Some(held) => held.extend_from_slice(piece),
            None => self.log.feed(piece),
        }
    }

    /// What was read.
    ///
    /// # Errors
    /// If it is neither a log that holds a line about a job nor a dump of after the migration.
    pub fn finish(self) -> Result<VerifyInput, UnusableInput> {
        let unusable = |message: &str| Err(UnusableInput::File(message.into()));
        if let Some(form) = self.form {
            return unusable(form);
        }
        let Some(bytes) = self.dump else {
            let log = self.log.finish();
            if log.events.is_empty() && !log.is_flink {
                return unusable(NO_JOB_LINES);
            }
            return Ok(VerifyInput::Log(log));
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return unusable("is not UTF-8; save it as UTF-8");
        };
        let dump = read_dump(&self.name, &text).map_err(UnusableInput::Parts)?;
        if let Some(why) = is_manifest(&dump) {
            return unusable(&why);
        }
        let is_preview = |version: &Result<_, _>| *version == Ok(ApiVersion::Preview);
        // As operator 0.1.0 had it.
        if dump.resources.iter().any(|one| one.kind.is_workload() && is_preview(&one.version)) {
            return unusable(BEFORE_MIGRATION);
        }
        Ok(VerifyInput::Dump(dump))
    }
}

/// What has to happen to a file that begins like this before anybody can read it; nothing if it is
/// text.
fn unreadable_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("is UTF-16; save it as UTF-8"),
        [0x1f, 0x8b, ..] => Some("is compressed; unpack it"),
        _ => None,
    }
}

const NO_JOB_LINES: &str = "no line about a job in it; give the log of a JobManager from its \
    first start on, that of the operator, or the output of `kubectl get flinkdeployments -A -o \
    json`";

const BEFORE_MIGRATION: &str = "the dump holds resources at v1alpha1: it is from before the migration; take it \
    again with `kubectl get flinkdeployments -A -o json`";
