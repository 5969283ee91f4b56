//! A walk over the admin site: the same requests and forms at live Django's and at another's, on databases with the
//! same rows. Statuses, redirects, cookies, forms, what is said, and the rows of every table must be the same.

mod browser;
mod compare;
mod declared;
mod deletes;
mod forms;
mod lists;
mod page;
mod passwords;
mod popups;
mod rights;
mod rows;
mod sessions;
mod shared;
mod sites;
mod tokens;
mod users;
mod walk;

use gatepost_tests::{Backend, is_full};
use rstest::rstest;
use rstest_reuse::apply;

use crate::both_databases;
use sites::{Other, Sites};
use walk::Walk;

const MODELS: [&str; 5] = [
    "user",
    "group",
    "post",
    "outstandingtoken",
    "blacklistedtoken",
];

/// Who walks by the small run.
const FEW: [&str; 6] = [
    "anonymous",
    "none",
    "can_view_post",
    "can_change_user",
    "can_delete_user",
    "can_delete_blacklistedtoken",
];

/// Everybody but the superuser: with each right alone, with none, and some with more than one.
fn roles() -> Vec<String> {
    let single = MODELS.iter().flat_map(|model| {
        ["view", "add", "change", "delete"].map(|right| format!("can_{right}_{model}"))
    });
    let others = [
        "anonymous",
        "outsider",
        "inactive",
        "none",
        "add_and_change",
        "delete_some",
        "delete_all",
        "by_group",
        "lost_group",
    ];
    others
        .into_iter()
        .map(str::to_owned)
        .chain(single)
        .collect()
}

async fn whole(walk: &mut Walk) {
    sessions::nobody_is_signed_in(walk).await;
    sessions::signing_in(walk).await;
    sessions::signing_out(walk).await;
    walk.role("root");
    walk.sign_in("root").await;
    sessions::secrets(walk).await;
    sessions::own_password(walk).await;
    lists::indices(walk).await;
    lists::orders(walk).await;
    lists::filters(walk).await;
    lists::search(walk).await;
    lists::pages(walk).await;
    forms::unknown(walk).await;
    forms::posts(walk).await;
    forms::groups(walk).await;
    tokens::all(walk).await;
    users::adding(walk).await;
    users::changing(walk).await;
    popups::all(walk).await;
    passwords::losing(walk).await;
    passwords::setting(walk).await;
    deletes::one_by_one(walk).await;
    deletes::actions(walk).await;
    deletes::histories(walk).await;
    deletes::oneself(walk).await;
}

fn end(walk: &Walk, on: Backend) {
    let found = &walk.differences;
    assert!(
        found.is_empty(),
        "{on:?}: {} differences after {} requests:\n{}",
        found.len(),
        walk.requests,
        found.join("\n")
    );
}

async fn superuser(on: Backend, other: Other) {
    let sites = Sites::start(on, other).await;
    let mut walk = Walk::new(&sites).await;
    whole(&mut walk).await;
    end(&walk, on);
}

async fn staff(on: Backend, other: Other, roles: &[String]) {
    let sites = Sites::start(on, other).await;
    let mut walk = Walk::new(&sites).await;
    for (number, role) in roles.iter().enumerate() {
        walk.role(role);
        walk.step("signing in");
        if role != "anonymous" {
            walk.sign_in(role).await;
        }
        rights::all(&mut walk, number).await;
    }
    end(&walk, on);
}

/// Whether the walk is made by the small run too.
fn is_run(on: Backend) -> bool {
    is_full() || on == Backend::Sqlite
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_finds_what_django_has(on: Backend) {
    if is_run(on) {
        superuser(on, Other::Gatepost).await;
    }
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn rights_allow_what_they_allow_at_django(on: Backend) {
    if is_run(on) {
        let mut roles = roles();
        roles.retain(|role| is_full() || FEW.contains(&role.as_str()));
        staff(on, Other::Gatepost, &roles).await;
    }
}

/// What the walk finds is no matter of chance: between two Djangos it finds nothing.
#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn two_djangos_are_the_same(on: Backend) {
    if is_full() {
        superuser(on, Other::Django).await;
        staff(on, Other::Django, &roles()).await;
    } else if is_run(on) {
        staff(on, Other::Django, &["can_change_user".to_owned()]).await;
    }
}
