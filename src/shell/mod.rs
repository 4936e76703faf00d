//! The only room with windows: finds, reads and writes files.
