//! Every file with a secret that a configuration names, by the name that operators know it by.

use std::path::{Path, PathBuf};

use super::email::SenderKind;
use super::secret::{self, Unusable};
use super::{Config, Role};

/// A file with a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    /// What operators call it.
    pub name: &'static str,
    /// The key of the configuration that names the file.
    pub key: String,
    /// The file.
    pub file: PathBuf,
}

impl SecretFile {
    fn new(name: &'static str, key: impl Into<String>, file: &Path) -> Self {
        Self { name, key: key.into(), file: file.to_owned() }
    }

    /// Looks whether a program could use it. Keys in PEM are only looked at from outside.
    pub fn look(&self) -> Result<(), Unusable> {
        if self.name == TLS {
            secret::private(&self.file)
        } else {
            secret::read(&self.file).map(drop)
        }
    }
}

/// The key of the certificate.
const TLS: &str = "tls";

impl Config {
    /// Files with secrets that are in use, in the order in which they are listed. The owner's password is among them,
    /// which servers need not have.
    pub fn secret_files(&self) -> Vec<SecretFile> {
        let mut files = Vec::new();
        let columns = &self.second_factor.key_file;
        if !columns.as_os_str().is_empty() {
            files.push(SecretFile::new("columns", "second_factor.key_file", columns));
        }
        if let Some((_, key)) = self.server.tls() {
            files.push(SecretFile::new(TLS, "server.key", key));
        }
        files.extend(Role::ALL.map(|role| {
            let name = match role {
                Role::Owner => "database-owner",
                Role::App => "database-app",
                Role::Node => "database-node",
                Role::Worker => "database-worker",
            };
            SecretFile::new(name, role.password_key(), self.database.password_file(role))
        }));
        files.extend(self.blobs.secret_files().into_iter().map(|(place, key, file)| {
            SecretFile::new(["blobs", "blobs-second"][place], key, file)
        }));
        files.extend(self.sender_file());
        if !self.oidc.issuer.is_empty() {
            files.push(SecretFile::new(
                "oidc",
                "oidc.client_secret_file",
                &self.oidc.client_secret_file,
            ));
        }
        if !self.oidc.roles_address.is_empty() {
            let file = &self.oidc.roles_secret_file;
            files.push(SecretFile::new("oidc-roles", "oidc.roles_secret_file", file));
        }
        files
    }

    /// The secret for whoever takes emails.
    fn sender_file(&self) -> Option<SecretFile> {
        let (smtp, notify) = (&self.email.smtp, &self.email.notify);
        match self.email.sender {
            SenderKind::None | SenderKind::Folder => None,
            SenderKind::Smtp if smtp.password_file.as_os_str().is_empty() => None,
            SenderKind::Smtp => {
                Some(SecretFile::new("smtp", "email.smtp.password_file", &smtp.password_file))
            }
            SenderKind::Notify => {
                Some(SecretFile::new("notify", "email.notify.key_file", &notify.key_file))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_that_is_set_is_named_once_with_its_key() {
        let named = |config: &Config| -> Vec<String> {
            let files = config.secret_files().into_iter();
            files.map(|file| format!("{} {}", file.name, file.key)).collect()
        };
        let database = ["owner", "app", "node", "worker"]
            .map(|role| format!("database-{role} database.{role}_password_file"));
        assert_eq!(named(&Config::default()), database);
        let mut config = Config::default();
        config.second_factor.key_file = "k".into();
        (config.server.certificate, config.server.key) = ("c".into(), "k".into());
        config.blobs.s3.bucket = "results".to_owned();
        config.blobs.second.azure.account = "results".to_owned();
        config.email.sender = SenderKind::Notify;
        config.oidc.issuer = "https://identity.example".to_owned();
        config.oidc.roles_address = "https://roles.example".to_owned();
        let mut expected =
            vec!["columns second_factor.key_file".to_owned(), "tls server.key".to_owned()];
        expected.extend(database);
        expected.extend(
            [
                "blobs blobs.s3.access_key_id_file",
                "blobs blobs.s3.secret_access_key_file",
                "blobs-second blobs.second.azure.access_key_file",
                "notify email.notify.key_file",
                "oidc oidc.client_secret_file",
                "oidc-roles oidc.roles_secret_file",
            ]
            .map(str::to_owned),
        );
        assert_eq!(named(&config), expected);
        config.email.sender = SenderKind::Smtp;
        config.email.smtp.password_file = "p".into();
        assert!(named(&config).contains(&"smtp email.smtp.password_file".to_owned()));
    }
}
