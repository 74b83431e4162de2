//! Handlers read, call and answer. Hot ones are called by `serve` directly, ordinary pages by the router.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::Site;

pub mod access_requests;
pub mod accesses;
pub mod account;
pub mod activity;
pub mod again;
pub mod assets;
pub mod files;
pub mod forgotten_password;
pub mod forms;
pub mod information;
pub mod leaving;
pub mod link;
pub mod mailbox;
pub mod organisation;
pub mod own_password;
pub mod queue;
pub mod reconciliation;
pub mod results;
pub mod scripts;
pub mod second_factor;
mod sending;
pub mod service;
pub mod sessions;
pub mod staff;
pub mod switch;
pub mod users;
pub mod view_as;

/// The router of ordinary pages.
pub(super) fn pages(site: Arc<Site>) -> Router {
    Router::new()
        .merge(own_account())
        .route("/", get(information::start))
        .route("/sign-in", get(account::show_sign_in).post(account::sign_in))
        .route("/sign-in/again", post(account::sign_in))
        .route("/sign-in/code", get(second_factor::show_code).post(second_factor::code))
        .route("/sign-in/service", get(service::go))
        .route("/sign-in/service/back", get(service::back))
        .route("/sign-out", post(account::sign_out))
        .route("/sign-out/service", get(leaving::offer))
        .route("/sign-out/service/back", get(leaving::back))
        .route("/session", get(sessions::show_stay).post(sessions::stay))
        .route("/queue", get(queue::show))
        .route("/forgotten-password", get(forgotten_password::show).post(forgotten_password::ask))
        .route("/request-account", get(access_requests::show).post(access_requests::ask))
        .merge(forms::routes())
        .route("/organisation", get(organisation::own))
        .route("/organisation/change", get(organisation::show_change).post(organisation::change))
        .route("/organisation/check", post(organisation::save))
        .route("/organisation/accesses", get(accesses::show))
        .route("/users", get(users::all))
        .route("/users/create", get(users::create::show_create).post(users::create::create))
        .route("/users/create/check", post(users::create::save))
        .route("/users/cover", get(users::create::show_cover).post(users::create::cover))
        .route("/users/cover/check", post(users::create::save_cover))
        .route("/users/review", get(users::review::show).post(users::review::confirm))
        .route("/users/{id}", get(users::one::show))
        .route("/users/{id}/change", get(users::one::show_change).post(users::one::change))
        .route("/users/{id}/remove", get(users::one::show_remove).post(users::one::remove))
        .route("/users/{id}/suspend", get(users::one::show_suspend).post(users::one::suspend))
        .route("/users/{id}/reactivate", post(users::one::reactivate))
        .route("/users/{id}/invite", post(users::one::invite))
        .route("/staff/queue", get(staff::queue::show).post(staff::queue::steer))
        .route("/staff/queue/approve", post(staff::queue::approve))
        .route("/staff/queue/report", get(staff::queue::report))
        .route("/staff/releases", get(staff::releases::all))
        .route("/staff/releases/{id}", get(staff::releases::show).post(staff::releases::act))
        .route("/staff/users", get(staff::accounts::show).post(staff::accounts::find))
        .route("/staff/users/{id}", get(staff::accounts::account))
        .route("/staff/users/{id}/unlock", post(staff::accounts::unlock))
        .route("/staff/users/{id}/second-factor", post(staff::accounts::second_factor))
        .route("/staff/view-as", get(view_as::show).post(view_as::begin))
        .route("/staff/view-as/end", post(view_as::end))
        .route("/help", get(information::help))
        .route("/cookies", get(information::cookies))
        .route("/accessibility", get(information::accessibility))
        .route("/status", get(information::status))
        .route("/favicon.ico", get(assets::favicon))
        .with_state(site)
}

/// One's account, whoever one is.
fn own_account() -> Router<Arc<Site>> {
    Router::new()
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
        .route("/account", get(own_password::account))
        .route("/account/password", get(own_password::show).post(own_password::change))
        .route("/account/service", get(link::show).post(link::end))
        .route("/account/switch", get(switch::show).post(switch::switch))
}
