//! A row's request as Python's http.client writes it to the socket.

use super::fill::Variables;
use super::json::{Json, SPACED};

/// A request, ready but for the Host it goes to.
pub(super) struct Request {
    pub(super) method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// Fills a row's request: `path`, `json` or `raw` or `raw_hex`, `auth`, `headers`.
    pub(super) fn new(row: &Json, variables: &Variables) -> Result<Self, String> {
        let text = |name| row.get(name).and_then(Json::text);
        let mut headers = vec![("Accept".to_owned(), "*/*".to_owned())];
        let mut body = None;
        if let Some(json) = row.get("json") {
            body = Some(variables.fill(json).dump(SPACED).into_bytes());
            put(&mut headers, "Content-Type", "application/json".to_owned());
        } else if let Some(raw) = text("raw") {
            body = Some(variables.fill_text(raw).into_bytes());
        } else if let Some(hex) = text("raw_hex") {
            body = Some(from_hex(hex).ok_or("raw_hex is not hexadecimal")?);
        }
        if let Some(token) = text("auth") {
            put(
                &mut headers,
                "Authorization",
                format!("Bearer {}", variables.fill_text(token)),
            );
        }
        for (name, value) in row.get("headers").map_or(&[][..], Json::pairs) {
            let value = value
                .text()
                .ok_or_else(|| format!("the header {name} is no text"))?;
            put(&mut headers, name, variables.fill_text(value));
        }
        let request = Self {
            method: text("method").ok_or("no method")?.to_owned(),
            target: variables.fill_text(text("path").ok_or("no path")?),
            headers,
            body,
        };
        request.refused().map_or(Ok(request), Err)
    }

    /// The bytes of the request. The target is sent as it is, never resolved or encoded again.
    pub(super) fn bytes(&self, host: &str) -> Vec<u8> {
        let given = |wanted: &str| {
            self.headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
        if !given("Host") {
            line("Host", host);
        }
        if !given("Accept-Encoding") {
            line("Accept-Encoding", "identity");
        }
        let length = match &self.body {
            Some(body) => Some(body.len()),
            None => matches!(self.method.as_str(), "POST" | "PUT" | "PATCH").then_some(0),
        };
        if let Some(length) =
            length.filter(|_| !given("Content-Length") && !given("Transfer-Encoding"))
        {
            line("Content-Length", &length.to_string());
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// What http.client would not have sent either.
    fn refused(&self) -> Option<String> {
        let plain = |c: u8| (b'!'..=b'~').contains(&c);
        if !self.target.bytes().all(plain) {
            return Some(format!("a target that cannot be sent: {:?}", self.target));
        }
        let broken = |value: &str| !value.is_ascii() || value.contains(['\r', '\n']);
        let header = self
            .headers
            .iter()
            .find(|(name, value)| broken(name) || broken(value))?;
        Some(format!("a header that cannot be sent: {header:?}"))
    }
}

/// Sets a header where it stands, or at the end: a Python dict, whose keys differ in case.
fn put(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    match headers.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => headers.push((name.to_owned(), value)),
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(row: &str) -> String {
        let mut variables = Variables::default();
        variables.set("access", "t.o.k".into());
        variables.set("post", Json::Number("3".to_owned()));
        let request = Request::new(&Json::parse(row).unwrap(), &variables).unwrap();
        String::from_utf8_lossy(&request.bytes("h:1")).replace("\r\n", "|")
    }

    #[test]
    fn a_request_is_what_http_client_sends() {
        // each line was read from a socket that Python 3.11's http.client wrote to
        let row = r#"{"method": "PUT", "path": "/p/${post}/", "json": {"t": "é", "n": [1.0, "${post}"]}, "auth": "${access}"}"#;
        let wanted = "PUT /p/3/ HTTP/1.1|Host: h:1|Accept-Encoding: identity|Content-Length: 26|Accept: */*|Content-Type: application/json|Authorization: Bearer t.o.k||{\"t\": \"é\", \"n\": [1.0, 3]}";
        assert_eq!(sent(row), wanted);
        let row = r#"{"method": "GET", "path": "//a/../%00", "headers": {"Accept": "", "X": "${access}"}}"#;
        assert_eq!(
            sent(row),
            "GET //a/../%00 HTTP/1.1|Host: h:1|Accept-Encoding: identity|Accept: |X: t.o.k||"
        );
        let row = r#"{"method": "TRACE", "path": "/", "headers": {"host": "x", "accept-encoding": "gzip"}}"#;
        assert_eq!(
            sent(row),
            "TRACE / HTTP/1.1|Accept: */*|host: x|accept-encoding: gzip||"
        );
    }

    #[test]
    fn a_length_is_sent_with_a_body_and_with_the_methods_that_expect_one() {
        for (method, length) in [
            ("POST", true),
            ("PUT", true),
            ("PATCH", true),
            ("GET", false),
            ("DELETE", false),
            ("OPTIONS", false),
        ] {
            let row = format!(r#"{{"method": "{method}", "path": "/"}}"#);
            assert_eq!(
                sent(&row).contains("|Content-Length: 0|"),
                length,
                "{method}"
            );
        }
        assert!(
            sent(r#"{"method": "GET", "path": "/", "raw": ""}"#).contains("|Content-Length: 0|")
        );
        assert!(
            sent(r#"{"method": "POST", "path": "/", "raw": "${access}"}"#)
                .ends_with("|Content-Length: 5|Accept: */*||t.o.k")
        );
    }

    #[test]
    fn bytes_come_from_hexadecimal() {
        let row = Json::parse(r#"{"method": "POST", "path": "/", "raw_hex": "efbbbf00"}"#).unwrap();
        let request = Request::new(&row, &Variables::default()).unwrap();
        assert_eq!(request.body.as_deref(), Some(&[0xef, 0xbb, 0xbf, 0][..]));
        assert_eq!(from_hex("é!"), None);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for row in [
            r#"{"method": "GET", "path": "/a b"}"#,
            r#"{"method": "GET", "path": "/", "headers": {"A": "b\r\nC: d"}}"#,
            r#"{"path": "/"}"#,
        ] {
            assert!(
                Request::new(&Json::parse(row).unwrap(), &Variables::default()).is_err(),
                "{row}"
            );
        }
    }
}
