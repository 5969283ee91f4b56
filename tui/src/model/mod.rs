//! What the program knows: the whole state, changed by `update` alone.

mod about;
mod pending;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(crate) use about::{About, Sessions};
use chrono::{DateTime, Utc};
use gatepost_sdk::{ExpiredReason, PostId, SessionState, User};
pub(crate) use pending::{MOST_AHEAD, Offline, Saving, Toast, Wait};

use crate::dialog::Dialog;
use crate::effect::{Call, Epoch, Gen, Slot, Timer};
use crate::form::Form;
use crate::list::List;
use crate::msg::{Details, Msg};
use crate::screen::{Edit, Read, Screen};
use crate::theme::{Ground, Look, Theme};
use gatepost_terminal::drafts::{Draft, DraftId};

/// The time of an update: no part of the core reads a clock.
pub(crate) type Now = DateTime<Utc>;

/// The state.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Model {
    pub(crate) size: (u16, u16),
    pub(crate) about: About,
    /// The colours, once the terminal has said what is behind them.
    pub(crate) look: Look,
    /// When something last happened: what is drawn knows no other time.
    pub(crate) now: Now,
    /// Whether texts are read as they were typed, not as Markdown.
    pub(crate) is_raw: bool,
    /// Which of the places keeps the session.
    pub(crate) place: usize,
    pub(crate) session: SessionState,
    /// What is shown; the last one is on top. Never empty.
    pub(crate) screens: Vec<Screen>,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) toast: Option<Toast>,
    pub(crate) list: List,
    /// What is shown beside the list, where there is room.
    pub(crate) preview: Option<Read>,
    pub(crate) profile: Option<User>,
    pub(crate) details: Option<Details>,
    pub(crate) verified: Option<bool>,
    pub(crate) sessions: Sessions,
    /// The drafts that are not being written at the moment.
    pub(crate) drafts: Vec<Draft>,
    /// The rows of the list that are texts of new posts, which no server knows yet.
    pub(crate) draft_rows: BTreeMap<PostId, DraftId>,
    /// Which entry of the pane beside the list is marked, where keys go to that.
    pub(crate) side: Option<usize>,
    /// What is on its way to the server.
    pub(crate) saving: BTreeMap<DraftId, Saving>,
    /// The posts that are deleted unless somebody says otherwise in time, and their titles; the newest is last.
    pub(crate) doomed: Vec<(PostId, String)>,
    /// Whether the server can search.
    pub(crate) can_search: bool,
    /// Whether another server or account is being gone over to.
    pub(crate) is_connecting: bool,
    /// Whether the next account is one that is not known yet.
    pub(crate) is_new_account: bool,
    /// Whether clicks are ours.
    pub(crate) has_mouse: bool,
    /// The posts that are being deleted.
    pub(crate) deleting: Vec<PostId>,
    pub(crate) offline: Option<Offline>,
    /// The drafts whose saves wait for a server that is away.
    pub(crate) queued: BTreeSet<DraftId>,
    /// What an ended session could not do, done again after signing in.
    pub(crate) held: Vec<(Slot, Call)>,
    /// The user whose list and drafts these are.
    pub(crate) user: Option<String>,
    /// What was asked for, under the number that its answer must have.
    pub(crate) live: BTreeMap<Slot, (Gen, Call)>,
    pub(crate) timers: BTreeMap<Timer, Gen>,
    pub(crate) last_gen: Gen,
    pub(crate) epoch: Epoch,
    pub(crate) drafts_made: u64,
    /// How often the spinner has moved, once something takes its time.
    pub(crate) spin: Option<usize>,
    /// What was typed for a screen that is still to come, and for which.
    pub(crate) ahead: VecDeque<Msg>,
    pub(crate) ahead_of: Option<Wait>,
    /// Whether the terminal belongs to the person's editor.
    pub(crate) is_away: bool,
    /// The session of this user has ended, and the question about it waits until nothing is written.
    pub(crate) ended: Option<(String, Option<ExpiredReason>)>,
    /// With what code the program is to end.
    pub(crate) exit: Option<u8>,
}

impl Model {
    /// At the start: nothing is known yet.
    pub(crate) fn new(about: About, look: Look, size: (u16, u16)) -> Self {
        Self {
            size,
            about,
            look,
            now: Now::default(),
            is_raw: false,
            place: 0,
            session: SessionState::default(),
            screens: vec![Screen::Posts],
            dialog: None,
            toast: None,
            list: List::default(),
            preview: None,
            profile: None,
            details: None,
            verified: None,
            sessions: Sessions::default(),
            drafts: Vec::new(),
            draft_rows: BTreeMap::new(),
            side: None,
            saving: BTreeMap::new(),
            doomed: Vec::new(),
            can_search: false,
            has_mouse: false,
            is_connecting: false,
            is_new_account: false,
            deleting: Vec::new(),
            offline: None,
            queued: BTreeSet::new(),
            held: Vec::new(),
            user: None,
            live: BTreeMap::new(),
            timers: BTreeMap::new(),
            last_gen: 0,
            epoch: 0,
            drafts_made: 0,
            spin: None,
            ahead: VecDeque::new(),
            ahead_of: None,
            is_away: false,
            ended: None,
            exit: None,
        }
    }

    /// What is on top.
    pub(crate) fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Posts)
    }

    /// What is being written, wherever in the stack it is.
    pub(crate) fn edit(&self) -> Option<&Edit> {
        self.screens.iter().rev().find_map(|screen| match screen {
            Screen::Edit(edit) => Some(&**edit),
            _ => None,
        })
    }

    /// Whether what is being written is in its file as it is.
    pub(crate) fn is_kept(&self) -> bool {
        self.edit().is_some_and(Edit::is_kept)
    }

    /// What is being written, to change it.
    pub(crate) fn edit_mut(&mut self) -> Option<&mut Edit> {
        let mut screens = self.screens.iter_mut().rev();
        screens.find_map(|screen| match screen {
            Screen::Edit(edit) => Some(&mut **edit),
            _ => None,
        })
    }

    /// The post that keys act on: the one that is read, or the selected row.
    pub(crate) fn subject(&self) -> Option<(PostId, &str, &str)> {
        let row = match self.screen() {
            Screen::Read(Read {
                post: Some(post), ..
            }) => return Some((post.id, &post.title, &post.author)),
            // on its way
            Screen::Read(read) => &self.list.rows[self.list.find(read.id)?],
            _ => self.list.current()?,
        };
        Some((row.id, &row.title, &row.author))
    }

    /// The draft that a row of the list is.
    pub(crate) fn draft_of(&self, row: PostId) -> Option<&Draft> {
        let id = self.draft_rows.get(&row)?;
        self.drafts.iter().find(|draft| draft.id == *id)
    }

    /// The screen that an answer is to bring, where nothing else is going on meanwhile.
    pub(crate) fn waits_for(&self) -> Option<Wait> {
        if self.dialog.is_some() {
            return None;
        }
        match self.screen() {
            Screen::SignIn(form) | Screen::Register(form) if form.is_sent => Some(Wait::Form),
            Screen::Read(read) if read.then_edit => Some(Wait::Post(read.id)),
            Screen::Posts if self.user.is_none() && self.is_live(&Slot::Load) => {
                Some(Wait::Session)
            }
            _ if self.is_live(&Slot::SignOut) => Some(Wait::SignOut),
            _ => None,
        }
    }

    /// Where the session may be kept when it can't be where it was to be: the same place tried again comes first.
    pub(crate) fn choices(&self) -> Vec<usize> {
        let others = (0..self.about.places.len()).filter(|place| *place != self.place);
        [self.place].into_iter().chain(others).collect()
    }

    /// Where the session is kept, in words.
    pub(crate) fn kept_in(&self) -> &str {
        self.about.places.get(self.place).map_or("", String::as_str)
    }

    /// Whether a call of this slot is on its way.
    pub(crate) fn is_live(&self, slot: &Slot) -> bool {
        self.live.contains_key(slot)
    }

    /// What is being written, as it is at this moment; `None` where nothing is, or nothing differs from the server's.
    pub(crate) fn draft(&self, now: Now) -> Option<Draft> {
        let is_changed = self.edit()?.is_changed();
        is_changed.then(|| self.as_draft(now)).flatten()
    }

    /// The same, whether it differs or not.
    pub(crate) fn as_draft(&self, now: Now) -> Option<Draft> {
        let edit = self.edit()?;
        let mine = edit.mine();
        Some(Draft {
            id: edit.draft.clone(),
            server: self.about.server.clone(),
            user: self.user.clone().unwrap_or_default(),
            post: edit.post,
            title: mine.title,
            content: mine.content,
            saved: now.timestamp(),
            base: edit.base.clone(),
            sent: edit.sent.clone(),
            has_head: false,
        })
    }

    /// Whether keys go to the filter of the list.
    pub(crate) fn is_filtering(&self) -> bool {
        let filter = self.list.filter.as_ref();
        matches!(self.screen(), Screen::Posts) && filter.is_some_and(|filter| filter.is_open)
    }

    /// Whether a question may come: never over a text that is being written, nor over another question.
    pub(crate) fn is_free(&self) -> bool {
        self.dialog.is_none() && self.waits_for().is_none() && !self.is_writing()
    }

    /// Whether somebody types into something.
    pub(crate) fn is_writing(&self) -> bool {
        let is_form = matches!(self.screen(), Screen::SignIn(_) | Screen::Register(_));
        is_form || self.edit().is_some() || self.is_filtering()
    }

    /// Whether an answer is waited for.
    pub(crate) fn is_busy(&self) -> bool {
        let mut slots = self.live.keys();
        // the list stays open between its chunks
        slots.any(|slot| *slot != Slot::List || self.list.is_loading)
    }

    /// The terminal has said what is behind its text.
    pub(crate) fn stand_on(&mut self, ground: Ground) {
        if self.about.theme == Theme::Auto {
            self.look.ground = Some(ground);
        }
    }

    /// Whether a change is on its way, waits for the server, or may still be undone.
    pub(crate) fn is_under_way(&self) -> bool {
        !(self.saving.is_empty() && self.deleting.is_empty() && self.queued.is_empty())
    }

    /// How many changes wait for a server that is away.
    pub(crate) fn waiting(&self) -> usize {
        self.queued.len()
    }

    /// A form to sign in with. Only where nobody is signed in can it be at another server: drafts belong to one.
    pub(crate) fn sign_in(&self, user: &str, notice: Option<String>) -> Form {
        let is_free = self.about.can_connect && self.user.is_none();
        let server = is_free.then_some(self.about.server.as_str());
        let place = (self.about.places.len() > 1).then_some(self.place);
        Form::sign_in(server, user, place, notice)
    }

    /// The server that the form asks for, where it is another than the one in use.
    pub(crate) fn typed_server(&self) -> Option<String> {
        let mut screens = self.screens.iter();
        let typed = screens.find_map(|screen| match screen {
            Screen::SignIn(form) => Some(form.text("server")),
            _ => None,
        })?;
        let typed = typed.trim().trim_end_matches('/');
        let is_other = !typed.is_empty() && typed != self.about.server.trim_end_matches('/');
        is_other.then(|| typed.to_owned())
    }

    /// A moment on this machine's clock.
    pub(crate) fn time(&self, at: DateTime<Utc>, format: &str) -> String {
        at.with_timezone(&self.about.zone)
            .format(format)
            .to_string()
    }
}
