//! The server goes away and comes back: what is on the screen stays, what was written too.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use super::*;

/// A way to a server that can be cut, and on which answers can be held up.
pub(super) struct Way {
    pub(super) url: String,
    held: Arc<(Mutex<bool>, Condvar)>,
    is_open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    pub(super) fn to(server: &str) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            held: Arc::default(),
            is_open: Arc::new(AtomicBool::new(true)),
            streams: Arc::default(),
        };
        let (is_open, streams) = (way.is_open.clone(), way.streams.clone());
        let held = way.held.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let far = TcpStream::connect(&server).unwrap();
                let mut kept = streams.lock().unwrap();
                let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                std::thread::spawn(move || {
                    copy(&mut from, &mut to).is_ok() && to.shutdown(Shutdown::Write).is_ok()
                });
                let (mut from, mut to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
                let held = held.clone();
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(count @ 1..) = from.read(&mut bytes) {
                        let is_held = held.0.lock().unwrap();
                        drop(held.1.wait_while(is_held, |is_held| *is_held).unwrap());
                        if to.write_all(&bytes[..count]).is_err() {
                            break;
                        }
                    }
                    to.shutdown(Shutdown::Write)
                });
                kept.extend([near, far]);
            }
        });
        way
    }

    /// Answers come no more until [`Way::release`].
    pub(super) fn hold(&self) {
        *self.held.0.lock().unwrap() = true;
    }

    pub(super) fn release(&self) {
        *self.held.0.lock().unwrap() = false;
        self.held.1.notify_all();
    }

    fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_takes_nothing_with_it() {
    with_server(|url| {
        let folder = folder();
        let way = Way::to(url);
        let mut tui = Tui::start(&way.url, folder.path());
        tui.registers("ada")
            .types("n")
            .shows("New post")
            .types("First")
            .key(Key::Tab)
            .types("text")
            .ctrl('s')
            .shows("Saved");
        way.cut();
        // reads: the banner, and what is loaded stays
        tui.types("r").shows("offline since").shows("First");
        // writes: the text stays
        tui.types("n")
            .shows("New post")
            .types("Second")
            .key(Key::Tab)
            .types("kept text")
            .ctrl('s');
        tui.shows("raft kept (n opens it)").hides("saving ");
        tui.types("n").shows("kept text");
        way.open();
        // by itself, or with the first thing that succeeds
        tui.ctrl('s')
            .shows("Saved")
            .shows("Second")
            .hides("offline");
        tui.types("r").shows("1 of 2");
        // and without a key
        way.cut();
        tui.types("r").shows("offline since");
        way.open();
        tui.hides("offline");
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}
