//! The circles of the graph, each as short as it can be.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::Graph;

/// For each arrow that lies on a circle the shortest such circle: `a.rs → b.rs (Item) → a.rs (item, other)`.
pub(super) fn circles(graph: &Graph) -> BTreeSet<String> {
    let mut circles = BTreeSet::new();
    for (from, targets) in &graph.arrows {
        for to in targets.keys() {
            if let Some(mut files) = way(graph, to, from) {
                let first = (0..files.len()).min_by_key(|at| files[*at]).unwrap_or(0);
                files.rotate_left(first);
                circles.insert(described(graph, &files));
            }
        }
    }
    circles
}

/// The shortest way from a file to another, both named.
fn way<'g>(graph: &'g Graph, from: &'g str, to: &str) -> Option<Vec<&'g str>> {
    let mut before = BTreeMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(file) = queue.pop_front() {
        if file == to {
            let mut way: Vec<&str> =
                std::iter::successors(Some(file), |file| before[file]).collect();
            way.reverse();
            return Some(way);
        }
        for next in graph.arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            before.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some(file)
            });
        }
    }
    None
}

fn described(graph: &Graph, files: &[&str]) -> String {
    let to = files.iter().cycle().skip(1);
    let steps = files.iter().zip(to).map(|(from, to)| {
        let items: Vec<&str> = graph.arrows[*from][*to]
            .iter()
            .map(String::as_str)
            .collect();
        format!(" → {to} ({})", items.join(", "))
    });
    files[0].to_owned() + &steps.collect::<String>()
}
