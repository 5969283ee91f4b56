//! The two JSON writers: UTF-8 for bodies (DRF's `JSONRenderer`), ASCII for tokens (`json.dumps`).

use super::text::first_code_point;
use super::{Object, Text, Value};

/// Appends one string as DRF renders it, with its quotes.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(run) = rest.iter().position(|&byte| !PLAIN[usize::from(byte)]) {
        out.extend_from_slice(&rest[..run]);
        rest = &rest[run..];
        let length = match *rest {
            [0xE2, 0x80, last @ (0xA8 | 0xA9), ..] => {
                escape(out, 0x2000 | u32::from(last & 0x3F));
                3
            }
            [0xE2, ..] => {
                out.push(0xE2);
                1
            }
            [byte, ..] => {
                escape(out, byte.into());
                1
            }
            [] => 0,
        };
        rest = &rest[length..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Bytes that need no thought in a body: all but controls, `"`, `\` and the lead of U+2028 and U+2029.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain[0xE2] = false;
    plain
};

/// Python's `repr` of a float: the shortest digits, with an exponent below 1e-4 and from 1e16 on.
pub fn float_repr(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let mut plain = float.to_string();
    if !plain.contains('.') {
        plain.push_str(".0");
    }
    plain
}

/// Appends an object as PyJWT writes it: compact, everything beyond ASCII escaped, NaN and Infinity bare.
pub fn write_object_ascii(out: &mut Vec<u8>, object: &Object) {
    out.push(b'{');
    for (place, (key, item)) in object.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        ascii_string(out, key);
        out.push(b':');
        write_ascii(out, item);
    }
    out.push(b'}');
}

/// Appends a value as DRF writes it: compact, nothing escaped that need not be; what JSON can't say is null.
pub fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => write_string(out, &text.to_lossy()),
        Value::Float(float) if !float.is_finite() => out.extend_from_slice(b"null"),
        Value::List(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) => {
            out.push(b'{');
            for (place, (key, item)) in object.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_string(out, &key.to_lossy());
                out.push(b':');
                write_value(out, item);
            }
            out.push(b'}');
        }
        plain => write_ascii(out, plain),
    }
}

/// Recursive: the parser's limit keeps the depth far below what a stack holds.
fn write_ascii(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(digits) => out.extend_from_slice(digits.as_bytes()),
        Value::Float(f64::INFINITY) => out.extend_from_slice(b"Infinity"),
        Value::Float(f64::NEG_INFINITY) => out.extend_from_slice(b"-Infinity"),
        Value::Float(float) if float.is_nan() => out.extend_from_slice(b"NaN"),
        Value::Float(float) => out.extend_from_slice(float_repr(*float).as_bytes()),
        Value::Text(text) => ascii_string(out, text),
        Value::List(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_ascii(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) => write_object_ascii(out, object),
    }
}

fn ascii_string(out: &mut Vec<u8>, text: &Text) {
    let bytes = text.as_bytes();
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut rest = bytes;
    while let Some(run) = rest.iter().position(|&byte| !plain(byte)) {
        out.extend_from_slice(&rest[..run]);
        let (code, length) = first_code_point(&rest[run..]);
        match char::from_u32(code) {
            Some(char) if code > 0xFFFF => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    escape(out, u32::from(*unit));
                }
            }
            _ => escape(out, code),
        }
        rest = &rest[run + length..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The escape of a code point below U+10000.
fn escape(out: &mut Vec<u8>, code: u32) {
    let short = match code {
        0x08 => b'b',
        0x09 => b't',
        0x0A => b'n',
        0x0C => b'f',
        0x0D => b'r',
        0x22 => b'"',
        0x5C => b'\\',
        _ => {
            out.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            return;
        }
    };
    out.extend([b'\\', short]);
}
