//! Handlers read, call and answer. Hot ones are called by `serve` directly, ordinary pages by the router.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Site;

pub mod access_requests;
pub mod account;
pub mod assets;
pub mod files;
pub mod forgotten_password;
pub mod information;
pub mod mailbox;
pub mod organisation;
pub mod own_password;
pub mod queue;
pub mod reconciliation;
pub mod results;
pub mod scripts;
mod sending;

/// The router of ordinary pages.
pub(super) fn pages(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(information::start))
        .route("/sign-in", get(account::show_sign_in).post(account::sign_in))
        .route("/sign-out", axum::routing::post(account::sign_out))
        .route("/queue", get(queue::show))
        .route("/forgotten-password", get(forgotten_password::show).post(forgotten_password::ask))
        .route("/account", get(own_password::account))
        .route("/account/password", get(own_password::show).post(own_password::change))
        .route("/request-account", get(access_requests::show).post(access_requests::ask))
        .route("/organisation", get(organisation::own))
        .route("/organisation/change", get(organisation::show_change).post(organisation::change))
        .route("/organisation/check", axum::routing::post(organisation::save))
        .route("/help", get(information::help))
        .route("/cookies", get(information::cookies))
        .route("/accessibility", get(information::accessibility))
        .route("/status", get(information::status))
        .route("/favicon.ico", get(assets::favicon))
        .with_state(site)
}
