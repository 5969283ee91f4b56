//! The servers that are compared, each on a database of its own.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use gatepost_live::django::Django;
use gatepost_live::{Watched, free_port, sql};
use tempfile::TempDir;

use crate::data;
use crate::load::Script;
use crate::pocketbase;
use crate::requests::{self, Chain, Kind};
use crate::template::Template;

/// A server that runs until it is dropped.
pub struct Server {
    /// As the tables call it.
    pub name: String,
    /// Where it answers.
    pub address: SocketAddr,
    /// Its first process.
    pub pid: u32,
    /// Its database, as a URL.
    pub database: String,
    api: Api,
    chains: Vec<Chain>,
    _process: Process,
}

/// Whose URLs it has.
enum Api {
    Django,
    /// Django's, and one more.
    Plain,
    /// With each user's token.
    PocketBase(Vec<String>),
}

#[expect(dead_code, reason = "they are ended when they are dropped")]
enum Process {
    Watched(Watched),
    /// With the folder of its database.
    Django(Django, TempDir),
}

/// A program that serves a database which Gatepost has migrated.
#[derive(Clone, Copy)]
pub enum Program<'p> {
    /// A `gatepost-server`, and how many iterations its hashes have.
    Gatepost(&'p Path, NonZeroU32),
    /// A `gatepost-bench-plain`.
    Plain(&'p Path),
}

/// A folder that goes with the server which it is given to.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let mut folder = tempfile::Builder::new();
    let folder = folder.prefix("gatepost-bench-").tempdir();
    Ok(folder.context("a temporary folder can't be made")?.keep())
}

impl Program<'_> {
    /// The program's command line, but for the address.
    pub(crate) fn command(self, database: &str) -> Command {
        match self {
            Self::Plain(binary) => {
                let mut command = Command::new(binary);
                command.args([database, data::SECRET]);
                command
            }
            Self::Gatepost(binary, iterations) => {
                let mut command = Command::new(binary);
                command.args(["--database", database]);
                command.env("GATEPOST_SECRET_KEY", data::SECRET);
                command.env("GATEPOST_SERVER__LOG", "warn");
                command.env("GATEPOST_PASSWORDS__ITERATIONS", iterations.to_string());
                command
            }
        }
    }
}

/// Where a server says that it serves.
pub(crate) fn address(log: &str) -> Option<SocketAddr> {
    let (_, after) = log.split_once("http://")?;
    let (address, _) = after.split_once(char::is_whitespace)?;
    address.trim_end_matches('/').parse().ok()
}

impl Server {
    /// A program on a copy of a database file.
    pub fn on_sqlite(name: &str, program: Program, template: &Template) -> anyhow::Result<Self> {
        let folder = folder()?;
        let database = template.copy_to(&folder)?;
        Ok(Self::start(name, program, &folder, database))
    }

    /// A program on a database; the folder goes with it.
    pub fn start(name: &str, program: Program, folder: &Path, database: String) -> Self {
        let alone = program.command(&database);
        let mut command = Watched::command(folder, "TERM", "");
        command
            .arg(alone.get_program())
            .args(alone.get_args())
            .current_dir(folder);
        if let Program::Gatepost(..) = program {
            command.args(["--bind", "127.0.0.1:0"]);
        }
        let set = alone
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        command.envs(set);
        let mut process = Watched::spawn(folder, command);
        let address = process.wait_until(name, address);
        Self {
            name: name.to_owned(),
            address,
            pid: process.pid(),
            database,
            api: match program {
                Program::Gatepost(..) => Api::Django,
                Program::Plain(_) => Api::Plain,
            },
            chains: (1..=data::USERS)
                .map(|user| chain(data::refresh_token(user)))
                .collect(),
            _process: Process::Watched(process),
        }
    }

    /// The reference under gunicorn with two processes, on a copy of a database file.
    pub fn reference(name: &str, template: &Template) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("a temporary folder can't be made")?;
        let database = template.copy_to(folder.path())?;
        // no log of each request: the others write none
        let settings = [
            ("SECRET_KEY", data::SECRET),
            ("WEB_CONCURRENCY", "2"),
            ("GUNICORN_CMD_ARGS", ""),
        ];
        let mut django = Django::serve(&database, &settings);
        let address = django.url().trim_start_matches("http://").parse();
        Ok(Self {
            name: name.to_owned(),
            address: address.context("gunicorn says where it listens")?,
            pid: django.pid(),
            database,
            api: Api::Django,
            chains: (1..=data::USERS)
                .map(|user| chain(data::refresh_token(user)))
                .collect(),
            _process: Process::Django(django, folder),
        })
    }

    /// PocketBase, on a database file of its own kind.
    pub async fn pocketbase(name: &str, program: &Path) -> anyhow::Result<Self> {
        let folder = folder()?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let command = pocketbase::command(program, &folder, &address.to_string())?;
        let mut process = Watched::spawn(&folder, command);
        process.wait_until(name, |log| log.contains("Server started").then_some(()));
        let database = pocketbase::database(&folder);
        let tokens = pocketbase::fill(&database).await?;
        Ok(Self {
            name: name.to_owned(),
            address,
            pid: process.pid(),
            database,
            chains: tokens.iter().cloned().map(chain).collect(),
            api: Api::PocketBase(tokens),
            _process: Process::Watched(process),
        })
    }

    /// What each of so many connections sends, each for a user of its own; nothing where the server knows no such
    /// request.
    pub fn scripts(&self, kind: Kind, connections: usize) -> Vec<Script> {
        let chains = (1..).zip(&self.chains).take(connections);
        match &self.api {
            Api::Django if kind == Kind::VerifyAlone => Vec::new(),
            Api::Django | Api::Plain => chains
                .map(|(user, chain)| requests::script(kind, user, chain))
                .collect(),
            Api::PocketBase(tokens) => chains
                .zip(tokens)
                .filter_map(|((user, chain), token)| pocketbase::script(kind, user, token, chain))
                .collect(),
        }
    }

    /// Removes what requests of this kind have left and others would see.
    pub async fn tidy(&self, kind: Kind) {
        if kind == Kind::Create {
            let statement = match self.api {
                Api::Django | Api::Plain => data::REMOVE_NEW_POSTS,
                Api::PocketBase(_) => pocketbase::REMOVE_NEW_POSTS,
            };
            sql::execute(&self.database, statement).await;
        }
    }
}

fn chain(token: String) -> Chain {
    Chain::new(token.into())
}
