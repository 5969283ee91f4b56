//! One database, two sites: who is signed in at one is signed in at the other, and what one says is shown by either.

use gatepost_tests::Backend;
use gatepost_tests::django::Django;
use rstest::rstest;
use rstest_reuse::apply;

use super::browser::{Browser, Request};
use super::sites::{DJANGO, PASSWORD, databases, gatepost};
use crate::both_databases;

/// Goes on at the other site with the same cookies.
fn moved(from: &Browser, to: &str) -> Browser {
    let mut browser = Browser::at(&format!("{to}/admin/"));
    browser.cookies = from.cookies.clone();
    browser
}

async fn get(browser: &mut Browser, path: &str) -> u16 {
    browser.send(&Request::get(path)).await.status
}

async fn submit(browser: &mut Browser, path: &str, button: &str, changes: &[(&str, &str)]) -> u16 {
    get(browser, path).await;
    let request = browser.filled(button, changes).unwrap();
    browser.send(&request).await.status
}

async fn signed_in(base: &str, password: &str) -> Browser {
    let mut browser = Browser::at(&format!("{base}/admin/"));
    let fields = [("username", "root"), ("password", password)];
    assert_eq!(
        submit(&mut browser, "/admin/login/", "password", &fields).await,
        302
    );
    browser
}

#[apply(both_databases)]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_is_the_other_s(on: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let ([database, _], prepared) = databases(on, &folder).await;
    let program = gatepost(&folder, &database);
    let django = Django::serve(&database, &DJANGO);
    let author = prepared["ids"]["user/target03"].to_string();
    let both = [program.base.as_str(), django.url()];
    let mut old = PASSWORD.to_owned();
    for (here, there) in [(both[0], both[1]), (both[1], both[0])] {
        let first = signed_in(here, &old).await;
        let second = signed_in(there, &old).await;
        // what one site's page sends, the other takes, and shows what came of it
        let mut browser = moved(&first, there);
        assert_eq!(
            get(&mut browser, "/admin/").await,
            200,
            "{there} takes no session of {here}"
        );
        let title = format!("By a session of {here}");
        let fields = [
            ("title", title.as_str()),
            ("content", "x"),
            ("author", &author),
        ];
        assert_eq!(
            submit(&mut browser, "/admin/posts/post/add/", "_save", &fields).await,
            302
        );
        let mut browser = moved(&browser, here);
        assert_eq!(get(&mut browser, "/admin/posts/post/?q=session").await, 200);
        let said = format!("The post “{title}” was added successfully.");
        assert!(
            browser.last.page.text.contains(&said),
            "{here} does not show what {there} said"
        );
        get(&mut browser, "/admin/").await;
        assert!(
            !browser.last.page.text.contains("added successfully"),
            "it is said once"
        );
        assert!(
            browser.last.page.text.contains(&title),
            "it is among the recent actions"
        );
        // a password that is changed here ends the other sessions there
        let new = format!("Another-Password-of-{}", here.len() + old.len());
        let fields = [
            ("old_password", old.as_str()),
            ("new_password1", &new),
            ("new_password2", &new),
        ];
        assert_eq!(
            submit(
                &mut browser,
                "/admin/password_change/",
                "old_password",
                &fields
            )
            .await,
            302
        );
        let mut browser = moved(&browser, there);
        assert_eq!(
            get(&mut browser, "/admin/").await,
            200,
            "the session that changed it goes on"
        );
        assert_eq!(get(&mut moved(&second, here), "/admin/").await, 302);
        assert_eq!(get(&mut moved(&second, there), "/admin/").await, 302);
        // who signs out there is signed out here
        let mut kept = moved(&browser, here);
        let out = [("csrfmiddlewaretoken", browser.csrf())];
        let out = out.each_ref().map(|(name, value)| (*name, value.as_str()));
        let out = browser.send(&Request::post("/admin/logout/", &out)).await;
        assert_eq!(out.status, 200);
        assert_eq!(get(&mut kept, "/admin/").await, 302);
        old = new;
    }
}
