//! The pane beside the list on a wide screen: what can be chosen in it.

use crate::model::Model;

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The account in use, where it is none of the known ones.
    InUse,
    /// One of the known accounts.
    Account(usize),
    /// Another account or server.
    Another,
    /// Which of the posts are shown.
    All,
    Mine,
    Drafts,
}

impl Entry {
    /// Whether it is about accounts.
    pub(crate) fn is_account(self) -> bool {
        matches!(self, Self::InUse | Self::Account(_) | Self::Another)
    }
}

/// All of it, from top to bottom.
pub(crate) fn entries(model: &Model) -> Vec<Entry> {
    let about = &model.about;
    let known = 0..about.known.len();
    let is_known = about.can_connect && known.clone().any(|at| is_in_use(model, at));
    let mut all = Vec::new();
    if model.user.is_some() && !is_known {
        all.push(Entry::InUse);
    }
    if about.can_connect {
        all.extend(known.map(Entry::Account));
        all.push(Entry::Another);
    }
    all.extend([Entry::All, Entry::Mine, Entry::Drafts]);
    all
}

/// Whether a known account is the one in use.
pub(crate) fn is_in_use(model: &Model, account: usize) -> bool {
    let known = model.about.known.get(account);
    known.is_some_and(|known| {
        known.server == model.about.server && Some(&known.user) == model.user.as_ref()
    })
}
