//! Who may have whose results: the rights of contract §3, before any question of time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::delivery::PackId;
use crate::delivery::catalogue::LoadedRelease;
use crate::domain::access::{OrganisationKind, Permissions, results_audience};
use crate::domain::calendar::{Audience, ReleaseTimes};
use crate::domain::rights::Action;
use crate::node::directory::{Organisation, User};

/// So long before results open, signing in leads to their countdown.
const LANDS_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// So long after they opened, signing in leads to them.
const LANDS_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Somebody who is signed in, acting for one organisation.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Id of the session.
    pub session: [u8; 16],
    /// Who.
    pub user: Arc<User>,
    /// For whom.
    pub organisation: Arc<Organisation>,
    /// What they may do there.
    pub permissions: Permissions,
}

/// Somebody comes through the identity service, which says for whom and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through {
    /// Row id of the organisation.
    pub organisation: i64,
    /// What their roles there cover.
    pub covers: Permissions,
}

/// What an actor may have of one school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// As which audience.
    pub audience: Audience,
    /// From which pack.
    pub pack: PackId,
    /// Whether scripts are part of it.
    pub scripts: bool,
}

/// Why an actor may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRight {
    /// They may not even know of it.
    Unknown,
    /// It is their own organisation's, and their permissions do not open it.
    Forbidden,
}

impl Actor {
    /// As which audience the actor sees results at all.
    pub fn audience(&self) -> Option<Audience> {
        results_audience(self.organisation.kind, self.permissions)
    }

    /// Where to go after signing in: on the days around a release to its results, otherwise to the
    /// welcome page.
    pub fn landing(&self, times: Option<ReleaseTimes>, now: Timestamp) -> &'static str {
        let opens = self.audience().zip(times).map(|(audience, times)| times.of(audience));
        let near = |opens: Timestamp| now >= opens - LANDS_BEFORE && now < opens + LANDS_AFTER;
        if opens.is_some_and(near) { "/results" } else { "/" }
    }

    /// Whether the actor may do something at all.
    pub fn may(&self, action: Action) -> bool {
        action.is_open_to(self.organisation.kind, self.permissions)
    }

    /// The pack that lists an authority's or trust's schools.
    pub fn group(&self) -> Option<PackId> {
        match self.organisation.kind {
            OrganisationKind::Authority => {
                self.organisation.la_code.map(|code| PackId::Authority(code.into()))
            }
            OrganisationKind::Trust => self.organisation.group_uid.map(PackId::Trust),
            _ => None,
        }
    }

    /// What the actor may have of a school. `outline` tells which schools belong to a trust or authority; it
    /// is asked for them only.
    pub fn right(
        &self,
        school: u32,
        outline: impl FnOnce() -> Option<Arc<LoadedRelease>>,
    ) -> Result<Right, NoRight> {
        let own = self.organisation.laestab == Some(school);
        let Some(audience) = self.audience() else {
            return Err(if own { NoRight::Forbidden } else { NoRight::Unknown });
        };
        let pack = match audience {
            Audience::School if own => PackId::School(school),
            Audience::Secondary if own => PackId::Secondary(school),
            Audience::School | Audience::Secondary => return Err(NoRight::Unknown),
            Audience::Authority | Audience::Trust => {
                let group = self.group().ok_or(NoRight::Unknown)?;
                let member = outline().is_some_and(|release| release.is_member(group, school));
                if !member {
                    return Err(NoRight::Unknown);
                }
                PackId::School(school)
            }
        };
        let scripts = self.may(Action::Scripts);
        Ok(Right { audience, pack, scripts })
    }
}
