//! A post that somebody else changed or deleted meanwhile: one test a rule.

use gatepost_terminal::post::Version;

use super::writing::draft;
use super::*;

/// The third post, "old" at first, changed here to "Xold".
fn changing() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("e");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", "old"))));
    sim.keys("X");
    sim
}

/// The same, changed at the server to "theirs" before it was sent; the question takes every answer.
pub(super) fn conflict() -> Sim {
    let mut sim = just_asked();
    sim.fire(Timer::Question);
    sim
}

/// The same in the moment that the question comes.
fn just_asked() -> Sim {
    let mut sim = changing();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, Ok(Reply::Conflict(post(3, "New title", "theirs"))));
    sim
}

fn update(base: (&str, &str), mine: (&str, &str)) -> Call {
    Call::Update {
        id: 3,
        base: Some(Version::new(base.0, base.1)),
        sent: None,
        mine: Version::new(mine.0, mine.1),
    }
}

#[test]
fn a_change_is_sent_with_the_version_that_it_started_from() {
    let mut sim = changing();
    sim.keys("<c-s>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("Third", "old"), ("Third", "Xold")))
    );
    assert_eq!(
        sim.drafts_kept().last().unwrap().base,
        Some(Version::new("Third", "old"))
    );
}

#[test]
fn line_ends_that_the_screen_does_not_show_are_no_change() {
    let mut sim = Sim::with_posts();
    sim.keys("e");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", "a\r\nb"))));
    sim.keys("<tab>!<c-s>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("Third", "a\r\nb"), ("Third!", "a\r\nb")))
    );
}

#[test]
fn a_text_that_both_changed_is_a_question_that_shows_both() {
    let mut sim = conflict();
    sim.shows("Changed on both sides")
        .shows("Xold")
        .shows("theirs")
        .hides("The server's title");
    // what they alone changed is theirs
    sim.keys("<up><up><enter>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("New title", "theirs"), ("New title", "Xold")))
    );
    let mut sim = conflict();
    sim.effects.clear();
    sim.keys("<up><enter>")
        .shows("The server's version is kept");
    assert!(sim.model.saving.is_empty());
    for (key, text) in [("m", "Xold"), ("t", "theirs")] {
        let mut sim = conflict();
        sim.keys(key);
        let shown = sim.model.saving.values().next();
        assert_eq!(shown.map_or("theirs", |saving| &saving.draft.content), text);
    }
    let mut sim = conflict();
    sim.keys("e").shows(">>>>>>>");
    let mut sim = conflict();
    sim.keys("<esc>").shows("Draft kept").keys("e");
    sim.shows("Xold").keys("<c-s>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("Third", "old"), ("Third", "Xold")))
    );
}

#[test]
fn a_text_with_marks_is_never_sent() {
    let mut sim = conflict();
    sim.keys("<enter>")
        .shows("<<<<<<< your text")
        .shows("Xold")
        .shows("=======")
        .shows("theirs")
        .shows(">>>>>>>");
    sim.keys("<c-s>").shows("delete the marks");
    assert!(sim.model.saving.is_empty());
    // left, and resumed
    sim.keys("<esc>e");
    sim.keys("<c-s>").shows("delete the marks");
    assert!(sim.model.saving.is_empty());
    sim.keys("<c-k><del><down><c-k><del><c-k><del><c-k>");
    assert_eq!(sim.model.edit().unwrap().body.text(), "Xold\n");
    sim.keys("<c-s>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("New title", "theirs"), ("New title", "Xold\n")))
    );
}

#[test]
fn a_resumed_draft_knows_what_it_started_from() {
    let mut sim = Sim::with_posts();
    let mut old = draft("two", Some(3));
    old.base = Some(Version::new("two", "old"));
    sim.send(Msg::Drafts(vec![old]));
    sim.keys("<enter><c-s>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("two", "old"), ("two", "text of two")))
    );
    // of an older release it is not known, and whatever differs is asked
    let mut sim = Sim::with_posts();
    sim.send(Msg::Drafts(vec![draft("two", Some(3))]));
    sim.keys("<enter><c-s>");
    let asked = sim.asked(&sim.save_slot());
    assert!(matches!(asked, Some(Call::Update { base: None, .. })));
}

#[test]
fn what_was_sent_and_not_answered_is_no_change_of_somebody_else_s() {
    let mut sim = changing();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    let why = failure(Kind::NoAnswer, "the server did not answer in time");
    sim.reply(&slot, Err(why));
    let sent = Some(Version::new("Third", "Xold"));
    assert_eq!(sim.drafts_kept().last().unwrap().sent, sent);
    // written on, and kept again
    sim.keys("eY").fire(Timer::Draft);
    assert_eq!(sim.drafts_kept().last().unwrap().sent, sent);
    sim.keys("<c-s>");
    let asked = sim.asked(&sim.save_slot());
    assert!(matches!(asked, Some(Call::Update { sent: now, .. }) if now == sent));
}

#[test]
fn a_post_that_was_deleted_is_created_anew_where_the_person_says_so() {
    let mut sim = changing();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, Err(failure(Kind::NotFound, "Not found.")));
    // meant for something else
    sim.shows("Create it anew").keys("y<tab><enter>");
    assert!(sim.model.dialog.is_some() && sim.model.saving.is_empty());
    sim.fire(Timer::Question).keys("y");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(Call::Create {
            title: "Third".into(),
            content: "Xold".into()
        })
    );
}

#[test]
fn no_question_comes_over_a_text_that_is_being_written() {
    for reply in [
        Ok(Reply::Conflict(post(3, "Third", "theirs"))),
        Err(failure(Kind::NotFound, "Not found.")),
    ] {
        let mut sim = changing();
        sim.keys("<c-s>");
        let slot = sim.save_slot();
        sim.keys("<esc>nanother").reply(&slot, reply);
        assert_eq!(sim.model.dialog, None);
        sim.shows("another").shows("kept");
        assert_eq!(sim.model.drafts[0].content, "Xold");
    }
}

#[test]
fn no_question_comes_over_a_filter_that_is_typed() {
    for reply in [
        Ok(Reply::Conflict(post(3, "Third", "theirs"))),
        Err(failure(Kind::NotFound, "Not found.")),
        Err(invalid("title", "Too long.")),
    ] {
        let mut sim = changing();
        sim.keys("<c-s>");
        let slot = sim.save_slot();
        sim.keys("q/").reply(&slot, reply).keys("t");
        assert_eq!((&sim.model.dialog, sim.model.edit()), (&None, None));
        let filter = sim.model.list.filter.as_ref().unwrap();
        assert_eq!(filter.query.text(), "t");
        sim.shows("kept");
        assert_eq!(sim.model.drafts[0].content, "Xold");
    }
    // nor the one about drafts that were found
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    sim.keys("/s")
        .send(Msg::Drafts(vec![draft("two", Some(3))]))
        .keys("x");
    assert_eq!(sim.model.dialog, None);
    sim.shows("1 draft was found (n and e open drafts)");
    assert_eq!(sim.model.list.filter.unwrap().query.text(), "sx");
}

#[test]
fn a_key_in_the_moment_that_a_question_comes_is_no_answer() {
    for keys in ["t", "m", "e", "<enter>", "k<enter>", "<up><up><enter>"] {
        let mut sim = just_asked();
        sim.keys(keys).shows("Changed on both sides");
        assert_eq!(sim.model.drafts[0].content, "Xold", "{keys}");
        assert!(sim.model.saving.is_empty() && sim.model.edit().is_none());
        sim.fire(Timer::Question).keys("m");
        assert_eq!(sim.model.saving.len(), 1, "{keys}");
    }
    // what loses nothing is one
    let mut sim = just_asked();
    sim.keys("<esc>").shows("Draft kept");
    // and what a person asks for is answered at once
    sim.keys("dy").hides("Delete '").fire(Timer::Grace(3));
    assert!(sim.asked(&Slot::Delete(3)).is_some());
    let mut sim = Sim::with_posts();
    sim.send(Msg::Drafts(vec![draft("two", Some(3))]));
    sim.keys("xy").shows("A draft was found");
    assert_eq!(sim.model.drafts.len(), 1);
    sim.fire(Timer::Question).keys("xy");
    assert_eq!(sim.model.drafts, []);
}

#[test]
fn my_version_is_a_draft_until_it_is_discarded_where_theirs_is_taken() {
    let mut sim = conflict();
    sim.effects.clear();
    sim.keys("t")
        .shows("The server's version is kept; yours is a draft");
    assert!(
        !sim.effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropDraft(_)))
    );
    sim.keys("e").shows("Xold").keys("<f8>y");
    sim.keys("e").shows("theirs").hides("Xold");
    // also where the rest of it is sent
    let mut sim = Sim::with_posts();
    sim.keys("e");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", "old"))));
    sim.keys("X<tab>!<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, Ok(Reply::Conflict(post(3, "Third", "theirs"))));
    sim.fire(Timer::Question).effects.clear();
    sim.keys("t").shows("yours is a draft");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(update(("Third", "theirs"), ("Third!", "theirs")))
    );
    let kept = sim.model.drafts[0].clone();
    assert_eq!(
        (kept.title.as_str(), kept.content.as_str()),
        ("Third!", "Xold")
    );
    assert!(sim.drafts_kept().contains(&kept));
    let slot = sim.save_slot();
    sim.reply(&slot, Ok(Reply::Post(post(3, "Third!", "theirs"))));
    assert_eq!(sim.model.drafts, std::slice::from_ref(&kept));
    assert!(!sim.effects.contains(&Effect::DropDraft(kept.id)));
}

#[test]
fn both_versions_are_shown_at_every_size() {
    let long = |word: &str| format!("{}{word}\n{word} again", "the same line\n".repeat(50));
    for (width, height) in [(40, 10), (80, 24), (200, 60)] {
        let mut sim = Sim::sized(width, height, Theme::Dark).signed_in();
        sim = sim.posts(vec![row(3, "Third", "ada")]);
        let base = Version::new("Third", "the same line");
        let mut old = draft("two", Some(3));
        (old.base, old.content) = (Some(base), long("mine"));
        sim.send(Msg::Drafts(vec![old]));
        sim.keys("<enter><c-s>");
        let slot = sim.save_slot();
        let theirs = post(3, "Another", &long("theirs"));
        sim.reply(&slot, Ok(Reply::Conflict(theirs)));
        sim.shows("mine")
            .shows("theirs")
            .shows("edit with both shown");
    }
}
