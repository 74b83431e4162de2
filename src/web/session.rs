//! Sessions are sealed tokens: checked in memory, against the directory's epochs and the revocations.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::COOKIE;
use jiff::{SignedDuration, Timestamp};

use super::viewing::{self, Looks};
use crate::domain::calendar::{Audience, day};
use crate::node::Node;
use crate::node::directory::User;
use crate::node::keys::Purpose;
use crate::service::identity::{IdentityService, Standing};
use crate::service::results::Actor;
use crate::service::sign_in::NewSession;

mod token;

use token::SEALED_BYTES_MAX;
pub use token::{Came, Token};

/// Name of the session's cookie.
pub const COOKIE_NAME: &str = "__Host-sid";
/// A token is sealed anew at most this often.
const RESEAL_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// On the day of results a session lasts so long at the least.
const RESULTS_DAY: SignedDuration = SignedDuration::from_hours(12);

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Without use.
    pub idle: SignedDuration,
    /// At all.
    pub absolute: SignedDuration,
}

/// A session that stands.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its token.
    pub token: Token,
    /// Who acts.
    pub actor: Actor,
    /// What the identity service lets them do, of those who came through it and hang on their roles there.
    pub standing: Option<Standing>,
    /// As whom they look, of staff who do.
    pub looks: Option<Box<Looks>>,
}

/// Reads and checks the session of a request. Of one that came through the identity service nothing is left when
/// the service gives no access any more, whatever the account may do here.
pub fn read(
    (node, identity): (&Node, &IdentityService),
    limits: Limits,
    headers: &HeaderMap,
) -> Option<Session> {
    let token = token(node, headers)?;
    if is_over(node, limits, &token) || node.is_ended(&token.id, token.user, token.began) {
        return None;
    }
    let directory = node.directory();
    // A session of a later epoch was begun, or went on, by a node that already knows more than this one.
    let user = directory.user(token.user).filter(|u| u.active && u.epoch <= token.epoch)?;
    let organisation = directory.organisation(token.organisation)?;
    if token.came != Came::WithPassword && !identity.still_links(user.id, token.began) {
        return None;
    }
    let standing = if token.came == Came::OnRoles {
        Some(identity.standing(user.id, organisation.id)?)
    } else {
        None
    };
    let own = user.permissions_in(organisation.id);
    let session = user.is_member(organisation.id, node.clock.now()).then(|| Session {
        token,
        standing,
        actor: Actor {
            session: token.id,
            permissions: standing.map_or(own, |standing| own.and(standing.covers)),
            user: user.clone(),
            organisation: organisation.clone(),
        },
        looks: None,
    })?;
    Some(viewing::within(node, headers, session))
}

/// A session that ended because nobody used it, or because it was old: its owner may go on after signing in.
#[derive(Clone, Debug)]
pub struct Expired {
    /// Its id.
    pub id: [u8; 16],
    /// Whose it was.
    pub user: Arc<User>,
}

/// The session of a request that ended by itself, and by nobody's will.
pub fn expired(node: &Node, limits: Limits, headers: &HeaderMap) -> Option<Expired> {
    let token = token(node, headers)?;
    let ended = node.is_ended(&token.id, token.user, token.began);
    if !is_over(node, limits, &token) || ended {
        return None;
    }
    let directory = node.directory();
    let user = directory.user(token.user).filter(|u| u.active && u.epoch == token.epoch)?;
    Some(Expired { id: token.id, user: Arc::clone(user) })
}

fn token(node: &Node, headers: &HeaderMap) -> Option<Token> {
    // Opened where it was decoded: a text that needs more room was not sealed here.
    let mut sealed = [0; SEALED_BYTES_MAX];
    let length = URL_SAFE_NO_PAD.decode_slice(cookie(headers, COOKIE_NAME)?, &mut sealed).ok()?;
    Token::decode(node.keys().open_in_place(Purpose::Session, &mut sealed[..length])?)
}

fn is_over(node: &Node, limits: Limits, token: &Token) -> bool {
    let now = node.clock.now();
    now > token.seen + limits.idle
        || now > token.began + limits.absolute && now > token.began + absolute(node, limits, now)
}

/// How long a session lasts at all. On the day of results nobody is sent away who came in that morning.
fn absolute(node: &Node, limits: Limits, now: Timestamp) -> SignedDuration {
    let times = node.plan().times();
    let is_today = |opens: Timestamp| day(opens) == day(now);
    match times {
        Some(times) if is_today(times.of(Audience::School)) => limits.absolute.max(RESULTS_DAY),
        _ => limits.absolute,
    }
}

/// When a session ends if nothing is done from now on.
pub fn lasts(node: &Node, limits: Limits, session: &Session) -> Timestamp {
    let (now, token) = (node.clock.now(), &session.token);
    (token.seen + limits.idle).min(token.began + absolute(node, limits, now))
}

/// Seconds that a session lasts when its time begins anew.
pub fn extended(node: &Node, limits: Limits, session: &Session) -> i64 {
    let now = node.clock.now();
    let end = (now + limits.idle).min(session.token.began + absolute(node, limits, now));
    end.duration_since(now).as_secs()
}

/// When a session ends if it is left alone after the page that is being opened.
pub fn ends(node: &Node, limits: Limits, session: &Session) -> Timestamp {
    let now = node.clock.now();
    let token = &session.token;
    let seen = if now < token.seen + RESEAL_AFTER { token.seen } else { now };
    (seen + limits.idle).min(token.began + absolute(node, limits, now))
}

/// The cookie of a session that has just begun. None while the node has no key.
pub fn begin(node: &Node, new: &NewSession) -> Option<String> {
    let came = match (&new.covers, new.by_service) {
        (Some(_), _) => Came::OnRoles,
        (None, true) => Came::ThroughService,
        (None, false) => Came::WithPassword,
    };
    let token = Token {
        id: new.actor.session,
        user: new.actor.user.id,
        epoch: new.actor.user.epoch,
        must_change: new.must_change,
        came,
        organisation: new.actor.organisation.id,
        began: new.at,
        seen: new.at,
    };
    seal(node, &token)
}

/// The cookie of a session that was used, when its token is older than a minute.
pub fn renew(node: &Node, session: &Session) -> Option<String> {
    let is_fresh = node.clock.now() < session.token.seen + RESEAL_AFTER;
    if is_fresh { None } else { extend(node, session) }
}

/// The cookie of a session whose time begins anew.
pub fn extend(node: &Node, session: &Session) -> Option<String> {
    let now = node.clock.now();
    node.sessions_seen.note(session.token.id, now);
    seal(node, &Token { seen: now, ..session.token })
}

/// The cookie of a session whose user goes on for another of their organisations.
pub fn switch(node: &Node, session: &Session, organisation: i64) -> Option<String> {
    seal(node, &Token { organisation, seen: node.clock.now(), ..session.token })
}

/// The cookie of a session that goes on, alone of all of its user's, after they have set another password.
pub fn go_on(node: &Node, session: &Session, epoch: u32) -> Option<String> {
    let seen = node.clock.now();
    seal(node, &Token { epoch, must_change: false, seen, ..session.token })
}

/// Ends a session on every node, and gives the cookie that takes it from the browser.
pub fn end(node: &Node, limits: Limits, session: &Session) -> String {
    let absolute = limits.absolute.max(RESULTS_DAY);
    node.revoke(session.token.id, session.token.began + absolute);
    gone()
}

/// The cookie that takes a session from the browser.
pub fn gone() -> String {
    format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

fn seal(node: &Node, token: &Token) -> Option<String> {
    let sealed = node.keys().seal(Purpose::Session, &token.encode())?;
    let text = URL_SAFE_NO_PAD.encode(sealed);
    Some(format!("{COOKIE_NAME}={text}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

/// The names and values of all cookies.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers).find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=1; x__Host-sid=no; __Host-sid=yes".parse().unwrap());
        assert_eq!(cookie(&headers, COOKIE_NAME), Some("yes"));
        assert_eq!(cookie(&headers, "b"), None);
    }
}
