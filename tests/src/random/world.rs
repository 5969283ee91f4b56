//! What has happened so far in a random sequence, as far as the next request is to know it.

use super::step::{Intent, Step};
use super::template::{Pair, Slots};
use crate::wire::client::Answer;

/// The settings of SIMPLE_JWT that decide what a token of ours must look like.
#[derive(Clone, Debug)]
pub(super) struct Jwt {
    pub(super) secret: String,
    pub(super) algorithm: String,
    pub(super) token_type: String,
    pub(super) id: String,
    pub(super) user: String,
    /// Whether that claim holds the user's email, which several may have.
    pub(super) is_by_email: bool,
    /// `aud` and `iss`, as they stand in a payload, with a comma before each.
    pub(super) origin: String,
    /// The same, each with its name.
    pub(super) claimed: Vec<(String, String)>,
    pub(super) header: String,
    pub(super) scheme: String,
    /// SLIDING_TOKEN_REFRESH_EXP_CLAIM.
    pub(super) sliding: String,
    /// REVOKE_TOKEN_CLAIM, where CHECK_REVOKE_TOKEN is on.
    pub(super) mark: Option<String>,
    /// What names the first user, whose name is ann.
    pub(super) ann: &'static str,
}

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
}

/// A pair of tokens that was handed out.
#[derive(Clone, Debug)]
pub(super) struct Handed {
    pub(super) slot: usize,
    pub(super) owner: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) id: u64,
    pub(super) owner: String,
}

pub(super) struct World {
    pub(super) jwt: Jwt,
    pub(super) users: Vec<User>,
    pub(super) tokens: Vec<Handed>,
    pub(super) posts: Vec<Post>,
}

impl World {
    pub(super) fn new(jwt: Jwt) -> Self {
        Self {
            jwt,
            users: Vec::new(),
            tokens: Vec::new(),
            posts: Vec::new(),
        }
    }

    /// What a step that succeeded has brought about, by Django's answer.
    pub(super) fn learn(&mut self, number: usize, step: &Step, answer: &Answer) {
        if let Intent::Password { name, password } = &step.intent {
            let users = self.users.iter_mut();
            for user in users.filter(|user| user.name == *name) {
                user.password.clone_from(password);
            }
        }
        if !(200..300).contains(&answer.status) {
            return;
        }
        let mut handed = |owner| {
            if answer.status == 200 {
                self.tokens.push(Handed {
                    slot: number,
                    owner,
                });
            }
        };
        match &step.intent {
            Intent::Nothing | Intent::Password { .. } => {}
            Intent::Register { name, password } => self.users.push(User {
                name: name.clone(),
                password: password.clone(),
            }),
            Intent::LogIn { name } => handed(Some(name.clone())),
            Intent::Refresh { owner } => handed(owner.clone()),
            Intent::Post { owner } => {
                if let Some(id) = field(answer, "id").and_then(|id| id.as_u64()) {
                    self.posts.push(Post {
                        id,
                        owner: owner.clone(),
                    });
                }
            }
            Intent::Delete { id } => self.posts.retain(|post| post.id != *id),
        }
    }
}

fn field(answer: &Answer, name: &str) -> Option<serde_json::Value> {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    body.get(name).cloned()
}

/// Keeps the tokens in an answer under the step's number.
pub(super) fn keep(slots: &mut Slots, number: usize, answer: &Answer) {
    let text = |name| field(answer, name).and_then(|value| value.as_str().map(str::to_owned));
    let (access, refresh) = (text("access"), text("refresh"));
    if answer.status == 200 && (access.is_some() || refresh.is_some()) {
        slots.insert(
            number,
            Pair {
                access: access.unwrap_or_default(),
                refresh: refresh.unwrap_or_default(),
            },
        );
    }
}
