//! The three versions of a post: the one that was started from, mine, and theirs, which is at the server now.

use crate::post::Version;

/// How both versions of a text are marked, a line each.
const MINE: &str = "<<<<<<< your text";
const THEIRS: &str = "======= on the server";
const END: &str = ">>>>>>> keep what you want and delete these marked lines";
/// What tells each of them, in whatever was made of its line.
const TOLD_BY: [&str; 3] = [MINE, THEIRS, ">>>>>>> keep what you want"];
/// The same in a title, which is one line.
const TITLE: [&str; 3] = [
    "<<<<<<< your title: ",
    " ======= on the server: ",
    " >>>>>>>",
];

/// What is to be sent: the fields that I changed, and only these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// The new title.
    pub title: Option<String>,
    /// The new text.
    pub content: Option<String>,
}

/// The fields that both sides changed, each to something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// The title is one.
    pub title: bool,
    /// The text is one.
    pub content: bool,
}

/// What a person answers to a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// My version of the fields in conflict.
    Mine,
    /// Theirs.
    Theirs,
    /// Both, marked, to be edited.
    Both,
}

impl Patch {
    /// What turns one version into another.
    pub fn between(from: &Version, to: &Version) -> Self {
        let field = |from: &String, to: &String| (from != to).then(|| to.clone());
        Self {
            title: field(&from.title, &to.title),
            content: field(&from.content, &to.content),
        }
    }

    /// Whether there is nothing to be sent.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Conflict {
    /// The names of the fields, as the API calls them.
    pub fn fields(self) -> Vec<&'static str> {
        let fields = [(self.title, "title"), (self.content, "content")];
        let fields = fields.into_iter().filter(|(is_in, _)| *is_in);
        fields.map(|(_, name)| name).collect()
    }
}

/// The version that mine starts from, where `sent` was sent and nobody knows whether it arrived: a field that is at the
/// server as it was sent was changed by nobody else.
#[must_use]
pub fn start(base: Option<&Version>, sent: Option<&Version>, theirs: &Version) -> Option<Version> {
    let Some(sent) = sent else {
        return base.cloned();
    };
    let field = |of: fn(&Version) -> &String| {
        let has_arrived = is_stored(of(sent), of(theirs));
        has_arrived.then_some(of(theirs)).or(base.map(of)).cloned()
    };
    Some(Version {
        title: field(|of| &of.title)?,
        content: field(|of| &of.content)?,
    })
}

/// Whether a server that was sent the first has the second: Django REST framework takes the space around a text away.
fn is_stored(sent: &str, stored: &str) -> bool {
    let is_space = |char: char| char.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&char);
    sent == stored || sent.trim_matches(is_space) == stored
}

/// What I changed since `base`. A field that they alone changed, or both to the same, is not sent. Where `base` is not
/// known, as of a draft of an older release, every field that differs is a conflict.
///
/// # Errors
/// The fields that both changed.
pub fn merge(base: Option<&Version>, mine: &Version, theirs: &Version) -> Result<Patch, Conflict> {
    let field = |of: fn(&Version) -> &String| {
        let (base, mine, theirs) = (base.map(of), of(mine), of(theirs));
        if mine == theirs || base == Some(mine) {
            Ok(None)
        } else if base == Some(theirs) {
            Ok(Some(mine.clone()))
        } else if is_stored(mine, theirs) {
            Ok(None)
        } else {
            Err(())
        }
    };
    match (field(|of| &of.title), field(|of| &of.content)) {
        (Ok(title), Ok(content)) => Ok(Patch { title, content }),
        (title, content) => Err(Conflict {
            title: title.is_err(),
            content: content.is_err(),
        }),
    }
}

/// My version after the question was answered, with `theirs` as the version that it starts from now: what they alone
/// changed is theirs, what I alone changed is mine, and of the fields in conflict what was answered.
#[must_use]
pub fn settle(base: Option<&Version>, mine: &Version, theirs: &Version, keep: Keep) -> Version {
    let conflict = merge(base, mine, theirs).err().unwrap_or_default();
    let field = |of: fn(&Version) -> &String, is_conflict: bool, both: fn(&str, &str) -> String| {
        let (mine, their) = (of(mine), of(theirs));
        match keep {
            Keep::Theirs if is_conflict => their.clone(),
            Keep::Both if is_conflict => both(mine, their),
            _ if base.map(of) == Some(mine) => their.clone(),
            _ if base.map(of) != Some(their) && is_stored(mine, their) => their.clone(),
            _ => mine.clone(),
        }
    };
    Version {
        title: field(|of| &of.title, conflict.title, both_titles),
        content: field(|of| &of.content, conflict.content, both_texts),
    }
}

/// Whether marks of a conflict are left: such a version is never sent.
pub fn has_marks(version: &Version) -> bool {
    let [start, middle, end] = TITLE;
    let title = &version.title;
    let in_title = title.contains(start.trim_end())
        || title.contains(middle.trim())
        || title.trim_end().ends_with(end.trim());
    in_title || TOLD_BY.iter().any(|start| version.content.contains(start))
}

fn both_titles(mine: &str, theirs: &str) -> String {
    let [start, middle, end] = TITLE;
    format!("{start}{mine}{middle}{theirs}{end}")
}

/// The lines that both share at the start and at the end stand outside of the marks.
fn both_texts(mine: &str, theirs: &str) -> String {
    let (mine, theirs): (Vec<_>, Vec<_>) = (lines(mine), lines(theirs));
    let pairs = mine.iter().zip(&theirs);
    let head = pairs.take_while(|(mine, theirs)| mine == theirs).count();
    let pairs = mine[head..].iter().rev().zip(theirs[head..].iter().rev());
    let tail = pairs.take_while(|(mine, theirs)| mine == theirs).count();
    let (my_end, their_end) = (mine.len() - tail, theirs.len() - tail);
    let mut out = mine[..head].to_vec();
    out.push(MINE);
    out.extend(&mine[head..my_end]);
    out.push(THEIRS);
    out.extend(&theirs[head..their_end]);
    out.push(END);
    out.extend(&mine[my_end..]);
    out.join("\n")
}

fn lines(text: &str) -> Vec<&str> {
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn v(title: &str, content: &str) -> Version {
        Version::new(title, content)
    }

    #[test]
    fn only_what_i_changed_is_sent() {
        let base = v("T", "text");
        let sent = |mine: &Version, theirs: &Version| merge(Some(&base), mine, theirs);
        let title = |title: &str| Patch {
            title: Some(title.into()),
            content: None,
        };
        // the body that somebody changed meanwhile is not touched
        assert_eq!(
            sent(&v("New", "text"), &v("T", "changed")),
            Ok(title("New"))
        );
        assert_eq!(sent(&v("New", "text"), &base), Ok(title("New")));
        assert_eq!(sent(&base, &v("X", "Y")), Ok(Patch::default()));
        // both the same
        assert_eq!(
            sent(&v("Same", "text"), &v("Same", "text")),
            Ok(Patch::default())
        );
        let both = sent(&v("Mine", "mine"), &v("Theirs", "theirs")).unwrap_err();
        assert_eq!(both.fields(), ["title", "content"]);
        let text = sent(&v("Mine", "mine"), &v("T", "theirs")).unwrap_err();
        assert_eq!(text.fields(), ["content"]);
    }

    /// The answer to an earlier try was lost.
    #[test]
    fn what_the_server_has_of_mine_is_no_conflict() {
        let base = v("T", "text");
        // it took the space around it away
        let mine = v(" Mine ", "\n mine\u{1f}\n");
        let theirs = v("Mine", "mine");
        assert_eq!(merge(Some(&base), &mine, &theirs), Ok(Patch::default()));
        assert_eq!(merge(None, &mine, &theirs), Ok(Patch::default()));
        assert_eq!(settle(Some(&base), &mine, &theirs, Keep::Mine), theirs);
        // somebody who writes space only is heard
        let spaced = v("T", "text ");
        let sent = merge(Some(&base), &spaced, &base);
        assert_eq!(sent, Ok(Patch::between(&base, &spaced)));
        merge(Some(&base), &v("T", "mine"), &v("T", "mine ")).unwrap_err();
        // I went on writing after it was sent
        let start = |sent: &Version, theirs| start(Some(&base), Some(sent), theirs);
        assert_eq!(start(&mine, &theirs), Some(theirs.clone()));
        let new = start(&mine, &v("Mine", "other")).unwrap();
        assert_eq!(new, v("Mine", "text"));
        assert_eq!(super::start(Some(&base), None, &theirs), Some(base.clone()));
        assert_eq!(super::start(None, Some(&mine), &v("T", "mine")), None);
    }

    #[test]
    fn without_a_base_whatever_differs_is_asked() {
        let asked = merge(None, &v("T", "mine"), &v("T", "theirs")).unwrap_err();
        assert_eq!(asked.fields(), ["content"]);
        assert_eq!(
            merge(None, &v("T", "x"), &v("T", "x")),
            Ok(Patch::default())
        );
    }

    #[test]
    fn an_answer_leaves_what_was_not_asked() {
        let (base, mine, theirs) = (v("T", "text"), v("Mine", "mine"), v("T", "theirs"));
        let settled = |keep| settle(Some(&base), &mine, &theirs, keep);
        assert_eq!(settled(Keep::Mine), v("Mine", "mine"));
        assert_eq!(settled(Keep::Theirs), v("Mine", "theirs"));
        let both = settled(Keep::Both);
        assert_eq!(both.title, "Mine");
        assert_eq!(
            both.content,
            format!("{MINE}\nmine\n{THEIRS}\ntheirs\n{END}")
        );
        // what they alone changed is theirs
        let settled = settle(
            Some(&base),
            &v("T", "mine"),
            &v("New", "theirs"),
            Keep::Mine,
        );
        assert_eq!(settled, v("New", "mine"));
    }

    #[test]
    fn marks_are_found_while_any_is_left_and_what_people_write_is_none() {
        let both = settle(
            Some(&v("T", "a\nb\nc")),
            &v("Mine", "a\nx\nc"),
            &v("Theirs", "a\ny\nc"),
            Keep::Both,
        );
        assert_eq!(both.content, format!("a\n{MINE}\nx\n{THEIRS}\ny\n{END}\nc"));
        assert!(has_marks(&both));
        assert!(has_marks(&v(&both.title, "")) && has_marks(&v("", &both.content)));
        for left in [MINE, THEIRS, END] {
            assert!(has_marks(&v("", &format!("a\r\n  {left}\r\nb"))));
        }
        for left in [
            "<<<<<<< your title: A",
            "A ======= on the server: B",
            "B >>>>>>>",
        ] {
            assert!(has_marks(&v(left, "")), "{left}");
        }
        // a mark that was touched is one still
        for left in [
            "<<<<<<< your text mine",
            "======= on the server theirs",
            "> <<<<<<< your text",
            ">>>>>>> keep what you want",
            "mine ======= on the server",
        ] {
            assert!(has_marks(&v("", &format!("a\n{left}\nb"))), "{left}");
        }
        for theirs in ["<<<<<<< HEAD\n=======\n>>>>>>> main", "Heading\n======="] {
            assert!(!has_marks(&v("A >>>>>>> B", theirs)));
        }
    }

    proptest! {
        #[test]
        fn nothing_of_anybody_is_lost(base in "[ab]{0,2}", mine in "[ab\n]{0,4}", theirs in "[ab\n]{0,4}") {
            let (base, mine, theirs) = (v("", &base), v("", &mine), v("", &theirs));
            let Err(_) = merge(Some(&base), &mine, &theirs) else { return Ok(()) };
            let both = settle(Some(&base), &mine, &theirs, Keep::Both).content;
            let (mut one, mut other, mut side) = (Vec::new(), Vec::new(), 0);
            for line in both.split('\n') {
                match line {
                    MINE => side = 1,
                    THEIRS => side = 2,
                    END => side = 0,
                    line => {
                        if side != 2 { one.push(line); }
                        if side != 1 { other.push(line); }
                    }
                }
            }
            prop_assert_eq!(one.join("\n"), mine.content);
            prop_assert_eq!(other.join("\n"), theirs.content);
        }

        #[test]
        fn an_answer_and_what_is_sent_then_agree(
            base in "[ab ]?", mine in "[ab ]{0,2}", theirs in "[ab]?",
            base_title in "[ab]?", title in "[ab]?", their_title in "[ab]?", is_mine: bool,
        ) {
            let (base, mine, theirs) = (v(&base_title, &base), v(&title, &mine), v(&their_title, &theirs));
            let keep = if is_mine { Keep::Mine } else { Keep::Theirs };
            let settled = settle(Some(&base), &mine, &theirs, keep);
            let sent = merge(Some(&theirs), &settled, &theirs);
            prop_assert_eq!(sent, Ok(Patch::between(&theirs, &settled)));
            if let Ok(patch) = merge(Some(&base), &mine, &theirs) {
                prop_assert_eq!(patch, Patch::between(&theirs, &settled));
            }
        }
    }
}
