//! Which file names an item of which other file.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::Source;

/// The files of a tree by their path from its root, and what stands in them.
pub(super) type Files = BTreeMap<String, String>;

/// The imports of all crates, as arrows between files.
#[derive(Default)]
pub(super) struct Graph {
    modules: Vec<Module>,
    /// The library of each crate, by the name that other crates call it by.
    libraries: BTreeMap<String, usize>,
    /// From a file to a file, with the items that are named.
    pub(super) arrows: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Modules and paths of the tree that were not found, each with its file.
    pub(super) unknown: BTreeSet<String>,
}

struct Module {
    file: String,
    root: usize,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    source: Source,
}

#[derive(Clone)]
enum Found {
    Module(usize),
    /// What the module's file defines.
    Item(usize, String),
    /// Something of another tree.
    Foreign,
}

impl Graph {
    /// `crates`: the folder of each crate, by the names that other crates call it by.
    pub(super) fn new(files: &Files, crates: &BTreeMap<String, String>) -> Self {
        let mut graph = Self::default();
        for folder in crates.values().collect::<BTreeSet<_>>() {
            for root in ["lib.rs", "main.rs"] {
                let file = format!("{folder}/src/{root}");
                if let Some(text) = files.get(&file) {
                    let inside = format!("{folder}/src");
                    let root = graph.modules.len();
                    graph.add(files, &file, &inside, Source::of(text), None, root);
                    if file.ends_with("lib.rs") {
                        for (name, _) in crates.iter().filter(|(_, other)| *other == folder) {
                            graph.libraries.insert(name.clone(), root);
                        }
                    }
                }
            }
        }
        for module in 0..graph.modules.len() {
            graph.draw(module);
        }
        graph
    }

    /// Every file of the crates.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        self.modules.iter().map(|module| &*module.file).collect()
    }

    /// Adds a module and those below it; those that have files of their own have them in the folder `inside`.
    fn add(
        &mut self,
        files: &Files,
        file: &str,
        inside: &str,
        mut source: Source,
        parent: Option<usize>,
        root: usize,
    ) -> usize {
        let index = self.modules.len();
        let below = std::mem::take(&mut source.modules);
        self.modules.push(Module {
            file: file.to_owned(),
            root,
            parent,
            children: BTreeMap::new(),
            source,
        });
        for (name, child) in below {
            let inside = format!("{inside}/{name}");
            let own_file = || {
                [format!("{inside}.rs"), format!("{inside}/mod.rs")]
                    .into_iter()
                    .find_map(|file| Some((Source::of(files.get(&file)?), file)))
            };
            let Some((child, file)) = child
                .map(|child| (child, file.to_owned()))
                .or_else(own_file)
            else {
                self.unknown.insert(format!("{file}: mod {name}"));
                continue;
            };
            let child = self.add(files, &file, &inside, child, Some(index), root);
            self.modules[index].children.insert(name, child);
        }
        index
    }

    /// The arrows of a module.
    fn draw(&mut self, from: usize) {
        let module = &self.modules[from];
        let imports = module
            .source
            .imports
            .iter()
            .map(|import| (&import.path, import.is_public));
        let paths = module.source.paths.iter().map(|path| (path, false));
        let mut found = Vec::new();
        for (path, is_public) in imports.chain(paths) {
            match self.resolve(from, path, &mut Vec::new()) {
                Some(Found::Item(to, item)) => {
                    let to_file = &self.modules[to].file;
                    // what a parent hands on of its children is no use of them
                    if *to_file != module.file && !(is_public && self.is_below(to, from)) {
                        found.push((to_file.clone(), item));
                    }
                }
                Some(_) => {}
                None => {
                    let path = path.join("::");
                    self.unknown.insert(format!("{}: {path}", module.file));
                }
            }
        }
        if !found.is_empty() {
            let arrows = self.arrows.entry(module.file.clone()).or_default();
            for (to, item) in found {
                arrows.entry(to).or_default().insert(item);
            }
        }
    }

    fn is_below(&self, module: usize, ancestor: usize) -> bool {
        let parent = self.modules[module].parent;
        parent.is_some_and(|parent| parent == ancestor || self.is_below(parent, ancestor))
    }

    /// What a path means in the module `from`; `None` if it should be there and is not.
    fn resolve(&self, from: usize, path: &[String], seen: &mut Vec<Step>) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        let mut found = match first.as_str() {
            "crate" => Found::Module(self.modules[from].root),
            "self" => Found::Module(from),
            "super" => Found::Module(self.modules[from].parent?),
            name => self
                .look_up(from, name, !rest.is_empty(), seen)
                .or_else(|| self.libraries.get(name).copied().map(Found::Module))
                .unwrap_or(Found::Foreign),
        };
        for (at, name) in rest.iter().enumerate() {
            found = match found {
                Found::Module(module) if name == "super" => {
                    Found::Module(self.modules[module].parent?)
                }
                Found::Module(module) => self.look_up(module, name, at + 1 < rest.len(), seen)?,
                found => return Some(found),
            };
        }
        Some(found)
    }

    /// A name of a module: a module below it, an item, or an import. A module and a function may share
    /// their name; `goes_on` says that the path does.
    fn look_up(
        &self,
        module: usize,
        name: &str,
        goes_on: bool,
        seen: &mut Vec<Step>,
    ) -> Option<Found> {
        let step = (module, name.to_owned(), goes_on);
        if seen.contains(&step) {
            return None;
        }
        seen.push(step);
        let Module {
            children, source, ..
        } = &self.modules[module];
        let child = children.get(name).copied().map(Found::Module);
        if goes_on && child.is_some() {
            return child;
        }
        if source.items.contains(name) {
            return Some(Found::Item(module, name.to_owned()));
        }
        let imports = source.imports.iter().filter(|import| import.name == name);
        for import in imports {
            match self.resolve(module, &import.path, seen) {
                Some(Found::Module(_)) if !goes_on && child.is_some() => {}
                None => {}
                found => return found,
            }
        }
        child.or_else(|| {
            let mut globs = source.imports.iter().filter(|import| import.name == "*");
            globs.find_map(|import| match self.resolve(module, &import.path, seen)? {
                Found::Module(of) => self.look_up(of, name, goes_on, seen),
                Found::Foreign => Some(Found::Foreign),
                Found::Item(..) => None,
            })
        })
    }
}

/// A module, a name looked up in it, and whether the path goes on: what stops a look-up in a circle.
type Step = (usize, String, bool);
