//! Lists of every kind of server: whole, by page number, by limit and offset, by cursor.

use std::collections::BTreeMap;

use gatepost_sdk::{Client, Cursor, ErrorKind};
use serde::Deserialize;

use crate::proxy::{Act, Proxy, Seen, answer, html, json};

#[derive(Debug, Deserialize, PartialEq)]
struct Item {
    number: usize,
}

/// The query of what was asked.
fn query(seen: &Seen) -> BTreeMap<String, String> {
    let target = seen.head.split(' ').nth(1).expect("a target");
    let (_, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

type Rule = Box<dyn FnMut(&Seen) -> Act + Send>;

/// A page of 250 items from here on, as many as that, with this link to the next.
fn page(begin: usize, size: usize, next: impl Fn(usize) -> String) -> Act {
    let end = (begin + size).min(250);
    let items: Vec<_> = (begin..end)
        .map(|number| format!(r#"{{"number":{number}}}"#))
        .collect();
    let next = if end == 250 {
        "null".to_owned()
    } else {
        format!("\"{}\"", next(end))
    };
    let body = format!(
        r#"{{"count":250,"next":{next},"previous":null,"results":[{}]}}"#,
        items.join(",")
    );
    json("200 OK", &body)
}

async fn client(rule: impl FnMut(&Seen) -> Act + Send + 'static) -> (Proxy, Client) {
    let proxy = Proxy::before("http://127.0.0.1:1").await;
    proxy.rule(rule);
    let client = Client::builder(&proxy.url).build().expect("a client");
    (proxy, client)
}

async fn numbers(client: &Client) -> gatepost_sdk::Result<Vec<usize>> {
    let list = client
        .list::<Item>("/api/items/?kind=b")
        .query(&[("q", "a b")]);
    let mut stream = list.stream();
    let mut numbers = Vec::new();
    while let Some(item) = stream.next().await {
        numbers.push(item?.number);
    }
    Ok(numbers)
}

#[tokio::test]
async fn every_kind_of_pages_is_read_to_its_end() {
    let number = |seen: &Seen, name: &str| -> usize {
        query(seen)
            .get(name)
            .map_or(0, |text| text.parse().expect("a number"))
    };
    // the origin of a link is that of a server that does not know its own
    let kinds: [Rule; 4] = [
        Box::new(move |seen| {
            let at = number(seen, "page").max(1) - 1;
            page(at * 100, 100, |end| {
                format!(
                    "http://internal:8000/api/items/?kind=b&page={}&q=a+b",
                    end / 100 + 1
                )
            })
        }),
        Box::new(move |seen| {
            page(number(seen, "offset"), 100, |end| {
                format!("/api/items/?kind=b&limit=100&offset={end}&q=a+b")
            })
        }),
        Box::new(move |seen| {
            let at = query(seen).get("cursor").map_or(0, |c| {
                c.trim_start_matches("c%3D").parse().expect("a number")
            });
            page(at, 100, |end| {
                format!("http://internal/api/items/?cursor=c%3D{end}&kind=b&q=a+b")
            })
        }),
        Box::new(move |_| {
            let items: Vec<_> = (0..250)
                .map(|number| format!(r#"{{"number":{number}}}"#))
                .collect();
            json("200 OK", &format!("[{}]", items.join(",")))
        }),
    ];
    for (at, mut kind) in kinds.into_iter().enumerate() {
        let (proxy, client) = client(move |seen| kind(seen)).await;
        assert_eq!(
            numbers(&client).await.expect("a list"),
            (0..250).collect::<Vec<_>>(),
            "{at}"
        );
        let seen = proxy.seen("GET /api/items/");
        assert_eq!(seen.len(), if at == 3 { 1 } else { 3 });
        for seen in seen {
            let query = query(&seen);
            assert_eq!(
                (query["kind"].as_str(), query["q"].as_str()),
                ("b", "a+b"),
                "{at}"
            );
        }
    }
}

/// Some servers send bare arrays, and the next page in a header.
#[tokio::test]
async fn pages_that_a_header_names_are_read_to_their_end() {
    let link = |seen: &Seen| -> Act {
        let at = query(seen)
            .get("page")
            .map_or(1, |text| text.parse::<usize>().expect("a number"));
        let items: Vec<_> = ((at - 1) * 100..(at * 100).min(250))
            .map(|number| format!(r#"{{"number":{number}}}"#))
            .collect();
        let next = format!(
            "link: <http://internal/api/items/?page={}&kind=b&q=a+b>; rel=\"next\"\r\n",
            at + 1
        );
        let next = if at < 3 { next.as_str() } else { "" };
        let headers = format!("content-type: application/json\r\n{next}");
        Act::Answer(answer(
            "200 OK",
            &headers,
            &format!("[{}]", items.join(",")),
        ))
    };
    let (proxy, linked) = client(move |seen| link(seen)).await;
    let all = numbers(&linked).await.expect("a list");
    assert_eq!(all, (0..250).collect::<Vec<_>>());
    assert_eq!(proxy.seen("GET /api/items/").len(), 3);
    let list = linked.list::<Item>("/api/items/").header("X-One", "1");
    let first = list.send().await.expect("a page");
    assert_eq!(first.items.len(), 100);
    let next = first.next.expect("a next page");
    assert_eq!(next.as_str(), "page=2&kind=b&q=a+b");
    let seen = proxy.seen("GET /api/items/");
    assert!(seen[3].head.to_lowercase().contains("x-one: 1"), "{seen:?}");

    let (proxy, looped) = client(|_| {
        let headers = "content-type: application/json\r\nlink: </x/?page=2>; rel=next\r\n";
        Act::Answer(answer("200 OK", headers, "[]"))
    })
    .await;
    let error = numbers(&looped).await.expect_err("it leads to itself");
    let kind = error.kind();
    assert!(matches!(kind, ErrorKind::Decode { .. }), "{error:?}");
    assert_eq!(proxy.seen("GET /api/items/").len(), 2);
}

#[tokio::test]
async fn a_list_never_ends_in_silence() {
    for next in ["/api/items/page/2/", "/api/items/", "?"] {
        let (_proxy, client) = client(move |_| page(0, 100, |_| next.to_owned())).await;
        let error = numbers(&client).await.expect_err("no way to the next page");
        assert!(
            matches!(error.kind(), ErrorKind::Decode { .. }),
            "{error:?}"
        );
    }
    let (proxy, looped) = client(|_| page(0, 100, |_| "?page=2".to_owned())).await;
    let error = numbers(&looped).await.expect_err("it leads to itself");
    assert!(
        matches!(error.kind(), ErrorKind::Decode { .. }),
        "{error:?}"
    );
    assert_eq!(proxy.seen("GET /api/items/").len(), 2);
    let (_proxy, portal) = client(|seen| {
        let is_first = !seen.head.contains("page=");
        if is_first {
            page(0, 100, |_| "?page=2".to_owned())
        } else {
            html("200 OK", "<title>Wi-Fi</title>")
        }
    })
    .await;
    let error = numbers(&portal).await.expect_err("a page of HTML");
    assert!(
        matches!(error.kind(), ErrorKind::UnexpectedAnswer { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end() {
    for circle in [2, 7] {
        let (proxy, looped) = client(move |seen| {
            let at = query(seen)
                .get("page")
                .map_or(0, |text| text.parse().expect("a number"));
            assert!(at <= circle);
            let body = format!(r#"{{"next":"?page={}","results":[]}}"#, at % circle + 1);
            json("200 OK", &body)
        })
        .await;
        let asked = tokio::time::timeout(std::time::Duration::from_secs(20), numbers(&looped));
        let error = asked.await.expect("an end").expect_err("a circle");
        assert!(
            matches!(error.kind(), ErrorKind::Decode { .. }),
            "{error:?}"
        );
        assert!(proxy.seen("GET /api/items/").len() < 20);
    }
}

#[tokio::test]
async fn what_is_named_as_a_web_page_is_no_list() {
    for body in ["[]", r#"[{"number":1}]"#, r#"{"results":[]}"#] {
        let (_proxy, portal) = client(move |_| html("200 OK", body)).await;
        let error = numbers(&portal).await.expect_err("a page of HTML");
        assert!(
            matches!(error.kind(), ErrorKind::UnexpectedAnswer { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_place_in_a_list_can_be_kept() {
    let (_proxy, client) = client(|seen| {
        let at = query(seen)
            .get("page")
            .map_or(1, |text| text.parse().expect("a number"));
        page((at - 1) * 100, 100, |_| format!("?page={}", at + 1))
    })
    .await;
    let first = client
        .list::<Item>("/api/items/")
        .send()
        .await
        .expect("a page");
    assert_eq!((first.items.len(), first.items[0].number), (100, 0));
    let kept = first.next.expect("a next page").as_str().to_owned();
    let list = client.list::<Item>("/api/items/").cursor(Cursor::new(kept));
    assert_eq!(list.send().await.expect("a page").items[0].number, 100);
}
