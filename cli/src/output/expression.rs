//! Reads an expression of jq, and says what is wrong with one.

use jaq_core::data::JustLut;
use jaq_core::load::lex::Expect;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::path::Part;
use jaq_core::{Compiler, Filter};
use jaq_json::Val;

use crate::errors::Failure;

/// How much of an expression, or of what is wrong with a value, is shown.
pub(super) const SHOWN: usize = 40;

/// Whether an expression takes the items of an array one by one: then a part of them can be had by itself, and it makes
/// of all what it makes of the parts.
pub(super) fn is_by_item(code: &str) -> bool {
    load::parse(code, |parser| parser.term()).is_some_and(|term| begins_with_items(&term))
}

/// Whether it is `.[]` and what is done with each item: `.[]`, `.[].title`, `.[] | select(.id > 7)`.
fn begins_with_items(term: &Term<&str>) -> bool {
    match term {
        Term::BinOp(first, BinaryOp::Pipe(None), _) => begins_with_items(first),
        Term::Path(of, path) => {
            let first = path.0.first().map(|(part, _)| part);
            matches!(**of, Term::Id) && matches!(first, Some(Part::Range(None, None)))
        }
        _ => false,
    }
}

/// The values that an expression works on.
pub(super) type Data = JustLut<Val>;

/// What ends a program with a code ends an expression with an error, whose text is the value.
const ENDS: &str = "def halt_error($code): error; def halt_error: error;";

/// Makes a filter of it.
pub(super) fn compile(code: &str) -> Result<Filter<Data>, Failure> {
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .chain(load::parse(ENDS, |parser| parser.defs()).unwrap_or_default());
    let functions = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(&arena, File { code, path: () })
        .map_err(|errors| {
            let error = errors.into_iter().map(|(_, error)| error).next();
            unreadable(code, error)
        })?;
    let compiled = Compiler::default().with_funs(functions).compile(modules);
    compiled.map_err(|errors| {
        let mut errors = errors.into_iter().flat_map(|(_, errors)| errors);
        let Some((name, what)) = errors.next() else {
            return wrong("can't be used");
        };
        let (what, place) = (what.as_str(), place(code, name));
        wrong(&format!(
            "is wrong {place}: there is no {what} of this name"
        ))
    })
}

/// What is wrong with an expression, and where.
fn unreadable(code: &str, error: Option<load::Error<&str>>) -> Failure {
    let (why, found) = match error {
        Some(load::Error::Lex(errors)) => match errors.into_iter().next() {
            Some((Expect::Delim(sign), found)) => (format!("{sign} is not closed"), found),
            Some((Expect::Token, found)) => ("this means nothing here".to_owned(), found),
            Some((expected, found)) => (format!("expected {}", expected.as_str()), found),
            None => return wrong("can't be read"),
        },
        Some(load::Error::Parse(errors)) => match errors.into_iter().next() {
            Some((load::parse::Expect::Nothing, found)) => ("expected its end".to_owned(), found),
            Some((expected, found)) => (format!("expected {}", expected.as_str()), found),
            None => return wrong("can't be read"),
        },
        Some(load::Error::Io(_)) => return wrong("takes no modules"),
        None => return wrong("can't be read"),
    };
    let place = place(code, found);
    wrong(&format!("is wrong {place}: {why}"))
}

fn wrong(what: &str) -> Failure {
    Failure::usage(format!("the expression of --jq {what}"))
        .hint("the language is that of jq: https://jqlang.org/manual/")
}

/// Where a part of an expression stands.
fn place(code: &str, part: &str) -> String {
    // a part is a piece of the expression itself
    let start = (part.as_ptr() as usize).checked_sub(code.as_ptr() as usize);
    let before = start.and_then(|start| code.get(..start));
    let Some(before) = before.filter(|before| before.len() < code.len()) else {
        return format!("at its end, after {}", last(code));
    };
    let number = before.chars().count() + 1;
    let rest = cut(&code[before.len()..], SHOWN);
    format!("at character {number}, {rest}")
}

/// The last characters of a text, on one line.
fn last(text: &str) -> String {
    let count = text.chars().count();
    let rest: String = text.chars().skip(count.saturating_sub(SHOWN)).collect();
    if count > SHOWN {
        format!("…{rest}")
    } else if rest.is_empty() {
        "nothing".to_owned()
    } else {
        rest
    }
}

pub(super) fn cut(text: &str, length: usize) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(length).collect();
    match chars.next() {
        Some(_) => start + "…",
        None => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_expression_is_one_sentence_with_its_place() {
        for (code, message) in [
            (
                ".[] | [.id",
                "is wrong at its end, after .[] | [.id: [ is not closed",
            ),
            (".[].", "is wrong at its end, after .[].: expected key"),
            ("", "is wrong at its end, after nothing: expected term"),
            (
                "map(.id) )",
                "is wrong at character 10, ): this means nothing here",
            ),
            (".a b", "is wrong at character 4, b: expected its end"),
            (
                "if . then 1",
                "is wrong at its end, after if . then 1: expected else or end",
            ),
            (
                "map(.id)|lenght|.",
                "is wrong at character 10, lenght|.: there is no filter of this name",
            ),
            (
                "$x",
                "is wrong at character 1, $x: there is no variable of this name",
            ),
            ("import \"x\" as x; .", "takes no modules"),
        ] {
            let failure = compile(code).err().unwrap();
            assert_eq!(
                failure.message(),
                format!("the expression of --jq {message}"),
                "{code}"
            );
        }
    }

    #[test]
    fn an_expression_that_takes_items_one_by_one_is_known() {
        for (code, by_item) in [
            (".[]", true),
            (" .[].title ", true),
            (".[] | .a | .b", true),
            (".[] | select(.id > 1) | {id}, .title", true),
            (".[][0]", true),
            ("(.[])", true),
            (".", false),
            (".[0]", false),
            (".[1:] | .[]", false),
            (".[].id, length", false),
            ("[.[]]", false),
            (".[] as $x | length", false),
            ("first(.[])", false),
            ("label $f | .[] | break $f", false),
            (".[].id // 3", false),
            ("def f: .; .[] | f", false),
            ("map(.id) | .[]", false),
            ("try .[] catch .", false),
            ("..", false),
        ] {
            assert_eq!(is_by_item(code), by_item, "{code}");
        }
    }

    #[test]
    fn places_are_cut() {
        let long = "é".repeat(100);
        assert_eq!(last(&long), format!("…{}", "é".repeat(SHOWN)));
        assert_eq!(cut(&long, 2), "éé…");
        assert_eq!(cut("éé", 2), "éé");
        let code = "aé | b";
        assert_eq!(place(code, &code[6..]), "at character 6, b");
    }
}
