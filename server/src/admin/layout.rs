//! What every page has around it: the person, the models that may be seen, the messages, the token of its forms.

use super::models::{self, Model};
use super::pages::{App, Link, Model as Shown, Page, SignedIn};
use super::rights::Right;
use super::staff::Staff;
use super::visit::Visit;

/// A page with this title, and everything else still to be said.
pub(super) fn page(visit: &mut Visit<'_>, title: &str) -> Page {
    let messages = visit.take_messages();
    let csrf_token = visit.csrf.token(visit.app.entropy());
    Page {
        title: title.to_owned(),
        root: visit.root(),
        user: visit.staff().ok().map(signed_in),
        csrf_token,
        messages,
        apps: if visit.staff().is_ok() {
            apps(visit, None)
        } else {
            Vec::new()
        },
        ..Page::default()
    }
}

/// The same for a page about a model.
pub(super) fn of_model(visit: &mut Visit<'_>, title: &str, model: &'static Model) -> Page {
    let mut page = page(visit, title);
    page.apps = apps(visit, Some(model));
    let label = visit.admin.tables.label(model);
    let app = format!("{}{label}/", visit.root());
    page.breadcrumbs = vec![
        Link::new(visit.admin.tables.app_name(model), app),
        Link::new(capitalised(model.plural), visit.list_url(model)),
    ];
    page
}

fn signed_in(staff: &Staff) -> SignedIn {
    let account = &staff.account;
    let name = if account.first_name.is_empty() {
        &account.username
    } else {
        &account.first_name
    };
    SignedIn {
        name: name.clone(),
        may_change_password: account.has_password(),
    }
}

/// The models that somebody may do something with, by their apps.
pub(super) fn apps(visit: &Visit<'_>, current: Option<&Model>) -> Vec<App> {
    let mut apps: Vec<App> = Vec::new();
    for model in models::ALL {
        let may = |right| visit.may(right, model);
        if !Right::ALL.into_iter().any(may) {
            continue;
        }
        let list = visit.list_url(model);
        let shown = Shown {
            name: capitalised(model.plural),
            add: may(Right::Add).then(|| format!("{list}add/")),
            list: visit.may_see(model).then_some(list),
            may_change: may(Right::Change),
            is_current: current.is_some_and(|current| current.is(model)),
        };
        let url = format!("{}{}/", visit.root(), visit.admin.tables.label(model));
        match apps.iter_mut().find(|app| app.url == url) {
            Some(app) => app.models.push(shown),
            None => apps.push(App {
                name: visit.admin.tables.app_name(model),
                url,
                models: vec![shown],
            }),
        }
    }
    apps
}

/// `capfirst`.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}
