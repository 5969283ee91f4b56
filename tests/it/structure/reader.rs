//! Reads one Rust file: what it declares, what it imports, and the paths that its code names.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A module, without what is compiled for tests alone.
#[derive(Default)]
pub(super) struct Source {
    /// The names that are defined here, those of macros among them.
    pub(super) items: BTreeSet<String>,
    /// The modules below; `None` where it has a file of its own.
    pub(super) modules: Vec<(String, Option<Source>)>,
    pub(super) imports: Vec<Import>,
    /// Each path outside an import: `rows::past`, and `Db` alone.
    pub(super) paths: BTreeSet<Vec<String>>,
}

/// One name of a `use`.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The name that it has here; `*` for all of a module.
    pub(super) name: String,
    /// Whether others can take it from here: `pub`, `pub(crate)`.
    pub(super) is_public: bool,
}

/// What a Rust file consists of; comments and strings are none of it.
#[derive(PartialEq)]
enum Token {
    Word(String),
    /// `::`
    Colons,
    Sign(char),
    Group(char, Vec<Token>),
}
use Token::{Colons, Group, Sign, Word};

const ITEMS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "static"];

impl Source {
    /// # Panics
    /// The text is no Rust.
    pub(super) fn of(text: &str) -> Self {
        let mut source = Self::default();
        source.read(&tokens(text.parse().unwrap()), true);
        source
    }

    fn read(&mut self, mut rest: &[Token], is_top: bool) {
        let mut is_public = false;
        while !rest.is_empty() {
            let was_public = std::mem::take(&mut is_public);
            rest = match rest {
                [Sign('#'), Group('[', attribute), tail @ ..] if is_for_tests(attribute) => {
                    after_item(tail)
                }
                [Word(word), Group('(', _), tail @ ..] | [Word(word), tail @ ..]
                    if word == "pub" =>
                {
                    is_public = true;
                    tail
                }
                [Word(word), tail @ ..] if word == "use" => {
                    let end = tail.iter().position(|token| *token == Sign(';'));
                    let (tree, tail) = tail.split_at(end.unwrap());
                    self.import(tree, &[], was_public);
                    tail
                }
                [Word(word), Word(name), Sign(';'), tail @ ..] if word == "mod" => {
                    self.modules.push((name.clone(), None));
                    tail
                }
                [Word(word), Word(name), Group('{', body), tail @ ..] if word == "mod" => {
                    let mut module = Self::default();
                    module.read(body, true);
                    self.modules.push((name.clone(), Some(module)));
                    tail
                }
                [Word(word), Sign('!'), Word(name), tail @ ..] if word == "macro_rules" => {
                    self.items.insert(name.clone());
                    tail
                }
                [Word(word), Word(name), tail @ ..]
                    if is_top && ITEMS.contains(&word.as_str()) && name != "fn" =>
                {
                    self.items.insert(name.clone());
                    tail
                }
                [Word(_), ..] => {
                    let (path, tail) = path(rest);
                    self.paths.insert(path);
                    tail
                }
                [Group(_, inner), tail @ ..] => {
                    self.read(inner, false);
                    tail
                }
                // a range; a field or a method, a lifetime, what belongs to the type before it; another sign
                [Sign('.'), Sign('.'), tail @ ..]
                | [Sign('.' | '\'') | Colons, Word(_), tail @ ..]
                | [_, tail @ ..] => tail,
                [] => unreachable!("it was asked for above"),
            };
        }
    }

    /// A tree of a `use`, or a part of it that stands in braces after `prefix`.
    fn import(&mut self, tree: &[Token], prefix: &[String], is_public: bool) {
        let mut path = prefix.to_vec();
        let mut renamed = None;
        for (at, token) in tree.iter().enumerate() {
            match token {
                Word(word) if word == "as" => {
                    if let Some(Word(name)) = tree.get(at + 1) {
                        renamed = Some(name.clone());
                    }
                    break;
                }
                Word(word) => path.push(word.clone()),
                Sign('*') => renamed = Some("*".into()),
                Group('{', parts) => {
                    for part in parts.split(|token| *token == Sign(',')) {
                        self.import(part, &path, is_public);
                    }
                    return;
                }
                _ => {}
            }
        }
        if path.len() > 1 {
            path.pop_if(|last| last == "self");
        }
        let Some(last) = path.last().filter(|_| !tree.is_empty()) else {
            return;
        };
        self.imports.push(Import {
            name: renamed.unwrap_or_else(|| last.clone()),
            path,
            is_public,
        });
    }
}

fn tokens(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    for tree in stream {
        match tree {
            TokenTree::Ident(word) => tokens.push(Word(word.to_string())),
            TokenTree::Literal(_) => tokens.push(Sign('"')),
            TokenTree::Punct(sign)
                if sign.as_char() == ':' && tokens.last() == Some(&Sign(':')) =>
            {
                tokens.pop();
                tokens.push(Colons);
            }
            TokenTree::Punct(sign) => tokens.push(Sign(sign.as_char())),
            TokenTree::Group(group) => {
                let open = match group.delimiter() {
                    Delimiter::Brace => '{',
                    Delimiter::Bracket => '[',
                    Delimiter::Parenthesis => '(',
                    Delimiter::None => ' ',
                };
                tokens.push(Group(open, self::tokens(group.stream())));
            }
        }
    }
    tokens
}

/// The path at the start of `tokens`, which is a word, and what follows it.
fn path(mut tokens: &[Token]) -> (Vec<String>, &[Token]) {
    let mut path = Vec::new();
    while let [Word(word), tail @ ..] = tokens {
        path.push(word.clone());
        tokens = match tail {
            [Colons, after @ ..] if matches!(after, [Word(_), ..]) => after,
            _ => return (path, tail),
        };
    }
    (path, tokens)
}

/// Whether an attribute is `cfg(test)`, or `cfg(all(test, …))`.
fn is_for_tests(attribute: &[Token]) -> bool {
    fn needs_test(condition: &[Token]) -> bool {
        match condition {
            [Word(word)] => word == "test",
            [Word(word), Group('(', parts)] if word == "all" => {
                parts.split(|token| *token == Sign(',')).any(needs_test)
            }
            _ => false,
        }
    }
    matches!(attribute, [Word(word), Group('(', condition)] if word == "cfg" && needs_test(condition))
}

/// What follows an item: it ends with its braces, or with a semicolon.
fn after_item(tokens: &[Token]) -> &[Token] {
    let end = tokens
        .iter()
        .position(|token| matches!(token, Sign(';') | Group('{', _)));
    end.map_or(&[], |end| &tokens[end + 1..])
}
