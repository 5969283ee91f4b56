//! The library and the command line on systems that are not Unix, which can't be had here: what is Unix's alone stands
//! behind a condition.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

const CRATES: [&str; 3] = ["sdk", "terminal", "cli"];
/// What exists on Unix alone.
const UNIX: [&str; 3] = ["rustix", "gatepost_tui", "unix"];
const PACKAGES: [&str; 2] = ["rustix", "gatepost-tui"];

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap().to_owned()
}

fn is_word(token: &TokenTree, wanted: &str) -> bool {
    matches!(token, TokenTree::Ident(word) if word == wanted)
}

fn is_sign(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(sign) if sign.as_char() == wanted)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace)
}

/// Whether an attribute keeps what follows it for Unix, or for tests.
fn is_condition(attribute: &TokenTree) -> bool {
    let text = attribute.to_string().replace(' ', "");
    let kept = ["unix", "all(unix", "test", "all(test", "target_os"];
    text.starts_with("[cfg_attr(not(unix),path=")
        || kept
            .iter()
            .any(|kept| text.starts_with(&format!("[cfg({kept}")))
}

/// How long the item, statement or field is that these begin with.
fn length(tokens: &[TokenTree]) -> usize {
    let is_field = tokens.get(1).is_some_and(|next| is_sign(next, ':'))
        && !tokens.get(2).is_some_and(|next| is_sign(next, ':'));
    let is_end = |token: &TokenTree| {
        is_sign(token, ';') || is_braces(token) || is_field && is_sign(token, ',')
    };
    tokens
        .iter()
        .position(is_end)
        .map_or(tokens.len(), |at| at + 1)
}

/// The names of Unix that stand behind no condition, and the modules that stand behind one.
fn read(stream: TokenStream, open: &mut Vec<String>, modules: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (hash, [attribute, item @ ..]) if is_sign(hash, '#') => {
                if is_condition(attribute) {
                    let (own, after) = item.split_at(length(item));
                    let name = own.iter().skip_while(|token| !is_word(token, "mod")).nth(1);
                    modules.extend(name.map(ToString::to_string));
                    after
                } else {
                    item
                }
            }
            // `cfg!(unix)` is a value everywhere
            (cfg, [_, _, after @ ..]) if is_word(cfg, "cfg") => after,
            (TokenTree::Group(group), tail) => {
                read(group.stream(), open, modules);
                tail
            }
            (TokenTree::Ident(word), tail) => {
                let word = word.to_string();
                if UNIX.contains(&&*word) {
                    open.push(word);
                }
                tail
            }
            (_, tail) => tail,
        };
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn what_is_unix_s_alone_stands_behind_a_condition() {
    for name in CRATES {
        let source = root().join(name).join("src");
        let (mut paths, mut modules) = (Vec::new(), Vec::new());
        files(&source, &mut paths);
        let mut all = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).unwrap();
            let mut open = Vec::new();
            let mut below = Vec::new();
            read(text.parse().unwrap(), &mut open, &mut below);
            let folder = path.with_extension("");
            let folder = match folder.file_name().unwrap().to_str() {
                Some("mod" | "lib" | "main") => folder.parent().unwrap().to_owned(),
                _ => folder,
            };
            modules.extend(below.iter().map(|name| folder.join(name)));
            all.push((path, open));
        }
        for (path, open) in all {
            let is_conditional = modules
                .iter()
                .any(|module| path.with_extension("").starts_with(module));
            assert!(
                is_conditional || open.is_empty(),
                "{} names {open:?} on every system",
                path.display()
            );
        }
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        for package in PACKAGES {
            let everywhere = manifest["dependencies"].as_table().unwrap();
            assert!(
                !everywhere.contains_key(package),
                "{name} needs {package} on every system"
            );
        }
    }
}
