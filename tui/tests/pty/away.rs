//! The server goes away and comes back: what is on the screen stays, what was written too.

use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

/// A way to a server that can be cut.
struct Way {
    url: String,
    is_open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(server: &str) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            is_open: Arc::new(AtomicBool::new(true)),
            streams: Arc::default(),
        };
        let (is_open, streams) = (way.is_open.clone(), way.streams.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let far = TcpStream::connect(&server).unwrap();
                let mut kept = streams.lock().unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || {
                        copy(&mut from, &mut to).is_ok() && to.shutdown(Shutdown::Write).is_ok()
                    });
                }
                kept.extend([near, far]);
            }
        });
        way
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
            .shows("a new post")
            .types("First")
            .key(Key::Tab)
            .types("text")
            .ctrl('s')
            .shows("Saved");
        way.cut();
        // reads: the banner, and what is loaded stays
        tui.types("r").shows("Offline, next try").shows("First");
        // writes: the text stays
        tui.types("n")
            .shows("a new post")
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
            .hides("Offline");
        tui.types("r").shows("1 of 2");
        // and without a key
        way.cut();
        tui.types("r").shows("Offline, next try");
        way.open();
        tui.hides("Offline");
        assert_eq!(tui.types("q").ends(), 0);
    })
    .await;
}
