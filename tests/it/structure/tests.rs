//! The graph of small made-up trees.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::circles;
use super::graph::{Files, Graph};
use super::{table, walks};

/// A library `one` in `one/src`; each file is given by its path there and its text. Another one, `two`, has an item.
fn graph(files: &[(&str, &str)]) -> Graph {
    let mut tree: Files = files
        .iter()
        .map(|(path, text)| (format!("one/src/{path}"), (*text).to_owned()))
        .collect();
    tree.insert("two/src/lib.rs".into(), "pub struct Other;".into());
    let crates = ["one", "two"].map(|name| (name.to_owned(), name.to_owned()));
    Graph::new(&tree, &BTreeMap::from(crates))
}

/// The arrows of a tree, as `a.rs → b.rs (Item)`.
fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let graph = graph(files);
    assert_eq!(graph.unknown, BTreeSet::new());
    let mut arrows = Vec::new();
    for (from, targets) in &graph.arrows {
        for (to, items) in targets {
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            let arrow = format!("{from} → {to} ({})", items.join(", "));
            arrows.push(arrow.replace("one/src/", ""));
        }
    }
    arrows
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let circles = circles(&graph(files));
    circles
        .iter()
        .map(|circle| circle.replace("one/src/", ""))
        .collect()
}

#[test]
fn a_tree_without_a_circle_has_none() {
    let tree = [
        ("lib.rs", "mod a; mod b; mod c; pub use a::run;"),
        (
            "a.rs",
            "use crate::b::B; use crate::c::C; pub fn run() { B(C) }",
        ),
        ("b.rs", "use crate::c::C; pub struct B(C);"),
        ("c.rs", "pub struct C;"),
    ];
    assert_eq!(
        arrows(&tree),
        ["a.rs → b.rs (B)", "a.rs → c.rs (C)", "b.rs → c.rs (C)"]
    );
    assert_eq!(circles_of(&tree), [""; 0]);
}

#[test]
fn a_direct_circle_is_found_with_what_makes_it() {
    let circles = circles_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use super::b::{B, b}; pub struct A;"),
        ("b.rs", "use crate::a; pub struct B(a::A); fn b() {}"),
    ]);
    assert_eq!(circles, ["a.rs → b.rs (B, b) → a.rs (A)"]);
}

#[test]
fn a_circle_of_three_is_found_through_a_re_export() {
    let circles = circles_of(&[
        ("lib.rs", "mod a; mod b; mod db;"),
        ("a.rs", "use crate::b::B; pub fn a() {}"),
        ("b.rs", "use crate::db::Db as Data; pub struct B(Data);"),
        (
            "db/mod.rs",
            "mod pool; pub(crate) use pool::Db; pub use pool::nothing;",
        ),
        (
            "db/pool.rs",
            "pub struct Db; pub fn nothing() { crate::a::a() }",
        ),
    ]);
    assert_eq!(circles, ["a.rs → b.rs (B) → db/pool.rs (Db) → a.rs (a)"]);
}

#[test]
fn a_circle_is_found_through_paths_in_code_and_in_macros() {
    let circles = circles_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn a() { println!(\"{}\", crate::b::b()) }"),
        ("b.rs", "pub fn b() -> Vec<u8> { vec![super::a::a(); 2] }"),
    ]);
    assert_eq!(circles, ["a.rs → b.rs (b) → a.rs (a)"]);
}

#[test]
fn a_circle_of_parent_and_child_is_found() {
    let circles = circles_of(&[
        ("lib.rs", "mod a;"),
        (
            "a/mod.rs",
            "mod child; pub struct A; fn a() { child::make(); }",
        ),
        ("a/child.rs", "use super::A; pub fn make() -> A { A }"),
    ]);
    assert_eq!(circles, ["a/child.rs → a/mod.rs (A) → a/child.rs (make)"]);
}

#[test]
fn what_a_parent_hands_on_is_an_arrow_only_where_it_uses_it_too() {
    let child = ("a/child.rs", "use super::A; pub struct Child(A);");
    let handed_on = "mod child; pub use child::Child; pub struct A;";
    assert_eq!(
        arrows(&[("lib.rs", "mod a;"), ("a/mod.rs", handed_on), child]),
        ["a/child.rs → a/mod.rs (A)"]
    );
    let used = format!("{handed_on} fn a(_: Child) {{}}");
    assert_eq!(
        arrows(&[("lib.rs", "mod a;"), ("a/mod.rs", &used), child]),
        ["a/child.rs → a/mod.rs (A)", "a/mod.rs → a/child.rs (Child)"]
    );
}

#[test]
fn what_is_compiled_for_tests_is_no_arrow() {
    let for_tests = "
        pub struct A;
        #[cfg(test)] use crate::b::B;
        #[cfg(test)] mod tests;
        #[cfg(all(test, unix))] mod more { use crate::b::B; }
        #[cfg(test)] #[inline] fn f() { crate::b::B; }
        impl A { #[cfg(test)] fn g<T, U>(x: [u8; 3]) -> crate::b::B { crate::b::B } fn h() { crate::c::C; } }
    ";
    assert_eq!(
        arrows(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", for_tests),
            ("b.rs", "pub struct B;"),
            ("c.rs", "pub struct C;"),
        ]),
        ["a.rs → c.rs (C)"]
    );
}

#[test]
fn comments_texts_fields_and_modules_alone_are_no_arrow() {
    let innocent = "
        //! See [`crate::b::b`].
        use super::b;
        /// As crate::b::b does.
        fn a<'b>(x: &'b X) -> &'b str { x.b; x.b(); /* crate::b::b() */ \"crate::b::b()\" }
    ";
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", innocent),
        ("b.rs", "pub fn b() {}"),
    ];
    assert_eq!(arrows(&files), [""; 0]);
}

#[test]
fn a_macro_counts_to_its_file_and_what_it_names_to_it_as_well() {
    let db = "
        macro_rules! sql { ($x:expr) => { $crate::raw::run($x) } }
        pub(crate) use sql;
    ";
    assert_eq!(
        arrows(&[
            ("lib.rs", "mod db; mod raw; mod rows;"),
            ("db.rs", db),
            ("raw.rs", "pub fn run() {}"),
            (
                "rows.rs",
                "use crate::db::sql; fn past() { sql!(1..crate::raw::run()) }"
            ),
        ]),
        [
            "db.rs → raw.rs (run)",
            "rows.rs → db.rs (sql)",
            "rows.rs → raw.rs (run)"
        ]
    );
}

#[test]
fn names_come_through_globs_inner_modules_and_other_crates() {
    assert_eq!(
        arrows(&[
            ("lib.rs", "mod a; mod b; mod serve; pub use serve::serve;"),
            (
                "a.rs",
                "use crate::b::*; mod inner { fn f() { super::Kind::One; crate::serve(); two::Other; } }"
            ),
            (
                "b.rs",
                "use Kind::*; pub enum Kind { One } fn f() { std::mem::take(x); One; }"
            ),
            ("serve.rs", "pub const fn serve() {}"),
        ]),
        [
            "a.rs → b.rs (Kind)",
            "a.rs → serve.rs (serve)",
            "a.rs → two/src/lib.rs (Other)"
        ]
    );
}

#[test]
fn a_path_that_leads_to_nothing_is_told() {
    let graph = graph(&[("lib.rs", "mod a;"), ("a.rs", "use super::gone::Gone;")]);
    let unknown: Vec<&String> = graph.unknown.iter().collect();
    assert_eq!(unknown, ["one/src/a.rs: super::gone::Gone"]);
}

/// `a/` names `b.rs`, `b.rs` names `two`.
fn three() -> Graph {
    graph(&[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner;"),
        ("a/inner.rs", "fn f() { crate::b::b() }"),
        ("b.rs", "use two::Other; pub fn b() {}"),
    ])
}

#[test]
fn a_table_that_is_true_has_no_faults() {
    let table = "
        | `one/src/` | may import |
        |---|---|
        | `lib.rs` | nothing |
        | `a/` | `b.rs`, for its sake |
        | `b.rs` | `two` |

        | `two/src/` | may import |
        |---|---|
        | `lib.rs` | |
    ";
    assert_eq!(table::faults(table, &three()), BTreeSet::new());
}

#[test]
fn a_table_that_is_untrue_is_told_in_what() {
    let table = "
        | `one/src/` | may import |
        |---|---|
        | `a/` | `a/inner.rs` |
        | `a/inner.rs` | |
        | `b.rs` | `two`, `three` |
        | `c/` | `a/` |
    ";
    let faults: Vec<String> = table::faults(table, &three()).into_iter().collect();
    assert_eq!(
        faults,
        [
            "one/src/a/ may import one/src/a/inner.rs, but does not",
            "one/src/a/inner.rs may not import one/src/b.rs, but one/src/a/inner.rs imports b from one/src/b.rs",
            "one/src/b.rs may import three, but does not",
            "one/src/c/ may import one/src/a/, but does not",
            "one/src/lib.rs has no row",
            "there is no one/src/c/ for its row",
            "two/src/lib.rs has no row",
        ]
    );
}

#[test]
fn a_walk_names_files_that_follow_from_earlier_ones() {
    let walk = "
## Walk: refresh
Files: `one/src/a/inner.rs` → `one/src/b.rs` → `two/src/lib.rs`

## Walk: read a profile
1. As above.

Files: `one/src/a/inner.rs`
";
    assert_eq!(walks::faults(walk, &three()), [""; 0]);
}

#[test]
fn a_walk_that_is_untrue_is_told_in_what() {
    let walk = format!(
        "\n## Walk: refresh\nFiles: `one/src/b.rs` → `one/src/a/inner.rs` → `gone.rs` → `two/src/lib.rs`{}\n\
         ## Walk: none\n",
        " → `one/src/b.rs`".repeat(12)
    );
    let mut faults = walks::faults(&walk, &three());
    faults.dedup();
    assert_eq!(
        faults,
        [
            "refresh: 16 files, at most 15",
            "refresh: no earlier file names an item of one/src/a/inner.rs",
            "refresh: gone.rs is no file of a crate",
            "refresh: one/src/b.rs comes twice",
            "none: 0 lines begin with \"Files: \"",
            "there is no \"## Walk: read a profile\"",
        ]
    );
}
