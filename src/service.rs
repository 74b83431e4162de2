//! One function a thing that a user does; no HTTP, no SQL text.

pub mod access_requests;
pub mod accesses;
pub mod away;
pub mod forgotten_password;
pub mod grants;
pub mod identity;
pub mod mailbox;
pub mod organisation;
pub mod own_password;
pub mod passkeys;
pub mod password_policy;
pub mod passwords;
pub mod results;
pub mod second_factors;
pub mod second_step;
pub mod sessions;
pub mod sign_in;
pub mod switch;
pub mod totp;
pub mod users;
pub mod view_as;
pub mod waiting;
pub mod webauthn;
