//! Asking a Django project: its own Python runs `manage.py shell` with a small program, which prints what the project says.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::error;
use super::told::Told;
use crate::entropy::Entropy;

const CODE: &str = include_str!("ask.py");
/// What a project prints beside the answer is thrown away beyond this.
const MOST: usize = 16 << 20;
/// How often the end of the program is looked for.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks the project of this `manage.py`.
///
/// # Errors
/// One sentence: the project can't be started as it is, and what to do.
pub(crate) fn ask(
    manage: &Path,
    python: Option<&Path>,
    patience: Duration,
    program: &Program,
) -> Result<(Told, PathBuf), String> {
    if !manage.is_file() {
        return Err(format!(
            "there is no file {}; name the project's manage.py",
            manage.display()
        ));
    }
    let manage = std::path::absolute(manage)
        .map_err(|error| format!("{} can't be found: {error}", manage.display()))?;
    let folder = manage.parent().unwrap_or(Path::new("/"));
    let python = match python {
        Some(python) => python.to_owned(),
        None => pythons(folder).next().unwrap_or("python3".into()),
    };
    let mark = format!("gatepost {}", Entropy::system().alphanumeric(32));
    let code = CODE.replace("@MARK@", &mark);
    // in a scope of its own, wherever the shell of this Django runs it
    let code = format!(
        "exec(compile({}, 'gatepost', 'exec'), {{'__name__': 'gatepost'}})",
        literal(&code)
    );
    let mut command = Command::new(&python);
    command
        .arg(&manage)
        .args(["shell", "-c", &code])
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null());
    let ended = program
        .run(&mut command, patience)
        .map_err(|error| error::not_run(&python, &error))?
        .ok_or_else(|| error::hangs(&python, &manage, patience))?;
    let answer = ended.output.split(&mark).nth(1);
    let Some(answer) = answer else {
        return Err(error::no_answer(&python, &manage, &ended.errors));
    };
    let told = toml::from_str(answer).map_err(|why| {
        // the message may quote a secret; its place does not
        format!(
            "the project's answer can't be read ({}); please report this with the versions of Python and Django",
            why.span().map_or_else(String::new, |span| format!("at byte {}", span.start))
        )
    })?;
    Ok((told, python))
}

/// The Pythons that may be the project's: of a virtual environment beside `manage.py` or above it, then the active one.
fn pythons(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let beside = [Some(folder), folder.parent()].into_iter().flatten();
    let mut found = Vec::new();
    for place in beside {
        let mut inside: Vec<_> = std::fs::read_dir(place)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.join("pyvenv.cfg").is_file())
            .collect();
        inside.sort();
        found.extend(inside);
    }
    found.extend(crate::settings::variable("VIRTUAL_ENV").map(PathBuf::from));
    let python = |venv: PathBuf| venv.join("bin/python");
    found.into_iter().map(python).filter(|path| path.exists())
}

/// A text as Python writes it.
fn literal(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('\n', "\\n");
    format!("'{escaped}'")
}

/// What a program said.
struct Ended {
    output: String,
    errors: String,
}

/// The program that runs, if any: in a group of its own, which nobody else ends.
#[derive(Clone, Default)]
pub(crate) struct Program(Arc<Mutex<Option<Pid>>>);

impl Program {
    /// Ends it with whatever it started.
    pub(crate) fn end(&self) {
        if let Some(group) = self.group().take() {
            // it may have ended meanwhile
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    fn start(&self, command: &mut Command) -> io::Result<Child> {
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // whoever ends it waits until it is known which it is
        let mut group = self.group();
        let child = command.spawn()?;
        *group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        Ok(child)
    }

    fn group(&self) -> MutexGuard<'_, Option<Pid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs it to its end; `None` where it has none in time.
    fn run(&self, command: &mut Command, patience: Duration) -> io::Result<Option<Ended>> {
        let mut child = self.start(command)?;
        let ended = said(&mut child, patience)?;
        if ended.is_none() {
            self.end();
            child.wait()?;
        }
        *self.group() = None;
        Ok(ended)
    }
}

/// What a program says until its end; `None` where it has none in time.
fn said(child: &mut Child, patience: Duration) -> io::Result<Option<Ended>> {
    let (send, read) = mpsc::channel();
    let output = child
        .stdout
        .take()
        .map(|pipe| (true, Box::new(pipe) as Box<dyn Read + Send>));
    let errors = child
        .stderr
        .take()
        .map(|pipe| (false, Box::new(pipe) as Box<dyn Read + Send>));
    for (is_output, pipe) in [output, errors].into_iter().flatten() {
        let send = send.clone();
        std::thread::spawn(move || {
            // nobody waits any more where the time is over
            let _ = send.send((is_output, drain(pipe)));
        });
    }
    let end = Instant::now() + patience;
    let mut ended = Ended {
        output: String::new(),
        errors: String::new(),
    };
    let mut is_done = true;
    for _ in 0..2 {
        match read.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok((true, text)) => ended.output = text,
            Ok((false, text)) => ended.errors = text,
            Err(_) => is_done = false,
        }
    }
    while is_done && child.try_wait()?.is_none() {
        is_done = Instant::now() < end;
        std::thread::sleep(PAUSE);
    }
    Ok(is_done.then_some(ended))
}

/// Reads a pipe to its end, and keeps the end of what came.
fn drain(mut pipe: Box<dyn Read + Send>) -> String {
    let (mut all, mut piece) = (Vec::new(), [0; 8192]);
    while let Ok(read @ 1..) = pipe.read(&mut piece) {
        all.extend_from_slice(&piece[..read]);
        if all.len() > 2 * MOST {
            all.drain(..all.len() - MOST);
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}
