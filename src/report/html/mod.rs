//! x
use std::fmt;
use crate::plan::Changeset;
pub(super) fn render(_changeset: &Changeset, _out: &mut dyn fmt::Write) -> fmt::Result { Ok(()) }
