//! A page in a browser that a test drives, as a person would, by Chromium's own protocol over two pipes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::browser::{self, Browser};

/// How long an answer or a page may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The one page of a browser of its own.
pub struct Page {
    orders: File,
    answers: Receiver<Value>,
    session: String,
    number: u64,
    /// How many pages were loaded so far.
    loaded: usize,
    _browser: Browser,
}

impl Page {
    /// An empty one.
    pub fn open() -> Self {
        let folder = browser::folder();
        for name in ["in", "out"] {
            let made = Command::new("mkfifo").arg(folder.join(name)).status();
            assert!(made.is_ok_and(|status| status.success()), "mkfifo fails");
        }
        let browser = Browser::driven(&folder);
        // each opens once the browser has opened its end
        let orders = File::options().write(true).open(folder.join("in"));
        let told = File::open(folder.join("out")).expect("the browser's pipe");
        let (tell, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for text in BufReader::new(told).split(0) {
                let read = text
                    .ok()
                    .and_then(|text| serde_json::from_slice(&text).ok());
                let Some(value) = read else { break };
                if tell.send(value).is_err() {
                    break;
                }
            }
        });
        let mut page = Self {
            orders: orders.expect("the browser's pipe"),
            answers,
            session: String::new(),
            number: 0,
            loaded: 0,
            _browser: browser,
        };
        let targets = page.call("Target.getTargets", &json!({}));
        let targets = targets["targetInfos"].as_array().expect("targets");
        let target = targets.iter().find(|target| target["type"] == "page");
        let id = target.expect("a page")["targetId"].clone();
        let attach = json!({"targetId": id, "flatten": true});
        let attached = page.call("Target.attachToTarget", &attach);
        page.session = text(&attached["sessionId"]);
        page.call("Page.enable", &json!({}));
        page.call("Runtime.enable", &json!({}));
        page
    }

    /// Has the browser do something.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let number = self.number;
        let mut order = json!({"id": number, "method": method, "params": parameters});
        if !self.session.is_empty() {
            order["sessionId"] = self.session.clone().into();
        }
        let mut order = order.to_string().into_bytes();
        order.push(0);
        self.orders.write_all(&order).expect("the browser listens");
        loop {
            let mut answer = self.next(method);
            if answer["id"] == number {
                assert!(answer["error"].is_null(), "{method}: {answer:#}");
                return answer["result"].take();
            }
        }
    }

    fn next(&mut self, what: &str) -> Value {
        let told = self.answers.recv_timeout(PATIENCE);
        let told = told.unwrap_or_else(|_| panic!("the browser does not answer {what}"));
        self.loaded += usize::from(told["method"] == "Page.loadEventFired");
        told
    }

    /// Opens a page, and waits until it is loaded.
    pub fn go(&mut self, url: &str) {
        let before = self.loaded;
        let gone = self.call("Page.navigate", &json!({"url": url}));
        assert!(gone["errorText"].is_null(), "{url}: {gone:#}");
        self.wait_for_load(before, url);
    }

    /// Runs a script that leads to another page, and waits until that is loaded.
    pub fn leave(&mut self, script: &str) {
        let before = self.loaded;
        self.run(script);
        self.wait_for_load(before, script);
    }

    fn wait_for_load(&mut self, before: usize, what: &str) {
        let begun = Instant::now();
        while self.loaded == before {
            assert!(begun.elapsed() < PATIENCE, "{what} leads to no page");
            self.next(what);
        }
    }

    /// What a script comes to.
    pub fn run(&mut self, script: &str) -> Value {
        let parameters = json!({"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut done = self.call("Runtime.evaluate", &parameters);
        let failure = &done["exceptionDetails"];
        let shown: String = script.chars().take(300).collect();
        assert!(failure.is_null(), "{shown}: {failure:#}");
        done["result"]["value"].take()
    }

    /// What is read on the page.
    pub fn text(&mut self) -> String {
        text(&self.run("document.body.innerText"))
    }

    /// Where the page is, without its host.
    pub fn place(&mut self) -> String {
        text(&self.run("location.pathname + location.search"))
    }

    /// Writes into a field, whatever stood there.
    pub fn fill(&mut self, field: &str, value: &str) {
        let (field, value) = (Value::from(field), Value::from(value));
        self.run(&format!(
            "{{ const field = document.querySelector(`[name=\"${{{field}}}\"]`); field.value = {value};
                field.dispatchEvent(new Event('input', {{ bubbles: true }})) }}"
        ));
    }

    /// Clicks on what this selector finds, and stays on the page.
    pub fn click(&mut self, selector: &str) {
        let selector = Value::from(selector);
        self.run(&format!("document.querySelector({selector}).click()"));
    }

    /// Clicks on what this selector finds, which leads to another page.
    pub fn follow(&mut self, selector: &str) {
        let selector = Value::from(selector);
        self.leave(&format!("document.querySelector({selector}).click()"));
    }

    /// Clicks on the link with this text.
    pub fn follow_text(&mut self, label: &str) {
        let label = Value::from(label);
        self.leave(&format!(
            "[...document.querySelectorAll('main a, header a, nav a, aside a')].find(link => link.innerText.trim() === {label}).click()"
        ));
    }

    /// How wide the window is, and whether the system is set to dark.
    pub fn shape(&mut self, width: u32, is_dark: bool) {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if is_dark { "dark" } else { "light" };
        let scheme = json!({"name": "prefers-color-scheme", "value": scheme});
        self.call("Emulation.setEmulatedMedia", &json!({"features": [scheme]}));
    }

    /// Whether scripts of pages run.
    pub fn allow_scripts(&mut self, is_allowed: bool) {
        let parameters = json!({"value": !is_allowed});
        self.call("Emulation.setScriptExecutionDisabled", &parameters);
    }

    /// A picture of the whole page, as PNG.
    pub fn picture(&mut self, file: &Path) {
        let parameters = json!({"format": "png", "captureBeyondViewport": true});
        let shot = self.call("Page.captureScreenshot", &parameters);
        let png = BASE64_STANDARD.decode(text(&shot["data"])).expect("base64");
        fs::write(file, png).expect("the picture can be kept");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
