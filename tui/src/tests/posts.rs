//! The list, its filter, the post beside it, reading and deleting: one test a rule.

use super::*;
use crate::effect::Query;

#[test]
fn deleting_asks_first_and_no_is_the_default() {
    let mut sim = Sim::with_posts();
    sim.keys("d").shows("Delete 'Third'?").keys("<enter>");
    assert_eq!(sim.asked(&Slot::Delete(3)), None);
    sim.keys("d<tab><enter>")
        .shows("deleting Third")
        .shows("u undo: 'Third' is deleted in 5 s");
    assert_eq!(sim.asked(&Slot::Delete(3)), None, "not yet");
    sim.fire(Timer::Grace(3));
    sim.reply(&Slot::Delete(3), Ok(Reply::Done));
    sim.shows("'Third' was deleted");
    assert_eq!(sim.model.list.rows.len(), 2);
}

#[test]
fn a_delete_that_fails_leaves_the_post() {
    let mut sim = Sim::with_posts();
    sim.keys("dy").fire(Timer::Grace(3)).reply(
        &Slot::Delete(3),
        Err(failure(Kind::Forbidden, "You do not have permission")),
    );
    sim.shows("Not deleted. You do not have permission")
        .hides("deleting");
    sim.keys("dy")
        .fire(Timer::Grace(3))
        .reply(&Slot::Delete(3), Err(failure(Kind::NotFound, "Not found.")));
    assert_eq!(sim.model.list.rows.len(), 2, "it is gone, as was wanted");
}

#[test]
fn a_deletion_can_be_undone_until_it_is_sent() {
    let mut sim = Sim::with_posts();
    sim.keys("dyu").shows("'Third' is kept").hides("deleting");
    assert!(!sim.model.timers.contains_key(&Timer::Grace(3)));
    assert_eq!(sim.asked(&Slot::Delete(3)), None);
    sim.keys("u").shows("Nothing to undo");
}

#[test]
fn a_post_is_copied_as_the_terminal_may_have_it() {
    let copied = |sim: &mut Sim| {
        let effects = std::mem::take(&mut sim.effects);
        let copied = effects.into_iter().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        });
        copied.unwrap()
    };
    let mut sim = Sim::with_posts();
    sim.keys("y")
        .shows("Sent the title to the terminal's clipboard (5 characters)");
    assert_eq!(copied(&mut sim), "Third");
    sim.keys("Y");
    assert_eq!(copied(&mut sim), "https://api.example.org/api/posts/3/");
    sim.keys("<enter>");
    let text = post(3, "Third", "one\r\n\ttwo \u{1b}[31m");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(text))).keys("y");
    assert_eq!(copied(&mut sim), "one\n\ttwo [31m");
}

#[test]
fn a_search_asks_the_server_where_it_can_search() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::CanSearch(true));
    sim.keys("/engine<enter>");
    let query = Query {
        text: "engine".into(),
        author: None,
    };
    assert_eq!(sim.asked(&Slot::List), Some(Call::Find(query)));
    let found = vec![row(7, "Found by its text", "bob")];
    let is_end = true;
    sim.reply(
        &Slot::List,
        Ok(Reply::Rows {
            rows: found,
            is_end,
        }),
    );
    sim.shows("Found by its text").shows("search: engine");
    // a filter of what was found, and back in two steps
    sim.keys("/zzz<esc>")
        .shows("Found by its text")
        .keys("<esc>");
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
    sim.hides("search:");
    sim.keys("/nowhere<enter>");
    let rows = Vec::new();
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end }));
    sim.shows("Nothing on the server matches 'nowhere'. Esc shows all.");
}

#[test]
fn ones_own_posts_are_a_list_of_their_own() {
    let mut sim = Sim::with_posts();
    sim.keys("m").shows("mine");
    let query = Query {
        text: String::new(),
        author: Some("ada".into()),
    };
    assert_eq!(sim.asked(&Slot::List), Some(Call::Find(query)));
    sim.keys("m").shows("all posts");
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
}

#[test]
fn a_text_is_shown_as_markdown_or_as_it_was_typed() {
    let mut sim = Sim::with_posts();
    sim.keys("<enter>");
    let text = post(3, "Third", "# Head\n\n- *one*");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(text)));
    sim.shows("• one").hides("# Head").keys("v");
    sim.shows("# Head").shows("- *one*").shows("as typed");
    sim.keys("v").shows("• one");
}

#[test]
fn what_is_anothers_is_read_and_no_more() {
    let mut sim = Sim::with_posts();
    sim.keys("jd")
        .shows("Only the author can do that")
        .keys("e");
    assert_eq!(name(sim.model.screen()), "Posts");
    sim.keys("<enter>");
    assert_eq!(sim.asked(&Slot::Post(2)), Some(Call::Post(2)));
}

#[test]
fn a_post_that_is_gone_or_forbidden_says_so_where_it_was_to_be_read() {
    let mut sim = Sim::with_posts();
    let gone = Err(failure(Kind::NotFound, "Not found."));
    sim.keys("<enter>").reply(&Slot::Post(3), gone);
    sim.shows("This post was deleted")
        .keys("<esc>")
        .hides("Third");
    let no = Err(failure(Kind::Forbidden, "You do not have permission"));
    sim.keys("<enter>").reply(&Slot::Post(2), no);
    sim.shows("You do not have permission")
        .keys("<esc>")
        .shows("Second");
}

#[test]
fn what_answers_and_is_not_the_server_is_said_instead_of_an_empty_list() {
    let mut sim = Sim::new().signed_in();
    let other = failure(
        Kind::Other,
        "what answers there is not this API (status 200)",
    );
    sim.reply(&Slot::List, Err(other));
    sim.shows("What answers there is not this API")
        .hides("No posts yet");
}

#[test]
fn a_filter_shows_what_is_loaded_and_has_the_words() {
    let mut sim = Sim::new().signed_in();
    let rows = vec![
        row(4, "Fourth of them", "bob"),
        row(3, "Third", "ada"),
        row(2, "The second", "ada"),
        row(1, "First", "ada"),
    ];
    let is_end = false;
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end }));
    sim.keys("/TH").shows("3 of 4+ loaded").hides("First");
    sim.keys(" ada").shows("2 of 4+ loaded").hides("Fourth");
    assert_eq!(sim.model.list.current().unwrap().id, 3);
    // keys that move, move; then the keys are those of the list again
    sim.keys("<down>");
    assert_eq!(sim.model.list.current().unwrap().id, 2);
    sim.keys("<enter>j").shows("2 of 2");
    // what comes is looked at too
    let rows = vec![row(0, "Another by ada", "ada"), row(20, "Not it", "x")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    sim.shows("3 of 6 loaded").hides("Not it").keys("G");
    assert_eq!(sim.model.list.current().unwrap().id, 0);
    // the keys act on what is selected
    sim.keys("kd").shows("Delete 'The second'?").keys("<esc>");
    // more words of it, fewer again, none
    sim.keys("/zzz")
        .shows("Nothing that is loaded matches 'TH adazzz'. Esc shows all.");
    assert!(sim.model.list.current().is_none());
    sim.keys("<enter>")
        .keys("<enter>d")
        .shows("No post is selected");
    sim.keys("/<c-u>").shows("6 of 6 loaded").keys("<esc>");
    sim.fire(Timer::Toast);
    sim.hides("loaded").shows("First").shows("of 6");
    sim.keys("/irs<enter><esc>").hides("loaded").shows("Third");
    sim.keys("<esc>").shows("Nothing to go back to; q quits");
}

#[test]
fn a_filter_asks_the_server_for_nothing_but_what_a_list_without_it_would() {
    let rows: Vec<Row> = (0..1000).map(|id| row(1000 - id, "Post", "ada")).collect();
    let mut sim = Sim::new().signed_in();
    let is_end = false;
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end }));
    sim.effects.clear();
    sim.keys("/Po<enter>");
    assert!(!sim.effects.contains(&Effect::MoreRows));
    assert!(!sim.model.list.is_seeking());
}

#[test]
fn what_is_written_while_a_filter_is_set_is_seen() {
    let mut sim = Sim::with_posts();
    sim.keys("/irs<enter>nHello<enter>text<c-s>")
        .shows("saving Hello");
    sim.shows("First").hides("Second");
    let slot = sim.save_slot();
    sim.reply(&slot, Err(failure(Kind::Forbidden, "no")));
    sim.hides("Hello").shows("First");
}

fn wide() -> Sim {
    Sim::sized(120, 30, Theme::Dark).signed_in().posts(vec![
        row(3, "Third", "ada"),
        row(2, "Second", "bob"),
        row(1, "First", "ada"),
    ])
}

#[test]
fn a_wide_window_shows_the_post_that_the_selection_rests_on() {
    let mut sim = wide();
    assert_eq!(sim.asked(&Slot::Preview), None, "not yet");
    sim.fire(Timer::Preview);
    assert_eq!(sim.asked(&Slot::Preview), Some(Call::Post(3)));
    sim.keys("j").hides("by bob");
    // too late: another one is selected
    let third = Ok(Reply::Post(post(3, "Third", "the third text")));
    sim.reply(&Slot::Preview, third).hides("the third text");
    sim.fire(Timer::Preview);
    let second = Ok(Reply::Post(post(2, "Second", "the second text")));
    sim.reply(&Slot::Preview, second).shows("the second text");
    // it is there at once when it is opened, and asked for anew
    sim.keys("<enter>").shows("the second text");
    assert_eq!(sim.asked(&Slot::Post(2)), Some(Call::Post(2)));
    let newer = Ok(Reply::Post(post(2, "Second", "a newer text")));
    sim.reply(&Slot::Post(2), newer).keys("<esc>");
    sim.shows("a newer text").keys("r").shows("a newer text");
    assert_eq!(sim.asked(&Slot::Preview), Some(Call::Post(2)));
}

#[test]
fn a_narrow_window_asks_for_no_post_beside_the_list() {
    let mut sim = Sim::with_posts();
    sim.keys("jj");
    assert!(!sim.model.timers.contains_key(&Timer::Preview));
    sim.send(Msg::Resize(100, 24));
    assert!(sim.model.timers.contains_key(&Timer::Preview));
}

#[test]
fn a_post_beside_the_list_that_is_gone_leaves_it() {
    let mut sim = wide();
    sim.fire(Timer::Preview);
    let gone = Err(failure(Kind::NotFound, "Not found."));
    sim.reply(&Slot::Preview, gone);
    sim.hides("Third").shows("This post was deleted");
    sim.fire(Timer::Preview);
    assert_eq!(sim.asked(&Slot::Preview), Some(Call::Post(2)));
    let away = Err(failure(Kind::Offline, "no route"));
    sim.reply(&Slot::Preview, away).shows("offline since 13:00");
}
