//! Tokens signed by ourselves, right and wrong in every claim and every bit of their form.

use super::deviation::Deviation;
use super::dice::Dice;
use super::fails::Cause;
use super::pools::token as pools;
use super::step::Step;
use super::template::{Flaw, Forged, Piece, Template};
use super::world::World;

/// A token for an endpoint that wants this type, for a step whose known differences it adds.
pub(super) fn forged(dice: &mut Dice, world: &World, wanted: &str, step: &mut Step) -> Piece {
    let jwt = &world.jwt;
    // most are right but for one thing, so that each check is reached
    let flaw_at = dice.below(14);
    let mut claims: Vec<Template> = Vec::new();
    let mut claim = |name: &str, value: Template| {
        let mut pair = Template::text(&format!("\"{name}\":"));
        pair.extend(value);
        claims.push(pair);
    };
    let text = |text: &str| Template::text(text);
    let mut header = format!("{{\"alg\":\"{}\",\"typ\":\"JWT\"}}", jwt.algorithm);
    let kind = match flaw_at {
        0 => dice
            .one(&[
                "\"access\"",
                "\"refresh\"",
                "\"sliding\"",
                "null",
                "5",
                "[]",
                "\"\"",
                "\"Access\"",
            ])
            .to_string(),
        _ => format!("\"{wanted}\""),
    };
    if flaw_at != 1 {
        claim(&jwt.token_type, text(&kind));
    }
    match flaw_at {
        2 => match dice.below(6) {
            0 => {}
            1..=3 => claim(
                "exp",
                now(*dice.pick(&[-100_000, -700, -90, -40, -40, 40, 90])),
            ),
            4 => claim("exp", {
                let mut float = now(600);
                float.push(dice.one(&[".5", ".0", "e0", ".999999"]));
                float
            }),
            _ => {
                step.fails.push(Cause::Expiry);
                claim("exp", text(dice.one(pools::EXP)));
            }
        },
        _ => claim("exp", now(600)),
    }
    match flaw_at {
        3 => match dice.below(5) {
            0 => {}
            1..=3 => claim("iat", now(*dice.pick(&[-100_000, -90, 40, 40, 90]))),
            _ => claim("iat", text(dice.one(pools::IAT))),
        },
        _ => claim("iat", now(0)),
    }
    let id = match flaw_at {
        4 => {
            let odd = dice.one(pools::ID);
            // where the claim has another name, nobody checks that it is text
            let is_checked = jwt.id == "jti";
            if odd.contains("\\u") || !is_checked && matches!(odd, "null" | "[]" | "{}") {
                step.known.push(Deviation::UnstorableId);
            }
            text(odd)
        }
        5 => {
            let length = *dice.pick(&[1, 32, 254, 255, 256, 300]);
            if length > 255 {
                step.known.push(Deviation::UnstorableId);
            }
            text(&format!("\"{}\"", dice.one(&["a", "é"]).repeat(length)))
        }
        6 if !world.tokens.is_empty() => {
            let slot = dice.pick(&world.tokens).slot;
            let mut id = text("\"");
            id.0.push(Piece::Id(slot, jwt.id.clone()));
            id.push("\"");
            id
        }
        // few of them, so that some are used twice
        _ => text(&format!("\"{:032x}\"", dice.below(4000))),
    };
    if id.plain().is_some_and(|id| id.is_empty()) {
        step.fails.push(Cause::NoId);
    } else {
        claim(&jwt.id, id);
    }
    if matches!(flaw_at, 7 | 8) {
        step.fails.push(Cause::UserId);
    }
    match flaw_at {
        7 => match dice.below(3) {
            0 => {}
            _ => claim(&jwt.user, text(dice.one(pools::USER))),
        },
        8 => {
            let id = "9".repeat(*dice.pick(&[18, 19, 4300, 4301]));
            claim(&jwt.user, text(&format!("\"{id}\"")));
        }
        _ => claim(&jwt.user, text(&format!("\"{}\"", dice.range(1, 6)))),
    }
    match flaw_at {
        9 => {
            let name = dice.one(&["nbf", "sub", "aud", "iss", "jti", "x", "exp", "token_type"]);
            let value = match (name, dice.below(3)) {
                ("nbf", 0 | 1) => now(*dice.pick(&[-90, -40, 40, 90])),
                _ => text(dice.one(pools::CLAIM)),
            };
            match name {
                "exp" => step.fails.push(Cause::Expiry),
                "iss" => step.fails.push(Cause::Issuer),
                name if name == jwt.user => step.fails.push(Cause::UserId),
                _ => {}
            }
            claim(name, value);
        }
        10 => claim("nested", text(&("[".repeat(300) + &"]".repeat(300)))),
        11 => {
            dice.one(pools::HEADER).clone_into(&mut header);
        }
        _ => {}
    }
    if flaw_at == 12 {
        dice.shuffle(&mut claims);
    }
    let mut payload = text("{");
    for (at, claim) in claims.into_iter().enumerate() {
        payload.push(if at > 0 { "," } else { "" });
        payload.extend(claim);
    }
    // most often with the `aud` and `iss` that the settings want
    payload.push(if dice.percent(90) { &jwt.origin } else { "" });
    payload.push("}");
    let (mut secret, mut flaw) = (jwt.secret.clone(), Flaw::None);
    if flaw_at == 13 {
        match dice.below(3) {
            0 => secret.push('x'),
            1 => {
                step.fails.push(Cause::NoId);
                payload =
                    text(dice.one(&["", "[]", "5", "null", "{", "{}", "{\"exp\":1", "\"x\""]));
            }
            _ => {
                flaw = *dice.pick(&[
                    Flaw::Padded,
                    Flaw::Overpadded,
                    Flaw::ExtraDot,
                    Flaw::NoSignature,
                    Flaw::MissingPart,
                    Flaw::TrailingBits,
                    Flaw::PlainAlphabet,
                    Flaw::Space,
                ]);
            }
        }
    }
    let algorithm = if header.contains("HS384") && flaw_at == 11 {
        "HS384"
    } else if header.contains("HS512") && flaw_at == 11 {
        "HS512"
    } else {
        &jwt.algorithm
    };
    let forged = Forged {
        header: Template::text(&header),
        payload,
        algorithm: algorithm.to_owned(),
        secret,
        flaw,
    };
    Piece::Forged(Box::new(forged))
}

fn now(offset: i64) -> Template {
    Template::piece(Piece::Now(offset))
}
