//! What the whole tree says that a single document cannot know.

/// What one file contributes to the index.
#[derive(Clone, Debug, Default)]
pub struct Survey {}

/// Everything the rules may ask about the rest of the tree.
#[derive(Clone, Debug, Default)]
pub struct Index {}

impl Index {
    /// The index of these files. `whole_tree` is false when only single files or a stream were
    /// read: then no name can be called unique.
    pub fn of(_surveys: Vec<Survey>, _whole_tree: bool) -> Index {
        Index {}
    }
}
