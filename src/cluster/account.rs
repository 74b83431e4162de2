//! As whom Postgres runs: as ourselves, or, when we are root, as somebody without rights.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// An account of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The one that runs this process.
    Own,
    /// Another one, to drop to.
    Other {
        /// User id.
        user: u32,
        /// Group id.
        group: u32,
    },
}

impl Account {
    /// Ourselves, or, as root, the first of the users that exist.
    pub(super) fn current_or_unprivileged() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return Some(Self::Own);
        }
        let accounts = fs::read_to_string("/etc/passwd").ok()?;
        ["postgres", "nobody"].iter().find_map(|name| lookup(&accounts, name))
    }

    /// Makes a command run as this account.
    pub(super) fn take_on(self, command: &mut Command) {
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
    }

    /// Whether the account may pass through a folder and all above it.
    pub(super) fn can_enter(self, folder: &Path) -> bool {
        let mut command = Command::new("test");
        command.arg("-x").arg(folder).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.take_on(&mut command);
        command.status().is_ok_and(|status| status.success())
    }
}

/// Finds a user in the text of `/etc/passwd`.
fn lookup(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let user = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Account::Other { user, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_whole_name() {
        let accounts = "root:x:0:0::/:/bin/sh\npostgres2:x:9:9::/:\npostgres:x:101:104::/:\n";
        let found = Account::Other { user: 101, group: 104 };
        assert_eq!(lookup(accounts, "postgres"), Some(found));
        assert_eq!(lookup(accounts, "nobody"), None);
    }
}
