//! What others do to a post while it is written here, and a server that takes its time.

use gatepost_sdk::{Client, Post, PostPatch, SecretString};
use gatepost_terminal::drafts::{Draft, DraftId, Drafts};
use gatepost_terminal::post::Version;
use tokio::runtime::Handle;

use super::away::Way;
use super::ends;
use super::*;

/// The same user in another program.
struct Other(Client);

impl Other {
    fn new(url: &str) -> Self {
        let client = Client::builder(url).build().unwrap();
        let password = SecretString::from(PASSWORD);
        let login = client.login("ada", &password);
        Handle::current().block_on(login).unwrap();
        Self(client)
    }

    fn all(&self) -> Vec<Post> {
        let list = self.0.posts().list();
        Handle::current().block_on(list.send()).unwrap().items
    }

    fn writes(&self, content: &str) {
        let change = PostPatch::new().content(content);
        let (posts, id) = (self.0.posts(), self.all()[0].id);
        let changed = posts.patch(id, &change);
        Handle::current().block_on(changed).unwrap();
    }

    fn deletes(&self) {
        let (posts, id) = (self.0.posts(), self.all()[0].id);
        Handle::current().block_on(posts.delete(id)).unwrap();
    }

    #[track_caller]
    fn has(&self, title: &str, content: &str) {
        ends::wait(&format!("the post is {title:?} {content:?}"), || {
            let all = self.all();
            all.len() == 1 && (&*all[0].title, &*all[0].content) == (title, content)
        });
    }
}

/// Waits until the server has it and the program knows: it dropped the draft, which was there since the question came.
/// "Saved" may still stand there from the time before.
#[track_caller]
fn answered(tui: &Tui, other: &Other, content: &str) {
    other.has("First", content);
    ends::wait("the draft goes", || tui.drafts().is_empty());
}

/// With a post of ada's: "First", "text".
fn written(url: &str, folder: &Path) -> Tui {
    let mut tui = Tui::start(url, folder);
    tui.registers("ada").types("n").shows("New post");
    tui.types("First").key(Key::Tab).types("text").ctrl('s');
    tui.shows("Saved").hides("saving ");
    tui
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_somebody_changed_meanwhile_is_not_touched_by_a_new_title() {
    with_server(|url| {
        let folder = folder();
        let mut tui = written(url, folder.path());
        tui.types("e").shows("Edit · ");
        let other = Other::new(url);
        other.writes("changed elsewhere");
        tui.key(Key::Tab)
            .types("!")
            .ctrl('s')
            .shows("First!")
            // only the answer has it
            .shows("changed elsewhere");
        other.has("First!", "changed elsewhere");
        // nor by a draft that is taken up again after the program was killed
        tui.types("e").shows("Edit · ");
        tui.key(Key::Tab).types("?").shows("First!?");
        ends::wait("the draft is kept", || {
            tui.drafts().concat().contains("First!?")
        });
        tui.terminal.signal(termlens::Signal::Kill).unwrap();
        tui.terminal.wait_exit().unwrap();
        other.writes("and again");
        let mut tui = Tui::with(builder(), url, folder.path(), &["--user", "ada"]);
        tui.shows("A draft was found")
            .key(Key::Enter)
            .shows("First!?");
        tui.ctrl('s').shows("Saved");
        other.has("First!?", "and again");
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_both_changed_is_asked_about_and_nothing_is_overwritten_unasked() {
    with_server(|url| {
        let folder = folder();
        let mut tui = written(url, folder.path());
        let other = Other::new(url);
        let both_change = |tui: &mut Tui, theirs: &str| {
            tui.types("e")
                .shows("Edit · ")
                .types("MINE ")
                .shows("MINE ");
            other.writes(theirs);
            tui.ctrl('s').shows("Changed on both sides");
            // the footer names the answers once they are taken
            tui.shows("MINE ").shows(theirs).shows("m mine");
        };
        both_change(&mut tui, "theirs 1");
        tui.key(Key::Enter)
            .shows(">>>>>>>")
            .ctrl('s')
            .shows("delete the marks");
        other.has("First", "theirs 1");
        // everything but my own text and theirs
        tui.ctrl('k')
            .key(Key::Delete)
            .key(Key::Down)
            .ctrl('k')
            .key(Key::Delete);
        tui.key(Key::Down).ctrl('k').ctrl('s');
        answered(&tui, &other, "MINE text\ntheirs 1");
        both_change(&mut tui, "theirs 2");
        tui.key(Key::Up).key(Key::Up).key(Key::Enter);
        answered(&tui, &other, "MINE MINE text\ntheirs 1");
        both_change(&mut tui, "theirs 3");
        tui.key(Key::Up)
            .key(Key::Enter)
            .shows("The server's version is kept; yours is a draft");
        other.has("First", "theirs 3");
        tui.types("e").shows("MINE ").key(Key::F(8));
        tui.shows("Discard the draft?").types("y");
        ends::wait("no draft is left", || tui.drafts().is_empty());
        // deleted
        tui.types("e")
            .shows("Edit · ")
            .types("MINE ")
            .shows("MINE ");
        other.deletes();
        tui.ctrl('s')
            .shows("deleted meanwhile")
            .shows("y yes")
            .types("y");
        answered(&tui, &other, "MINE theirs 3");
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

/// As the command line does, whose editor saves and is then killed with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_editor_of_another_command_left_is_offered_until_it_is_sent() {
    with_server(|url| {
        let folder = folder();
        let mut tui = written(url, folder.path());
        assert_eq!(tui.ctrl('c').ends(), 0);
        let other = Other::new(url);
        let post = &other.all()[0];
        let drafts = Drafts::open(&folder.path().join("drafts"), 1).unwrap();
        let base = Version::new(&post.title, &post.content);
        let draft = Draft {
            id: DraftId::new(drafts.run(), 1),
            server: url.to_owned(),
            user: "ada".to_owned(),
            post: Some(post.id),
            title: base.title.clone(),
            content: base.content.clone(),
            saved: 1,
            base: Some(base),
            sent: None,
            has_head: true,
        };
        drafts.save(&draft).unwrap();
        let file = drafts.lend(&draft.id, &draft.file()).unwrap();
        let text = draft.file().replace("text", "text and more");
        std::fs::write(file, text).unwrap();
        drop(drafts);
        // the title alone is somebody else's
        let change = PostPatch::new().title("Theirs");
        let posts = other.0.posts();
        Handle::current()
            .block_on(posts.patch(post.id, &change))
            .unwrap();
        let arguments = ["--user", "ada"];
        for _ in 0..2 {
            let mut tui = Tui::with(builder(), url, folder.path(), &arguments);
            tui.shows("A draft was found").key(Key::Enter);
            tui.shows("text and more").shows("First");
            assert_eq!(tui.ctrl('c').ends(), 0);
        }
        let mut tui = Tui::with(builder(), url, folder.path(), &arguments);
        tui.shows("A draft was found").key(Key::Enter);
        tui.shows("text and more").ctrl('s').shows("Saved");
        other.has("Theirs", "text and more");
        ends::wait("no draft is left", || tui.drafts().is_empty());
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_slow_server_what_is_typed_after_e_is_the_text() {
    with_server(|url| {
        let folder = folder();
        let way = Way::to(url);
        let mut tui = written(&way.url, folder.path());
        for (cols, text) in [(80, "abcd"), (120, "drq/")] {
            tui.terminal.resize(cols, 24).unwrap();
            tui.types("r").shows("1 of 1");
            way.hold();
            tui.types("e")
                .types(text)
                .shows("4 keys wait (Esc cancels)");
            assert!(!tui.terminal.screen().contains("Delete"));
            way.release();
            tui.shows("Edit · ").shows(&format!("{text}text"));
            tui.key(Key::F(8))
                .shows("Discard the draft")
                .types("y")
                .shows("Draft discarded");
            tui.key(Key::Esc).shows("n new");
        }
        assert_eq!(tui.ctrl('c').ends(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_wrote_before_it_failed_is_a_draft_and_one_that_is_not_there_is_named() {
    with_server(|url| {
        let folder = folder();
        let editor = "FOO='by an editor that failed' f() { echo \"$FOO\" >\"$1\"; exit 3; }; f";
        let editor = editor
            .replace("FOO='", "export FOO='")
            .replace("failed' f", "failed'; f");
        let mut tui = Tui::with(builder(), url, folder.path(), &["--editor", &editor]);
        tui.registers("ada").types("n").shows("New post");
        tui.types("Title").key(Key::Tab).types("first").ctrl('g');
        tui.shows("The editor failed with exit code 3")
            .shows("first");
        assert_eq!(tui.ctrl('c').ends(), 0);
        let arguments = ["--user", "ada", "--editor", "no-such-editor --wait"];
        let mut tui = Tui::with(builder(), url, folder.path(), &arguments);
        tui.shows("2 drafts were found")
            .key(Key::Enter)
            .shows("by an editor that failed");
        tui.ctrl('s').shows("Saved").types("n").shows("first");
        tui.ctrl('g')
            .shows("no-such-editor --wait was not found")
            .shows("$EDITOR");
        tui.key(Key::F(8)).shows("Discard the draft").types("y");
        ends::wait("no draft is left", || tui.drafts().is_empty());
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}
