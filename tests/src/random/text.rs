//! Texts that fields take or refuse: names, mail addresses, passwords, titles, and pieces that are odd anywhere.

use super::dice::Dice;
use super::pools::text as pools;

pub(super) fn word(dice: &mut Dice) -> String {
    (dice.one(pools::WORDS)).to_owned()
}

/// Words and odd pieces in a row.
pub(super) fn odd(dice: &mut Dice) -> String {
    let count = dice.range(1, 4);
    (0..count)
        .map(|_| {
            if dice.percent(60) {
                dice.one(pools::ODD)
            } else {
                dice.one(pools::WORDS)
            }
        })
        .collect()
}

/// A character so often that the text is near a limit.
pub(super) fn near(dice: &mut Dice, limit: usize) -> String {
    let length = dice.range(limit - 1, limit + 1);
    let char = dice.one(&["a", "é", "😀", "1", " a"]);
    char.repeat(length / char.chars().count())
}

pub(super) fn username(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => odd(dice),
        1 => near(dice, 150),
        2 => format!("{}{}", word(dice), odd(dice)),
        3 => dice
            .one(&[
                "ﬁne",
                "ａｂｃ",
                "é.x@y+z-_",
                "²½",
                "Ж",
                "a b",
                "a/b",
                "a\u{301}",
            ])
            .to_string(),
        4 => word(dice),
        _ => format!("user{}", dice.hex(4)),
    }
}

pub(super) fn password(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 => odd(dice),
        1 => word(dice),
        2 => dice.one(pools::PASSWORD).to_string(),
        3 => format!("Complex {} {}", odd(dice), dice.hex(8)),
        4 => near(dice, 8),
        _ => format!("Long-{}-{}", word(dice), dice.hex(8)),
    }
}

pub(super) fn email(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 => odd(dice),
        1 => near(dice, 254),
        2 => {
            let label = "a".repeat(dice.range(61, 65));
            let local = "b".repeat(dice.range(1, 190));
            format!("{local}@{label}.{}", dice.one(pools::END))
        }
        3 => format!("{}@{}", dice.one(pools::LOCAL), dice.one(pools::LITERAL)),
        4 => String::new(),
        5 | 6 => format!("ann{}@example.com", dice.hex(4)),
        _ => {
            let labels: Vec<_> = (0..dice.range(1, 3))
                .map(|_| dice.one(pools::LABEL))
                .collect();
            format!(
                "{}@{}.{}",
                dice.one(pools::LOCAL),
                labels.join("."),
                dice.one(pools::END)
            )
        }
    }
}

/// A title or a content.
pub(super) fn prose(dice: &mut Dice, limit: usize) -> String {
    match dice.below(8) {
        0 => near(dice, limit),
        1..=3 => odd(dice),
        4 => format!("{} {} {}", word(dice), odd(dice), word(dice)),
        _ => format!("Title {}", dice.hex(3)),
    }
}
