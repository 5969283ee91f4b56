//! What happens when: one test a rule.

use gatepost_sdk::ExpiredReason;

use super::*;
use crate::draft::DraftId;
use crate::effect::Password;
use crate::msg::User;

fn written() -> Sim {
    let mut sim = Sim::with_posts();
    sim.keys("nHello<enter>the text");
    sim
}

#[test]
fn signing_in_asks_for_the_list_and_the_drafts() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.shows("Sign in").keys("ada<enter>s3cret<enter>");
    let Some(Call::SignIn { username, password }) = sim.asked(&Slot::SignIn) else {
        panic!()
    };
    assert_eq!(username, "ada");
    assert_eq!(password, Password("s3cret".into()));
    assert!(!format!("{:?}", sim.effects).contains("s3cret"));
    sim.keys("x").hides("s3cret");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
    assert!(
        sim.effects
            .contains(&Effect::LoadDrafts { user: "ada".into() })
    );
    sim.shows("ada @ api.example.org").shows("until 14:32");
}

#[test]
fn a_wrong_password_is_said_and_typed_again() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("ada<enter>wrong<enter>");
    sim.reply(
        &Slot::SignIn,
        Err(failure(Kind::Credentials, "No active account found")),
    );
    sim.shows("No active account found")
        .hides("*")
        .keys("right<enter>");
    let Some(Call::SignIn { password, .. }) = sim.asked(&Slot::SignIn) else {
        panic!()
    };
    assert_eq!(password, Password("right".into()));
}

#[test]
fn registering_shows_the_servers_messages_under_their_fields_and_then_signs_in() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("<f7>ada<enter>a@example.org<enter>Ada<enter>L<enter>s3cret-pass<enter>other<enter>");
    sim.shows("It differs from the one above.");
    assert_eq!(sim.asked(&Slot::Register), None);
    sim.keys("<c-u>s3cret-pass<enter>");
    assert!(
        matches!(sim.asked(&Slot::Register), Some(Call::Register { first_name, .. }) if first_name == "Ada")
    );
    sim.reply(
        &Slot::Register,
        Err(invalid(
            "username",
            "A user with that username already exists.",
        )),
    );
    let lines = sim.text();
    let at = lines
        .lines()
        .position(|line| line.contains("Username"))
        .unwrap();
    assert!(
        lines
            .lines()
            .nth(at + 1)
            .unwrap()
            .contains("already exists")
    );
    sim.keys("2<down><down><down><down><down><enter>");
    sim.reply(&Slot::Register, Ok(Reply::Done));
    assert!(
        matches!(sim.asked(&Slot::SignIn), Some(Call::SignIn { username, .. }) if username == "ada2")
    );
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada2"))));
    sim.shows("ada2 @");
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
            title: "Third".into(),
            content: "new old".into()
        })
    );
    sim.reply(
        &slot,
        Err(failure(Kind::Offline, "the server could not be reached")),
    );
    sim.hides("new old")
        .shows("Not saved; the draft is kept (e): the server could not be reached");
    sim.keys("e")
        .shows("new old")
        .shows("The draft of 2026-11-24 13:00");
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
    sim.shows("it may be saved or not");
    assert!(
        !sim.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Call { .. }))
    );
    assert_eq!(sim.model.drafts[0].content, "the text");
}

#[test]
fn nothing_changed_is_nothing_sent() {
    let mut sim = Sim::with_posts();
    sim.keys("e").reply(
        &Slot::Post(3),
        Ok(Reply::Post(post(3, "Third", "old\r\ntext"))),
    );
    sim.keys("<c-s>").shows("Nothing was changed");
    assert!(sim.model.saving.is_empty());
}

#[test]
fn deleting_asks_first_and_no_is_the_default() {
    let mut sim = Sim::with_posts();
    sim.keys("d").shows("Delete 'Third'?").keys("<enter>");
    assert_eq!(sim.asked(&Slot::Delete(3)), None);
    sim.keys("d<tab><enter>").shows("deleting Third");
    sim.reply(&Slot::Delete(3), Ok(Reply::Done));
    sim.shows("'Third' is deleted");
    assert_eq!(sim.model.list.rows.len(), 2);
}

#[test]
fn a_delete_that_fails_leaves_the_post() {
    let mut sim = Sim::with_posts();
    sim.keys("dy").reply(
        &Slot::Delete(3),
        Err(failure(Kind::Forbidden, "You do not have permission")),
    );
    sim.shows("Not deleted. You do not have permission")
        .hides("deleting");
    sim.keys("dy")
        .reply(&Slot::Delete(3), Err(failure(Kind::NotFound, "Not found.")));
    assert_eq!(sim.model.list.rows.len(), 2, "it is gone, as was wanted");
}

#[test]
fn what_is_anothers_is_read_and_no_more() {
    let mut sim = Sim::with_posts();
    sim.keys("jd")
        .shows("Only its author may do that")
        .keys("e");
    assert_eq!(name(sim.model.screen()), "Posts");
    sim.keys("<enter>");
    assert_eq!(sim.asked(&Slot::Post(2)), Some(Call::Post(2)));
}

#[test]
fn a_read_that_fails_is_tried_again_ever_later() {
    let mut sim = Sim::with_posts();
    let mut waits = Vec::new();
    sim.keys("r");
    for _ in 0..7 {
        sim.effects.clear();
        sim.reply(
            &Slot::List,
            Err(failure(Kind::Offline, "the server could not be reached")),
        );
        sim.shows("Offline, next try 13:")
            .shows("the server could not be reached")
            .shows("Third");
        let wait = sim.effects.iter().find_map(|effect| match effect {
            Effect::After(Timer::Retry, _, wait) => Some(wait.as_secs_f32()),
            _ => None,
        });
        waits.push(wait.unwrap());
        sim.fire(Timer::Retry);
    }
    for (wait, about) in waits.iter().zip([1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]) {
        assert!((0.75..=1.25).contains(&(wait / about)), "{waits:?}");
    }
    sim.reply(
        &Slot::List,
        Ok(Reply::Rows {
            rows: vec![row(9, "New", "bob")],
            is_end: true,
        }),
    );
    sim.hides("Offline").shows("New");
}

#[test]
fn r_tries_again_at_once_and_a_success_brings_the_rest() {
    let mut sim = Sim::with_posts();
    sim.keys("r").reply(
        &Slot::List,
        Err(failure(Kind::Server(None), "Internal Server Error")),
    );
    sim.keys("p")
        .reply(&Slot::Profile, Err(failure(Kind::Offline, "no route")));
    assert_eq!(sim.asked(&Slot::List), None);
    sim.keys("r");
    let user = User {
        id: Some(1),
        username: "ada".into(),
        email: String::new(),
        first_name: String::new(),
        last_name: String::new(),
    };
    sim.reply(&Slot::Profile, Ok(Reply::Profile(user)));
    assert_eq!(sim.asked(&Slot::List), Some(Call::List));
    sim.hides("Offline");
}

#[test]
fn the_servers_own_wait_is_honoured() {
    let wait = std::time::Duration::from_mins(2);
    for (kind, what) in [
        (
            Kind::TooMany(Some(wait)),
            "Too many requests, next try 13:02:00",
        ),
        (
            Kind::Server(Some(wait)),
            "in trouble, next try 13:02:00 (r now)",
        ),
    ] {
        let is_told = matches!(kind, Kind::TooMany(_));
        let mut sim = Sim::with_posts();
        sim.keys("r");
        sim.effects.clear();
        sim.reply(&Slot::List, Err(failure(kind, "not now")));
        sim.shows(what).shows("not now");
        let after = |effect: &Effect| matches!(effect, Effect::After(Timer::Retry, _, time) if *time == wait);
        assert!(sim.effects.iter().any(after));
        // who has sent too much is not helped by sending more
        sim.keys("r");
        assert_eq!(sim.asked(&Slot::List).is_none(), is_told);
        if is_told {
            sim.shows("The server has asked to wait").hides("r refresh");
            sim.fire(Timer::Retry);
            assert!(sim.asked(&Slot::List).is_some());
        }
    }
}

#[test]
fn a_save_that_is_too_much_stays_a_draft() {
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    let wait = std::time::Duration::from_secs(9);
    let throttled = "Request was throttled. Expected available in 9 seconds.";
    sim.reply(&slot, Err(failure(Kind::TooMany(Some(wait)), throttled)));
    sim.shows("the draft is kept (n): Request was throttled.");
    assert_eq!(sim.model.drafts[0].content, "the text");
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
fn tokens_that_another_process_has_exchanged_change_the_header_and_no_more() {
    let mut sim = written();
    let before = sim.model.screens.clone();
    sim.send(Msg::Session(SessionState::Active {
        user: "ada".into(),
        expires_at: Some(moment("2026-11-24T17:05:00Z")),
        degraded: None,
    }));
    sim.shows("signed in until 18:05").shows("the text");
    assert!(sim.model.screens == before && sim.model.toast.is_none());
}

#[test]
fn a_session_that_ended_elsewhere_is_taken_up_in_place() {
    let mut sim = written();
    sim.effects.clear();
    sim.send(Msg::Session(SessionState::Expired {
        user: "ada".into(),
        reason: ExpiredReason::LoggedOutElsewhere,
    }));
    sim.shows("it was logged out")
        .shows("What you were doing is kept");
    assert_eq!(sim.drafts_kept()[0].content, "the text");
    // it comes in the middle of a word: nothing that is typed is lost, nor goes into the password
    sim.keys(" goes<enter>on").send(Msg::Paste("!".into()));
    sim.keys("<c-s>")
        .shows("The session has ended: it was logged out elsewhere")
        .keys("s3cret<enter>");
    assert!(
        matches!(sim.asked(&Slot::SignIn), Some(Call::SignIn { username, .. }) if username == "ada")
    );
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.shows("the text goes")
        .shows("on!")
        .shows("Signed in again as ada")
        .keys("?");
    sim.shows("on!?");
}

#[test]
fn a_save_that_met_an_ended_session_is_done_after_signing_in_again() {
    let mut sim = written();
    sim.keys("<c-s>");
    let slot = sim.save_slot();
    sim.reply(
        &slot,
        Err(failure(
            Kind::Ended(Some(ExpiredReason::PasswordChanged)),
            "the session has ended",
        )),
    );
    sim.shows("the password was changed")
        .keys("<enter>new<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    assert!(matches!(sim.asked(&slot), Some(Call::Create { .. })));
}

#[test]
fn another_user_gets_nothing_of_the_first() {
    let mut sim = written();
    let list = sim.model.live.clone();
    sim.effects.clear();
    sim.send(Msg::Session(active("eve")));
    sim.hides("Third").hides("the text");
    assert_eq!(sim.drafts_kept()[0].user, "ada");
    assert!(sim.model.drafts.is_empty() && list.len() < 2);
    let eves = Draft {
        user: "eve".into(),
        ..draft("eves", None)
    };
    sim.send(Msg::Drafts(vec![draft("adas", None), eves]));
    sim.shows("eves").hides("adas");
}

#[test]
fn a_late_answer_changes_nothing() {
    let mut sim = Sim::with_posts();
    sim.keys("r");
    let (r#gen, _) = sim.model.live[&Slot::List];
    let epoch = sim.model.epoch;
    sim.keys("r");
    let before = sim.model.clone();
    let reply = Ok(Reply::Rows {
        rows: Vec::new(),
        is_end: true,
    });
    sim.send(Msg::Reply {
        slot: Slot::List,
        r#gen,
        epoch,
        reply: reply.clone(),
    });
    assert!(sim.model == before);
    let (r#gen, _) = sim.model.live[&Slot::List];
    sim.send(Msg::Reply {
        slot: Slot::List,
        r#gen,
        epoch: epoch + 1,
        reply,
    });
    assert!(sim.model == before);
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

fn draft(title: &str, post: Option<i64>) -> Draft {
    Draft {
        id: DraftId(format!("old-{title}")),
        server: "https://api.example.org".into(),
        user: "ada".into(),
        post,
        title: title.into(),
        content: format!("text of {title}"),
        saved: moment("2026-11-23T20:15:00Z").timestamp(),
    }
}

#[test]
fn drafts_are_offered_at_the_start_and_resumed_under_a_name_of_this_run() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Drafts(vec![draft("one", None), draft("two", Some(3))]));
    sim.shows("2 drafts were found").shows("11-23 21:15");
    sim.effects.clear();
    sim.keys("j<enter>").shows("text of two").shows("a change");
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
    sim.effects.clear();
    sim.keys("x")
        .shows("Throw the draft away?")
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
        .shows("The draft is thrown away");
}

#[test]
fn leaving_the_editor_keeps_the_text() {
    let mut sim = written();
    sim.keys("<esc>")
        .shows("The draft is kept (n)")
        .keys("n")
        .shows("the text");
}

#[test]
fn the_persons_editor_gives_a_text_that_can_be_undone() {
    let mut sim = written();
    sim.effects.clear();
    sim.keys("<c-g>");
    assert!(sim.effects.contains(&Effect::OpenEditor("the text".into())) && sim.model.is_away);
    sim.send(Msg::EditorClosed(Ok(Some("better\n".into()))));
    sim.shows("better")
        .hides("the text")
        .keys("<a-u>")
        .shows("the text");
    sim.keys("<c-g>").send(Msg::EditorClosed(Ok(None)));
    sim.shows("the text").shows("The editor said no");
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
    sim.shows("the text is kept as a new post (n)");
    let again = sim.drafts_kept().remove(0);
    assert_eq!((again.id, again.post), (first.id, None));
    sim.keys("<esc>")
        .hides("Third")
        .keys("n")
        .shows("xold")
        .shows("a new post");
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
    sim.keys("<back><c-s>").shows("Nothing was changed");
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
fn nothing_can_be_hidden_in_the_title_of_the_window() {
    let mut sim = Sim::new();
    // a name that would end the title and begin a sequence of its own
    sim.send(Msg::Session(active("ada\u{7}\u{1b}]0;evil\u{9c}")));
    let title = crate::view::title(&sim.model);
    assert!(title.starts_with("gatepost - ada\u{fffd}"), "{title:?}");
    assert!(!title.chars().any(char::is_control), "{title:?}");
}

#[test]
fn a_paste_goes_into_text_and_nowhere_else() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Paste("q\rd\ry".into()));
    sim.shows("no text field").shows("Third");
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
        .shows("One change is on its way")
        .keys("<enter>");
    assert_eq!(sim.model.exit, None);
    sim.keys("qy");
    assert_eq!(sim.model.exit, Some(0));
}

#[test]
fn signing_out_asks_and_says_whether_the_server_knows() {
    let mut sim = Sim::with_posts();
    sim.keys("sL")
        .shows("Sign out, here and at the server?")
        .keys("y");
    sim.send(Msg::Session(SessionState::SignedOut));
    sim.hides("elsewhere");
    sim.reply(
        &Slot::SignOut,
        Ok(Reply::SignedOut {
            problem: Some("no route".into()),
        }),
    );
    sim.shows("Sign in")
        .shows("could not be told: no route")
        .hides("Third");
}

fn locked() -> Failure {
    Failure {
        hint: Some("unlock the OS keyring and try again".into()),
        ..failure(Kind::Store, "the OS keyring is locked")
    }
}

#[test]
fn where_no_keyring_is_a_person_is_asked_at_the_start_and_nothing_is_chosen_in_silence() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Err(locked()));
    sim.shows("The OS keyring is locked.")
        .shows("> the OS keyring (try again)")
        .shows("a file that only you can read")
        .shows("memory, until you quit");
    // unlocked meanwhile
    sim.effects.clear();
    let mut again = sim.clone();
    again.keys("<enter>");
    assert_eq!(again.asked(&Slot::Load), Some(Call::Load));
    assert!(
        !again
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::UsePlace(_)))
    );
    again.shows("(trying…)").keys("j<enter>");
    again.shows("It is being tried");
    // in vain: the mark is where it was put
    let mut in_vain = again.clone();
    in_vain.reply(&Slot::Load, Err(locked()));
    in_vain.shows("(try again)").shows("> a file that only you");
    again.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    again.hides("is locked").shows("ada @");
    // in a file
    sim.keys("j<enter>");
    assert!(sim.effects.contains(&Effect::UsePlace(1)));
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.hides("is locked").keys("ada<enter>pw<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.keys("s").shows("Kept in").shows("a file that only you");
}

#[test]
fn a_keyring_that_is_locked_while_signing_in_loses_nothing_that_was_typed() {
    let mut sim = Sim::new();
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sim.keys("ada<enter>s3cret<enter>");
    sim.reply(&Slot::SignIn, Err(locked()));
    sim.shows("Where is the session to be kept?");
    assert!(!format!("{:?}", sim.model).contains("s3cret"));
    // not now: the form says why, and asks again when it is sent again
    let mut later = sim.clone();
    later.keys("<esc>").shows("The OS keyring is locked");
    later.keys("<enter>");
    assert!(later.asked(&Slot::SignIn).is_some());
    later.reply(&Slot::SignIn, Err(locked()));
    later.shows("Where is the session to be kept?");
    // memory: goes on by itself
    sim.effects.clear();
    sim.keys("<down><down><enter>")
        .shows("Waiting for the server");
    assert!(sim.effects.contains(&Effect::UsePlace(2)));
    let Some(Call::SignIn { password, .. }) = sim.asked(&Slot::SignIn) else {
        panic!()
    };
    assert_eq!(password, Password("s3cret".into()));
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.keys("s").shows("memory, until you quit");
}

#[test]
fn signing_in_again_with_a_locked_keyring_keeps_what_was_being_written() {
    let mut sim = written();
    sim.send(Msg::Session(SessionState::SignedOut));
    sim.keys("<c-s>pw<enter>");
    sim.reply(&Slot::SignIn, Err(locked()));
    sim.keys("j<enter>");
    sim.reply(&Slot::SignIn, Ok(Reply::State(active("ada"))));
    sim.shows("the text").shows("Signed in again as ada");
}

#[test]
fn what_cannot_be_remembered_for_the_other_commands_is_said() {
    let mut sim = Sim::with_posts();
    sim.send(Msg::Problem(
        "The other commands will not know of it".into(),
    ));
    sim.shows("The other commands will not know of it")
        .shows("Third");
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
        .hides("There are no posts");
}

#[test]
fn the_same_state_again_does_not_repeat_what_has_failed() {
    let mut sim = Sim::with_posts();
    sim.keys("r");
    sim.reply(&Slot::List, Err(failure(Kind::Ended(None), "no")));
    sim.send(Msg::Session(active("ada")));
    sim.shows("has ended");
    assert_eq!(sim.asked(&Slot::List), None);
}

#[test]
fn an_ended_session_at_the_start_says_why_and_knows_the_name() {
    let mut sim = Sim::new();
    let state = SessionState::Expired {
        user: "ada".into(),
        reason: ExpiredReason::RefreshExpired,
    };
    sim.reply(&Slot::Load, Ok(Reply::State(state)));
    sim.shows("The session of ada has ended: it was not used for too long")
        .keys("pw<enter>");
    assert!(
        matches!(sim.asked(&Slot::SignIn), Some(Call::SignIn { username, .. }) if username == "ada")
    );
}

#[test]
fn a_stranger_s_title_cannot_reach_the_terminal() {
    let mut sim = Sim::new()
        .signed_in()
        .posts(vec![row(1, "\u{1b}]0;evil\u{7}\u{202e}x", "ada")]);
    sim.shows("\u{fffd}]0;evil\u{fffd}\u{fffd}x");
}

#[test]
fn every_key_looks_whether_the_session_is_still_there() {
    let mut sim = Sim::with_posts();
    sim.effects.clear();
    sim.keys("j");
    assert_eq!(sim.effects, [Effect::CheckSession]);
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
    sim.keys("/zzz").shows("No loaded post has these words");
    assert!(sim.model.list.current().is_none());
    sim.keys("<enter>")
        .keys("<enter>d")
        .shows("There is no post here");
    sim.keys("/<c-u>").shows("6 of 6 loaded").keys("<esc>");
    sim.fire(Timer::Toast);
    sim.hides("loaded").shows("First").shows("of 6");
    sim.keys("/irs<enter><esc>").hides("loaded").shows("Third");
    sim.keys("<esc>")
        .shows("There is nothing to go back to; q quits");
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
    Sim::sized(120, 30, Theme::Ansi).signed_in().posts(vec![
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
    sim.reply(&Slot::Preview, away).shows("Offline, next try");
}

#[test]
fn a_spinner_comes_after_a_moment_and_goes_with_the_answer() {
    let title = |sim: &Sim| crate::view::title(&sim.model);
    let mut sim = Sim::with_posts();
    sim.effects.clear();
    assert!(!sim.model.timers.contains_key(&Timer::Spin), "idle is idle");
    sim.keys("r");
    let wait = sim.effects.iter().find_map(|effect| match effect {
        Effect::After(Timer::Spin, _, wait) => Some(wait.as_millis()),
        _ => None,
    });
    assert_eq!(wait, Some(250));
    assert_eq!(title(&sim), "gatepost - ada @ api.example.org");
    sim.fire(Timer::Spin).shows("| signed in until");
    sim.fire(Timer::Spin).shows("/ signed in until");
    assert_eq!(title(&sim), "gatepost - ada @ api.example.org ...");
    let rows = vec![row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    sim.hides("/ signed in");
    assert!(!sim.model.timers.contains_key(&Timer::Spin));
}

#[test]
fn a_list_that_waits_to_be_scrolled_is_not_busy() {
    let mut sim = Sim::new().signed_in();
    let rows = (0..1000).map(|id| row(1000 - id, "Post", "ada")).collect();
    let is_end = false;
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end }));
    assert!(sim.asked(&Slot::List).is_some());
    assert!(!sim.model.timers.contains_key(&Timer::Spin));
}

#[test]
fn no_name_of_a_user_or_a_server_can_leave_the_title() {
    let mut sim = Sim::new();
    sim.model.about.server = "https://evil\u{1b}\\.example".into();
    let state = active("\u{7}ada\u{202e}\u{9c}");
    sim.reply(&Slot::Load, Ok(Reply::State(state)));
    let title = crate::view::title(&sim.model);
    assert!(title.contains("ada") && !title.chars().any(char::is_control));
    assert!(!title.contains('\u{202e}'));
}
