//! What looks after organisations and their users, put together as its configuration says.

use super::StartError;
use super::parts::{access, store};
use crate::config::{Calendar, Config, Role};
use crate::jobs::users::Care;
use crate::node::Node;
use crate::service::accesses::Accesses;
use crate::service::organisation::Organisations;
use crate::service::users::Users;
use crate::store::{Access, Store};
use crate::telemetry::store::StoreMetrics;

/// One turn of the job uses one connection; a second one waits for it to be closed.
const CARE_CONNECTIONS: usize = 2;

/// The parts.
pub(super) struct People {
    pub(super) organisations: Organisations,
    pub(super) accesses: Accesses,
    pub(super) users: Users,
    pub(super) care: Care,
}

/// Puts them together.
pub(super) fn people(
    config: &Config,
    calendar: &Calendar,
    node: &Node,
    stores: &StoreMetrics,
) -> Result<People, StartError> {
    let policy = config.users.policy(calendar);
    let serving = store(config, Role::App, stores)?;
    let few = Access { connections_max: CARE_CONNECTIONS, ..access(config, Role::Worker)? };
    let working = Store::new(few).measured(stores.beside());
    Ok(People {
        organisations: Organisations::new(node.clone(), serving.clone()),
        accesses: Accesses::new(node.clone(), serving.clone()),
        users: Users::new(node.clone(), serving, policy.clone()),
        care: Care { policy, store: working },
    })
}
