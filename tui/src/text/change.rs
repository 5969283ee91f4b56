//! Changes of a text's lines, which can be taken back in groups.

use super::at::At;

/// One replacement, which can be turned round.
#[derive(Clone, PartialEq)]
struct Change {
    at: At,
    removed: String,
    inserted: String,
}

/// The changes that one undo takes back.
#[derive(Clone, PartialEq)]
struct Group {
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

/// What was changed, and what was taken back.
#[derive(Clone, PartialEq)]
pub(super) struct History {
    done: Vec<Group>,
    undone: Vec<Group>,
    /// Whether the next change begins a group of its own.
    is_closed: bool,
}

impl History {
    pub(super) fn new() -> Self {
        Self {
            done: Vec::new(),
            undone: Vec::new(),
            is_closed: true,
        }
    }

    /// Has the next change begin a group of its own.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Puts `text` in place of what is between the two places; gives where it ends.
    pub(super) fn change(
        &mut self,
        lines: &mut Vec<String>,
        before: At,
        from: At,
        to: At,
        text: &str,
        kind: Kind,
    ) -> At {
        let (removed, end) = splice(lines, from, to, text);
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
        end
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Takes the last group back; gives where the cursor was before it.
    pub(super) fn undo(&mut self, lines: &mut Vec<String>) -> Option<At> {
        let group = self.done.pop()?;
        for change in group.changes.iter().rev() {
            let end = end_of(change.at, &change.inserted);
            splice(lines, change.at, end, &change.removed);
        }
        let before = group.before;
        self.undone.push(group);
        self.is_closed = true;
        Some(before)
    }

    /// Does again what was taken back last; gives where it ends.
    pub(super) fn redo(&mut self, lines: &mut Vec<String>) -> Option<At> {
        let group = self.undone.pop()?;
        let mut end = group.before;
        for change in &group.changes {
            let to = end_of(change.at, &change.removed);
            (_, end) = splice(lines, change.at, to, &change.inserted);
        }
        self.done.push(group);
        self.is_closed = true;
        Some(end)
    }
}

/// Puts `text` in place of what is between the two places; gives what was there, and where the new text ends.
fn splice(lines: &mut Vec<String>, from: At, to: At, text: &str) -> (String, At) {
    let removed = if from.line == to.line {
        lines[from.line][from.byte..to.byte].to_owned()
    } else {
        let mut removed = lines[from.line][from.byte..].to_owned();
        for line in &lines[from.line + 1..to.line] {
            removed.push('\n');
            removed.push_str(line);
        }
        removed.push('\n');
        removed.push_str(&lines[to.line][..to.byte]);
        removed
    };
    if from.line == to.line && !text.contains('\n') {
        lines[from.line].replace_range(from.byte..to.byte, text);
        let byte = from.byte + text.len();
        return (removed, At { byte, ..from });
    }
    let tail = lines[to.line].split_off(to.byte);
    lines[from.line].truncate(from.byte);
    let mut pieces = text.split('\n');
    lines[from.line].push_str(pieces.next().unwrap_or_default());
    let mut new: Vec<String> = pieces.map(str::to_owned).collect();
    let line = from.line + new.len();
    let last = new.last_mut().unwrap_or(&mut lines[from.line]);
    let byte = last.len();
    last.push_str(&tail);
    lines.splice(from.line + 1..=to.line, new);
    (removed, At { line, byte })
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
