//! Writing, saving and drafts: one test a rule.

use super::*;
use gatepost_terminal::drafts::DraftId;
use gatepost_terminal::post::Version;

/// A post that is being written.
pub(super) fn written() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("nHello<enter>the text");
    sim
}

#[test]
fn a_post_is_there_at_once_and_its_draft_goes_when_it_is_saved() {
    let mut sim = written();
    sim.keys("<c-s>").shows("saving Hello");
    let slot = sim.save_slot();
    assert_eq!(
        sim.asked(&slot),
        Some(Call::Create {
            title: "Hello".into(),
            content: "the text".into()
        })
    );
    assert_eq!(
        sim.drafts_kept().last().unwrap().content,
        "the text",
        "until then it is a draft"
    );
    sim.reply(&slot, Ok(Reply::Post(post(4, "Hello", "the text"))));
    sim.shows("Saved").hides("saving ");
    assert_eq!(sim.model.list.rows[0].id, 4);
    assert!(
        sim.effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropDraft(_)))
    );
}

#[test]
fn a_refused_post_is_rolled_back_and_opens_again_with_the_servers_messages() {
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.reply(
        &slot,
        Err(invalid(
            "title",
            "Ensure this field has no more than 200 characters.",
        )),
    );
    assert_eq!(sim.model.list.rows.len(), 3);
    sim.shows("title: Ensure this field")
        .shows("the text")
        .keys("!<c-s>");
    assert_eq!(
        sim.asked(&sim.save_slot()),
        Some(Call::Create {
            title: "Hello!".into(),
            content: "the text".into()
        })
    );
}

#[test]
fn a_change_that_fails_is_rolled_back_and_stays_a_draft() {
    let mut sim = Sim::with_posts();
    sim.keys("<enter>")
        .reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", "old"))));
    sim.keys("enew <c-s>").shows("new old");
    let slot = sim.save_slot();
    assert_eq!(
        sim.asked(&slot),
        Some(Call::Update {
            id: 3,
            base: Some(Version::new("Third", "old")),
            sent: None,
            mine: Version::new("Third", "new old"),
        })
    );
    sim.reply(
        &slot,
        Err(failure(Kind::Offline, "the server could not be reached")),
    );
    // the text stays where it was being written
    sim.shows("new old")
        .shows("Not saved: the server could not be reached. ^s tries again")
        .shows("1 change waits");
    sim.keys("<esc>")
        .hides("new old")
        .shows("Sent when the server is back (e opens it)");
    let mut back = sim.clone();
    sim.keys("e")
        .shows("new old")
        .shows("Draft of 2026-11-24 13:00");
    // left, it is sent when the server is back
    back.fire(Timer::Retry);
    let rows = vec![row(3, "Third", "ada")];
    let is_end = true;
    back.reply(&Slot::List, Ok(Reply::Rows { rows, is_end }));
    back.hides("offline");
    assert!(matches!(
        back.asked(&slot),
        Some(Call::Update { mine, .. }) if mine.content == "new old"
    ));
}

#[test]
fn a_create_without_an_answer_is_not_sent_again() {
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.effects.clear();
    sim.reply(
        &slot,
        Err(failure(Kind::NoAnswer, "the server did not answer in time")),
    );
    sim.shows("the post may be saved or not");
    assert!(
        !sim.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Call { .. }))
    );
    assert_eq!(sim.model.drafts[0].content, "the text");
}

/// A proxy in front of a server that is away answers so. A new post may have arrived.
#[test]
fn what_a_server_error_kept_from_being_saved_stays_in_the_editor() {
    let bad_gateway = || Err(failure(Kind::Server(None), "Bad Gateway (status 502)"));
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.reply(&slot, bad_gateway());
    sim.shows("the text")
        .shows("Not saved: Bad Gateway (status 502). ^s tries again");
    sim.fire(Timer::Question).keys("<c-s>");
    assert!(
        matches!(sim.asked(&slot), Some(Call::Create { content, .. }) if content == "the text")
    );
    sim.reply(&slot, bad_gateway());
    sim.fire(Timer::Question).keys("<esc>").hides("the text");
    assert!(sim.model.queued.is_empty(), "it is not sent unasked");
    assert_eq!(sim.model.drafts[0].content, "the text");
}

#[test]
fn nothing_changed_is_nothing_sent() {
    let mut sim = Sim::with_posts();
    sim.keys("e").reply(
        &Slot::Post(3),
        Ok(Reply::Post(post(3, "Third", "old\r\ntext"))),
    );
    sim.keys("<c-s>").shows("Nothing changed");
    assert!(sim.model.saving.is_empty());
}

#[test]
fn a_save_that_is_too_much_stays_a_draft() {
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    let wait = std::time::Duration::from_secs(9);
    let throttled = "Request was throttled. Expected available in 9 seconds.";
    sim.reply(&slot, Err(failure(Kind::TooMany(Some(wait)), throttled)));
    sim.shows("draft kept (n opens it): Request was throttled.");
    assert_eq!(sim.model.drafts[0].content, "the text");
}

#[test]
fn what_is_typed_is_kept_within_a_second() {
    let mut sim = Sim::with_posts();
    sim.keys("n");
    sim.effects.clear();
    sim.keys("H");
    let waits: Vec<_> = sim
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::After(Timer::Draft, _, wait) => Some(wait.as_millis()),
            _ => None,
        })
        .collect();
    assert!(waits.len() == 1 && waits[0] <= 700, "{waits:?}");
    sim.keys("ello");
    sim.fire(Timer::Draft);
    assert_eq!(
        sim.drafts_kept()[0].title,
        "Hello",
        "a second key does not put it off"
    );
    sim.keys("<back><back><back><back><back>")
        .fire(Timer::Draft);
    assert!(
        sim.effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropDraft(_))),
        "nothing is left of it"
    );
}

pub(super) fn draft(title: &str, post: Option<i64>) -> Draft {
    Draft {
        id: DraftId(format!("old-{title}")),
        server: "https://api.example.org".into(),
        user: "ada".into(),
        post,
        title: title.into(),
        content: format!("text of {title}"),
        saved: moment("2026-11-23T20:15:00Z").timestamp(),
        base: None,
        sent: None,
        has_head: false,
    }
}

#[test]
fn drafts_are_offered_at_the_start_and_resumed_under_a_name_of_this_run() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Drafts(vec![draft("one", None), draft("two", Some(3))]));
    sim.shows("2 drafts were found").shows("15h  new     one");
    sim.effects.clear();
    sim.keys("j<enter>").shows("text of two").shows("Edit · ");
    assert!(
        sim.effects.iter().any(|effect| matches!(effect, Effect::SaveDraft { replaces, .. } if *replaces == Some(DraftId("old-two".into())))),
        "the old one goes when the new one is there, and not before"
    );
    assert!(
        !sim.effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropDraft(_)))
    );
    let kept = sim.drafts_kept();
    assert_eq!(
        (kept[0].id.run(), kept[0].content.as_str()),
        ("run", "text of two")
    );
    sim.keys("<esc>n").shows("text of one");
}

#[test]
fn a_draft_is_thrown_away_only_when_it_was_asked() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Drafts(vec![draft("one", None)]));
    sim.fire(Timer::Question).effects.clear();
    sim.keys("x")
        .shows("Discard the draft?")
        .keys("<enter>")
        .shows("A draft was found");
    sim.keys("xy").hides("draft was found");
    assert!(
        sim.effects
            .contains(&Effect::DropDraft(DraftId("old-one".into())))
    );
    let mut sim = written();
    sim.keys("<f8><enter>")
        .shows("the text")
        .keys("<f8>y")
        .shows("Draft discarded");
}

#[test]
fn leaving_the_editor_keeps_the_text() {
    let mut sim = written();
    sim.keys("<esc>")
        .shows("Draft kept (n opens it)")
        .keys("n")
        .shows("the text");
}

#[test]
fn the_persons_editor_gives_a_text_that_can_be_undone() {
    let mut sim = written();
    sim.effects.clear();
    sim.keys("<c-g>");
    let given = sim.effects.iter().find_map(|effect| match effect {
        Effect::OpenEditor(draft) => Some(draft.file()),
        _ => None,
    });
    assert!(given.as_deref() == Some("the text\n") && sim.model.is_away);
    sim.send(Msg::EditorClosed(Ok(Some("better\n".into()))));
    sim.shows("better")
        .hides("the text")
        .keys("<a-u>")
        .shows("the text");
    sim.keys("<c-g>").send(Msg::EditorClosed(Ok(None)));
    sim.shows("the text");
    let why = "The editor failed with exit code 1";
    sim.keys("<c-g>").send(Msg::EditorClosed(Err(why.into())));
    sim.shows("the text").shows(why);
}

#[test]
fn a_draft_that_is_known_is_not_offered_again() {
    let mut sim = written();
    sim.fire(Timer::Draft);
    let kept = sim.drafts_kept();
    sim.send(Msg::Drafts(kept.clone()));
    assert!(sim.model.drafts.is_empty(), "it is being written");
    sim.keys("<c-s>").send(Msg::Drafts(kept));
    assert!(sim.model.drafts.is_empty(), "it is on its way");
}

/// The third post, changed.
fn changing() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("e");
    let third = post(3, "Third", "old");
    sim.reply(&Slot::Post(3), Ok(Reply::Post(third)));
    sim.keys("x");
    sim
}

#[test]
fn a_change_of_a_post_that_was_deleted_is_kept_as_a_new_post() {
    let gone = || Err(failure(Kind::NotFound, "Not found."));
    let mut sim = changing();
    sim.keys("<c-s>");
    let (slot, first) = (sim.save_slot(), sim.drafts_kept().remove(0));
    sim.reply(&slot, gone());
    sim.shows("deleted meanwhile").keys("n");
    sim.shows("your text is kept as a new draft (n opens it)");
    let again = sim.drafts_kept().remove(0);
    assert_eq!((again.id, again.post), (first.id, None));
    sim.keys("<esc>")
        .shows("✎ Third")
        .keys("n")
        .shows("xold")
        .shows("New post");
    // left, and then found deleted
    let mut sim = changing();
    sim.keys("<esc>r").reply(&Slot::Post(3), gone());
    assert_eq!(sim.drafts_kept().last().unwrap().post, None);
    sim.keys("<esc>n").shows("xold");
}

#[test]
fn what_was_changed_back_leaves_no_draft() {
    let mut sim = changing();
    sim.fire(Timer::Draft);
    let id = sim.drafts_kept().remove(0).id;
    sim.keys("<back><c-s>").shows("Nothing changed");
    assert!(sim.effects.contains(&Effect::DropDraft(id)));
}

#[test]
fn the_editor_is_never_without_a_draft_and_changes_nothing_by_itself() {
    let mut sim = Sim::with_posts();
    sim.keys("n<c-g>");
    let kept = sim.drafts_kept();
    assert_eq!(kept.len(), 1, "whose text it is, if the program ends first");
    assert!(!sim.model.timers.contains_key(&Timer::Draft));
    sim.send(Msg::EditorClosed(Ok(Some("\n".into()))));
    assert!(sim.effects.contains(&Effect::DropDraft(kept[0].id.clone())));
    sim.keys("T<tab>a<enter><c-g>");
    sim.send(Msg::EditorClosed(Ok(Some("a\n\n".into()))));
    assert_eq!(sim.model.edit().unwrap().body.text(), "a\n");
}

#[test]
fn a_paste_goes_into_text_and_nowhere_else() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Paste("q\rd\ry".into()));
    sim.shows("No text field").shows("Third");
    assert_eq!(sim.model.exit, None);
    sim.keys("n").send(Msg::Paste("one\r\ntwo\r".into()));
    sim.shows("one two");
    sim.keys("<tab>")
        .send(Msg::Paste("one\rtwo\r\nthree".into()));
    assert_eq!(
        sim.model.edit().unwrap().body.lines(),
        ["one", "two", "three"]
    );
}

#[test]
fn leaving_asks_only_while_something_is_on_its_way() {
    let mut sim = Sim::with_posts();
    sim.keys("q");
    assert_eq!(sim.model.exit, Some(0));
    let mut sim = written();
    sim.keys("<c-s>q")
        .shows("One change is still being sent")
        .keys("<enter>");
    assert_eq!(sim.model.exit, None);
    sim.keys("qy");
    assert_eq!(sim.model.exit, Some(0));
}
