//! Where a savepoint lies.
