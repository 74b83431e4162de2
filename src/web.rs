//! Pages and files over HTTP: routes, sessions, forms, answers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;

use crate::delivery::cache::BlockCache;
use crate::delivery::gate::Gate;
use crate::delivery::lane::Lane;
use crate::node::Node;
use crate::service::access_requests::AccessRequests;
use crate::service::accesses::Accesses;
use crate::service::desk::Desks;
use crate::service::forgotten_password::ForgottenPasswords;
use crate::service::forms::Forms;
use crate::service::grants::Grants;
use crate::service::identity::IdentityService;
use crate::service::mailbox::Mailbox;
use crate::service::organisation::Organisations;
use crate::service::own_password::OwnPasswords;
use crate::service::passkeys::Passkeys;
use crate::service::password_policy::PasswordPolicy;
use crate::service::passwords::HashPool;
use crate::service::second_factors::SecondFactors;
use crate::service::second_step::SecondStep;
use crate::service::sessions::Sessions;
use crate::service::sign_in::SignIn;
use crate::service::users::Users;
use crate::service::view_as::ViewAs;
use crate::service::waiting::Waiting;
use crate::telemetry::requests::RequestMetrics;
use crate::telemetry::service::ServiceMetrics;

pub mod answer;
pub mod assets;
pub mod body;
pub mod components;
pub mod csrf;
pub mod form;
pub mod handlers;
pub mod kept;
pub mod later;
pub mod layout;
pub mod pages;
pub mod router;
pub mod serve;
pub mod session;
pub mod static_pages;
pub mod through;
pub mod viewing;
#[cfg(test)]
pub mod words;

/// What handlers work with; the composition root fills it.
#[derive(Debug)]
pub struct Site {
    /// What the node knows.
    pub node: Node,
    /// The embargo.
    pub gate: Gate,
    /// Blocks of scripts.
    pub scripts: BlockCache,
    /// Blocks of results as PDF and as workbooks.
    pub documents: BlockCache,
    /// How scripts share the line.
    pub lane: Lane,
    /// The journal of downloads.
    pub grants: Grants,
    /// Where members of staff act from.
    pub desks: Desks,
    /// Details of organisations.
    pub organisations: Organisations,
    /// Forms, and what was typed into them.
    pub forms: Forms,
    /// Who signed in for organisations, and who opened what.
    pub accesses: Accesses,
    /// Users of organisations.
    pub users: Users,
    /// Staff looking as organisations see the portal.
    pub view_as: ViewAs,
    /// Which passwords may be chosen, and when they end.
    pub policy: Arc<PasswordPolicy>,
    /// People setting their own passwords.
    pub own_passwords: OwnPasswords,
    /// Names of people who have forgotten theirs.
    pub forgotten: ForgottenPasswords,
    /// People asking for an account.
    pub access_requests: AccessRequests,
    /// People's own sessions.
    pub own_sessions: Sessions,
    /// Second factors.
    pub factors: SecondFactors,
    /// The identity service of the sector.
    pub identity: IdentityService,
    /// Passkeys, which are some of them.
    pub passkeys: Passkeys,
    /// The hashing threads.
    pub passwords: HashPool,
    /// The waiting room.
    pub waiting: Waiting,
    /// Metrics.
    pub metrics: ServiceMetrics,
    /// The record of every request.
    pub requests: RequestMetrics,
    /// The day by which schools are told of what is being traced.
    pub promised_on: jiff::civil::Date,
    /// What the welcome page tells of the year.
    pub announced: crate::domain::announced::Announced,
    /// Scheme and host that forms may come from, such as `https://localhost:8443`.
    pub origin: String,
    /// Emails that everybody may read: of a demo alone.
    pub mailbox: Option<Mailbox>,
    /// How long a session lives without use, and at all.
    pub sessions: session::Limits,
}

impl Site {
    /// What signing in needs of the node.
    pub fn sign_in(&self) -> SignIn<'_> {
        let (node, pool) = (&self.node, &self.passwords);
        let policy = &*self.policy;
        let asks_more = self.factors.are_offered();
        SignIn { node, pool, waiting: &self.waiting, policy, metrics: &self.metrics, asks_more }
    }

    /// What the second step of signing in needs.
    pub fn second_step(&self) -> SecondStep<'_> {
        let policy = &*self.policy;
        SecondStep {
            factors: &self.factors,
            waiting: &self.waiting,
            policy,
            metrics: &self.metrics,
        }
    }
}

/// Who is at the other end, as the sockets see it.
#[derive(Clone, Debug)]
pub struct Client {
    /// Address without port.
    pub address: Option<IpAddr>,
}

/// The site with its router of ordinary pages. Clones share it.
#[derive(Clone, Debug)]
pub struct Web {
    site: Arc<Site>,
    pages: axum::Router,
}

impl Web {
    /// Puts the router together.
    pub fn new(site: Site) -> Self {
        static_pages::prepare();
        let site = Arc::new(site);
        let pages = handlers::pages(Arc::clone(&site));
        Self { site, pages }
    }

    /// The site.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Answers a request.
    pub fn answer(
        &self,
        request: Request<Body>,
        client: Client,
    ) -> impl Future<Output = Response> + Send {
        // Its future is handed on as it is: each one around it would move the request once more.
        serve::answer(&self.site, &self.pages, request, client)
    }
}
