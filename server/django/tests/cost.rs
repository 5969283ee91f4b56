//! What one body may cost while it is parsed, whatever it holds: memory and time in proportion to its length.
//!
//! One test alone, since the allocator counts for the whole process.

use std::time::{Duration, Instant};

use gatepost_django::parsers;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A tenth of the longest body that Django takes: the costs grow alike.
const LENGTH: usize = 256 * 1024;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=B";

/// `begin`, as many of `item` as fit, `end`.
fn filled(begin: &str, item: &[u8], end: &str) -> Vec<u8> {
    let mut body = begin.as_bytes().to_vec();
    let count = (LENGTH - begin.len() - end.len()) / item.len();
    body.extend(item.repeat(count));
    body.truncate(LENGTH - end.len());
    body.extend_from_slice(end.as_bytes());
    body
}

fn parts(count: usize, head: &str, content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for at in 0..count {
        body.extend_from_slice(
            format!("--B\r\nContent-Disposition: form-data; name=\"{at}\"{head}\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B--\r\n");
    body
}

/// What parsing takes beside the body itself, in its lengths.
fn memory(content_type: &str, body: &[u8]) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let parsed = parsers::select(content_type).map(|parser| parser.parse(body, body.len()).is_ok());
    let peak = MEMORY.peak_usage();
    assert!(parsed.is_ok(), "{content_type}");
    (peak - before).div_ceil(body.len())
}

/// The least of a few, since others use the machine too.
fn time(body: &[u8]) -> Duration {
    let once = || {
        let begun = Instant::now();
        let parsed = parsers::select(JSON).map(|parser| parser.parse(body, body.len()).is_ok());
        assert_eq!(parsed, Ok(true));
        begun.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap_or_default()
}

#[test]
fn a_body_costs_a_few_times_its_length() {
    // with the body itself it is eight times
    const MOST: usize = 7;
    let base64 = "; filename=f\r\nContent-Transfer-Encoding: base64";
    let nested = "[".repeat(900);
    let mut failed = Vec::new();
    let escaped = r"\u0061\ud800".repeat(50);
    for (content_type, what, body) in [
        (JSON, "a list of objects", filled("[", b"{\"\":0},", "0]")),
        (
            JSON,
            "one key again and again",
            filled("{", b"\"\":0,", "\"\":0}"),
        ),
        (
            JSON,
            "deep lists",
            filled(
                "[",
                format!("{nested}0{},", "]".repeat(900)).as_bytes(),
                "0]",
            ),
        ),
        (JSON, "one text", filled("{\"token\":\"", b"x", "\"}")),
        (
            JSON,
            "one text of escapes",
            filled("{\"token\":\"", escaped.as_bytes(), "\"}"),
        ),
        (JSON, "an error", filled("[", b"[],", "")),
        (
            "application/json; charset=latin-1",
            "two bytes each",
            filled("{\"a\":\"", b"\xE9", "\"}"),
        ),
        (
            "application/json; charset=utf-16-be",
            "UTF-16",
            filled("", b"\0[", ""),
        ),
        (
            FORM,
            "a thousand fields",
            filled("", &[b"&a=".as_slice(), &[b'x'; 262]].concat(), ""),
        ),
        (FORM, "one value", filled("a=", b"x", "")),
        (FORM, "one value of escapes", filled("a=", b"%FF", "")),
        (FORM, "one value in latin-1", filled("a=%20", b"\xE9", "")),
        (FORM, "separators", filled("", b"&", "")),
        (
            MULTIPART,
            "a thousand fields",
            parts(1000, "", &[b'x'; 250]),
        ),
        (
            MULTIPART,
            "one field of no UTF-8",
            parts(1, "", &vec![0xFF; LENGTH - 100]),
        ),
        (MULTIPART, "small fields", parts(1000, "", b"")),
        (
            MULTIPART,
            "a file in base64",
            parts(1, base64, &vec![b'A'; 6 * LENGTH]),
        ),
        (MULTIPART, "separators", filled("", b"--B\r\n\r\n", "")),
    ] {
        let memory = memory(content_type, &body);
        if memory > MOST {
            failed.push(format!("{content_type}, {what}: {memory} times"));
        }
    }

    assert!(failed.is_empty(), "{failed:#?}");
    // a number is read by the field that wants it: as texts these cost as much
    let number = format!("9007199254740993.{}1", "0".repeat(700));
    let numbers = time(&filled("[", format!("{number}  ,").as_bytes(), "0]"));
    let texts = time(&filled("[", format!("\"{number}\",").as_bytes(), "0]"));
    assert!(numbers < 5 * texts, "{numbers:?}, as texts {texts:?}");
}
