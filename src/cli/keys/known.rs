//! Every key that there is: what for, where it lies, what losing it means. `docs/keys.md` says the same and more.

/// A key, or several of a kind.
#[derive(Debug)]
pub(super) struct Known {
    /// What commands and the documentation call it.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) what_for: &'static str,
    /// Where it lies.
    pub(super) kept: &'static str,
    /// What losing it means.
    pub(super) losing: &'static str,
}

const RINGS: &str = "PostgreSQL, key_rings; a copy on every node, sealed";

/// All of them, in the order of the documentation.
pub(super) const ALL: [Known; 18] = [
    Known {
        name: "session",
        what_for: "seals session cookies, and sign-ins that are half way",
        kept: RINGS,
        losing: "everybody signs in again",
    },
    Known {
        name: "form",
        what_for: "signs a hidden field of every form",
        kept: RINGS,
        losing: "forms that are open are refused once",
    },
    Known {
        name: "queue",
        what_for: "signs places in the queue, passes, and devices that are known",
        kept: RINGS,
        losing: "whoever waits gets a new place at the end; devices are strangers",
    },
    Known {
        name: "release",
        what_for: "makes names of objects and references of scripts, one key a release",
        kept: "PostgreSQL, releases",
        losing: "that release can neither be built to its end nor corrected; it is served as it is",
    },
    Known {
        name: "columns",
        what_for: "seals secrets of authenticator apps, and hashes recovery codes",
        kept: "the file of second_factor.key_file",
        losing: "nobody's app and no recovery code works any more",
    },
    Known {
        name: "node",
        what_for: "seals the snapshots of one node, and names it",
        kept: "node.key in the state folder",
        losing: "the node begins anew from the database, which must be there, under another name",
    },
    Known {
        name: "tls",
        what_for: "proves that a node is the service",
        kept: "the file of server.key",
        losing: "a node that starts needs another certificate; one that runs goes on",
    },
    Known {
        name: "tls-tickets",
        what_for: "lets browsers take up a TLS session again",
        kept: "memory of each process, nowhere else",
        losing: "a full handshake, which nobody notices",
    },
    Known {
        name: "database-owner",
        what_for: "password of daybreak_owner: migrations and commands",
        kept: "the file of database.owner_password_file",
        losing: "set another one",
    },
    Known {
        name: "database-app",
        what_for: "password of daybreak_app: pages",
        kept: "the file of database.app_password_file",
        losing: "set another one; a node that runs goes on, one that starts writes nothing",
    },
    Known {
        name: "database-node",
        what_for: "password of daybreak_node: snapshots, journal",
        kept: "the file of database.node_password_file",
        losing: "set another one; a node that runs goes on, one that starts lives on its snapshots",
    },
    Known {
        name: "database-worker",
        what_for: "password of daybreak_worker: jobs",
        kept: "the file of database.worker_password_file",
        losing: "set another one; a node that runs goes on, one that starts runs no jobs",
    },
    Known {
        name: "blobs",
        what_for: "opens the store of results and scripts",
        kept: "the files of blobs.azure or blobs.s3",
        losing: "have another one made; nodes serve what they have in memory",
    },
    Known {
        name: "blobs-second",
        what_for: "opens the second copy",
        kept: "the files of blobs.second.azure or blobs.second.s3",
        losing: "have another one made; the first copy serves",
    },
    Known {
        name: "smtp",
        what_for: "password at the server for mail",
        kept: "the file of email.smtp.password_file",
        losing: "have another one made; emails wait in the outbox",
    },
    Known {
        name: "notify",
        what_for: "API key of GOV.UK Notify",
        kept: "the file of email.notify.key_file",
        losing: "have another one made; emails wait in the outbox",
    },
    Known {
        name: "oidc",
        what_for: "our secret at the identity service",
        kept: "the file of oidc.client_secret_file",
        losing: "have another one made; nobody comes in through the service meanwhile",
    },
    Known {
        name: "oidc-roles",
        what_for: "our secret for the identity service's API for roles",
        kept: "the file of oidc.roles_secret_file",
        losing: "have another one made; the last known roles read for a day",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::email::SenderKind;
    use crate::node::keys::Purpose;

    #[test]
    fn the_documentation_lists_the_same_keys_in_the_same_words() {
        let text = include_str!("../../../docs/keys.md");
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let told: Vec<Vec<&str>> =
            rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
        let quoted: Vec<String> = ALL.iter().map(|known| format!("`{}`", known.name)).collect();
        let names: Vec<&str> = told.iter().map(|row| row[0]).collect();
        assert_eq!(names, quoted);
        for (row, known) in told.iter().zip(ALL) {
            assert_eq!(row.len(), 8, "{row:?}");
            assert_eq!([row[1], row[3], row[6]], [known.what_for, known.kept, known.losing]);
            assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        }
    }

    #[test]
    fn rings_and_files_with_secrets_are_known() {
        let mut config = Config::default();
        (config.server.certificate, config.server.key) = ("c".into(), "k".into());
        config.second_factor.key_file = "k".into();
        config.blobs.s3.bucket = "b".to_owned();
        config.blobs.second.s3.bucket = "b".to_owned();
        config.email.smtp.password_file = "p".into();
        config.oidc.issuer = "i".to_owned();
        config.oidc.roles_address = "r".to_owned();
        let mut named: Vec<&str> = Purpose::ALL.map(Purpose::key).to_vec();
        for sender in [SenderKind::Smtp, SenderKind::Notify] {
            config.email.sender = sender;
            named.extend(config.secret_files().iter().map(|file| file.name));
        }
        // These are in no file that a configuration names.
        named.extend(["release", "node", "tls-tickets"]);
        named.sort_unstable();
        named.dedup();
        let mut known = ALL.map(|known| known.name);
        known.sort_unstable();
        assert_eq!(named, known);
    }
}
