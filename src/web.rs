//! Pages and files over HTTP.

pub mod assets;
pub mod components;
pub mod layout;
pub mod static_pages;
#[cfg(test)]
pub mod words;
