//! Section `email`: who takes messages, from whom they come, and in which words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::problem::{Problem, Problems};
use super::secret::{self, Unusable};
use crate::mail::folder::Folder;
use crate::mail::notify::Key;
use crate::mail::smtp::{Encryption, Tls};
use crate::mail::template::Template;
use crate::mail::{self, From};
use crate::telemetry::Hidden;

mod checks;
mod templates;

pub(super) use checks::{check, check_files};

/// Section `email`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// Who takes messages.
    pub sender: SenderKind,
    /// From whom they come.
    pub from_address: String,
    /// The name beside it.
    pub from_name: String,
    /// Folder with the words of each email.
    pub templates: PathBuf,
    /// Where messages are written when a folder takes them.
    pub folder: PathBuf,
    /// A server for mail.
    pub smtp: Smtp,
    /// GOV.UK Notify.
    pub notify: Notify,
}

/// Who takes messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderKind {
    /// Nobody: they wait in the outbox.
    #[default]
    None,
    /// A folder: for trying things out.
    Folder,
    /// A server for mail.
    Smtp,
    /// GOV.UK Notify.
    Notify,
}

/// How a connection to a server for mail is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// After asking for it; without it nothing is sent.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
    /// Not at all: for this machine alone.
    None,
}

/// Section `email.smtp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: SmtpTls,
    /// One more authority whose certificates are believed, in PEM.
    pub authority: PathBuf,
    /// File with the user name.
    pub username_file: PathBuf,
    /// File with the password.
    pub password_file: PathBuf,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            encryption: SmtpTls::default(),
            authority: PathBuf::new(),
            username_file: PathBuf::new(),
            password_file: PathBuf::new(),
        }
    }
}

/// Section `email.notify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Address of its API.
    pub address: String,
    /// File with the API key.
    pub key_file: PathBuf,
    /// Id of a template that holds `((subject))` and `((body))`.
    pub template_id: String,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            address: "https://api.notifications.service.gov.uk".to_owned(),
            key_file: PathBuf::new(),
            template_id: String::new(),
        }
    }
}

impl Default for Email {
    fn default() -> Self {
        Self {
            sender: SenderKind::None,
            from_address: "no-reply@localhost".to_owned(),
            from_name: "Primary assessment".to_owned(),
            templates: PathBuf::from("emails"),
            folder: PathBuf::new(),
            smtp: Smtp::default(),
            notify: Notify::default(),
        }
    }
}

impl Email {
    /// Who takes messages, with the secrets of its files; none when nobody does. Nobody is asked anything yet.
    pub fn sender(&self) -> Result<Option<mail::Sender>, Problem> {
        match self.sender {
            SenderKind::None => Ok(None),
            SenderKind::Folder => {
                Ok(Some(mail::Sender::Folder(Folder::new(self.folder.clone(), self.from()))))
            }
            SenderKind::Smtp => Ok(Some(mail::Sender::Smtp(self.smtp()?))),
            SenderKind::Notify => Ok(Some(mail::Sender::Notify(self.notify()?))),
        }
    }

    /// The words of every email by name; every problem of the files at once.
    pub fn templates(&self) -> Result<BTreeMap<String, Template>, Problems> {
        templates::read(&self.templates)
    }

    fn from(&self) -> From {
        From { address: self.from_address.clone(), name: self.from_name.clone() }
    }

    fn smtp(&self) -> Result<mail::smtp::Smtp, Problem> {
        let Smtp { host, port, .. } = self.smtp.clone();
        let encryption = match self.smtp.encryption {
            SmtpTls::None => Encryption::None,
            SmtpTls::Starttls => Encryption::StartTls(self.smtp.tls()?),
            SmtpTls::Tls => Encryption::Tls(self.smtp.tls()?),
        };
        let (username, password) = (&self.smtp.username_file, &self.smtp.password_file);
        let credentials = if username.as_os_str().is_empty() {
            None
        } else {
            let secret = |key, file| read_secret(key, file);
            let username = secret("email.smtp.username_file", username)?;
            Some((username, secret("email.smtp.password_file", password)?))
        };
        Ok(mail::smtp::Smtp { host, port, encryption, credentials, from: self.from() })
    }

    fn notify(&self) -> Result<mail::notify::Notify, Problem> {
        let Notify { address, key_file, template_id } = &self.notify;
        let key = notify_key(key_file).map_err(problem("email.notify.key_file", key_file))?;
        mail::notify::Notify::new(address, key, template_id.clone()).map_err(|what| {
            let way_out = "let this machine have its usual certificates".to_owned();
            problem("email.notify.address", key_file)(Unusable { what, way_out })
        })
    }

    /// Every path of the section.
    pub(super) fn paths(&mut self) -> [&mut PathBuf; 6] {
        [
            &mut self.templates,
            &mut self.folder,
            &mut self.smtp.authority,
            &mut self.smtp.username_file,
            &mut self.smtp.password_file,
            &mut self.notify.key_file,
        ]
    }
}

impl Smtp {
    fn tls(&self) -> Result<Tls, Problem> {
        authority(&self.host, &self.authority)
            .map_err(problem("email.smtp.authority", &self.authority))
    }
}

/// Whose certificates are believed for a host.
fn authority(host: &str, file: &Path) -> Result<Tls, Unusable> {
    let unusable = |what: String| Unusable {
        what: format!("{} {what}", file.display()),
        way_out: "name a file with one certificate in PEM".to_owned(),
    };
    let pem = if file.as_os_str().is_empty() {
        None
    } else {
        Some(std::fs::read(file).map_err(|e| unusable(format!("cannot be read ({e})")))?)
    };
    Tls::new(host, pem.as_deref()).map_err(|error| unusable(format!("is not usable ({error})")))
}

/// The key of GOV.UK Notify in a file.
fn notify_key(file: &Path) -> Result<Key, Unusable> {
    let text = secret::read(file)?;
    Key::parse(text.expose()).map_err(|bad| Unusable {
        what: format!("{} {bad}", file.display()),
        way_out: "copy the whole key from Notify's page of API keys".to_owned(),
    })
}

fn read_secret(key: &'static str, file: &Path) -> Result<Hidden<String>, Problem> {
    secret::read(file).map_err(problem(key, file))
}

fn problem(key: &'static str, file: &Path) -> impl Fn(Unusable) -> Problem {
    let file = file.to_owned();
    move |unusable| Problem {
        file: file.clone(),
        line: None,
        key: key.to_owned(),
        what: unusable.what,
        way_out: unusable.way_out,
    }
}

#[cfg(test)]
mod tests;
