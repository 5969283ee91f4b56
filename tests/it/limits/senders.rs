//! Clients that send slowly, or less than they announce.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::{LIVE, PATIENCE, Server, first_line, has_answer, is_live, rest};

#[test]
fn a_head_that_does_not_come_is_waited_for_as_long_as_it_may_take() {
    let server = Server::with(&[("GATEPOST_LIMITS__HEAD_TIME", "1s")]);
    let begun = Instant::now();
    let mut dripping = server.send("GET /");
    dripping.set_nodelay(true).unwrap();
    let halves = ["", "GET /-/live HTTP/1.1\r\nHost: x\r\n", "POST"].map(|half| server.send(half));
    let answers = halves.map(|mut half| first_line(&rest(&mut half)));
    let late = "HTTP/1.1 408 Request Timeout";
    assert_eq!(answers, ["", late, late]);
    // a byte now and then is no head either
    while dripping.write_all(b"x").is_ok() && begun.elapsed() < PATIENCE {
        let mut answer = [0; 1];
        dripping
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        if dripping.read(&mut answer).is_ok() {
            break;
        }
    }
    let took = begun.elapsed();
    assert!(
        took > Duration::from_secs(1) && took < Duration::from_secs(8),
        "{took:?}"
    );
}

#[test]
fn a_head_behind_another_request_has_no_more_time() {
    let server = Server::with(&[("GATEPOST_LIMITS__HEAD_TIME", "1s")]);
    let post = |lines: &str| {
        format!("POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}")
    };
    let begun = Instant::now();
    for whole in [
        LIVE.to_owned(),
        LIVE.repeat(2),
        post("Content-Length: 2\r\n\r\n{}"),
        post("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    ] {
        let mut together = server.send(format!("{whole}GET /"));
        let mut after = server.send(&whole);
        assert_ne!(after.read(&mut [0; 4096]).unwrap(), 0);
        after.write_all(b"GET /").unwrap();
        // where it is begun later, it comes on
        let mut late = server.send(format!("{whole}GET /-/live HTTP/1.1\r"));
        late.write_all(b"\nHost: x\r\n\r\n").unwrap();
        assert!(has_answer(&mut late), "{whole}");
        for half in [&mut together, &mut after] {
            let answers = rest(half);
            let answers = String::from_utf8_lossy(&answers);
            assert!(
                answers.contains("HTTP/1.1 408 Request Timeout"),
                "{answers}"
            );
        }
    }
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn a_connection_between_requests_is_kept_for_longer_than_a_head_may_take() {
    let server = Server::with(&[
        ("GATEPOST_LIMITS__HEAD_TIME", "1s"),
        ("GATEPOST_LIMITS__IDLE_TIME", "4s"),
    ]);
    let mut stream = server.send("");
    assert!(is_live(&mut stream));
    let begun = Instant::now();
    stream
        .set_read_timeout(Some(Duration::from_millis(2500)))
        .unwrap();
    let quiet = stream.read(&mut [0]).unwrap_err();
    assert_eq!(quiet.kind(), io::ErrorKind::WouldBlock);
    assert!(is_live(&mut stream));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(rest(&mut stream), b"");
    assert!(
        begun.elapsed() > Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_connection_that_was_used_and_idles_holds_little_and_goes_on() {
    const BATCH: u32 = 100;
    let server = Server::with(&[]);
    let mut used = Vec::new();
    let begun = Instant::now();
    // once those that idle give up their buffers, the next ones need no more memory for these
    loop {
        let before = server.program.memory();
        used.extend((0..BATCH).map(|_| server.send(LIVE)));
        let latest = used.len() - BATCH as usize;
        assert!(used[latest..].iter_mut().all(has_answer));
        let more = server.program.memory().saturating_sub(before);
        if used.len() > 2 * BATCH as usize && more < u64::from(BATCH) * 9 {
            break;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{more} KiB for {BATCH} connections"
        );
        std::thread::park_timeout(Duration::from_millis(500));
    }
    let halves = LIVE.split_at(10);
    for stream in &mut used {
        assert!(is_live(stream));
        stream.write_all(halves.0.as_bytes()).unwrap();
        stream.write_all(halves.1.as_bytes()).unwrap();
        stream.write_all(LIVE.as_bytes()).unwrap();
        assert!(has_answer(stream) && has_answer(stream));
    }
}

#[test]
fn a_body_that_does_not_come_is_408() {
    let server = Server::with(&[
        ("GATEPOST_LIMITS__STALL_TIME", "1s"),
        ("GATEPOST_LIMITS__BODY_TIME", "3s"),
        ("GATEPOST_LIMITS__LINGER_TIME", "1s"),
    ]);
    let head = |more: &str| {
        format!(
            "POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{more}\r\n\r\n{{"
        )
    };
    for length in [
        "Content-Length: 100",
        "Content-Length: 100000",
        "Transfer-Encoding: chunked\r\n\r\n1",
    ] {
        let begun = Instant::now();
        // a chunk follows its length after one end of a line
        let request = head(length).replace("1\r\n\r\n{", "1\r\n{");
        let answer = server.answer(request);
        assert_eq!(answer, "HTTP/1.1 408 Request Timeout", "{length}");
        assert!(begun.elapsed() > Duration::from_millis(900));
    }
    // as much as keeps it from standing still, and no end
    let begun = Instant::now();
    let mut stream = server.send(head("Content-Length: 100"));
    let mut dripping = stream.try_clone().unwrap();
    let drip = std::thread::spawn(move || {
        let mut answer = [0; 1];
        dripping
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        while dripping.peek(&mut answer).is_err() && begun.elapsed() < PATIENCE {
            drop(dripping.write_all(b" "));
        }
    });
    drip.join().unwrap();
    let answer = first_line(&rest(&mut stream));
    assert_eq!(answer, "HTTP/1.1 408 Request Timeout");
    assert!(
        begun.elapsed() > Duration::from_millis(2900),
        "{:?}",
        begun.elapsed()
    );
}
