//! Changes of a text, which can be taken back in groups.

use super::{At, TextBuf, boundary};

/// One replacement, which can be turned round.
#[derive(Clone, PartialEq)]
struct Change {
    at: At,
    removed: String,
    inserted: String,
}

/// The changes that one undo takes back.
#[derive(Clone, PartialEq)]
pub(super) struct Group {
    changes: Vec<Change>,
    before: At,
    kind: Kind,
}

/// What kind of change continues a group.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Typing,
    Deleting,
    Alone,
}

impl TextBuf {
    /// Puts `text` in place of what is between the two places.
    pub(super) fn change(&mut self, from: At, to: At, text: &str, kind: Kind) {
        if from == to && text.is_empty() {
            return;
        }
        let before = self.cursor;
        let (removed, end) = self.splice(from, to, text);
        let change = Change {
            at: from,
            removed,
            inserted: text.to_owned(),
        };
        self.undone.clear();
        match self.done.last_mut() {
            Some(group) if !self.is_closed && group.kind == kind && kind != Kind::Alone => {
                group.changes.push(change);
            }
            _ => self.done.push(Group {
                changes: vec![change],
                before,
                kind,
            }),
        }
        self.is_closed = kind == Kind::Alone;
        self.set_cursor(end);
    }

    /// The same without a record; gives what was there, and where the new text ends.
    fn splice(&mut self, from: At, to: At, text: &str) -> (String, At) {
        self.version += 1;
        let removed = if from.line == to.line {
            self.lines[from.line][from.byte..to.byte].to_owned()
        } else {
            let mut removed = self.lines[from.line][from.byte..].to_owned();
            for line in &self.lines[from.line + 1..to.line] {
                removed.push('\n');
                removed.push_str(line);
            }
            removed.push('\n');
            removed.push_str(&self.lines[to.line][..to.byte]);
            removed
        };
        if from.line == to.line && !text.contains('\n') {
            self.lines[from.line].replace_range(from.byte..to.byte, text);
            let byte = from.byte + text.len();
            return (removed, At { byte, ..from });
        }
        let tail = self.lines[to.line].split_off(to.byte);
        self.lines[from.line].truncate(from.byte);
        let mut pieces = text.split('\n');
        self.lines[from.line].push_str(pieces.next().unwrap_or_default());
        let mut new: Vec<String> = pieces.map(str::to_owned).collect();
        let line = from.line + new.len();
        let last = new.last_mut().unwrap_or(&mut self.lines[from.line]);
        let byte = last.len();
        last.push_str(&tail);
        self.lines.splice(from.line + 1..=to.line, new);
        (removed, At { line, byte })
    }

    /// What was inserted may have joined the graphemes around it.
    fn set_cursor(&mut self, at: At) {
        let byte = boundary(&self.lines[at.line], at.byte);
        self.cursor = At { byte, ..at };
        self.column = None;
    }

    /// Whether there is a change to take back.
    pub(crate) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(super) fn undo(&mut self) {
        let Some(group) = self.done.pop() else { return };
        for change in group.changes.iter().rev() {
            let end = end_of(change.at, &change.inserted);
            self.splice(change.at, end, &change.removed);
        }
        self.set_cursor(group.before);
        self.undone.push(group);
        self.is_closed = true;
    }

    pub(super) fn redo(&mut self) {
        let Some(group) = self.undone.pop() else {
            return;
        };
        let mut end = self.cursor;
        for change in &group.changes {
            let to = end_of(change.at, &change.removed);
            (_, end) = self.splice(change.at, to, &change.inserted);
        }
        self.set_cursor(end);
        self.done.push(group);
        self.is_closed = true;
    }
}

/// Where a text ends that begins there.
fn end_of(at: At, text: &str) -> At {
    match text.rfind('\n') {
        Some(last) => At {
            line: at.line + text.matches('\n').count(),
            byte: text.len() - last - 1,
        },
        None => At {
            byte: at.byte + text.len(),
            ..at
        },
    }
}
