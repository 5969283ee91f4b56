//! Lists of objects.

use super::super::super::*;
use super::Data;
use super::shared::{link, page, time};

pub(super) fn sort(t: Data<'_>, now: Option<(usize, bool)>) -> Sort {
    Sort {
        first: t("?o=1"),
        now: now.map(|(priority, is_ascending)| Sorted {
            is_ascending,
            priority,
            toggle: t("?o=-1"),
            remove: t("?o="),
        }),
    }
}

pub(super) fn paging(t: Data<'_>, total: Count) -> Paging {
    let other = |number| PageLink::Other {
        number,
        url: t("?p=2"),
    };
    Paging {
        total,
        one: t("user"),
        many: t("users"),
        previous: Some(t("?p=1")),
        next: Some(t("?p=3")),
        pages: vec![
            other(1),
            PageLink::Current(2),
            other(3),
            PageLink::Gap,
            other(100),
        ],
        show_all: Some(t("?all=")),
    }
}

pub(super) fn users(t: Data<'_>) -> ListPage {
    let mut page = page(t, "Select user to change");
    page.messages = vec![
        Message {
            level: Level::Success,
            text: Text::with_link(
                t("The user “"),
                link(t, "alan", "/service/admin/auth/user/2/change/"),
                t("” was changed successfully."),
            ),
        },
        Message {
            level: Level::Warning,
            text: t("User with ID “999” doesn’t exist. Perhaps it was deleted?").into(),
        },
        Message {
            level: Level::Error,
            text: t("No action selected.").into(),
        },
    ];
    page.here = Some(t("Users"));
    page.breadcrumbs.truncate(1);
    let column = |label: &str, now| Column {
        label: t(label),
        sort: Some(sort(t, now)),
    };
    let row = |id: u32| Row {
        id: t(&id.to_string()),
        name: t(&format!("user{id}")),
        cells: vec![
            Value::Link(link(
                t,
                &format!("user{id}"),
                "/service/admin/auth/user/2/change/",
            )),
            Value::Text(t(&format!("user{id}@example.com"))),
            Value::Text(t("Alan")),
            if id.is_multiple_of(3) {
                Value::Empty
            } else {
                Value::Text(t("Turing"))
            },
            Value::Bool(id.is_multiple_of(2)),
        ],
    };
    let choice = |label: &str, is_selected, count| FilterChoice {
        label: t(label),
        url: t("?is_staff__exact=1"),
        is_selected,
        count: Some(Count::Exact(count)),
    };
    let filter = |title: &str| Filter {
        title: t(title),
        choices: vec![
            choice("All", false, 10_000),
            choice("Yes", true, 12),
            choice("No", false, 9_988),
        ],
    };
    ListPage {
        page,
        add: Some(link(t, "Add user", "/service/admin/auth/user/add/")),
        search: Some(Search {
            query: t("alan"),
            hidden: vec![(t("is_staff__exact"), t("1"))],
            help: Some(t("Searches names and addresses.")),
            results: Some(Results {
                found: Count::Exact(12),
                total: Some(Count::Exact(10_000)),
                show_all: t("?"),
            }),
        }),
        columns: vec![
            column("Username", Some((1, true))),
            column("Email address", Some((2, false))),
            column("First name", None),
            column("Last name", None),
            column("Staff status", None),
        ],
        rows: (1..=25).map(row).collect(),
        filters: Some(Filters {
            counts: Some(link(t, "Hide counts", "?_facets=")),
            clear: Some(t("?q=alan")),
            all: vec![
                filter("staff status"),
                filter("superuser status"),
                filter("active"),
                filter("groups"),
            ],
        }),
        actions: Some(Actions {
            choices: vec![(t("delete_selected"), t("Delete selected users"))],
            can_select_across: true,
        }),
        paging: paging(t, Count::Exact(10_000)),
        unnarrowed: Some(t("?")),
    }
}

pub(super) fn posts(t: Data<'_>) -> ListPage {
    let column = |label: &str| Column {
        label: t(label),
        sort: Some(sort(t, None)),
    };
    let row = |id: u32| Row {
        id: t(&id.to_string()),
        name: t("Token"),
        cells: vec![
            Value::Code(t(&format!("{id:08x}a3f64c0c9f1d1f6d0e2b7c8d"))),
            Value::Link(link(t, "alan", "/service/admin/auth/user/2/change/")),
            Value::Time(time(t, 24)),
            Value::Time(time(t, 25)),
        ],
    };
    ListPage {
        add: None,
        search: Some(Search {
            query: String::new(),
            hidden: Vec::new(),
            help: None,
            results: None,
        }),
        columns: vec![
            column("Jti"),
            column("User"),
            column("Created at"),
            Column {
                label: t("Expires at"),
                sort: None,
            },
        ],
        rows: (1..=12).map(row).collect(),
        filters: None,
        actions: None,
        paging: paging(t, Count::About(1_000_000)),
        unnarrowed: None,
        page: page(t, "Select Outstanding Token to view"),
    }
}

pub(super) fn empty_list(t: Data<'_>, unnarrowed: Option<String>) -> ListPage {
    let mut list = users(t);
    list.page.messages.clear();
    list.rows.clear();
    list.unnarrowed = unnarrowed;
    list.paging = Paging {
        pages: Vec::new(),
        show_all: None,
        ..paging(t, Count::Exact(0))
    };
    list
}
