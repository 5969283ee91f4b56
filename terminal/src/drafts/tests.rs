//! The folder as two runs see it.

use std::fs;
use std::path::Path;

use super::files::{path, written};
use super::folder::load;
use super::run::{Run, lives};
use super::*;
use crate::post::Version;

fn draft(drafts: &Drafts, number: u64, title: &str) -> Draft {
    Draft {
        id: DraftId::new(drafts.run(), number),
        server: "https://x".into(),
        user: "ada".into(),
        post: None,
        title: title.into(),
        content: "text".into(),
        saved: i64::try_from(number).unwrap(),
        base: None,
        sent: None,
        has_head: false,
    }
}

fn found(folder: &Path) -> Vec<Draft> {
    Drafts::open(folder, 2).unwrap().of("https://x", "ada")
}

#[test]
fn a_draft_is_found_when_its_run_is_over_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let mut one = draft(&drafts, 1, "one");
    one.base = Some(Version::new("T", "as it was"));
    one.post = Some(7);
    for draft in [&one, &draft(&drafts, 2, "two"), &draft(&drafts, 3, "three")] {
        drafts.save(draft).unwrap();
    }
    drafts.remove(&DraftId::new(drafts.run(), 2));
    assert_eq!(found(folder.path()), [], "they are being written");
    assert_eq!(drafts.of("https://x", "ada").len(), 2, "by this run");
    assert_eq!(drafts.of("https://x", "eve"), []);
    let file = path(folder.path(), &one.id).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(drafts);
    assert_eq!(found(folder.path())[1], one);
    fs::write(&file, "{torn").unwrap();
    assert_eq!(found(folder.path()).len(), 1);
    assert!(file.exists(), "what can't be read is left alone");
}

#[test]
fn a_draft_of_an_older_release_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"{"id":"5x1x0-1","server":"https://x","user":"ada","post":3,"title":"t","content":"c","saved":5}"#;
    fs::write(folder.path().join("5x1x0-1.json"), text).unwrap();
    fs::write(folder.path().join("5x1x0-1.md"), "newer\n").unwrap();
    let found = &found(folder.path())[0];
    assert_eq!(
        (&*found.content, found.post, &found.base),
        ("newer", Some(3), &None)
    );
    assert_eq!(
        serde_json::to_string(&Draft {
            content: "c".into(),
            ..found.clone()
        })
        .unwrap(),
        text
    );
}

#[test]
fn what_the_editor_wrote_last_is_found_after_an_end_that_left_it() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let one = draft(&drafts, 1, "one");
    drafts.save(&one).unwrap();
    let md = drafts.lend(&one.id, &one.file()).unwrap();
    drop(drafts);
    assert_eq!(found(folder.path()), std::slice::from_ref(&one));
    fs::write(&md, "better\n\n").unwrap();
    assert_eq!(found(folder.path())[0].content, "better\n");
    // cut while it was made
    fs::write(&md, "").unwrap();
    assert_eq!(found(folder.path())[0].content, "text");
    fs::write(&md, b"\xff").unwrap();
    assert_eq!(found(folder.path())[0].content, "text");
    assert!(!md.exists() && md.with_extension("kept1.md").exists());
    fs::write(&md, "again").unwrap();
    let drafts = Drafts::open(folder.path(), 3).unwrap();
    drafts.remove(&one.id);
    drop(drafts);
    let left = fs::read_dir(folder.path()).unwrap().flatten();
    let left: Vec<_> = left.map(|file| file.path()).collect();
    assert_eq!(left, [md.with_extension("kept1.md")]);
}

/// As nano does that is asked to end.
#[test]
fn what_an_editor_left_beside_its_file_is_found_and_outlives_the_draft() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let one = draft(&drafts, 1, "one");
    drafts.save(&one).unwrap();
    assert_eq!(drafts.left(&one.id), None);
    let md = drafts.lend(&one.id, &one.file()).unwrap();
    assert_eq!(drafts.left(&one.id), None, "what was given");
    let beside = md.with_extension("md.save");
    fs::write(&beside, "saved beside\n").unwrap();
    assert_eq!(drafts.left(&one.id), Some(beside.clone()));
    assert_eq!(drafts.of("https://x", "ada")[0].content, "saved beside");
    drop(drafts);
    assert_eq!(found(folder.path())[0].content, "saved beside");
    // an older one is not the draft's text
    let file = fs::File::options().write(true).open(&beside).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(found(folder.path())[0].content, "text");
    let drafts = Drafts::open(folder.path(), 3).unwrap();
    assert_eq!(drafts.left(&one.id), None);
    drafts.remove(&one.id);
    assert!(!md.exists() && !beside.exists());
    let kept = fs::read_to_string(md.with_extension("kept1.md")).unwrap();
    assert_eq!(kept, "saved beside\n");
    assert_eq!(drafts.of("https://x", "ada"), []);
    // one that was never read outlives its draft
    let two = draft(&drafts, 1, "two");
    drafts.save(&two).unwrap();
    let md = drafts.lend(&two.id, &two.file()).unwrap();
    let beside = folder.path().join(format!("#{}.md#", two.id.0));
    fs::write(&beside, "saved by another\n").unwrap();
    drafts.remove(&two.id);
    assert!(!md.exists());
    drop(drafts);
    assert_eq!(found(folder.path())[0].content, "saved by another");
}

/// As one does that was started beside its terminal, and saves when the program has gone on.
#[test]
fn what_an_editor_saves_late_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let mut one = draft(&drafts, 1, "one");
    one.post = Some(7);
    drafts.save(&one).unwrap();
    let md = drafts.lend(&one.id, &one.file()).unwrap();
    drafts.leave(&one.id);
    assert!(!md.exists());
    fs::write(&md, "late\n").unwrap();
    assert_eq!(drafts.of("https://x", "ada"), [], "it is open still");
    drop(drafts);
    let late = &found(folder.path())[0];
    assert_eq!(
        (&*late.content, late.post, &late.id),
        ("late", Some(7), &one.id)
    );
    // taken on like any other
    let drafts = Drafts::open(folder.path(), 3).unwrap();
    drafts.remove(&one.id);
    assert!(!md.exists());
    assert_eq!(drafts.of("https://x", "ada"), []);
}

/// The same while the draft is there still, and was written on meanwhile.
#[test]
fn what_an_editor_saves_after_its_text_was_taken_is_a_draft_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let mut one = draft(&drafts, 1, "one");
    drafts.save(&one).unwrap();
    let md = drafts.lend(&one.id, &one.file()).unwrap();
    drafts.taken(&one.id);
    one.content = "typed here".into();
    drafts.save(&one).unwrap();
    fs::write(&md, "saved late\n").unwrap();
    drop(drafts);
    for _ in 0..2 {
        let mut contents: Vec<_> = found(folder.path())
            .into_iter()
            .map(|draft| draft.content)
            .collect();
        contents.sort();
        assert_eq!(contents, ["saved late", "typed here"]);
    }
    // given to an editor once more, it is the draft's again
    let drafts = Drafts::open(folder.path(), 3).unwrap();
    let md = drafts.lend(&one.id, &one.file()).unwrap();
    fs::write(&md, "written again\n").unwrap();
    drop(drafts);
    let found = found(folder.path());
    assert!(found.iter().any(|draft| draft.content == "written again"));
    assert!(found.iter().all(|draft| draft.content != "typed here"));
}

#[test]
fn what_was_removed_is_forgotten_after_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let one = draft(&drafts, 1, "one");
    drafts.save(&one).unwrap();
    drafts.lend(&one.id, &one.file()).unwrap();
    drafts.leave(&one.id);
    drop(drafts);
    let mark = folder.path().join(format!("{}.lent", one.id.0));
    let text = fs::read_to_string(&mark).unwrap();
    assert!(!text.contains("text"), "{text}");
    found(folder.path());
    assert!(mark.exists());
    Drafts::open(folder.path(), i64::MAX / 8)
        .unwrap()
        .of("https://x", "ada");
    assert!(!mark.exists());
}

#[test]
fn a_file_with_a_title_gives_both_back() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let mut one = draft(&drafts, 1, "one");
    one.has_head = true;
    drafts.save(&one).unwrap();
    let md = drafts.lend(&one.id, &one.file()).unwrap();
    fs::write(
        &md,
        one.file().replace("one", "uno").replace("text", "testo"),
    )
    .unwrap();
    let version = drafts.of("https://x", "ada")[0].version();
    assert_eq!(version, Version::new("uno", "testo"));
    // nothing is lost of one whose head is broken
    fs::write(&md, "title = uno\nwords\n").unwrap();
    let version = drafts.of("https://x", "ada")[0].version();
    assert_eq!(version, Version::new("one", "title = uno\nwords"));
    drafts.taken(&one.id);
    assert_eq!(drafts.of("https://x", "ada"), [one]);
}

#[test]
fn what_an_editor_wrote_and_failed_becomes_a_draft_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let drafts = Drafts::open(folder.path(), 1).unwrap();
    let one = draft(&drafts, 1, "one");
    drafts.save(&one).unwrap();
    for number in 1..3 {
        let md = drafts.lend(&one.id, &one.file()).unwrap();
        fs::write(&md, format!("written {number}\n")).unwrap();
        let (own, file) = drafts.set_apart(&one).unwrap();
        assert_eq!(own.unwrap().content, format!("written {number}"));
        assert_eq!(
            fs::read_to_string(file).unwrap(),
            format!("written {number}\n")
        );
        assert!(!md.exists());
    }
    let md = drafts.lend(&one.id, "").unwrap();
    fs::write(&md, b"\xff").unwrap();
    let (own, file) = drafts.set_apart(&one).unwrap();
    assert!(own.is_none() && file.exists());
    drop(drafts);
    let mut contents: Vec<_> = found(folder.path())
        .into_iter()
        .map(|draft| draft.content)
        .collect();
    contents.sort();
    assert_eq!(contents, ["text", "written 1", "written 2"]);
}

#[test]
fn a_run_that_is_starting_is_not_taken_for_one_that_is_over() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let starts = scope.spawn(|| {
            for seconds in 0..2000 {
                let run = Run::new(folder.path(), seconds).unwrap();
                assert!(lives(folder.path(), run.name()), "{seconds}");
            }
        });
        while !starts.is_finished() {
            load(folder.path(), "", 0);
        }
    });
}

#[test]
fn a_name_leads_nowhere_else() {
    for name in ["../../etc/passwd", ""] {
        assert_eq!(path(Path::new("/x"), &DraftId(name.into())), None);
        assert_eq!(written(Path::new("/x"), &DraftId(name.into())), None);
    }
}

/// As by sudo with the home of the one who calls it.
#[cfg(unix)]
#[test]
fn root_leaves_nothing_in_the_home_of_another() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(home.path(), Some(1234), None).unwrap();
    let why = Drafts::open(&home.path().join("state/drafts"), 1).unwrap_err();
    assert!(why.to_string().contains("sudo -H"), "{why}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
