//! A part of a rehearsal: what was looked at, what was seen, and what stands against the morning.

use clap::ValueEnum;

use crate::cli::doctor::Finding;

/// What is looked at, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// What `daybreak doctor` finds.
    Doctor,
    /// The next release: approved, and in every node's memory.
    Release,
    /// Every node, as a school meets it.
    Nodes,
    /// Clocks and service time.
    Clocks,
    /// Days that certificates are still good.
    Certificates,
    /// Room on the nodes' disks.
    Disks,
    /// The waiting room, as operators left it.
    Queue,
    /// Passwords that the nodes check in a second.
    Capacity,
    /// The expected morning.
    Morning,
    /// Age of the newest backup.
    Backups,
    /// Rules of alerts, and who is watched.
    Prometheus,
    /// Who is called.
    Alertmanager,
}

impl Name {
    /// Every part.
    #[cfg(test)]
    pub(super) const ALL: [Self; 12] = [
        Self::Doctor,
        Self::Release,
        Self::Nodes,
        Self::Clocks,
        Self::Certificates,
        Self::Disks,
        Self::Queue,
        Self::Capacity,
        Self::Morning,
        Self::Backups,
        Self::Prometheus,
        Self::Alertmanager,
    ];

    /// The word in JSON and in `--without`.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Doctor => "doctor",
            Self::Release => "release",
            Self::Nodes => "nodes",
            Self::Clocks => "clocks",
            Self::Certificates => "certificates",
            Self::Disks => "disks",
            Self::Queue => "queue",
            Self::Capacity => "capacity",
            Self::Morning => "morning",
            Self::Backups => "backups",
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
        }
    }

    /// What a reader of the report calls it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Doctor => "The system by its own account",
            Self::Release => "Results, approved and in memory",
            Self::Nodes => "Every node, as a school meets it",
            Self::Clocks => "Clocks",
            Self::Certificates => "Certificates",
            Self::Disks => "Disks",
            Self::Queue => "The waiting room",
            Self::Capacity => "Sign-ins a second",
            Self::Morning => "The expected morning",
            Self::Backups => "Backups",
            Self::Prometheus => "Alerts, and who is watched",
            Self::Alertmanager => "Who is called",
        }
    }
}

/// Parts that may be left out by name: where a system has none of its own, nothing tells where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Optional {
    /// Age of the newest backup.
    Backups,
    /// Rules of alerts, and who is watched.
    Prometheus,
    /// Who is called.
    Alertmanager,
}

impl Optional {
    /// The part.
    pub(super) const fn name(self) -> Name {
        match self {
            Self::Backups => Name::Backups,
            Self::Prometheus => Name::Prometheus,
            Self::Alertmanager => Name::Alertmanager,
        }
    }
}

/// What a part came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing stands against the morning.
    Go,
    /// Something does.
    NoGo,
    /// It was not looked at, because somebody said so.
    LeftOut,
}

impl Verdict {
    /// The word in JSON.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no_go",
            Self::LeftOut => "left_out",
        }
    }

    /// What people read.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::NoGo => "No-go",
            Self::LeftOut => "Not checked",
        }
    }
}

/// A part that was looked at, or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which.
    pub(super) name: Name,
    /// What was seen, with figures.
    pub(super) seen: Vec<String>,
    /// What stands against the morning, with what to do about it.
    pub(super) reasons: Vec<Finding>,
    left_out: bool,
}

impl Part {
    /// A part of which nothing was seen yet.
    pub(super) const fn new(name: Name) -> Self {
        Self { name, seen: Vec::new(), reasons: Vec::new(), left_out: false }
    }

    /// A part that somebody said is not to be looked at.
    pub(super) fn left_out(name: Name) -> Self {
        let seen = vec![format!("Left out: `--without {}`", name.key())];
        Self { seen, left_out: true, ..Self::new(name) }
    }

    /// A part that nobody can look at, since the file does not say where. Silence is no go.
    pub(super) fn not_configured(name: Name, key: &str) -> Self {
        let mut part = Self::new(name);
        let next = format!("write `{key}` into the file, or say `--without {}`", name.key());
        part.against("not checked: the file does not say where to look", next);
        part
    }

    /// Something was seen.
    pub(super) fn saw(&mut self, what: impl Into<String>) {
        self.seen.push(what.into());
    }

    /// Something stands against the morning.
    pub(super) fn against(&mut self, what: impl Into<String>, next: impl Into<String>) {
        self.reasons.push(Finding { what: what.into(), next: next.into() });
    }

    /// The same, if it was so.
    pub(super) fn against_if(
        &mut self,
        so: bool,
        what: impl Into<String>,
        next: impl Into<String>,
    ) {
        if so {
            self.against(what, next);
        }
    }

    /// What it came to.
    pub(super) fn verdict(&self) -> Verdict {
        match (self.left_out, self.reasons.is_empty()) {
            (true, _) => Verdict::LeftOut,
            (false, true) => Verdict::Go,
            (false, false) => Verdict::NoGo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_no_go_and_only_what_was_asked_for_is_left_out() {
        assert_eq!(Part::new(Name::Disks).verdict(), Verdict::Go);
        let unknown = Part::not_configured(Name::Backups, "backups.folder");
        assert_eq!(unknown.verdict(), Verdict::NoGo);
        assert!(unknown.reasons[0].next.contains("--without backups"));
        assert_eq!(Part::left_out(Name::Backups).verdict(), Verdict::LeftOut);
        for optional in Optional::value_variants() {
            let value = optional.to_possible_value().expect("none is hidden");
            assert_eq!(value.get_name(), optional.name().key());
        }
    }

    #[test]
    fn each_part_has_a_name_of_its_own() {
        let keys: std::collections::BTreeSet<_> = Name::ALL.map(Name::key).into();
        let titles: std::collections::BTreeSet<_> = Name::ALL.map(Name::title).into();
        assert_eq!((keys.len(), titles.len()), (Name::ALL.len(), Name::ALL.len()));
    }
}
