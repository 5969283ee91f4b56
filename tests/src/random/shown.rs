//! What a request shows for who sends it: a token in its body or in its header, handed out, forged or none.

use super::body::{Val, raw};
use super::dice::Dice;
use super::step::Step;
use super::template::{Piece, Template};
use super::world::{Handed, World};
use super::{text, token};

/// A token for a body: handed out, forged, or no token.
pub(super) fn shown(
    dice: &mut Dice,
    world: &World,
    wanted: &str,
    step: &mut Step,
) -> (Val, Option<String>) {
    match dice.below(20) {
        0 => (Val::Raw(raw(dice)), None),
        1 => (Val::Text(text::odd(dice)), None),
        2 => (
            Val::Text(
                (dice.one(&[
                    "a.b.c",
                    "..",
                    "eyJ.eyJ.x",
                    "é.é.é",
                    "eyJhbGciOiJIUzI1NiJ9.e30.",
                    "a.b",
                    "....",
                ]))
                .to_owned(),
            ),
            None,
        ),
        3..=8 => {
            let piece = token::forged(dice, world, wanted, step);
            (Val::Piece(piece), None)
        }
        _ => {
            let Some(handed) = recent(dice, &world.tokens) else {
                return (Val::Text("none".to_owned()), None);
            };
            let is_refresh = (wanted == "refresh") != dice.percent(8);
            let piece = if is_refresh {
                Piece::Refresh(handed.slot)
            } else {
                Piece::Access(handed.slot)
            };
            (Val::Piece(piece), handed.owner)
        }
    }
}

/// Most often one of the last, sometimes any.
fn recent(dice: &mut Dice, tokens: &[Handed]) -> Option<Handed> {
    let last = tokens.len().checked_sub(1)?;
    let first = if dice.percent(70) {
        last.saturating_sub(4)
    } else {
        0
    };
    tokens.get(dice.range(first, last)).cloned()
}

/// Adds an `Authorization`; gives who signs in by it, if it is a token that was handed out.
pub(super) fn authorize(
    dice: &mut Dice,
    world: &World,
    step: &mut Step,
    of: Option<&str>,
) -> Option<String> {
    let jwt = &world.jwt;
    let mine: Vec<_> = (world.tokens.iter())
        .filter(|handed| of.is_none_or(|of| handed.owner.as_deref() == Some(of)))
        .cloned()
        .collect();
    let handed = recent(dice, &mine);
    let (piece, owner) = match dice.below(20) {
        0 => return None,
        1 | 2 => (token::forged(dice, world, "access", step), None),
        3 => match handed {
            Some(handed) => (Piece::Refresh(handed.slot), None),
            None => return None,
        },
        _ => match handed {
            Some(handed) => (Piece::Access(handed.slot), handed.owner),
            None => return None,
        },
    };
    let mut value = Template::text(&jwt.scheme);
    let mut owner = owner;
    if dice.percent(92) {
        value.push(" ");
        value.extend(Template::piece(piece));
    } else {
        owner = None;
        let scheme = jwt.scheme.to_lowercase();
        let (before, after) = *dice.pick(&[
            ("", ""),
            ("  ", "  "),
            ("\t", "\t"),
            (" \t ", ""),
            (" ", " x"),
            (" \u{a0}", ""),
            (" x ", ""),
            (" ", "\u{a0}"),
            (" ", ","),
        ]);
        value.push(before);
        value.extend(Template::piece(piece));
        value.push(after);
        match dice.below(6) {
            0 => value = Template::text(&scheme),
            1 => {
                value = Template::text(dice.one(&[
                    "",
                    "Basic YTpi",
                    "Bearer",
                    "JWT x",
                    "Token x",
                    "Bearer ",
                    "Bearer é",
                    ",",
                ]));
            }
            2 => value = Template::bytes(b"Bearer \xff\xfe".to_vec()),
            _ => {}
        }
    }
    let name = if dice.percent(97) {
        jwt.header.as_str()
    } else {
        dice.one(&["authorization", "AUTHORIZATION", "X-Access-Token"])
    };
    step.headers.push((name.to_owned(), value.clone()));
    if dice.percent(1) {
        step.headers.push((name.to_owned(), value));
        owner = None;
    }
    owner
}
