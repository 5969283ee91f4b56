//! Python 3.11's codecs and their names, normalised as `encodings` does it.

use super::single_byte::{TABLES, Table};
use super::units::Order::{self, Big, Little};
use super::units::Width::{self, Utf16, Utf32};
use Charset::{Utf8, Utf8Sig, Wide};

/// A text codec of Python's that is decoded here.
#[derive(Clone, Copy)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-8 whose byte order mark, if any, is dropped.
    Utf8Sig,
    /// UTF-16 or UTF-32; without an order it takes a byte order mark.
    Wide(Width, Option<Order>),
    /// One byte a character.
    SingleByte(&'static Table),
}

/// The codec that a request's charset means to Django: UTF-8 for none and for one that Python does not know.
///
/// None for what DRF refuses: a codec that Python has and that is not one of texts, or is not decoded here.
pub fn lookup(label: Option<&str>) -> Option<Charset> {
    let Some(label) = label else {
        return Some(Utf8);
    };
    named(label).or_else(|| (!is_listed(REFUSED, &normalise(label))).then_some(Utf8))
}

/// The codec of this name, as `codecs.lookup` finds it.
pub(crate) fn named(label: &str) -> Option<Charset> {
    let name = normalise(label);
    // `encodings` also takes an alias, but not a codec's own name, with dots for underscores.
    let dotless = name.replace('.', "_");
    let is_named = |names: &str| {
        let (own, aliases) = names.split_once(' ').unwrap_or((names, ""));
        own == name || is_listed(aliases, &name) || is_listed(aliases, &dotless)
    };
    let unicode = UNICODE.iter().find(|(names, _)| is_named(names));
    let single_byte = || TABLES.iter().find(|table| is_named(table.names));
    (unicode.map(|(_, charset)| *charset)).or_else(|| single_byte().map(Charset::SingleByte))
}

fn is_listed(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|known| known == name)
}

/// Lower case; runs of other characters than letters, digits and dots become one `_` inside, nothing outside.
fn normalise(label: &str) -> String {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '.';
    let words = label.to_ascii_lowercase();
    let words = words.split(|char| !is_word(char));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// Unicode's codecs, each with its own name and then its aliases.
static UNICODE: [(&str, Charset); 8] = [
    ("utf_8 cp65001 u8 utf utf8 utf8_ucs2 utf8_ucs4", Utf8),
    ("utf_8_sig", Utf8Sig),
    ("utf_16 u16 utf16", Wide(Utf16, None)),
    (
        "utf_16_le unicodelittleunmarked utf_16le",
        Wide(Utf16, Some(Little)),
    ),
    (
        "utf_16_be unicodebigunmarked utf_16be",
        Wide(Utf16, Some(Big)),
    ),
    ("utf_32 u32 utf32", Wide(Utf32, None)),
    ("utf_32_le utf_32le", Wide(Utf32, Some(Little))),
    ("utf_32_be utf_32be", Wide(Utf32, Some(Big))),
];

/// Codecs from bytes to bytes or of no text at all, and those for text that are not decoded here.
static REFUSED: &str = "\
    base64_codec base64 base_64 bz2_codec bz2 hex_codec hex quopri_codec quopri quoted_printable \
    quotedprintable rot_13 rot13 undefined uu_codec uu zlib_codec zip zlib \
    big5 big5_tw csbig5 x_mac_trad_chinese big5hkscs big5_hkscs hkscs charmap cp037 037 csibm037 \
    ebcdic_cp_ca ebcdic_cp_nl ebcdic_cp_us ebcdic_cp_wt ibm037 ibm039 cp1006 cp1026 1026 csibm1026 \
    ibm1026 cp1125 1125 cp866u ibm1125 ruscii cp1140 1140 ibm1140 cp273 273 csibm273 ibm273 cp424 424 \
    csibm424 ebcdic_cp_he ibm424 cp437 437 cspc8codepage437 ibm437 cp500 500 csibm500 ebcdic_cp_be \
    ebcdic_cp_ch ibm500 cp720 cp737 cp775 775 cspc775baltic ibm775 cp850 850 cspc850multilingual ibm850 \
    cp852 852 cspcp852 ibm852 cp855 855 csibm855 ibm855 cp856 cp857 857 csibm857 ibm857 cp858 858 \
    csibm858 ibm858 cp860 860 csibm860 ibm860 cp861 861 cp_is csibm861 ibm861 cp862 862 \
    cspc862latinhebrew ibm862 cp863 863 csibm863 ibm863 cp864 864 csibm864 ibm864 cp865 865 csibm865 \
    ibm865 cp866 866 csibm866 ibm866 cp869 869 cp_gr csibm869 ibm869 cp874 cp875 cp932 932 ms932 \
    ms_kanji mskanji cp949 949 ms949 uhc cp950 950 ms950 euc_jis_2004 euc_jis2004 eucjis2004 jisx0213 \
    euc_jisx0213 eucjisx0213 euc_jp eucjp u_jis ujis euc_kr euckr korean ks_c_5601 ks_c_5601_1987 \
    ks_x_1001 ksc5601 ksx1001 x_mac_korean gb18030 gb18030_2000 gb2312 chinese csiso58gb231280 euc_cn \
    euccn eucgb2312_cn gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese gbk 936 cp936 ms936 hp_roman8 \
    cp1051 ibm1051 r8 roman8 hz hz_gb hz_gb_2312 hzgb idna iso2022_jp csiso2022jp iso2022jp iso_2022_jp \
    iso2022_jp_1 iso2022jp_1 iso_2022_jp_1 iso2022_jp_2 iso2022jp_2 iso_2022_jp_2 iso2022_jp_2004 \
    iso2022jp_2004 iso_2022_jp_2004 iso2022_jp_3 iso2022jp_3 iso_2022_jp_3 iso2022_jp_ext iso2022jp_ext \
    iso_2022_jp_ext iso2022_kr csiso2022kr iso2022kr iso_2022_kr johab cp1361 ms1361 koi8_t kz1048 \
    kz_1048 rk1048 strk1048_2002 mac_arabic mac_croatian mac_cyrillic maccyrillic mac_farsi mac_greek \
    macgreek mac_iceland maciceland mac_latin2 mac_centeuro maccentraleurope maclatin2 mac_roman \
    macintosh macroman mac_romanian mac_turkish macturkish palmos ptcp154 cp154 csptcp154 cyrillic_asian \
    pt154 punycode raw_unicode_escape shift_jis csshiftjis s_jis shiftjis sjis x_mac_japanese \
    shift_jis_2004 s_jis_2004 shiftjis2004 sjis_2004 shift_jisx0213 s_jisx0213 shiftjisx0213 sjisx0213 \
    tis_620 iso_ir_166 tis620 tis_620_0 tis_620_2529_0 tis_620_2529_1 unicode_escape utf_7 u7 \
    unicode_1_1_utf_7 utf7";
