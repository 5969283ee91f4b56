//! Drafts of new posts among the rows of the list, and the pane beside it.

use super::*;
use crate::dialog::{Confirm, Dialog};
use crate::msg::Known;

/// Three posts, and a text that is not sent.
fn with_draft() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("nHalf<enter>written<esc>");
    sim
}

fn titles(sim: &Sim) -> Vec<&str> {
    sim.model.list.rows.iter().map(|row| &*row.title).collect()
}

#[test]
fn a_draft_of_a_new_post_is_a_row_above_the_others() {
    let mut sim = with_draft();
    assert_eq!(titles(&sim), ["Half", "Third", "Second", "First"]);
    assert_eq!(sim.model.list.current().unwrap().id, 3, "where it was");
    sim.shows("✎ Half").shows("you").shows("draft");
    // Enter and e go on with it, and then it is no row
    for keys in ["g<enter>", "<esc>ge"] {
        sim.keys(keys);
        assert_eq!(sim.model.edit().unwrap().title.text(), "Half");
        assert_eq!(titles(&sim), ["Third", "Second", "First"]);
    }
    sim.keys("!<esc>");
    // it stays above when the list is asked for again, and is left out of what a search finds
    sim.keys("r");
    let rows = vec![row(4, "Fourth", "bob"), row(3, "Third", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    assert_eq!(titles(&sim), ["Half", "Fourth", "Third"]);
    assert_eq!(sim.model.list.current().unwrap().id, 3);
    sim.model.can_search = true;
    sim.keys("/third<enter>");
    let rows = vec![row(3, "Third", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    assert_eq!(titles(&sim), ["Third"]);
    sim.keys("<esc>");
    let rows = vec![row(3, "Third", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    assert_eq!(titles(&sim), ["Half", "Third"]);
}

#[test]
fn a_draft_s_row_is_discarded_after_a_question_and_has_no_address() {
    let mut sim = with_draft();
    sim.keys("gY").shows("no address yet");
    sim.keys("d").shows("Discard the draft?").keys("n");
    assert_eq!(sim.model.dialog, None, "the others are not offered");
    sim.keys("dy").shows("Draft discarded");
    assert_eq!(titles(&sim), ["Third", "Second", "First"]);
    let dropped = |effect: &Effect| matches!(effect, Effect::DropDraft(_));
    assert!(sim.effects.iter().any(dropped));
    // a post beside it is no draft
    sim.keys("d");
    let asked = sim.model.dialog.clone();
    assert!(matches!(
        asked,
        Some(Dialog::Confirm {
            what: Confirm::Delete { id: 3, .. },
            ..
        })
    ));
}

#[test]
fn while_it_is_sent_a_draft_is_one_row() {
    let mut sim = with_draft();
    sim.keys("g<enter><c-s>");
    assert_eq!(titles(&sim), ["Half", "Third", "Second", "First"]);
    sim.shows("saving Half");
    let slot = sim.save_slot();
    sim.reply(&slot, Err(failure(Kind::Forbidden, "no")));
    assert_eq!(titles(&sim), ["Half", "Third", "Second", "First"]);
    sim.shows("✎ Half");
}

#[test]
fn the_newest_post_is_selected_at_the_start_and_not_a_draft() {
    let found = with_draft().drafts_kept();
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    sim.send(Msg::Drafts(found));
    let rows = vec![row(2, "Second", "bob"), row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    assert_eq!(titles(&sim), ["Half", "Second", "First"]);
    assert_eq!(sim.model.list.current().unwrap().id, 2);
}

/// A wide screen with two accounts.
fn wide() -> Sim {
    let mut sim = Sim::sized(200, 60, Theme::Dark)
        .signed_in()
        .posts(vec![row(2, "Second", "bob"), row(1, "First", "ada")]);
    let known = |server: &str, user: &str| Known {
        server: server.into(),
        user: user.into(),
    };
    sim.send(Msg::Known(vec![
        known("https://api.example.org", "ada"),
        known("http://localhost:8000", "bob"),
    ]));
    sim
}

#[test]
fn tab_goes_to_the_accounts_beside_the_list_and_back() {
    let mut sim = wide();
    sim.keys("<tab>j<enter>");
    let wanted = Effect::Connect {
        server: "http://localhost:8000".into(),
        user: Some("bob".into()),
    };
    assert!(sim.effects.contains(&wanted));
    let mut sim = wide();
    let focus = |sim: &Sim| {
        let buffer = sim.buffer().0;
        let bold = |x: u16| buffer[(x, 1)].modifier.contains(Modifier::BOLD);
        (bold(0), bold(30))
    };
    assert_eq!(focus(&sim), (false, true));
    sim.keys("<tab>");
    assert_eq!(focus(&sim), (true, false));
    sim.keys("<enter>").shows("in use already");
    for back in ["<tab>", "<esc>", "q"] {
        sim.keys(back);
        assert_eq!(focus(&sim), (false, true), "{back}");
        sim.keys("<tab>");
    }
    // which of the posts are shown
    sim.keys("jjjj<enter>");
    assert_eq!(sim.model.list.query.author.as_deref(), Some("ada"));
    assert_eq!(sim.model.side, None);
    // a narrower screen has no such pane
    sim.keys("<tab>").send(Msg::Resize(100, 30));
    assert_eq!(sim.model.side, None);
    sim.keys("<tab>").shows("from 160 columns on");
}

#[test]
fn what_is_clicked_beside_the_list_is_chosen() {
    use crate::msg::Click;
    let mut sim = wide();
    sim.keys("<f9>");
    let at = |sim: &Sim, text: &str| {
        let shown = sim.text();
        let y = shown.lines().position(|line| line.contains(text)).unwrap();
        u16::try_from(y).unwrap()
    };
    let y = at(&sim, "mine");
    sim.send(Msg::Mouse(Click::Press, 5, y));
    assert_eq!(sim.model.list.query.author.as_deref(), Some("ada"));
    let y = at(&sim, "bob @ localhost:8000");
    sim.send(Msg::Mouse(Click::Press, 5, y));
    let connects = |effect: &Effect| matches!(effect, Effect::Connect { .. });
    assert!(sim.effects.iter().any(connects));
}
