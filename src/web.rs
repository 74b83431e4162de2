//! Pages and files over HTTP.

pub mod assets;
pub mod components;
pub mod layout;
