//! Charsets of one byte a character: the WHATWG's tables, corrected where Python's differ.

use std::array;
use std::sync::LazyLock;

use encoding_rs::Encoding;

/// A charset whose first half is ASCII.
pub struct Table {
    pub(super) names: &'static str,
    /// The characters of the bytes 80 to FF.
    upper_half: [Option<char>; 0x80],
}

/// All of them, put together once: a form may ask for a character for each of its bytes.
pub(super) static TABLES: LazyLock<Vec<Table>> =
    LazyLock::new(|| NAMES.iter().filter_map(|names| Table::new(names)).collect());

/// Python's own name of each charset and then its aliases.
const NAMES: [&str; 27] = [
    "ascii 646 ansi_x3.4_1968 ansi_x3.4_1986 ansi_x3_4_1968 cp367 csascii ibm367 iso646_us iso_646.irv_1991 iso_ir_6 us us_ascii",
    "latin_1 8859 cp819 csisolatin1 ibm819 iso8859 iso8859_1 iso_8859_1 iso_8859_1_1987 iso_ir_100 l1 latin latin1",
    "iso8859_9 csisolatin5 iso_8859_9 iso_8859_9_1989 iso_ir_148 l5 latin5",
    "iso8859_11 iso_8859_11 iso_8859_11_2001 thai",
    "koi8_r cskoi8r",
    "koi8_u",
    "iso8859_2 csisolatin2 iso_8859_2 iso_8859_2_1987 iso_ir_101 l2 latin2",
    "iso8859_3 csisolatin3 iso_8859_3 iso_8859_3_1988 iso_ir_109 l3 latin3",
    "iso8859_4 csisolatin4 iso_8859_4 iso_8859_4_1988 iso_ir_110 l4 latin4",
    "iso8859_5 csisolatincyrillic cyrillic iso_8859_5 iso_8859_5_1988 iso_ir_144",
    "iso8859_6 arabic asmo_708 csisolatinarabic ecma_114 iso_8859_6 iso_8859_6_1987 iso_ir_127",
    "iso8859_7 csisolatingreek ecma_118 elot_928 greek greek8 iso_8859_7 iso_8859_7_1987 iso_ir_126",
    "iso8859_8 csisolatinhebrew hebrew iso_8859_8 iso_8859_8_1988 iso_ir_138",
    "iso8859_10 csisolatin6 iso_8859_10 iso_8859_10_1992 iso_ir_157 l6 latin6",
    "iso8859_13 iso_8859_13 l7 latin7",
    "iso8859_14 iso_8859_14 iso_8859_14_1998 iso_celtic iso_ir_199 l8 latin8",
    "iso8859_15 iso_8859_15 l9 latin9",
    "iso8859_16 iso_8859_16 iso_8859_16_2001 iso_ir_226 l10 latin10",
    "cp1250 1250 windows_1250",
    "cp1251 1251 windows_1251",
    "cp1252 1252 windows_1252",
    "cp1253 1253 windows_1253",
    "cp1254 1254 windows_1254",
    "cp1255 1255 windows_1255",
    "cp1256 1256 windows_1256",
    "cp1257 1257 windows_1257",
    "cp1258 1258 windows_1258",
];

impl Table {
    /// The table of these names, of which the WHATWG knows at least one.
    fn new(names: &'static str) -> Option<Self> {
        let whatwg = names
            .split(' ')
            .find_map(|name| Encoding::for_label(name.replace('_', "-").as_bytes()))?;
        let is = |own: &str| names.starts_with(own);
        let python = |byte: u8| match byte {
            _ if is("ascii") => None,
            ..0xA0 if is("iso") || is("latin_1") => Some(byte.into()),
            // The WHATWG fills holes with control characters; its KOI8-U has two letters of Belarusian.
            0xCA if is("cp1255") => None,
            _ if is("cp") => char(whatwg, byte).filter(|char| !char.is_control()),
            0xAE | 0xBE if is("koi8") => char(encoding_rs::KOI8_R, byte),
            _ => char(whatwg, byte),
        };
        let mut bytes = 0x80..=0xFF;
        Some(Self {
            names,
            upper_half: array::from_fn(|_| bytes.next().and_then(python)),
        })
    }

    /// The character of a byte, if it has one.
    pub(super) fn char(&self, byte: u8) -> Option<char> {
        match byte.checked_sub(0x80) {
            None => Some(byte.into()),
            Some(place) => self.upper_half.get(usize::from(place)).copied().flatten(),
        }
    }

    /// The name of Python's codec and what it says of a byte without a character.
    pub(super) fn refusal(&self) -> (&'static str, &'static str) {
        if self.names.starts_with("ascii") {
            ("ascii", "ordinal not in range(128)")
        } else {
            ("charmap", "character maps to <undefined>")
        }
    }
}

fn char(whatwg: &'static Encoding, byte: u8) -> Option<char> {
    let bytes = [byte];
    let text = whatwg.decode_without_bom_handling_and_without_replacement(&bytes)?;
    text.chars().next()
}
