//! Heads that are too long or malformed.

use super::Server;

#[test]
fn each_overlong_or_malformed_head_has_one_clear_answer() {
    let server = Server::with(&[]);
    let get =
        |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\n{more}Connection: close\r\n\r\n");
    let host = "Host: x\r\n";
    let long = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
    let field = |bytes| format!("{host}X-A: {}\r\n", "a".repeat(bytes));
    let many = |count: usize| host.to_owned() + &"x: 1\r\n".repeat(count - 1);
    for (request, status) in [
        (get("/-/live", host), "200 OK"),
        (get(&long(8192), host), "404 Not Found"),
        (get(&long(8193), host), "414 URI Too Long"),
        (
            get(&format!("/?{}", "a".repeat(9000)), host),
            "414 URI Too Long",
        ),
        (get(&long(60_000), host), "414 URI Too Long"),
        (get("/x", &field(50_000)), "404 Not Found"),
        (
            get("/x", &field(70_000)),
            "431 Request Header Fields Too Large",
        ),
        (get("/x", &many(150)), "431 Request Header Fields Too Large"),
        (get("/x", ""), "400 Bad Request"),
        (get("/x", "Host: a\r\nHost: b\r\n"), "400 Bad Request"),
        (get("http://x/x", ""), "404 Not Found"),
        ("GET /x HTTP/1.0\r\n\r\n".to_owned(), "404 Not Found"),
        (
            get("/x", &format!("{host}Transfer-Encoding: gzip, chunked\r\n")) + "0\r\n\r\n",
            "501 Not Implemented",
        ),
        // probes are no exception
        (get("/-/live", ""), "400 Bad Request"),
        (get("/-/ready", ""), "400 Bad Request"),
        ("GET /-/live HTTP/1.0\r\n\r\n".to_owned(), "200 OK"),
        (
            get(
                "/-/live",
                &format!("{host}Transfer-Encoding: gzip, chunked\r\n"),
            ) + "0\r\n\r\n",
            "501 Not Implemented",
        ),
        (
            get(&format!("/-/live?{}", "a".repeat(9000)), host),
            "414 URI Too Long",
        ),
    ] {
        let answer = server.answer(&request);
        let version = if request.contains("HTTP/1.0") {
            "1.0"
        } else {
            "1.1"
        };
        let shown: String = request.chars().take(60).collect();
        assert_eq!(answer, format!("HTTP/{version} {status}"), "{shown}");
    }
}
