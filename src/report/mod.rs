//! Changesets as text, one file per format. Pure.
