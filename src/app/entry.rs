//! The parts of a node for people who want to get in: their own passwords, second factors, links, requests for accounts.

use std::sync::Arc;

use super::StartError;
use super::parts::{Pools, hashing_threads, second_factors};
use crate::config::Config;
use crate::node::Node;
use crate::service::access_requests::AccessRequests;
use crate::service::forgotten_password::{ForgottenPasswords, Names};
use crate::service::own_password::OwnPasswords;
use crate::service::password_policy::PasswordPolicy;
use crate::service::passwords::HashPool;
use crate::service::second_factors::SecondFactors;
use crate::service::waiting::Waiting;
use crate::telemetry::service::ServiceMetrics;

/// What pages and jobs get of it.
pub(super) struct Entry {
    pub(super) passwords: HashPool,
    pub(super) policy: Arc<PasswordPolicy>,
    pub(super) own_passwords: OwnPasswords,
    pub(super) forgotten: ForgottenPasswords,
    pub(super) access_requests: AccessRequests,
    pub(super) names: Names,
    pub(super) factors: SecondFactors,
}

/// Puts it together.
pub(super) fn open(
    config: &Config,
    node: &Node,
    waiting: &Waiting,
    metrics: &ServiceMetrics,
    pools: &Pools,
) -> Result<Entry, StartError> {
    let policy = config.passwords.policy();
    let policy = Arc::new(policy.map_err(|problems| StartError::Config(problems.to_string()))?);
    let passwords = HashPool::start(hashing_threads(config), metrics.clone())?;
    let serving = &pools.serving;
    let (forgotten, names) = ForgottenPasswords::new(metrics.entry.clone());
    let factors = second_factors(config, node, pools)?;
    let (node, waiting) = (node.clone(), waiting.clone());
    Ok(Entry {
        own_passwords: OwnPasswords::new(
            node.clone(),
            passwords.clone(),
            Arc::clone(&policy),
            waiting.clone(),
            serving.clone(),
        ),
        access_requests: AccessRequests::new(node, waiting, serving.clone()),
        forgotten,
        names,
        factors,
        passwords,
        policy,
    })
}
