//! What looks after organisations and their users, put together as its configuration says.

use super::parts::Pools;
use crate::config::{Calendar, Config};
use crate::jobs::users::Care;
use crate::node::Node;
use crate::service::accesses::Accesses;
use crate::service::organisation::Organisations;
use crate::service::users::Users;

/// The parts.
pub(super) struct People {
    pub(super) organisations: Organisations,
    pub(super) accesses: Accesses,
    pub(super) users: Users,
    pub(super) care: Care,
}

/// Puts them together.
pub(super) fn people(config: &Config, calendar: &Calendar, node: &Node, pools: &Pools) -> People {
    let policy = config.users.policy(calendar);
    let serving = &pools.serving;
    People {
        organisations: Organisations::new(node.clone(), serving.clone()),
        accesses: Accesses::new(node.clone(), serving.clone()),
        users: Users::new(node.clone(), serving.clone(), policy.clone()),
        care: Care { policy, store: pools.working.clone() },
    }
}
