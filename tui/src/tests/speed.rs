//! What a key and a frame cost. The limits are those of a release build; a debug build is allowed ten times as much.

use std::time::{Duration, Instant};

use super::*;

fn limit(limit: Duration) -> Duration {
    if cfg!(debug_assertions) {
        limit * 10
    } else {
        limit
    }
}

/// The least time of many runs: what it costs when nobody else has the processor.
fn least(mut run: impl FnMut()) -> Duration {
    let times = (0..101).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap()
}

#[test]
fn a_frame_does_not_know_how_many_posts_there_are() {
    let rows = (0..100_000).map(|id| row(100_000 - id, &format!("The title of post {id}"), "ada"));
    let mut sim = Sim::sized(200, 60, Theme::Dark)
        .signed_in()
        .posts(rows.collect());
    sim.keys("G");
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let frame = least(|| {
        buffer.reset();
        view(&sim.model, &mut buffer);
    });
    let key = least(|| {
        sim.effects.clear();
        sim.keys("k");
    });
    println!("200x60 with 100,000 posts: frame {frame:?}, key {key:?}");
    assert!(
        frame + key <= limit(Duration::from_millis(1)),
        "{frame:?} + {key:?}"
    );
}

#[test]
fn a_key_does_not_know_how_long_the_text_is() {
    let line = "A line of a text that is long, and wrapped where the window is narrow.\n";
    let text = line.repeat(20_000);
    let mut sim = Sim::with_posts();
    sim.keys("e")
        .reply(&Slot::Post(3), Ok(Reply::Post(post(3, "Third", &text))));
    for _ in 0..200 {
        sim.keys("<pgdn>");
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    let key = least(|| {
        sim.effects.clear();
        sim.keys("x");
        buffer.reset();
        view(&sim.model, &mut buffer);
    });
    println!("20,000 lines: key and frame {key:?}");
    assert!(key <= limit(Duration::from_millis(2)), "{key:?}");
    sim.keys("<enter><a-u><a-u>").shows("A line");
}

#[test]
fn a_letter_in_the_filter_looks_through_all_posts_in_a_few_milliseconds() {
    let rows = (0..100_000).map(|id| {
        let title = format!("The title of post {id}, neither long nor short");
        row(100_000 - id, &title, "ada")
    });
    let rows: Vec<_> = rows.collect();
    let sim = Sim::sized(200, 60, Theme::Dark)
        .signed_in()
        .posts(rows.clone());
    // the first letter looks at every row, and so does one that is taken back
    for (name, before, key) in [
        ("the first letter", "/", "x"),
        ("a further letter", "/ti", "t"),
        ("a letter less", "/zz", "<back>"),
    ] {
        let mut open = sim.clone();
        open.keys(before);
        let times = (0..11).map(|_| {
            let mut sim = open.clone();
            sim.effects.clear();
            let start = Instant::now();
            sim.keys(key);
            let looked = start.elapsed();
            let start = Instant::now();
            for row in &rows {
                walk(&row.title);
                walk(&row.author);
            }
            (looked, start.elapsed())
        });
        let (looked, walked): (Vec<_>, Vec<_>) = times.unzip();
        let least = |times: Vec<Duration>| times.into_iter().min().unwrap();
        let (looked, walked) = (least(looked), least(walked));
        println!(
            "100,000 posts, {name} in the filter: {looked:?}; to walk through them: {walked:?}"
        );
        // how slow a build without optimization is depends on the machine, and on who else has it
        let most = if cfg!(debug_assertions) {
            walked * 3
        } else {
            Duration::from_millis(8)
        };
        assert!(looked <= most, "{name}: {looked:?}, at most {most:?}");
    }
}

/// Goes through a text letter by letter, as a look for a word does at least.
fn walk(text: &str) {
    let mut left = text.as_bytes();
    while let Some((one, more)) = left.split_first() {
        std::hint::black_box(one.to_ascii_lowercase());
        left = more;
    }
}
