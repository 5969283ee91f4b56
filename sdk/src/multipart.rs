//! A body of several parts, as forms with files have it.

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::random;
use crate::token::hex;

/// A form with files: `multipart/form-data`. It is sent again whole where that is needed.
///
/// ```no_run
/// # async fn example(client: gatepost_sdk::Client, photo: Vec<u8>) -> gatepost_sdk::Result<()> {
/// use gatepost_sdk::Multipart;
///
/// let form = Multipart::new().text("title", "At sea").file("photo", "sea.jpg", "image/jpeg", photo);
/// client.post("/api/photos/").multipart(form).send_empty().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "a form does nothing until it is sent"]
pub struct Multipart(Vec<Part>);

#[derive(Clone)]
struct Part {
    name: String,
    /// The file's name and its type.
    file: Option<(String, String)>,
    content: Bytes,
}

impl Multipart {
    /// A form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub fn text(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push(Part {
            name: name.into(),
            file: None,
            content: value.into().into(),
        });
        self
    }

    /// Adds a file of this name, type and content.
    pub fn file(
        mut self,
        name: impl Into<String>,
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        self.0.push(Part {
            name: name.into(),
            file: Some((file_name.into(), content_type.into())),
            content: content.into(),
        });
        self
    }

    /// The `Content-Type` and the body.
    pub(crate) fn written(self) -> Result<(String, Bytes)> {
        let no_random = |error| {
            let what = "the system gives no random bytes".to_owned();
            Error::caused(ErrorKind::Config(what), error)
        };
        // that long it is in no part, whoever wrote the parts
        let boundary = hex(&random::bytes::<16>().map_err(no_random)?);
        let mut body = Vec::new();
        for part in self.0 {
            let name = quoted(&part.name);
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
            body.extend_from_slice(head.as_bytes());
            if let Some((file, kind)) = part.file {
                if !kind.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                    let what = format!("{kind:?} is no Content-Type");
                    return Err(Error::config(what));
                }
                let file = quoted(&file);
                let more = format!("; filename=\"{file}\"\r\nContent-Type: {kind}");
                body.extend_from_slice(more.as_bytes());
            }
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(&part.content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        Ok((kind, body.into()))
    }
}

impl std::fmt::Debug for Multipart {
    /// Without what the parts hold: it may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|part| &part.name);
        f.debug_list().entries(names).finish()
    }
}

/// A name as browsers write it: what would end it is escaped.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_between_boundaries() {
        let form = Multipart::new()
            .text("a\"b", "x")
            .file("f", "n.txt", "text/plain", "y");
        assert_eq!(format!("{form:?}"), r#"["a\"b", "f"]"#);
        let (kind, body) = form.written().unwrap();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = "--B\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\nContent-Type: text/plain\r\n\r\ny\r\n--B--\r\n";
        assert_eq!(body, expected.replace('B', boundary));
        assert!(
            Multipart::new()
                .file("f", "n", "a\r\nb", "")
                .written()
                .is_err()
        );
    }
}
