//! Bodies of requests: the same fields as JSON, as a form and in parts, well and badly written.

use super::dice::Dice;
use super::pools::body as pools;
use super::template::{Piece, Template};
use super::text;

/// A field's value before it is written down.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Text(String),
    /// JSON as it stands, such as a number.
    Raw(String),
    Piece(Piece),
}

/// A serializer's fields, each with its name.
pub(super) type Fields = Vec<(String, Val)>;

/// A value that is no plain text, as JSON.
pub(super) fn raw(dice: &mut Dice) -> String {
    match dice.below(9) {
        0 => {
            let digits = dice.pick(&[1, 19, 20, 4299, 4300, 4301]);
            format!("{}{}", dice.one(&["", "-"]), "7".repeat(*digits))
        }
        1 => "[".repeat(dice.range(1, 900)) + "0",
        2 => format!("[{}, {{\"a\": null}}]", dice.below(9)),
        _ => dice.one(pools::RAW).to_string(),
    }
}

fn space(dice: &mut Dice) -> &'static str {
    if dice.percent(80) {
        ""
    } else {
        dice.one(&[" ", "\n", "\t", "\r\n", "  "])
    }
}

fn quoted(dice: &mut Dice, text: &str) -> String {
    let mut out = "\"".to_owned();
    for char in text.chars() {
        let code = u32::from(char);
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            _ if code < 0x20 || dice.percent(5) => {
                let mut units = [0; 2];
                let units = char.encode_utf16(&mut units).iter();
                out.extend(units.map(|unit| format!("\\u{unit:04x}")));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

/// The fields as an object, most often well-formed.
pub(super) fn json(dice: &mut Dice, fields: &Fields) -> Template {
    let mut out = Template::text(space(dice));
    out.push("{");
    for (at, (name, value)) in fields.iter().enumerate() {
        let (comma, before, colon, after) = (space(dice), space(dice), space(dice), space(dice));
        out.push(&format!(
            "{}{comma}{}{colon}:{before}",
            if at > 0 { "," } else { "" },
            quoted(dice, name)
        ));
        match value {
            Val::Text(text) => out.push(&quoted(dice, text)),
            Val::Raw(raw) => out.push(raw),
            Val::Piece(piece) => {
                out.push("\"");
                out.extend(Template::piece(piece.clone()));
                out.push("\"");
            }
        }
        out.push(after);
    }
    out.push("}");
    out.push(space(dice));
    out
}

/// A body that is no object, or is none at all.
pub(super) fn no_object(dice: &mut Dice) -> Template {
    match dice.below(6) {
        0 => Template::text(&raw(dice)),
        1 => {
            let (open, close) = *dice.pick(&[("[", "]"), ("{\"a\":", "}")]);
            let depth = *dice.pick(&[1, 50, 900, 1200, 5000]);
            Template::text(&(open.repeat(depth) + "1" + &close.repeat(depth)))
        }
        2 => Template::text(&text::odd(dice)),
        _ => Template::text(dice.one(pools::NO_OBJECT)),
    }
}

/// One byte changed, removed or added somewhere.
pub(super) fn broken(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    for _ in 0..dice.range(1, 2) {
        if body.is_empty() {
            break;
        }
        let at = dice.below(body.len());
        let byte = *dice
            .pick(b"{}[]\",:0123456789.eE+- \\ntfu\0\x1f\x7f\x80\xbf\xc0\xe2\xed\xf0\xff%&=;\r\n");
        match dice.below(5) {
            0 => body[at] = byte,
            1 => {
                body.remove(at);
            }
            2 => body.truncate(at),
            _ => body.insert(at, byte),
        }
    }
    body
}

fn percent(dice: &mut Dice, text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        let must = matches!(char, '&' | '=' | '%' | '+') || char.is_ascii_control();
        if char == ' ' {
            out.push_str(dice.one(&["+", "%20", " "]));
        } else if must || (!char.is_ascii_alphanumeric() && dice.percent(60)) || dice.percent(3) {
            let mut bytes = [0; 4];
            for byte in char.encode_utf8(&mut bytes).bytes() {
                let byte = format!("%{byte:02X}");
                out.push_str(&if dice.percent(20) {
                    byte.to_lowercase()
                } else {
                    byte
                });
            }
        } else {
            out.push(char);
        }
    }
    out
}

/// The fields as a form.
pub(super) fn form(dice: &mut Dice, fields: &Fields) -> Template {
    let mut out = Template::default();
    for (at, (name, value)) in fields.iter().enumerate() {
        out.push(if at > 0 { "&" } else { "" });
        out.push(&percent(dice, name));
        match value {
            Val::Text(text) | Val::Raw(text) => {
                let text = percent(dice, text);
                if !text.is_empty() || dice.percent(80) {
                    out.push("=");
                }
                out.push(&text);
            }
            Val::Piece(piece) => {
                out.push("=");
                out.extend(Template::piece(piece.clone()));
            }
        }
    }
    match dice.below(30) {
        0 => out.push(&"&".repeat(dice.range(985, 1010))),
        1 => out.push("&title=%zz%4&content=%C3"),
        2 => out.push(dice.one(&[
            "&=",
            "&&x",
            "&title;content=1",
            "&title=%ED%A0%80",
            "&title=a=b",
            "&title=%00",
        ])),
        3 => out.0.push(Piece::Bytes(b"&title=\xe9\xc3".to_vec())),
        _ => {}
    }
    out
}

/// The fields in parts; gives the body and its `Content-Type`.
pub(super) fn multipart(dice: &mut Dice, fields: &Fields) -> (Template, String) {
    let boundary = if dice.percent(6) {
        "b".repeat(*dice.pick(&[199, 200, 201, 202]))
    } else {
        let boundaries = [
            "B",
            "B",
            "B",
            "----WebKitFormBoundary7MA4YWxk",
            "a b",
            "x'()+_,-./:=?",
            "B-",
        ];
        dice.one(&boundaries).to_owned()
    };
    let mut out = Template::default();
    if dice.percent(5) {
        out.push(dice.one(&["preamble\r\n", "\r\n", "--\r\n", "preamble"]));
    }
    for (name, value) in fields {
        let line = if dice.percent(97) { "\r\n" } else { "\n" };
        out.push(&format!("--{boundary}{line}"));
        let disposition = dice.one(&[
            "Content-Disposition",
            "Content-Disposition",
            "content-disposition",
            "CONTENT-DISPOSITION",
            "Content-disposition ",
        ]);
        let name = match dice.below(12) {
            0 => format!("name={name}"),
            1 => format!("name=\" {name} \""),
            2 => format!("name*=utf-8''{name}"),
            3 => format!("NAME=\"{name}\""),
            4 => format!("name = \"{name}\""),
            _ => format!("name=\"{name}\""),
        };
        let file = if dice.percent(90) {
            ""
        } else {
            dice.one(pools::FILENAME)
        };
        out.push(&format!("{disposition}: form-data; {name}{file}{line}"));
        // a token is another text to each server
        let base64 = dice.percent(5) && !matches!(value, Val::Piece(_));
        if base64 {
            out.push(&format!(
                "Content-Transfer-Encoding: {}{line}",
                dice.one(&["base64", "BASE64", "base64 ", "8bit"])
            ));
        }
        match dice.below(20) {
            0 => out.push(&format!("Content-Type: text/plain; charset=latin-1{line}")),
            1 => out.push(&format!(
                "X: {}{line}",
                "y".repeat(*dice.pick(&[10, 800, 950, 1100]))
            )),
            2 => out.push(&format!("garbage{line}")),
            _ => {}
        }
        out.push(line);
        match value {
            Val::Text(text) | Val::Raw(text) if base64 => {
                use base64::Engine as _;
                let mut text = base64::engine::general_purpose::STANDARD.encode(text);
                if dice.percent(20) {
                    text.insert(text.len() / 2, *dice.pick(&['\n', '!', '=', ' ']));
                }
                out.push(&text);
            }
            Val::Text(text) | Val::Raw(text) => out.push(text),
            Val::Piece(piece) => out.extend(Template::piece(piece.clone())),
        }
        out.push(line);
    }
    if dice.percent(3) {
        let (count, file) = *dice.pick(&[
            (990, ""),
            (1000, ""),
            (1001, ""),
            (99, "; filename=f"),
            (100, "; filename=f"),
            (101, "; filename=f"),
        ]);
        let part =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=x{file}\r\n\r\n\r\n");
        // the fields before it count too, or are files themselves
        out.push(&part.repeat(count - dice.below(fields.len() + 2)));
    }
    out.push(&match dice.below(12) {
        0 => String::new(),
        1 => format!("--{boundary}\r\n"),
        2 => format!("--{boundary}--"),
        3 => format!("--{boundary}--\r\nepilogue"),
        _ => format!("--{boundary}--\r\n"),
    });
    let written = match dice.below(16) {
        0 => format!("boundary=\"{boundary}\"; charset=utf-8"),
        1 => format!("charset=utf-8; boundary=\"{boundary}\""),
        2 => "boundary=".to_owned(),
        3 => "x=y".to_owned(),
        4 => format!("boundary=\"{boundary} \""),
        _ => format!("boundary=\"{boundary}\""),
    };
    let kind = dice.weighted(&[
        (30, "multipart/form-data"),
        (1, "Multipart/Form-Data"),
        (1, "multipart/*"),
        (1, "multipart/mixed"),
    ]);
    (out, format!("{kind}; {written}"))
}
