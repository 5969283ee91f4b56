//! The index and the lists: filters, orders, search and pages.

use super::walk::Walk;

const USERS: &str = "/admin/auth/user/";
const POSTS: &str = "/admin/posts/post/";

/// Each list, and how many columns it has.
const LISTS: [(&str, usize); 5] = [
    (USERS, 5),
    ("/admin/auth/group/", 1),
    (POSTS, 1),
    ("/admin/token_blacklist/outstandingtoken/", 4),
    ("/admin/token_blacklist/blacklistedtoken/", 5),
];

pub(crate) async fn indices(walk: &mut Walk) {
    walk.step("indices");
    for path in [
        "/admin/",
        "/admin/auth/",
        "/admin/posts/",
        "/admin/token_blacklist/",
    ] {
        walk.get(path).await;
    }
    walk.step("addresses that there are not");
    for path in [
        "/admin/nothing/",
        "/admin/sessions/",
        "/admin/admin/",
        "/admin/auth/permission/",
        "/admin/auth/nothing/",
        "/admin/auth/user/1/nothing/",
        "/admin/r/1/1/",
        "/admin/r/999/1/",
        "/admin/r/3/1/",
        "/admin/Auth/",
    ] {
        walk.get(path).await;
    }
    walk.step("addresses without their last slash");
    for path in [
        "/admin",
        "/admin/auth",
        "/admin/auth/user",
        "/admin/auth/user?q=a",
        "/admin/posts/post/add",
        "/admin/posts/post/1/change",
        "/admin/posts/post/1",
        "/admin/nothing",
        "/admin/auth/nothing",
        "/admin/logout",
        "/admin/auth/user/1/password",
        "/admin/login",
    ] {
        walk.get(path).await;
        walk.post(path, &[]).await;
    }
    walk.step("what scripts ask for");
    for path in [
        "/admin/jsi18n/",
        "/admin/autocomplete/",
        "/admin/autocomplete/?app_label=auth&model_name=user&field_name=groups&term=a",
        "/admin/autocomplete/?app_label=posts&model_name=post&field_name=author&term=a",
    ] {
        walk.get(path).await;
    }
}

pub(crate) async fn orders(walk: &mut Walk) {
    for (list, columns) in LISTS {
        walk.step("the order of a list");
        walk.get(list).await;
        for column in 1..=columns {
            walk.get(&format!("{list}?o={column}")).await;
            walk.get(&format!("{list}?o=-{column}")).await;
        }
        let odd = [
            "0", "99", "abc", "", "-", "1.-2", "-2.1", "3.2.1", "1.1", "1.-1", "5.-2", "1.x.-2",
            "--1", "1.99",
        ];
        for order in if columns > 1 { &odd[..] } else { &odd[..2] } {
            walk.get(&format!("{list}?o={order}")).await;
        }
    }
}

pub(crate) async fn filters(walk: &mut Walk) {
    walk.step("each filter");
    let writers = walk.id("group/Writers");
    let mut all: Vec<String> = ["is_staff", "is_superuser", "is_active"]
        .iter()
        .flat_map(|field| ["0", "1"].map(|value| format!("{field}__exact={value}")))
        .collect();
    all.extend([
        format!("groups__id__exact={writers}"),
        "groups__isnull=True".into(),
        "groups__isnull=False".into(),
    ]);
    for filter in &all {
        walk.get(&format!("{USERS}?{filter}")).await;
        walk.get(&format!("{USERS}?{filter}&o=-2.1&q=a")).await;
        walk.get(&format!("{USERS}?{filter}&_facets=True")).await;
    }
    walk.step("filters together");
    for filters in [
        "is_staff__exact=1&is_superuser__exact=0&is_active__exact=1".to_owned(),
        format!("is_staff__exact=0&groups__id__exact={writers}"),
        format!("is_staff__exact=0&groups__id__exact={writers}&groups__isnull=True"),
        "is_staff__exact=1&is_staff__exact=0".to_owned(),
        "is_active__exact=0&q=hopper&o=3.-4&_facets=True".to_owned(),
        "_facets=True".to_owned(),
        "_facets=1".to_owned(),
        "_facets".to_owned(),
    ] {
        walk.get(&format!("{USERS}?{filters}")).await;
    }
    walk.step("filters that are none");
    for filter in [
        "is_staff__exact=2",
        "is_staff__exact=x",
        "is_staff__exact=",
        "is_staff__exact=True",
        "is_staff__exact=False",
        "is_staff=1",
        "groups__id__exact=999999",
        "groups__id__exact=abc",
        "groups__id__exact=",
        "groups__isnull=x",
        "groups__id__exact=1&groups__id__exact=2",
        "unknown=1",
        "unknown__exact=1",
        "is_staff__unknown=1",
        "e=1",
        "e=",
        "username__nothing=1",
        "groups__id__exact=99999999999999999999",
    ] {
        walk.get(&format!("{USERS}?{filter}")).await;
    }
    for list in LISTS {
        walk.get(&format!("{}?unknown=1", list.0)).await;
        walk.get(&format!("{}?e=1", list.0)).await;
        walk.get(&format!("{}?_facets=True", list.0)).await;
    }
    walk.step("look-ups that nobody declared");
    for filter in [
        "password__startswith=pbkdf2",
        "password=x",
        "password__exact=x",
        "groups__permissions__codename=add_user",
        "posts__title=x",
        "user_permissions__codename=add_user",
        "groups__name=Writers",
    ] {
        walk.get(&format!("{USERS}?{filter}")).await;
    }
    for filter in [
        "author__password__startswith=pbkdf2",
        "author__is_staff=1",
        "author__username__startswith=t",
    ] {
        walk.get(&format!("{POSTS}?{filter}")).await;
    }
    for list in [LISTS[3].0, LISTS[4].0] {
        for filter in [
            "user__password__startswith=pbkdf2",
            "token__user__password__startswith=pbkdf2",
        ] {
            walk.get(&format!("{list}?{filter}")).await;
        }
    }
}

pub(crate) async fn search(walk: &mut Walk) {
    let root = walk.id("user/target05");
    let long = "a".repeat(300);
    let few = [
        "a",
        "1",
        "9",
        "\"post 01",
        "0000000000000001",
        "group 0",
        "nothing-at-all",
        "\0",
        "%",
    ];
    let words = [
        "ada",
        "ADA",
        "grace hopper",
        "\"grace brewster\"",
        "'grace brewster'",
        "\"brewster grace\"",
        "\"grace",
        "grace\"",
        "target0 hopper",
        "émile",
        "ÉMILE",
        "zoë",
        "said",
        "SaI",
        "ſaıd",
        "%",
        "_",
        "\\",
        "O'Neil",
        "o'brien<b>",
        "<i>",
        "nothing-at-all",
        " ",
        "",
        "  ada   lovelace ",
        "ada\0",
        "\0",
        "a\\\"b",
        "\"\"",
        "\"grace\\\"",
        "target01@example.com",
        "00000000000000010000000000000000",
        "000f",
        "1",
        &root,
        "abc def",
        &long,
        "9999999999999999999999",
        "+",
        "&",
        "#",
        "ａｄａ",
    ];
    for (list, _) in LISTS {
        for word in if list == USERS { &words[..] } else { &few } {
            walk.step(&format!("a search for {word:?}"));
            let word = percent(word);
            walk.get(&format!("{list}?q={word}")).await;
        }
    }
    walk.step("a search from the page");
    walk.get(&format!("{USERS}?is_staff__exact=1&o=-1")).await;
    walk.submit("q", &[("q", "ada")]).await;
    walk.get(&format!("{USERS}?q=a&q=hopper")).await;
}

pub(crate) async fn pages(walk: &mut Walk) {
    walk.step("pages");
    for (list, _) in LISTS {
        for page in [
            "p=0",
            "p=1",
            "p=2",
            "p=3",
            "p=4",
            "p=-1",
            "p=abc",
            "p=",
            "p=1.5",
            "p=99999999999999999999",
            "all=",
            "all=1",
            "all=&p=2",
            "p=2&q=1",
            "p=3&o=1",
            "p=1&p=2",
        ] {
            walk.get(&format!("{list}?{page}")).await;
        }
    }
}

/// As it stands in an address.
fn percent(text: &str) -> String {
    let bytes = text.bytes();
    bytes
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}
