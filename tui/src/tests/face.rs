//! What the screens look like, and where things are on them: one test a rule.

use super::*;
use crate::layout;

/// The column in which a text stands, in cells, and its row.
fn find(sim: &Sim, text: &str) -> (usize, usize) {
    let (buffer, _) = sim.buffer();
    let width = usize::from(buffer.area.width);
    for (y, row) in buffer.content.chunks(width).enumerate() {
        for x in 0..width {
            let rest: String = row[x..].iter().map(ratatui::buffer::Cell::symbol).collect();
            if rest.starts_with(text) {
                return (x, y);
            }
        }
    }
    panic!("{text:?} is not on\n{}", sim.text());
}

fn modifier(sim: &Sim, text: &str) -> Modifier {
    let (x, y) = find(sim, text);
    let at = (u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
    sim.buffer().0[at].modifier
}

fn sized(width: u16, height: u16, theme: Theme) -> Sim {
    let mut sim = Sim::sized(width, height, theme).signed_in().posts(vec![
        row(3, "Third", "ada"),
        row(2, "Second", "bob"),
        row(1, "First", "ada"),
    ]);
    if width >= 100 {
        sim.fire(Timer::Preview);
        let third = post(3, "Third", "the text");
        sim.reply(&Slot::Preview, Ok(Reply::Post(third)));
    }
    sim
}

#[test]
fn the_pane_that_keys_go_to_is_marked_without_colours_too() {
    let mut sim = sized(120, 30, Theme::Plain);
    let (list, text) = ("Posts ", "Third ─");
    assert!(modifier(&sim, list).contains(Modifier::REVERSED));
    assert!(!modifier(&sim, text).contains(Modifier::REVERSED));
    sim.keys("<enter>");
    assert!(!modifier(&sim, list).contains(Modifier::REVERSED));
    assert!(modifier(&sim, text).contains(Modifier::REVERSED));
    // the list stays, and says which of its rows is read
    sim.shows("TITLE").shows("▌  Third").shows("the text");
}

#[test]
fn the_columns_of_the_list_are_aligned_and_the_title_is_the_widest() {
    for (width, height) in [(40, 10), (80, 24), (100, 30), (200, 60)] {
        let sim = sized(width, height, Theme::Dark);
        let column = |text| find(&sim, text).0;
        let (title, author) = (column("TITLE"), column("AUTHOR"));
        assert_eq!(column("Second"), title);
        assert_eq!(column("bob"), author);
        // ages end where their head does
        assert_eq!(column("4d") + 2, column("AGE") + 3);
        assert!(author - title > 16.min(usize::from(width) / 5), "{width}");
    }
}

#[test]
fn the_way_to_the_help_and_the_way_out_are_always_there() {
    for (width, height) in [(40, 10), (80, 24), (200, 60)] {
        let mut sim = sized(width, height, Theme::Dark);
        sim.shows("? help").shows("q quit").keys("<enter>");
        sim.shows("? help").shows("Esc back").shows("^c quit");
        sim.keys("<esc>n").shows("F1 help").shows("^c quit");
    }
}

#[test]
fn a_wide_screen_has_three_columns() {
    let mut sim = sized(200, 60, Theme::Dark);
    sim.shows("Accounts").shows("ada @ api.example.org");
    sim.shows("drafts (0)").shows("the text");
    sim.keys("m");
    let (all, mine) = (find(&sim, "all posts").0, find(&sim, "● mine").0);
    assert!(all > mine, "the mark is before what is shown");
    sized(159, 60, Theme::Dark).hides("Accounts");
}

#[test]
fn a_text_is_never_wider_than_is_good_to_read() {
    for width in [40, 80, 100, 130, 200, 300] {
        let mut sim = sized(width, 40, Theme::Dark);
        let pane = layout::reading(layout::regions(&sim.model).body);
        assert!(layout::read(pane).text.width <= 80);
        sim.keys("n");
        let body = layout::regions(&sim.model).body;
        assert!(layout::edit(body, 0).body.width <= 80);
    }
}

#[test]
fn the_cursor_is_where_something_is_selected_or_typed_and_nowhere_else() {
    let mut sim = Sim::with_posts();
    let cursor = |sim: &Sim| sim.buffer().1;
    assert!(cursor(&sim).is_some());
    for (keys, back) in [("?", "q"), ("s", "q"), ("p", "q"), ("<enter>", "<esc>")] {
        sim.keys(keys);
        assert_eq!(cursor(&sim), None, "{keys}");
        sim.keys(back);
    }
    sim.keys("s");
    sim.reply(
        &Slot::Sessions,
        Ok(Reply::Sessions(super::sessions::three())),
    );
    assert!(cursor(&sim).is_some(), "a session is selected");
}

#[test]
fn the_terminal_says_what_is_behind_its_text_and_a_theme_that_was_chosen_stays() {
    let accent = |sim: &Sim| {
        let (x, y) = find(sim, "gatepost");
        sim.buffer().0[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].fg
    };
    let mut sim = sized(80, 24, Theme::Auto);
    assert_eq!(accent(&sim), Color::Reset);
    sim.send(Msg::Ground(Ground::Light));
    let light = accent(&sim);
    sim.send(Msg::Ground(Ground::Dark));
    let dark = accent(&sim);
    assert!(light != dark && light != Color::Reset && dark != Color::Reset);
    let mut plain = sized(80, 24, Theme::Plain);
    plain.send(Msg::Ground(Ground::Dark));
    assert_eq!(accent(&plain), Color::Reset);
}

#[test]
fn for_a_screen_reader_there_are_words_alone() {
    let mut sim = sized(200, 60, Theme::Plain);
    sim.model.about.is_linear = true;
    let mut texts = vec![sim.text()];
    for keys in ["d", "<esc>p", "qs", "q?", "qn"] {
        sim.keys(keys);
        texts.push(sim.text());
    }
    for text in texts {
        let sign = text.chars().find(|c| ('\u{2500}'..='\u{25ff}').contains(c));
        assert_eq!(sign, None, "{text}");
    }
}

#[test]
fn every_action_is_found_by_its_name() {
    let mut sim = Sim::with_posts();
    sim.keys(":").shows("Actions").shows("read the post");
    sim.keys("sign out").shows("show the session");
    sim.keys("<enter>");
    assert_eq!(name(sim.model.screen()), "Session");
    // what can't be done says why, and is not done
    sim.keys("q<c-p>about to be");
    sim.shows("Nothing to undo")
        .keys("<enter>")
        .shows("Actions");
    sim.keys("<c-u>no such thing")
        .shows("No action has this name");
    sim.keys("<esc>").hides("Actions");
}

#[test]
fn letters_of_other_keyboards_are_the_keys_that_they_are_on() {
    let mut sim = Sim::with_posts();
    sim.keys("о");
    assert_eq!(sim.model.list.current().unwrap().id, 2);
    sim.keys("т");
    assert!(sim.model.edit().is_some(), "n");
    sim.keys("о");
    assert_eq!(sim.model.edit().unwrap().title.text(), "о", "text is text");
}

#[test]
fn the_mouse_selects_opens_and_scrolls_where_it_is_wanted() {
    use crate::msg::Click;
    let mut sim = Sim::with_posts();
    sim.keys("<f9>").shows("F9 leaves it to the terminal");
    assert!(sim.effects.contains(&Effect::Mouse(true)));
    let (x, y) = find(&sim, "First");
    let at = |x: usize, y: usize| (u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
    let (x, y) = at(x, y);
    sim.send(Msg::Mouse(Click::Press, x, y));
    assert_eq!(sim.model.list.current().unwrap().id, 1);
    sim.send(Msg::Mouse(Click::Up, x, y));
    assert_eq!(sim.model.list.current().unwrap().id, 3);
    sim.send(Msg::Mouse(Click::Press, x, y));
    sim.send(Msg::Mouse(Click::Press, x, y));
    assert_eq!(name(sim.model.screen()), "Reading a post");
    // no click answers a question
    let mut sim = Sim::with_posts();
    sim.keys("d").send(Msg::Mouse(Click::Press, x, y));
    assert!(sim.model.dialog.is_some());
}

#[test]
fn what_went_wrong_is_never_cut() {
    let path = "/home/ada/.local/state/gatepost/drafts/".to_owned() + &"x".repeat(60);
    for (width, height) in [(40, 10), (80, 24), (200, 60)] {
        let mut sim = sized(width, height, Theme::Dark);
        sim.keys("n").send(Msg::EditorClosed(Err(format!(
            "The editor failed with exit code 3; its text is in {path}.md, as a draft"
        ))));
        let text: String = sim
            .text()
            .chars()
            .filter(|c| !" \n│╰─╯".contains(*c))
            .collect();
        assert!(
            text.contains(&format!("{path}.md,asadraft")),
            "{}",
            sim.text()
        );
    }
}

#[test]
fn under_a_question_no_pane_has_the_focus() {
    let mut sim = Sim::sized(120, 30, Theme::Dark);
    sim.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    sim.send(Msg::Drafts(Vec::new()));
    let rows = vec![row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    let corner = |sim: &Sim| sim.buffer().0[(0, 1)].fg;
    let focused = corner(&sim);
    sim.keys("d");
    assert_ne!(corner(&sim), focused);
    sim.keys("n");
    assert_eq!(corner(&sim), focused);
}

#[test]
fn a_toast_leaves_the_frames_as_they_are() {
    let mut sim = Sim::sized(120, 30, Theme::Dark);
    sim.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    sim.send(Msg::Drafts(Vec::new()));
    let rows = vec![row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    let corners = |sim: &Sim| -> Vec<_> {
        let (buffer, _) = sim.buffer();
        let corners = (0..120).map(|x| buffer[(x, 28)].clone());
        corners
            .enumerate()
            .filter(|(_, cell)| matches!(cell.symbol(), "╰" | "╯"))
            .collect()
    };
    let before = corners(&sim);
    assert_eq!(before.len(), 4);
    sim.send(Msg::Problem("no".into())).shows("! no");
    assert_eq!(corners(&sim), before);
    // what is mended is of the frame that has the focus
    let (buffer, _) = sim.buffer();
    assert_eq!(buffer[(8, 28)].fg, buffer[(0, 28)].fg);
    assert_eq!(buffer[(8, 28)].symbol(), "─");
}

#[test]
fn without_signs_there_are_words_alone() {
    let mut sim = Sim::new();
    sim.model.about.is_linear = true;
    sim.reply(&Slot::Load, Ok(Reply::State(SessionState::SignedOut)));
    let signs = ["▌", "○", "✓", "✗", "✎", "‹", "›", "─", "│"];
    let wordy = |sim: &mut Sim| {
        for sign in signs {
            sim.hides(sign);
        }
    };
    sim.keys("ada<tab>x<tab>");
    wordy(&mut sim);
    let mut sim = Sim::with_posts();
    sim.model.about.is_linear = true;
    sim.keys("e")
        .reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", "text"))));
    sim.keys("x<esc>").shows("draft, by ada");
    sim.keys("<esc>").shows("draft Third");
    wordy(&mut sim);
    sim.keys("r")
        .reply(&Slot::List, Err(failure(Kind::Offline, "no route")));
    sim.send(Msg::DraftSaved(
        gatepost_terminal::drafts::DraftId::new("run", 1),
        Err("full".into()),
    ));
    sim.shows("Error: ").shows("offline since");
    wordy(&mut sim);
}

#[test]
fn the_card_of_the_session_lists_the_same_under_a_question() {
    let mut sim = Sim::with_posts();
    sim.keys("s");
    sim.reply(&Slot::Session, Ok(Reply::Details(None)));
    let before = crate::help::actions(&sim.model).len();
    sim.keys("L");
    assert!(sim.model.dialog.is_some());
    assert_eq!(crate::help::actions(&sim.model).len(), before);
    sim.shows("^c quit");
}

#[test]
fn the_wheel_scrolls_what_is_below_it() {
    use crate::msg::Click;
    let mut sim = Sim::sized(120, 30, Theme::Dark);
    sim.reply(&Slot::Load, Ok(Reply::State(active("ada"))));
    sim.send(Msg::Drafts(Vec::new()));
    let rows = vec![row(2, "Second", "ada"), row(1, "First", "ada")];
    sim.reply(&Slot::List, Ok(Reply::Rows { rows, is_end: true }));
    sim.fire(Timer::Preview);
    let text = "line\n".repeat(200);
    sim.reply(&Slot::Preview, Ok(Reply::Post(post(2, "Second", &text))));
    sim.send(Msg::Mouse(Click::Down, 100, 10));
    assert_eq!(sim.model.list.position(), 0);
    assert_eq!(sim.model.preview.as_ref().unwrap().top.line, 3);
    sim.send(Msg::Mouse(Click::Down, 5, 10));
    assert_eq!(sim.model.list.position(), 1);
}
