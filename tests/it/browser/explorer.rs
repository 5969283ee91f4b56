//! The explorer and the pages of the API in a real browser; with `--full` alone, which installs one. A picture of each is left
//! in `target/api-pages/`.

use std::fs;

use gatepost_server::Clock;
use gatepost_tests::page::Page;
use gatepost_tests::{Backend, TestApp, is_full};
use serde_json::{Value, json};

use super::axe::{Looks, TARGET};

/// Waits until a condition of the page holds.
fn wait(page: &mut Page, condition: &str) {
    let seen = page.run(&format!(
        "new Promise(done => {{
            const until = performance.now() + 20000;
            const look = () => {condition} ? done(true) : performance.now() > until ? done(document.body.innerText) : setTimeout(look, 20);
            look();
        }})"
    ));
    assert_eq!(seen, Value::Bool(true), "{condition} never holds");
}

/// Fills in a call of the explorer and sends it; gives the status of its answer.
fn send(page: &mut Page, call: &str, values: &Value) -> u64 {
    page.run(&format!(
        "{{ const call = document.getElementById('{call}'); call.open = true;
            call.querySelector('.answer').replaceChildren();
            for (const [name, value] of Object.entries({values})) {{
                const input = call.querySelector(`[data-name=${{name}}]`);
                input.value = value;
                input.dispatchEvent(new Event('input', {{ bubbles: true }}));
            }}
            call.querySelector('[type=submit]').click() }}"
    ));
    wait(
        page,
        &format!("document.querySelector('#{call} .answer .head')"),
    );
    let status = page.run(&format!(
        "parseInt(document.querySelector('#{call} .answer p').innerText)"
    ));
    status.as_u64().unwrap()
}

/// What a page loaded that is not of the site.
fn strangers(page: &mut Page, site: &str) -> Vec<Value> {
    let loaded = page.run("performance.getEntriesByType('resource').map(entry => entry.name)");
    let loaded = loaded.as_array().cloned().unwrap_or_default();
    let is_ours = |url: &Value| url.as_str().is_some_and(|url| url.starts_with(site));
    loaded.into_iter().filter(|url| !is_ours(url)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_writes_reads_changes_and_deletes_a_post() {
    if !is_full() {
        return;
    }
    fs::create_dir_all(format!("{TARGET}/api-pages")).unwrap();
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    app.user("ada").await;
    let site = app.listen().await;
    let mut page = Page::open();
    let mut looks = Looks::into("api-pages");
    for path in ["/", "/api/"] {
        page.go(&format!("{site}{path}"));
        assert!(page.text().contains("First steps"), "{}", page.text());
    }
    looks.look(&mut page, "front");
    page.go(&format!("{site}/api/posts/"));
    assert!(
        page.text().contains("HTTP 401 Unauthorized"),
        "{}",
        page.text()
    );
    looks.look(&mut page, "unauthorized");
    page.go(&format!("{site}/api/docs/#createPost"));
    wait(&mut page, "document.querySelector('#createPost[open]')");
    page.click("#person button");
    looks.look(&mut page, "sign-in");
    page.fill("sign-in-name", "ada");
    page.fill("sign-in-password", "wrong");
    page.click("#sign-in [type=submit]");
    wait(
        &mut page,
        "document.querySelector('#sign-in .problem').innerText.includes('No active account')",
    );
    page.fill("sign-in-password", "ComplexPassword123!");
    page.click("#sign-in [type=submit]");
    wait(
        &mut page,
        "document.getElementById('person').innerText.includes('Signed in as ada')",
    );
    looks.look(&mut page, "explorer");

    let post = json!({"title": "Notes", "content": "See\nhttps://example.com"});
    assert_eq!(send(&mut page, "createPost", &post), 201);
    let curl = page.run("document.querySelector('#createPost .curl').innerText");
    let curl = curl.as_str().unwrap();
    assert!(
        curl.starts_with(&format!(
            "curl -X POST '{site}/api/posts/' -H \"Authorization: Bearer $ACCESS\""
        )),
        "{curl}"
    );
    looks.look(&mut page, "created");
    assert_eq!(strangers(&mut page, &site), [] as [Value; 0]);

    page.go(&format!("{site}/api/posts/"));
    wait(
        &mut page,
        "document.getElementById('answer').innerText.includes('\"title\": \"Notes\"')",
    );
    looks.look(&mut page, "posts");
    page.click("#options");
    wait(
        &mut page,
        "document.getElementById('answer').innerText.includes('OPTIONS /api/posts/')",
    );
    page.click("#as-json");
    wait(
        &mut page,
        "document.getElementById('answer').innerText.includes('\"renders\"') === false",
    );
    page.go(&format!("{site}/api/posts/"));
    wait(&mut page, "document.querySelector('#answer .body a')");
    page.follow("#answer .body a");
    assert_eq!(page.place(), "/api/posts/1/");
    wait(
        &mut page,
        "document.getElementById('answer').innerText.includes('HTTP 200 OK')",
    );
    looks.look(&mut page, "post");
    page.follow(".calls [href$='#replacePost']");
    // the call is filled in with what the post is
    wait(
        &mut page,
        "document.querySelector('#replacePost [data-name=title]').value === 'Notes'",
    );
    assert_eq!(
        send(&mut page, "replacePost", &json!({"title": "Changed"})),
        200
    );
    assert_eq!(app.query("SELECT title FROM posts_post").await, ["Changed"]);

    // an access token that has expired is replaced, and the call sent again
    page.run("{ const held = JSON.parse(sessionStorage['gatepost.session']); held.access = held.access.slice(0, -6) + 'AAAAAA'; sessionStorage['gatepost.session'] = JSON.stringify(held) }");
    page.run("location.hash = 'deletePost'");
    wait(&mut page, "document.querySelector('#deletePost[open]')");
    assert_eq!(send(&mut page, "deletePost", &json!({})), 204);
    assert_eq!(
        app.query("SELECT title FROM posts_post").await,
        [] as [&str; 0]
    );
    page.click("#person button");
    wait(
        &mut page,
        "document.getElementById('person').innerText.includes('Sign in')",
    );
    let live = "SELECT COUNT(*) FROM token_blacklist_outstandingtoken WHERE id NOT IN (SELECT token_id FROM token_blacklist_blacklistedtoken)";
    assert_eq!(app.query(live).await, ["0"]);
    assert_eq!(strangers(&mut page, &site), [] as [Value; 0]);
    looks.end();
}

/// Opens the explorer and signs ada in.
fn signed_in(site: &str) -> Page {
    let mut page = Page::open();
    page.go(&format!("{site}/api/docs/"));
    page.click("#person button");
    page.fill("sign-in-name", "ada");
    page.fill("sign-in-password", "ComplexPassword123!");
    page.click("#sign-in [type=submit]");
    wait(
        &mut page,
        "document.getElementById('person').innerText.includes('Signed in as ada')",
    );
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_is_duplicated_goes_on_with_the_session_and_so_does_the_first() {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    app.user("ada").await;
    let site = app.listen().await;
    let mut page = signed_in(&site);
    page.run("{ globalThis.other = window.open(location.href); 0 }");
    wait(
        &mut page,
        "other.document.readyState === 'complete' && other.document.getElementById('person')?.innerText.includes('Signed in as ada')",
    );
    // each of them finds twice that its access token has expired, together and by itself
    let expire = "{ const held = JSON.parse(tab.sessionStorage['gatepost.session']); held.access = held.access.slice(0, -6) + 'AAAAAA'; tab.sessionStorage['gatepost.session'] = JSON.stringify(held) }";
    let ask = "{ const call = tab.document.getElementById('listPosts'); call.open = true; call.querySelector('.answer').replaceChildren(); call.querySelector('[type=submit]').click() }";
    for tabs in ["[window, other]", "[other]", "[window]"] {
        page.run(&format!("for (const tab of {tabs}) {expire}"));
        page.run(&format!("for (const tab of {tabs}) {ask}"));
        wait(
            &mut page,
            &format!(
                "{tabs}.every(tab => tab.document.querySelector('#listPosts .answer p')?.innerText.startsWith('200'))"
            ),
        );
    }
    let refresh = "JSON.parse(tab.sessionStorage['gatepost.session']).refresh";
    wait(
        &mut page,
        &format!("new Set([window, other].map(tab => {refresh})).size === 1"),
    );
    let live = "SELECT COUNT(*) FROM token_blacklist_outstandingtoken WHERE id NOT IN (SELECT token_id FROM token_blacklist_blacklistedtoken)";
    assert_eq!(app.query(live).await, ["1"]);
    assert_eq!(
        app.query("SELECT COUNT(*) FROM token_blacklist_outstandingtoken")
            .await,
        ["4"]
    );
    // who signs out in one is signed out in both
    page.run("other.document.querySelector('#person button').click()");
    for tab in ["window", "other"] {
        wait(
            &mut page,
            &format!("{tab}.document.getElementById('person').innerText.includes('Sign in')"),
        );
    }
    assert_eq!(app.query(live).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_emptied_in_a_change_is_changed() {
    if !is_full() {
        return;
    }
    let app = TestApp::with_clock(Backend::Sqlite, "", Clock::system()).await;
    app.user("ada").await;
    let site = app.listen().await;
    let mut page = signed_in(&site);
    let name = "SELECT first_name || '|' || last_name FROM auth_user";
    let names = json!({"first_name": "Ada", "last_name": "Lovelace"});
    assert_eq!(send(&mut page, "changeProfile", &names), 200);
    assert_eq!(app.query(name).await, ["Ada|Lovelace"]);
    assert_eq!(
        send(
            &mut page,
            "changeProfile",
            &json!({"first_name": "", "last_name": "King"})
        ),
        200
    );
    assert_eq!(app.query(name).await, ["|King"]);
}
