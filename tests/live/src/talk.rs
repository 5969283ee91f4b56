//! A Django that is spoken to by lines: of any version whose databases are adopted, without serving (tests/django/talk.py),
//! or with many configurations in turn (tests/django/many.py).

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
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
        command.envs(settings.iter().copied());
        Self::run(command, "talk.py")
    }

    /// Starts one that serves many configurations, each for as long as it is the last that was asked for: a line is the
    /// environment of tests/django/reference/settings.py, its answer is the port.
    pub fn many() -> Self {
        Self::run(django::python_of("5.2", "sqlite:"), "many.py")
    }

    fn run(mut command: Command, script: &str) -> Self {
        let mut child = command
            .arg(script)
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
