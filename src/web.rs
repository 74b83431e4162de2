//! Pages and files over HTTP.

pub mod assets;
