//! What the command line and the full screen share. No network in it, and nothing that draws.
//!
//! * [`safe`]: which characters of a stranger's text a terminal would obey, and the text without them.
//! * [`post`]: the title and text of a post as one file for an editor, and as they were before it.
//! * [`merge`]: the three versions of a post, which it started from, mine and theirs: what I changed, or what both did.
//!   A text with both versions marked for an editor, and whether marks are left.
//! * [`drafts`]: the folder of the texts that are not at the server yet. A draft knows the version that it started from.
//! * [`editor`]: `$VISUAL` or `$EDITOR` on a file of the drafts' folder, which stays whatever ends the editor or us.
//! * [`shell`]: how a command line that a person has set is run.
//!
//! A post is changed in these steps, in the command line as in the full screen:
//!
//! 1. The post is read; its version is the draft's `base`. [`drafts::Drafts::save`] keeps the draft.
//! 2. [`drafts::Drafts::lend`] makes the editor's file, [`editor::edit`] opens it and gives what was written.
//!    Only when the draft with the new text is saved, [`drafts::Drafts::taken`] removes the file.
//! 3. Before it is sent, the post is read again: [`merge::merge`] of the three says what to send.
//! 4. Where both sides changed a field, the person is asked, and [`merge::settle`] makes the answer the text. With both
//!    marked it goes back to the editor; [`merge::has_marks`] says that it may not be sent yet. What was read becomes
//!    the draft's `base`.
//! 5. [`drafts::Drafts::remove`], once the server has acknowledged it and not before. Until then the next run finds the
//!    draft with [`drafts::Drafts::of`].

pub mod drafts;
pub mod editor;
pub mod merge;
pub mod post;
pub mod safe;
pub mod shell;
