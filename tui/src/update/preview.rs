//! The post beside the list, where there is room: asked for once the selection rests on it.

use std::time::Duration;

use gatepost_sdk::PostId;

use super::cx::Cx;
use crate::effect::{Call, Slot, Timer};
use crate::layout;
use crate::model::Model;
use crate::screen::{Read, Screen};

/// How long the selection rests before its post is asked for: rows that are only passed cost no request.
const REST: Duration = Duration::from_millis(150);

/// The post that is to be beside the list; `None` where there is none or no room.
fn wanted(model: &Model) -> Option<PostId> {
    let body = layout::regions(model).body;
    let is_there = layout::panes(body).text.is_some()
        && matches!(model.screen(), Screen::Posts)
        && model.user.is_some();
    let row = model.list.current().filter(|_| is_there)?;
    // one that the server has not numbered yet can't be asked for
    (row.id > 0).then_some(row.id)
}

/// Follows the selection.
pub(super) fn watch(cx: &mut Cx<'_>) {
    if let Some(id) = wanted(cx.model)
        && cx.model.preview.as_ref().is_none_or(|shown| shown.id != id)
    {
        cx.model.preview = Some(Read::new(id));
        cx.after(Timer::Preview, REST);
    }
}

/// The selection has rested.
pub(super) fn load(cx: &mut Cx<'_>) {
    match wanted(cx.model) {
        Some(id) => cx.call(Slot::Preview, Call::Post(id)),
        // on the way back it is asked for again
        None => cx.model.preview = None,
    }
}

/// Asks again for what is shown.
pub(super) fn refresh(cx: &mut Cx<'_>) {
    if let Some(id) = wanted(cx.model) {
        cx.call(Slot::Preview, Call::Post(id));
    }
}
