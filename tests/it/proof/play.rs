//! One chain on a real server, played by an owner and a thief, each answer compared with the model's.

use std::collections::BTreeMap;
use std::fmt::Display;

use gatepost_tests::{Actor, Answer, TestApp};

use super::model::{Event, Link, Model, Refreshed, Secret};
use crate::refresh::BLACKLISTED;
use crate::refresh::jti;

/// Longer than `refresh.grace`.
pub(crate) const WAIT: i64 = 31;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Owner,
    Thief,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Shows the newest token held and keeps the answer.
    Rotate(Who),
    /// Shows what was shown last once more, as after a lost answer; at first: shows a token and loses the answer.
    Replay(Who),
    /// Reads the profile with the newest access token.
    Use(Who),
    /// Shows the newest token held to `/blacklist/`.
    LogOut(Who),
    /// Lets the grace pass.
    Wait,
}

impl Step {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Rotate(Who::Owner),
        Self::Replay(Who::Owner),
        Self::Use(Who::Owner),
        Self::LogOut(Who::Owner),
        Self::Rotate(Who::Thief),
        Self::Replay(Who::Thief),
        Self::Use(Who::Thief),
        Self::LogOut(Who::Thief),
        Self::Wait,
    ];
}

/// One who plays: what he holds, and the secret of which his keys are made.
pub(crate) struct Player {
    secret: Option<Secret>,
    held: usize,
    shown: Option<usize>,
    access: Option<String>,
    /// When he first showed each link to `/refresh/`.
    pub(crate) showed: BTreeMap<usize, i64>,
}

impl Player {
    fn new(secret: Option<Secret>) -> Self {
        Self {
            secret,
            held: 0,
            shown: None,
            access: None,
            showed: BTreeMap::new(),
        }
    }
}

/// A chain that is played.
pub(crate) struct Play<'a> {
    app: &'a TestApp,
    user: &'a Actor<'a>,
    pub(crate) model: Model,
    /// The refresh token of each link.
    tokens: Vec<String>,
    pub(crate) jtis: Vec<String>,
    pub(crate) owner: Player,
    pub(crate) thief: Player,
    /// Whether somebody logged out, and whether the first refusal of `/refresh/` before that was told late.
    pub(crate) is_logged_out: bool,
    pub(crate) first_refusal_is_late: Option<bool>,
}

impl<'a> Play<'a> {
    /// A new login of the user, whose refresh token the thief has copied.
    pub(crate) async fn begin(
        app: &'a TestApp,
        user: &'a Actor<'a>,
        model: Model,
        secrets: [Option<Secret>; 2],
    ) -> Self {
        let login = user.obtain().await.expect(200);
        let mut owner = Player::new(secrets[0]);
        owner.access = Some(login.field("access"));
        Self {
            app,
            user,
            model,
            tokens: vec![login.field("refresh")],
            jtis: vec![jti(&login)],
            owner,
            thief: Player::new(secrets[1]),
            is_logged_out: false,
            first_refusal_is_late: None,
        }
    }

    fn player(&mut self, who: Who) -> &mut Player {
        match who {
            Who::Owner => &mut self.owner,
            Who::Thief => &mut self.thief,
        }
    }

    fn key(&self, link: usize, secret: Option<Secret>) -> Option<String> {
        secret.map(|secret| format!("{secret:?}-{}", self.jtis[link]))
    }

    /// One step; what differs from the model is the error.
    pub(crate) async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Wait => {
                self.app.clock.advance(WAIT);
                self.model.now += WAIT;
                Ok(())
            }
            Step::Use(who) => {
                let Some(access) = self.player(who).access.clone() else {
                    return Ok(());
                };
                let answer = self.user.bearing(&access).get("/api/users/profile/").await;
                same(200, answer.status.as_u16())
            }
            Step::LogOut(who) => {
                let player = self.player(who);
                let (link, secret) = (player.held, player.secret);
                self.is_logged_out = true;
                self.log_out(link, secret).await
            }
            Step::Rotate(who) => {
                let player = self.player(who);
                let link = player.held;
                self.show(who, link, true).await
            }
            Step::Replay(who) => {
                let player = self.player(who);
                let (link, is_again) =
                    (player.shown.unwrap_or(player.held), player.shown.is_some());
                self.show(who, link, is_again).await
            }
        }
    }

    async fn show(&mut self, who: Who, link: usize, is_kept: bool) -> Result<(), String> {
        let now = self.model.now;
        let player = self.player(who);
        player.shown = Some(link);
        player.showed.entry(link).or_insert(now);
        let secret = player.secret;
        let (refreshed, access) = self.refresh(link, secret).await?;
        match refreshed {
            Refreshed::Successor { link, .. } if is_kept => {
                let player = self.player(who);
                player.held = link;
                player.access = access;
            }
            Refreshed::Successor { .. } => {}
            Refreshed::Refused { late } => {
                if !self.is_logged_out {
                    self.first_refusal_is_late.get_or_insert(late);
                }
            }
        }
        Ok(())
    }

    /// Shows a link to `/refresh/` and compares the answer; gives the access token too.
    pub(crate) async fn refresh(
        &mut self,
        link: usize,
        secret: Option<Secret>,
    ) -> Result<(Refreshed, Option<String>), String> {
        let key = self.key(link, secret);
        let answer = self
            .user
            .refresh_with(&self.tokens[link], key.as_deref())
            .await;
        let wanted = self.model.refresh(link, secret);
        let features = if secret.is_some() {
            "refresh-idempotency, post-idempotency, paging, if-match"
        } else {
            "paging, if-match"
        };
        same(features, answer.header("gatepost-features"))?;
        let replayed = answer.header("idempotency-replayed").to_owned();
        match wanted {
            Refreshed::Successor {
                link: next,
                replayed: is_replay,
            } => {
                same(200, answer.status.as_u16()).map_err(|why| format!("{why}: {wanted:?}"))?;
                same(if is_replay { "true" } else { "" }, &replayed)?;
                let token = answer.field("refresh");
                if next == self.tokens.len() {
                    self.tokens.push(token);
                    self.jtis.push(jti(&answer));
                } else {
                    same(&self.tokens[next], &token)?;
                }
                Ok((wanted, Some(answer.field("access"))))
            }
            Refreshed::Refused { late } => {
                refused(&answer)?;
                same(if late { "late" } else { "" }, &replayed)?;
                Ok((wanted, None))
            }
        }
    }

    async fn log_out(&mut self, link: usize, secret: Option<Secret>) -> Result<(), String> {
        let key = self.key(link, secret);
        let answer = self
            .user
            .log_out_with(&self.tokens[link], key.as_deref())
            .await;
        if self.model.log_out(link, secret) {
            same("200 {}", answer.wire())
        } else {
            refused(&answer)
        }
    }

    /// Shows every link with every key that there is; all must be refused.
    pub(crate) async fn nothing_refreshes(&mut self) -> Result<(), String> {
        for link in (0..self.tokens.len()).rev() {
            for secret in [None, Some(Secret::Owners), Some(Secret::Thiefs)] {
                let (answer, _) = self.refresh(link, secret).await?;
                if !matches!(answer, Refreshed::Refused { .. }) {
                    return Err(format!("link {link} still refreshes with {secret:?}"));
                }
            }
        }
        Ok(())
    }

    /// How many links can still be used.
    pub(crate) fn live(&self) -> usize {
        let unused = |link: &&Link| **link == Link::Unused;
        self.model.links.iter().filter(unused).count()
    }

    /// What the database must hold of this chain, a line a token and a line an event.
    pub(crate) fn rows(&self) -> Vec<String> {
        let family = &self.jtis[0];
        let link = |(number, link): (usize, &Link)| {
            let own = &self.jtis[number];
            match link {
                Link::Unused => format!("{own} free"),
                Link::Ended => format!("{own} listed"),
                Link::Rotated { key, .. } => {
                    let key = if key.is_some() { "with" } else { "without" };
                    let child = &self.jtis[number + 1];
                    format!("{own} listed {child} of {family} {key} key")
                }
            }
        };
        let events = self.model.events.iter().map(|(number, event)| {
            let kind = match event {
                Event::Reuse => "reuse",
                Event::LateReplay => "late-replay",
            };
            format!("{} {kind} in {family}", self.jtis[*number])
        });
        self.model
            .links
            .iter()
            .enumerate()
            .map(link)
            .chain(events)
            .collect()
    }
}

/// The same of all chains in the database.
pub(crate) const ROWS: &str = "
    SELECT token.jti || CASE WHEN listed.id IS NULL THEN ' free' ELSE ' listed' END
        || COALESCE(' ' || link.child_jti || ' of ' || link.family
            || CASE WHEN link.key_hash IS NULL THEN ' without key' ELSE ' with key' END, '')
    FROM token_blacklist_outstandingtoken AS token
    LEFT JOIN token_blacklist_blacklistedtoken AS listed ON listed.token_id = token.id
    LEFT JOIN gatepost_rotation AS link ON link.parent_jti = token.jti
    UNION ALL SELECT jti || ' ' || kind || ' in ' || family FROM gatepost_event";

fn refused(answer: &Answer) -> Result<(), String> {
    same(BLACKLISTED, answer.wire())
}

fn same(wanted: impl Display, found: impl Display) -> Result<(), String> {
    let (wanted, found) = (wanted.to_string(), found.to_string());
    if wanted == found {
        Ok(())
    } else {
        Err(format!("wanted {wanted:?}, found {found:?}"))
    }
}
