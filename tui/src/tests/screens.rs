//! Every screen at four sizes, with colours and without, with styles.

use super::*;
use crate::msg::Details;

/// What is known of ada's session.
pub(super) fn details() -> Details {
    Details {
        user: "ada".into(),
        access_until: Some(moment("2026-11-24T13:32:00Z")),
        refresh_until: Some(moment("2027-01-13T12:00:00Z")),
        skew: -12,
        features: vec!["refresh-idempotency".into(), "paging".into()],
    }
}

/// The screens by name.
pub(super) fn all(width: u16, height: u16, theme: Theme) -> Vec<(&'static str, Sim)> {
    let titles = [
        "Release notes",
        "A title that is so long that it does not fit into a narrow window at all",
        "日本語のタイトル 👩‍👩‍👧 and more",
        "\u{202e}evil\u{1b}[31m",
        "",
    ];
    let rows: Vec<Row> = (0..60)
        .map(|id| {
            row(
                60 - id,
                titles[usize::try_from(id).unwrap() % titles.len()],
                if id % 2 == 0 {
                    "ada"
                } else {
                    "bartholomew-the-third"
                },
            )
        })
        .collect();
    let base = Sim::sized(width, height, theme);
    let mut sign_in = base.clone();
    sign_in.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    sign_in.keys("ada<enter>wrong<enter>");
    sign_in.reply(
        &Slot::SignIn,
        Err(failure(
            Kind::Credentials,
            "No active account found with the given credentials",
        )),
    );
    let mut register = sign_in.clone();
    register.keys("<f7>ada<tab>a@example.org<tab><tab><tab>short<tab>short<enter>");
    let mut no = invalid("username", "A user with that username already exists.");
    no.fields.push((
        "password".into(),
        vec![
            "This password is too short.".into(),
            "This password is too common.".into(),
        ],
    ));
    register.reply(&Slot::Register, Err(no));
    let posts = base.signed_in().posts(rows);
    let after = |keys: &str| {
        let mut sim = posts.clone();
        sim.keys(keys);
        sim
    };
    let long = "A paragraph that is long enough to be wrapped in every window that is not very wide, with 日本語 in it.\n\n\tA tab, and the end.";
    let mut read = after("<enter>");
    read.reply(
        &Slot::Post(60),
        Ok(Reply::Post(post(60, "Release notes", long))),
    );
    let mut edit = read.clone();
    edit.keys("e<down><down>more ");
    let mut refused = edit.clone();
    refused.keys("<c-s>");
    let slot = refused.save_slot();
    refused.reply(&slot, Err(invalid("title", "This field may not be blank.")));
    let mut profile = after("p");
    let user = serde_json::json!({
        "id": 7,
        "username": "ada",
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
    });
    let user = serde_json::from_value(user).unwrap();
    profile.reply(&Slot::Profile, Ok(Reply::Profile(user)));
    let mut session = after("s");
    session.reply(&Slot::Session, Ok(Reply::Details(Some(details()))));
    let mut sessions = session.clone();
    sessions.reply(
        &Slot::Sessions,
        Ok(Reply::Sessions(super::sessions::three())),
    );
    sessions.keys("j");
    let mut end_session = sessions.clone();
    end_session.keys("x");
    let mut no_sessions = session.clone();
    no_sessions.reply(&Slot::Sessions, Err(super::sessions::unsupported()));
    let mut offline = after("jjr");
    offline.reply(
        &Slot::List,
        Err(failure(Kind::Offline, "the server could not be reached")),
    );
    let mut saving = after("nHello<enter>text<c-s>");
    saving.keys("j");
    let mut ended = edit.clone();
    ended.send(Msg::Session(SessionState::expired(
        "ada",
        gatepost_sdk::ExpiredReason::PasswordChanged,
    )));
    let mut quit = saving.clone();
    quit.keys("q");
    let drafts = super::keys::everywhere().remove(10);
    let mut found = posts.clone();
    found.send(Msg::Drafts(drafts.model.drafts));
    found.fire(Timer::Question).keys("j");
    let mut place = Sim::sized(width, height, theme);
    let why = "the OS keyring can't be reached: Couldn't access platform storage: no secret service provider or dbus session found";
    place.reply(&Slot::Load, Err(failure(Kind::Store, why)));
    place.keys("j");
    let mut conflict = edit.clone();
    conflict.keys("<c-s>");
    let mut gone = conflict.clone();
    let slot = conflict.save_slot();
    let theirs = long.replace('a', "e");
    let theirs = post(60, "Release notes", &theirs);
    conflict.reply(&slot, Ok(Reply::Conflict(theirs)));
    gone.reply(&slot, Err(failure(Kind::NotFound, "Not found.")));
    for asked in [&mut conflict, &mut gone] {
        asked.fire(Timer::Question);
    }
    let mut preview = posts.clone();
    if width >= 100 {
        preview.fire(Timer::Preview);
        let shown = post(60, "Release notes", long);
        preview.reply(&Slot::Preview, Ok(Reply::Post(shown)));
    }
    let mut found_words = preview.clone();
    found_words.keys("/TITLE long");
    let mut empty = Sim::sized(width, height, theme).signed_in();
    empty = empty.posts(Vec::new());
    let mut nothing = posts.clone();
    nothing.model.can_search = true;
    nothing.keys("/nowhere<enter>");
    nothing.reply(
        &Slot::List,
        Ok(Reply::Rows {
            rows: Vec::new(),
            is_end: true,
        }),
    );
    let mut draft = preview.clone();
    draft.keys("nHalf written<enter>What is **typed** is a row of the list.<esc>g");
    draft.model.toast = None;
    let known = [
        ("https://api.example.org", "ada"),
        ("https://api.example.org", "grace"),
        ("http://127.0.0.1:8000", "ada"),
    ];
    let known = known.map(|(server, user)| crate::msg::Known {
        server: server.into(),
        user: user.into(),
    });
    let mut accounts = preview.clone();
    accounts.model.about.known = known.into();
    let mut side = accounts.clone();
    side.keys("<tab>j");
    side.model.toast = None;
    accounts.keys("aj");
    let mut busy = posts.clone();
    busy.keys("r").fire(Timer::Spin).fire(Timer::Spin);
    vec![
        ("sign_in", sign_in),
        ("register", register),
        ("posts", posts.clone()),
        ("posts_preview", preview),
        ("posts_filter", found_words),
        ("posts_filter_nothing", after("/nowhere<enter>")),
        ("posts_busy", busy),
        ("posts_end", after("G")),
        ("posts_offline", offline),
        ("posts_saving", saving),
        ("read", read),
        ("edit", edit),
        ("edit_refused", refused),
        ("profile", profile),
        ("session", session),
        ("sessions", sessions),
        ("end_session", end_session),
        ("no_sessions", no_sessions),
        ("help", after("?<pgdn>")),
        ("delete", after("d<tab>")),
        ("drafts", found),
        ("ended", ended),
        ("sign_out", after("sL")),
        ("discard", after("nHello<f8>")),
        ("quit", quit),
        ("conflict", conflict),
        ("gone", gone),
        ("typed_ahead", after("eabc")),
        ("place", place),
        ("actions", after(":po")),
        ("doomed", after("dy")),
        ("empty", empty),
        ("nothing_found", nothing),
        ("draft_row", draft),
        ("accounts", accounts),
        ("side", side),
    ]
}

#[test]
fn every_screen_at_every_size() {
    for (width, height) in [(20, 6), (40, 12), (80, 24), (200, 60)] {
        for (theme, suffix) in [(Theme::Dark, "dark"), (Theme::Plain, "plain")] {
            let dumps: Vec<String> = all(width, height, theme)
                .iter()
                .map(|(name, sim)| format!("== {name}\n{}", dump(sim)))
                .collect();
            insta::assert_snapshot!(format!("{width}x{height}_{suffix}"), dumps.join("\n"));
        }
    }
}

#[test]
fn the_selection_is_reversed_in_every_theme() {
    for theme in [Theme::Dark, Theme::Plain] {
        let sim = Sim::sized(80, 24, theme)
            .signed_in()
            .posts(vec![row(2, "Two", "ada"), row(1, "One", "ada")]);
        let (buffer, cursor) = sim.buffer();
        let Position { y, .. } = cursor.unwrap();
        // a frame at each side, and the bar
        assert_eq!(buffer[(1, y)].symbol(), "▌");
        for x in 2..79 {
            assert!(buffer[(x, y)].modifier.contains(Modifier::REVERSED));
            assert!(!buffer[(x, y + 1)].modifier.contains(Modifier::REVERSED));
            assert!(theme == Theme::Dark || (0..24).all(|y| buffer[(x, y)].fg == Color::Reset));
        }
    }
}
