//! The list of posts: any number of rows, of which only the visible ones are drawn.

use gatepost_sdk::PostId;

use crate::effect::Query;
use crate::filter::Filter;
use crate::msg::Row;

/// How near to the end of what is loaded more is asked for.
const AHEAD: usize = 200;

/// The list.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct List {
    pub(crate) rows: Vec<Row>,
    /// The number of the selected row.
    pub(crate) selected: usize,
    /// How many of the visible rows are above the screen.
    pub(crate) top: usize,
    /// Which rows are visible; all where there is none.
    pub(crate) filter: Option<Filter>,
    /// Which of the posts the server was asked for.
    pub(crate) query: Query,
    /// Whether nothing follows what is loaded.
    pub(crate) is_end: bool,
    /// Why there is nothing to show.
    pub(crate) problem: Option<String>,
    /// Whether rows were asked for and have not come.
    pub(crate) is_loading: bool,
    /// Whether the last try broke off.
    has_failed: bool,
    /// Whether the next rows take the place of all that is there.
    is_fresh: bool,
    /// Whether the selection is to go to the end once it is there.
    wants_end: bool,
    /// What was selected when the list was asked for again: where the selection is to be, or how far down.
    anchor: Option<(PostId, usize)>,
}

impl List {
    /// Whether neither a filter nor a search leaves anything out; one's own posts alone are a list of their own.
    pub(crate) fn is_whole(&self) -> bool {
        self.filter.is_none() && self.query.text.is_empty()
    }

    /// Says that the list is asked for anew. What is there stays on the screen until the first rows come.
    pub(crate) fn restart(&mut self) {
        self.is_fresh = true;
        self.is_loading = true;
        self.is_end = false;
        self.has_failed = false;
        self.wants_end = false;
        self.problem = None;
        self.anchor = self.current().map(|row| (row.id, self.selected));
    }

    /// Takes the next rows. Those that the server has not numbered yet stay at the top.
    pub(crate) fn take(&mut self, rows: Vec<Row>, is_end: bool) {
        if std::mem::take(&mut self.is_fresh) {
            self.rows.retain(|row| row.id < 0);
            self.rows.shrink_to(4096);
            // the newest post, below what no server knows yet
            self.selected = self.rows.len();
            if let Some(filter) = &mut self.filter {
                filter.clear();
                filter.more(&self.rows, 0);
            }
        }
        let old = self.rows.len();
        self.rows.extend(rows);
        if let Some(filter) = &mut self.filter {
            filter.more(&self.rows, old);
        }
        self.is_end = is_end;
        self.is_loading = false;
        if let Some((id, index)) = self.anchor {
            let found = self.rows[old.min(self.rows.len())..]
                .iter()
                .position(|row| row.id == id);
            if let Some(found) = found {
                self.selected = old + found;
                self.anchor = None;
            } else if self.is_end || self.rows.len() > index {
                self.selected = index;
                self.anchor = None;
            }
        }
        if self.wants_end {
            self.selected = usize::MAX;
            self.wants_end = !is_end;
        }
        self.clamp();
    }

    /// Whether more rows should be asked for now; if so, they count as asked for.
    pub(crate) fn ask(&mut self) -> bool {
        let near =
            self.selected + AHEAD >= self.rows.len() || self.wants_end || self.anchor.is_some();
        let ask = near && !self.is_end && !self.has_failed && !self.is_loading;
        self.is_loading |= ask;
        ask
    }

    /// How many rows are visible.
    pub(crate) fn len(&self) -> usize {
        match &self.filter {
            Some(filter) => filter.hits().len(),
            None => self.rows.len(),
        }
    }

    /// Which of the visible rows is the selected one.
    pub(crate) fn position(&self) -> usize {
        match &self.filter {
            Some(filter) => filter.hits().partition_point(|hit| *hit < self.selected),
            None => self.selected,
        }
    }

    /// The visible rows from this one on, with their numbers.
    pub(crate) fn visible(&self, from: usize) -> impl Iterator<Item = (usize, &Row)> {
        let hits = self.filter.as_ref().map(Filter::hits);
        (from..self.len()).filter_map(move |at| {
            let at = hits.map_or(at, |hits| hits[at]);
            Some((at, self.rows.get(at)?))
        })
    }

    /// The selected row.
    pub(crate) fn current(&self) -> Option<&Row> {
        self.visible(self.position())
            .next()
            .filter(|(at, _)| *at == self.selected)
            .map(|(_, row)| row)
    }

    /// Opens the filter, to type into it.
    pub(crate) fn open_filter(&mut self) {
        let rows = &self.rows;
        self.filter.get_or_insert_with(|| Filter::new(rows)).is_open = true;
    }

    /// Changes the filter's query; the first hit is selected.
    pub(crate) fn look_for(&mut self, change: impl FnOnce(&mut crate::text::TextBuf)) {
        if let Some(filter) = &mut self.filter {
            let before = filter.query.version;
            change(&mut filter.query);
            if filter.query.version != before {
                filter.look(&self.rows);
                self.selected = 0;
            }
        }
        self.clamp();
    }

    /// Leaves the filter as it is; one without a word is none.
    pub(crate) fn close_filter(&mut self) {
        self.filter = self.filter.take().filter(|filter| !filter.is_empty());
        if let Some(filter) = &mut self.filter {
            filter.is_open = false;
        }
    }

    /// The row of a post.
    pub(crate) fn find(&self, id: PostId) -> Option<usize> {
        // near the selection nearly always
        let near = self
            .rows
            .iter()
            .skip(self.selected.saturating_sub(1))
            .take(3);
        let near = near.clone().position(|row| row.id == id);
        near.map(|at| at + self.selected.saturating_sub(1))
            .or_else(|| self.rows.iter().position(|row| row.id == id))
    }

    /// Moves the selection.
    pub(crate) fn step(&mut self, by: isize) {
        self.anchor = None;
        self.wants_end = false;
        let to = self.position().saturating_add_signed(by);
        let to = to.min(self.len().saturating_sub(1));
        let row = self.visible(to).next().map(|(row, _)| row);
        self.selected = row.unwrap_or(self.selected);
    }

    /// To the first row.
    pub(crate) fn first(&mut self) {
        self.step(isize::MIN);
    }

    /// To the last row, which may have to be loaded.
    pub(crate) fn last(&mut self) {
        self.step(isize::MAX);
        // a filter is about what is loaded
        self.wants_end = !self.is_end && !self.has_failed && self.filter.is_none();
    }

    /// Whether the end is being loaded.
    pub(crate) fn is_seeking(&self) -> bool {
        self.wants_end && !self.is_end
    }

    /// Says that asking has failed, and why where nothing else says it.
    pub(crate) fn fail(&mut self, problem: Option<String>) {
        self.is_loading = false;
        self.wants_end = false;
        self.problem = problem;
        // what was not read to its end can't be gone on with: the next try begins anew
        self.has_failed = true;
    }

    /// Removes a row; the selection stays where it is on the screen.
    pub(crate) fn remove(&mut self, id: PostId) {
        if let Some(at) = self.find(id) {
            self.rows.remove(at);
            if let Some(filter) = &mut self.filter {
                filter.removed(at);
            }
            if at < self.selected {
                self.selected -= 1;
            }
            self.clamp();
        }
    }

    /// Puts a row at the top and selects it.
    pub(crate) fn insert(&mut self, row: Row) {
        self.rows.insert(0, row);
        if let Some(filter) = &mut self.filter {
            filter.inserted();
        }
        self.selected = 0;
    }

    /// Puts a row at the top, and leaves the selection on what it is on.
    pub(crate) fn put(&mut self, row: Row) {
        self.selected += usize::from(!self.rows.is_empty());
        if let Some(filter) = &mut self.filter {
            filter.put(&row);
        }
        self.rows.insert(0, row);
    }

    fn clamp(&mut self) {
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
        if let Some(filter) = &self.filter {
            let at = self.position().min(self.len().saturating_sub(1));
            self.selected = filter.hits().get(at).copied().unwrap_or(self.selected);
        }
    }

    /// Scrolls no further than it must for the selection to be in a window of this height.
    pub(crate) fn follow(&mut self, height: u16) {
        let height = usize::from(height.max(1));
        self.clamp();
        let position = self.position();
        let last = self.len().saturating_sub(height);
        let first = (position + 1).saturating_sub(height);
        self.top = self.top.clamp(first, position.max(first)).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ids: impl IntoIterator<Item = PostId>) -> Vec<Row> {
        let rows = ids.into_iter().map(|id| Row {
            id,
            title: format!("post {id}").into(),
            author: "ada".into(),
            created: 0,
        });
        rows.collect()
    }

    fn list(ids: impl IntoIterator<Item = PostId>, is_end: bool) -> List {
        let mut list = List::default();
        list.restart();
        list.take(rows(ids), is_end);
        list
    }

    #[test]
    fn the_selection_stays_on_its_post_when_the_list_is_asked_for_again() {
        let mut list = list((0..100).rev(), true);
        list.step(10);
        assert_eq!(list.current().unwrap().id, 89);
        list.restart();
        assert_eq!(list.rows.len(), 100, "the old rows stay on the screen");
        list.take(rows((95..103).rev()), false);
        assert!(list.ask(), "the post was not found yet");
        list.take(rows((0..95).rev()), true);
        assert_eq!(list.current().unwrap().id, 89);
        list.restart();
        list.take(rows((0..89).rev()), true);
        assert_eq!(list.selected, 13, "its post is gone: the same place");
    }

    #[test]
    fn the_end_is_loaded_when_it_is_wanted_and_not_before() {
        let mut list = list(0..1000, false);
        assert!(!list.ask());
        list.last();
        assert!(list.ask() && !list.ask(), "once at a time");
        list.take(rows(1000..1100), false);
        assert_eq!(list.selected, 1099);
        assert!(list.ask());
        list.take(rows(1100..1200), true);
        assert!(!list.ask() && !list.is_seeking());
        assert_eq!(list.selected, 1199);
    }

    #[test]
    fn the_window_follows_the_selection_no_further_than_it_must() {
        let mut list = list(0..100, true);
        list.follow(10);
        assert_eq!(list.top, 0);
        list.step(12);
        list.follow(10);
        assert_eq!(list.top, 3);
        list.step(-5);
        list.follow(10);
        assert_eq!(list.top, 3);
        list.last();
        list.follow(10);
        assert_eq!((list.selected, list.top), (99, 90));
        list.follow(200);
        assert_eq!(list.top, 0);
        list.rows.truncate(3);
        list.follow(10);
        assert_eq!((list.selected, list.top), (2, 0));
    }

    #[test]
    fn a_removed_row_above_moves_the_selection_with_its_post() {
        let mut list = list(0..10, true);
        list.step(5);
        list.remove(2);
        assert_eq!(list.current().unwrap().id, 5);
        list.remove(5);
        assert_eq!(list.current().unwrap().id, 6);
    }
}
