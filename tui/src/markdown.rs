//! The text of a post as lines to be read: what Markdown sets off is set off, and no text is left out. The title of a
//! link, and the words behind the marks of a block of code, are in the text as it was typed alone.
//!
//! A line that somebody broke stays broken, as where people comment on code: not everybody writes Markdown.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::text::wrap::Line;
use crate::theme::Role;

/// A line before it is broken into rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// What stands before its first row, and before each further one; both are as wide.
    pub(crate) lead: String,
    pub(crate) rest: String,
    /// From which byte on it looks how. The first one begins at 0, where there is any.
    pub(crate) looks: Vec<(usize, Role)>,
}

impl Line for Piece {
    fn text(&self) -> &str {
        &self.text
    }

    fn indent(&self) -> u16 {
        u16::try_from(self.lead.chars().count()).unwrap_or(u16::MAX)
    }
}

/// The lines of a text as they were typed.
pub(crate) fn raw(text: &str) -> Vec<Piece> {
    let lines = ends(text);
    let lines = lines.split('\n').map(|line| Piece {
        text: line.to_owned(),
        ..Piece::default()
    });
    lines.collect()
}

/// How often a text is looked through for definitions of links: each look may bring to light others.
const LOOKS: usize = 8;

/// The lines of a text that may be Markdown.
pub(crate) fn lines(text: &str) -> Vec<Piece> {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let Some(text) = undefined(ends(text), options) else {
        return raw(text);
    };
    let mut page = Page::default();
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        match &event {
            Event::Start(Tag::Emphasis) => page.begin_mark(&text, &range, 1),
            Event::Start(Tag::Strong) => page.begin_mark(&text, &range, 2),
            Event::End(TagEnd::Emphasis) => page.end_mark(&text, &range, 1),
            Event::End(TagEnd::Strong) => page.end_mark(&text, &range, 2),
            _ => page.take(event),
        }
    }
    page.finish()
}

/// The text without definitions of links, which Markdown would leave out: `[todo]: milk` is a line like any other.
/// `None` where they do not end.
fn undefined(mut text: String, options: Options) -> Option<String> {
    for _ in 0..LOOKS {
        let parser = Parser::new_ext(&text, options);
        let defined = parser.reference_definitions().iter();
        let mut starts: Vec<_> = defined.map(|(_, link)| link.span.start).collect();
        if starts.is_empty() {
            return Some(text);
        }
        starts.sort_unstable();
        let mut plain = String::with_capacity(text.len() + starts.len());
        let mut from = 0;
        for start in starts {
            plain.push_str(&text[from..start]);
            // a mark that stands for itself defines nothing
            plain.push('\\');
            from = start;
        }
        plain.push_str(&text[from..]);
        text = plain;
    }
    None
}

/// With one kind of line ends.
fn ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// How deep quotations and lists may stand in each other before they are no longer set off.
const DEEPEST: usize = 6;

/// What is being made.
#[derive(Default)]
struct Page {
    lines: Vec<Piece>,
    line: Option<Piece>,
    /// What is around the text at this moment: before the first row, and before each further one.
    around: Vec<(String, String)>,
    /// The numbers of the lists around it; `None` of one with bullets.
    lists: Vec<Option<u64>>,
    roles: Vec<Role>,
    /// Whether the marks of what is set off are kept.
    kept: Vec<bool>,
    /// Where links lead, and whether their text says so.
    links: Vec<(String, usize)>,
    /// Whether a blank line is to come before what follows.
    is_apart: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.write(&text),
            Event::Code(text) => {
                self.roles.push(Role::Code);
                self.write(&format!("`{text}`"));
                self.roles.pop();
            }
            Event::SoftBreak | Event::HardBreak => self.break_line(),
            Event::Rule => {
                self.open();
                self.write("───");
                self.close();
                self.is_apart = true;
            }
            Event::TaskListMarker(is_done) => self.write(if is_done { "[x] " } else { "[ ] " }),
            // not asked for
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.write(&text);
            }
        }
    }

    /// Begins what is set off by so many marks. Within a word they stay: `2*3*4` is no emphasis.
    fn begin_mark(&mut self, text: &str, range: &Range<usize>, marks: usize) {
        let before = text[..range.start].chars().next_back();
        let after = text[range.end..].chars().next();
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if is_word(before) || is_word(after) {
            self.write(&text[range.start..range.start + marks]);
            let role = self.roles.last().copied().unwrap_or(Role::Text);
            self.roles.push(role);
            self.kept.push(true);
        } else {
            self.roles.push(if marks == 1 {
                Role::Emphasis
            } else {
                Role::Strong
            });
            self.kept.push(false);
        }
    }

    fn end_mark(&mut self, text: &str, range: &Range<usize>, marks: usize) {
        self.roles.pop();
        if self.kept.pop() == Some(true) {
            self.write(&text[range.end - marks..range.end]);
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.open();
                self.roles.push(match level {
                    HeadingLevel::H1 | HeadingLevel::H2 => Role::Heading,
                    _ => Role::Strong,
                });
            }
            Tag::BlockQuote(_) => {
                self.close();
                self.enter("▏ ", "▏ ");
            }
            Tag::CodeBlock(_) => {
                self.close();
                self.enter("  ", "  ");
                self.roles.push(Role::Code);
            }
            Tag::List(first) => {
                self.close();
                self.lists.push(first);
            }
            Tag::Item => {
                self.close();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                let rest = " ".repeat(mark.chars().count());
                self.enter(&mark, &rest);
            }
            Tag::Strikethrough => self.roles.push(Role::Struck),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.open();
                let at = self.line.as_ref().map_or(0, |line| line.text.len());
                self.links.push((dest_url.to_string(), at));
                self.roles.push(Role::Link);
            }
            Tag::Paragraph | Tag::HtmlBlock => self.close(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.close();
                self.is_apart = true;
            }
            TagEnd::Heading(_) => {
                self.close();
                self.roles.pop();
                self.is_apart = true;
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.around.pop();
                self.is_apart = true;
            }
            TagEnd::CodeBlock => {
                self.close();
                self.roles.pop();
                self.around.pop();
                self.is_apart = true;
            }
            TagEnd::Item => {
                // one without a text has its mark all the same
                if self.line.is_none()
                    && self.around.last().is_some_and(|(lead, rest)| lead != rest)
                {
                    self.open();
                }
                self.close();
                self.around.pop();
            }
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
                self.is_apart |= self.lists.is_empty();
            }
            TagEnd::Strikethrough => {
                self.roles.pop();
            }
            TagEnd::Link | TagEnd::Image => {
                self.roles.pop();
                if let Some((to, from)) = self.links.pop() {
                    let line = self.line.as_ref();
                    let shown = line.and_then(|line| line.text.get(from..)).unwrap_or("");
                    let is_said = shown == to || format!("mailto:{shown}") == to;
                    if !is_said && !to.is_empty() {
                        self.roles.push(Role::Faint);
                        self.write(&format!(" ({to})"));
                        self.roles.pop();
                    }
                }
            }
            _ => {}
        }
    }

    /// From here on everything has this before it.
    fn enter(&mut self, lead: &str, rest: &str) {
        if self.around.len() < DEEPEST {
            self.around.push((lead.to_owned(), rest.to_owned()));
        } else {
            // as deep as it is, so that what is left is what was entered
            self.around.push((String::new(), String::new()));
        }
    }

    /// Begins a line, where none is begun.
    fn open(&mut self) {
        if self.line.is_some() {
            return;
        }
        if std::mem::take(&mut self.is_apart) && !self.lines.is_empty() {
            self.lines.push(Piece::default());
        }
        let mut piece = Piece::default();
        for (lead, rest) in &mut self.around {
            piece.lead.push_str(lead);
            piece.rest.push_str(rest);
            // the mark of an item stands once
            lead.clone_from(rest);
        }
        self.line = Some(piece);
    }

    fn close(&mut self) {
        self.lines.extend(self.line.take());
    }

    fn break_line(&mut self) {
        self.open();
        self.close();
        self.open();
    }

    fn write(&mut self, text: &str) {
        // code and HTML come a line at a time, with its end
        let (text, is_ended) = match text.strip_suffix('\n') {
            Some(line) => (line, true),
            None => (text, false),
        };
        for (at, part) in text.split('\n').enumerate() {
            if at > 0 {
                self.close();
            }
            self.open();
            let role = self.roles.last().copied().unwrap_or(Role::Text);
            if let Some(line) = &mut self.line {
                let was = line.looks.last().map_or(Role::Text, |(_, role)| *role);
                if was != role || line.looks.is_empty() {
                    line.looks.push((line.text.len(), role));
                }
                line.text.push_str(part);
            }
        }
        if is_ended {
            self.close();
        }
    }

    /// All lines; at least one.
    fn finish(mut self) -> Vec<Piece> {
        self.close();
        if self.lines.is_empty() {
            self.lines.push(Piece::default());
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        let lines = lines(text).into_iter();
        lines.map(|line| line.lead + &line.text).collect()
    }

    fn role(text: &str, of: &str) -> Option<Role> {
        lines(text).iter().find_map(|line| {
            let at = line.text.find(of)?;
            let looks = line.looks.iter().rev();
            looks
                .clone()
                .find(|(from, _)| *from <= at)
                .map(|(_, role)| *role)
        })
    }

    #[test]
    fn what_markdown_sets_off_is_set_off() {
        let text = "# Notes\n\nSome *soft*, **hard**, ~~gone~~ and `code`.";
        assert_eq!(
            shown(text),
            ["Notes", "", "Some soft, hard, gone and `code`."]
        );
        for (of, expected) in [
            ("Notes", Role::Heading),
            ("Some", Role::Text),
            ("soft", Role::Emphasis),
            ("hard", Role::Strong),
            ("gone", Role::Struck),
            ("`code`", Role::Code),
            (".", Role::Text),
        ] {
            assert_eq!(role(text, of), Some(expected), "{of}");
        }
    }

    #[test]
    fn lists_quotations_and_code_have_their_marks() {
        assert_eq!(
            shown("- one\n- two\n  more\n  - deeper\n\n3. three\n4. four"),
            [
                "• one",
                "• two",
                "  more",
                "  • deeper",
                "",
                "3. three",
                "4. four"
            ]
        );
        assert_eq!(shown("> said\n> again"), ["▏ said", "▏ again"]);
        assert_eq!(
            shown("before\n\n```sh\none\n\n  two\n```\nafter"),
            ["before", "", "  one", "  ", "    two", "", "after"]
        );
        assert_eq!(
            shown("- [x] done\n- [ ] not\n-"),
            ["• [x] done", "• [ ] not", "• "]
        );
    }

    #[test]
    fn a_link_says_where_it_leads() {
        let url = "https://example.org/";
        assert_eq!(shown(&format!("[here]({url})")), [format!("here ({url})")]);
        assert_eq!(shown(&format!("<{url}>")), [url]);
        assert_eq!(role(&format!("[here]({url})"), "here"), Some(Role::Link));
    }

    #[test]
    fn what_would_define_a_link_is_a_line_like_any_other() {
        assert_eq!(shown("[todo]: milk"), ["[todo]: milk"]);
        let twice = "[x]: one\n\n[x]: two\n[y]: three 'four'\n\n> [z]: five\n\n    [code]: six";
        let expected = [
            "[x]: one",
            "",
            "[x]: two",
            "[y]: three 'four'",
            "",
            "▏ [z]: five",
            "",
            "  [code]: six",
        ];
        assert_eq!(shown(twice), expected);
        // more than anybody writes: as typed
        let many = "[x]: one\n\n".repeat(40);
        assert_eq!(shown(&many).join("\n"), many);
    }

    #[test]
    fn what_is_no_markdown_stays_as_it_was_broken() {
        let poem = "One line\nand another\r\n\r\na <b>third</b> & more\na_b_c 2*3*4";
        let expected = [
            "One line",
            "and another",
            "",
            "a <b>third</b> & more",
            "a_b_c 2*3*4",
        ];
        assert_eq!(shown(poem), expected);
        assert_eq!(shown(""), [""]);
        let raw: Vec<_> = raw(poem).into_iter().map(|line| line.text).collect();
        assert_eq!(raw, expected);
    }

    proptest! {
        #[test]
        fn every_word_of_any_text_is_there(words in proptest::collection::vec("[a-z]{3,8}", 1..12), marks in proptest::collection::vec(proptest::sample::select(vec!["\n", "\n\n", " ", "\n- ", "\n> ", "\n# ", "\n    ", " `", "\n\n[x]: ", "\n[x]: ", "** ", "\n1. ", "<", " *"]), 12)) {
            let text: String = words.iter().zip(&marks).flat_map(|(word, mark)| [word.as_str(), *mark]).collect();
            let all = shown(&text).join("\n");
            for word in &words {
                prop_assert!(all.contains(word.as_str()), "{word} of {text:?} is not in {all:?}");
            }
        }

        #[test]
        fn looks_begin_where_characters_do(text in any::<String>()) {
            for line in lines(&text) {
                prop_assert!(!line.text.contains('\n'));
                prop_assert_eq!(line.lead.chars().count(), line.rest.chars().count());
                for (from, _) in line.looks {
                    prop_assert!(line.text.is_char_boundary(from));
                }
            }
        }
    }
}
