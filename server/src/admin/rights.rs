//! What one may do with the rows of a model.

/// What one may do with the rows of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    View,
    Add,
    Change,
    Delete,
}

impl Right {
    pub(super) const ALL: [Self; 4] = [Self::Add, Self::Change, Self::Delete, Self::View];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }
}
