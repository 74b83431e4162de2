//! Handlers read, call and answer. Hot ones are called by `serve` directly, ordinary pages by the router.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Site;

pub mod account;
pub mod again;
pub mod assets;
pub mod files;
pub mod information;
pub mod mailbox;
pub mod organisation;
pub mod queue;
pub mod reconciliation;
pub mod results;
pub mod scripts;
pub mod second_factor;
mod sending;
pub mod service;
pub mod sessions;

/// The router of ordinary pages.
pub(super) fn pages(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(information::start))
        .route("/sign-in", get(account::show_sign_in).post(account::sign_in))
        .route("/sign-in/again", axum::routing::post(account::sign_in))
        .route("/sign-in/code", get(second_factor::show_code).post(second_factor::code))
        .route("/sign-in/service", get(service::go))
        .route("/sign-in/service/back", get(service::back))
        .route("/sign-out", axum::routing::post(account::sign_out))
        .route("/session", get(sessions::show_stay).post(sessions::stay))
        .route("/account/second-factor", get(second_factor::show))
        .route(
            "/account/second-factor/app",
            get(second_factor::show_set_up).post(second_factor::confirm),
        )
        .route(
            "/account/second-factor/codes",
            get(second_factor::show_codes).post(second_factor::new_codes),
        )
        .route(
            "/account/second-factor/remove",
            get(second_factor::show_remove).post(second_factor::remove),
        )
        .route(
            "/account/second-factor/passkeys",
            get(second_factor::show_passkeys).post(second_factor::change_passkeys),
        )
        .route("/account/sessions", get(sessions::show).post(sessions::end))
        .route("/queue", get(queue::show))
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
