//! What was typed, what it means, and how it ends.
