//! Python's answers, and what must hold for any input.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use super::*;

fn rows(table: &str) -> impl Iterator<Item = (Vec<u8>, &str)> {
    table.lines().skip(1).map(|line| {
        let (input, expected) = line.split_once('\t').unwrap();
        (percent_decode_str(input).collect(), expected)
    })
}

/// The value as a claim of a token is written.
fn written(value: &Value) -> String {
    let mut object = Object::new();
    object.insert("", value.clone());
    let mut out = Vec::new();
    write_object_ascii(&mut out, &object);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix(r#"{"":"#).unwrap();
    text.strip_suffix('}').unwrap().to_owned()
}

fn indented(width: usize, compact: &str) -> String {
    let mut out = Vec::new();
    Indenter::new(width).push(compact.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn bodies_parse_as_in_python() {
    let mut wrong = String::new();
    let mut count = 0;
    for (input, expected) in rows(include_str!("../testdata/json_bodies.tsv")) {
        let input = String::from_utf8(input).unwrap();
        let got = match parse_body(&input) {
            Ok(value) => format!("={}", written(&value)),
            Err(message) => message,
        };
        if got != expected {
            writeln!(wrong, "{input:?}\n  got  {got}\n  want {expected}").unwrap();
        }
        count += 1;
    }
    assert!(count > 900, "{count} rows");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn tokens_parse_as_in_python() {
    let mut wrong = String::new();
    let mut count = 0;
    for (input, expected) in rows(include_str!("../testdata/json_tokens.tsv")) {
        let got = parse_token(&input).map_or(String::new(), |value| written(&value));
        if got != expected {
            writeln!(wrong, "{input:x?}\n  got  {got}\n  want {expected}").unwrap();
        }
        count += 1;
    }
    assert!(count > 200, "{count} rows");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn duplicates_keep_the_first_place_and_the_last_value() {
    let value = parse_body(r#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert_eq!(written(&value), r#"{"a":3,"b":2}"#);
    let Value::Object(mut object) = value else {
        panic!("no object")
    };
    object.insert("b", "x");
    object.insert("c", 5);
    assert_eq!(object.get("b"), Some(&"x".into()));
    assert_eq!(written(&object.into()), r#"{"a":3,"b":"x","c":5}"#);
}

#[test]
fn a_key_may_be_written_twice() {
    let mut object = Object::new();
    object.insert("null", 1);
    object.insert_beside(&"x".into(), 2);
    object.insert_beside(&"null".into(), 3);
    let mut out = Vec::new();
    write_object_ascii(&mut out, &object);
    assert_eq!(out, br#"{"null":1,"x":2,"null":3}"#);
    // who reads it takes the last
    let read = parse_token(&out).unwrap();
    assert_eq!(written(&read), r#"{"null":3,"x":2}"#);
}

#[test]
fn types_have_their_python_names() {
    let names = [
        ("[]", "list"),
        ("\"\"", "str"),
        ("1", "int"),
        ("1.0", "float"),
        ("true", "bool"),
        ("{}", "dict"),
        ("null", "NoneType"),
    ];
    for (text, name) in names {
        let found = match read_body(text.into()) {
            Ok(Root::Object(_)) => "dict",
            Ok(Root::Other(name)) => name,
            Err(message) => panic!("{message}"),
        };
        assert_eq!(found, name);
    }
}

#[test]
fn lone_surrogates_are_kept_and_named() {
    let text = |json: &str| match parse_body(json) {
        Ok(Value::Text(text)) => text,
        other => panic!("{other:?}"),
    };
    let pair = text(r#""\ud83d\ude00""#);
    assert_eq!((pair.as_str(), pair.first_surrogate()), (Some("😀"), None));
    let lone = text(r#""é\udfff\ud800""#);
    assert_eq!(
        (lone.as_str(), lone.first_surrogate()),
        (None, Some(0xDFFF))
    );
    assert!(pair == "😀" && lone != "é");
    assert_eq!(written(&Value::Text(lone)), r#""\u00e9\udfff\ud800""#);
    // U+D7FF shares its first byte with the surrogates.
    assert_eq!(
        text(r#""\ud7ff\ue000\ud800""#).first_surrogate(),
        Some(0xD800)
    );
    assert_eq!(
        std::mem::size_of::<Text>(),
        std::mem::size_of::<String>(),
        "plain text pays nothing"
    );
}

#[test]
fn nesting_has_a_fixed_limit_and_needs_little_stack() {
    std::thread::Builder::new()
        .stack_size(2048 * 1024)
        .spawn(|| {
            for (open, close, name) in [("[", "]", "array"), ("{\"a\":", "}", "object")] {
                let nested = |depth: usize| {
                    format!("{}1{}", open.repeat(depth), close.repeat(depth))
                };
                let deep = parse_body(&nested(994)).unwrap();
                assert_eq!(written(&deep), nested(994));
                assert!(deep.clone() == deep);
                drop(deep);
                let message = format!(
                    "maximum recursion depth exceeded while decoding a JSON {name} from a unicode string"
                );
                for depth in [995, 100_000] {
                    assert_eq!(parse_body(&nested(depth)).unwrap_err(), message);
                    assert_eq!(parse_token(nested(depth).as_bytes()), None);
                }
            }
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn many_keys_are_not_quadratic() {
    // Quadratic work would be 5·10^9 comparisons here, linear work is done in a moment.
    let keys: Vec<String> = (0..100_000).map(|key| format!("\"{key}\":0")).collect();
    let body = format!("{{{0},{0}}}", keys.join(","));
    let started = std::time::Instant::now();
    let Ok(Value::Object(object)) = parse_body(&body) else {
        panic!("no object")
    };
    assert_eq!(object.iter().len(), 100_000);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn bodies_escape_as_drf() {
    let text =
        "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}<>&'\u{2027}\u{2028}\u{2029}\u{202a}é😀\u{d7ff}";
    let mut out = Vec::new();
    write_string(&mut out, text);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}<>&'\u{2027}\\u2028\\u2029\u{202a}é😀\u{d7ff}\""
    );
    assert_eq!(
        written(&text.into()),
        r#""\"\\/\b\f\n\r\t\u0000\u001f\u007f<>&'\u2027\u2028\u2029\u202a\u00e9\ud83d\ude00\ud7ff""#
    );
    let infinite = Value::List(vec![Value::Float(f64::NAN), Value::Float(f64::INFINITY)]);
    assert_eq!(written(&infinite), "[NaN,Infinity]");
}

#[test]
fn floats_have_their_python_repr() {
    for (float, repr) in [
        (1e5, "100000.0"),
        (2.50, "2.5"),
        (-0.0, "-0.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1.5e300, "1.5e+300"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (5e-324, "5e-324"),
        (f64::NAN, "nan"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        assert_eq!(float_repr(float), repr);
    }
}

#[test]
fn indents_as_python() {
    let compact = r#"[{"a,b":"é:[\"{\\","c":[],"d":{},"e":[1,[2.5,null]]},[],"",true]"#;
    let expected = r#"[
  {
    "a,b": "é:[\"{\\",
    "c": [],
    "d": {},
    "e": [
      1,
      [
        2.5,
        null
      ]
    ]
  },
  [],
  "",
  true
]"#;
    assert_eq!(indented(2, compact), expected);
    assert_eq!(indented(1, "[{\"a\":1}]"), "[\n {\n  \"a\": 1\n }\n]");
    assert_eq!(indented(4, "[]"), "[]");
    assert_eq!(indented(4, "\"[,]\""), "\"[,]\"");
}

fn any_text() -> impl Strategy<Value = Text> {
    prop_oneof![
        any::<String>().prop_map(Text::from),
        prop::collection::vec(0..0x11_0000_u32, 0..6).prop_map(|mut codes| {
            // a high surrogate before a low one is written as two escapes, which read back as one character
            codes.dedup_by(|next, last| {
                [next, last]
                    .iter()
                    .all(|code| (0xD800..0xE000).contains(*code))
            });
            let mut bytes = Vec::new();
            for code in codes {
                text::push_code_point(&mut bytes, code);
            }
            Text::from_generalised(bytes)
        }),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::Float),
        any_text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec((any_text(), inner), 0..6).prop_map(|pairs| {
                let mut object = Object::new();
                for (key, value) in pairs {
                    object.insert(key, value);
                }
                object.into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(value in any_value()) {
        let text = written(&value);
        prop_assert_eq!(parse_body(&text).unwrap(), value.clone());
        prop_assert_eq!(parse_token(text.as_bytes()).unwrap(), value);
    }

    #[test]
    fn members_are_those_of_the_whole_value(pairs in prop::collection::vec((prop_oneof![any_text(), "[ab\"\\\\é]{0,2}".prop_map(Text::from)], any_value()), 0..6), space in "[ \t\n\r]{0,2}") {
        // repeated keys too, which a value cannot hold
        let pairs = pairs.iter().map(|(key, value)| {
            let key = written(&Value::Text(key.clone()));
            format!("{space}{key}{space}:{space}{}{space}", written(value))
        });
        let text = format!("{space}{{{space}{}}}{space}", pairs.collect::<Vec<_>>().join(","));
        let Ok(Value::Object(whole)) = parse_body(&text) else { panic!("{text}") };
        let Ok(Root::Object(members)) = read_body(text.as_str().into()) else { panic!("{text}") };
        prop_assert!(members.to_object() == whole);
        for (key, value) in whole.iter() {
            if let Some(key) = key.as_str() {
                prop_assert_eq!(&members.get(key).unwrap().to_value(), value);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), json in "[\\[\\]{},:\"\\\\ud8cde0-9 .e+-]{0,60}") {
        let _ = parse_token(&bytes);
        let _ = parse_body(&String::from_utf8_lossy(&bytes));
        let _ = parse_body(&json);
        Indenter::new(8).push(&bytes, &mut Vec::new());
    }

    #[test]
    fn indentation_ignores_chunk_borders(value in any_value(), cuts in prop::collection::vec(1..9_usize, 1..9), width in 1..9_usize) {
        let compact = written(&value);
        let mut indenter = Indenter::new(width);
        let mut out = Vec::new();
        let mut rest = compact.as_bytes();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, left) = rest.split_at(rest.len().min(*cut));
            indenter.push(chunk, &mut out);
            rest = left;
        }
        let whole = indented(width, &compact);
        prop_assert_eq!(String::from_utf8(out).unwrap(), whole.clone());
        prop_assert_eq!(parse_body(&whole).unwrap(), value);
    }
}
