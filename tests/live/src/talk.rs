//! A Django of any of the versions whose databases are adopted, which answers requests without serving: tests/django/talk.py.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use crate::django;

/// A running Python with Django set up on a database; it ends when it is dropped.
pub struct Talk {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Talk {
    /// Starts one: `version` is 3.2, 4.2 or 5.2, `settings` are the environment of tests/django/reference/settings.py.
    pub fn start(version: &str, database_url: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = django::python_of(version, database_url);
        let mut child = command
            .arg("talk.py")
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be run");
        Self {
            requests: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().expect("it is piped")),
            child,
        }
    }

    /// Sends a line, and gives the line that answers it.
    pub fn ask(&mut self, line: &str) -> String {
        let requests = self.requests.as_mut().expect("it is taken by drop alone");
        writeln!(requests, "{line}").expect("Django reads");
        let mut answer = String::new();
        let read = self.answers.read_line(&mut answer);
        assert!(
            read.is_ok_and(|read| read > 0),
            "Django ended at {line}; what it said is above"
        );
        answer
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}
