//! Section `gias`: where the nightly job finds extracts of the register, and what it may change alone.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Calendar;
use super::check::Checks;
use crate::domain::gias::{ChangeKind, FreezeWindow, Limits};
use crate::jobs::gias::source::{Names, Place, Source};

/// Section `gias`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gias {
    /// Folder with the files of each day; empty for none.
    pub folder: PathBuf,
    /// Address below which the files of each day are; empty for none.
    pub address: String,
    /// Name of the file of schools; `{date}` stands for YYYYMMDD.
    pub schools: String,
    /// Name of the file of groups.
    pub groups: String,
    /// Name of the file of members of groups.
    pub memberships: String,
    /// Name of the file of links between schools; empty for none.
    pub successors: String,
    /// Hour of the day in London from which the job looks.
    pub hour: u8,
    /// New schools of a run that need no person.
    pub new_schools_max: u32,
    /// Schools that close in a run.
    pub closed_max: u32,
    /// Schools whose name changes in a run.
    pub renamed_max: u32,
    /// Schools whose URN or DfE number changes in a run.
    pub numbers_max: u32,
    /// Schools that join, and schools that leave, a trust in a run.
    pub trusts_max: u32,
    /// Schools of ours that an extract does not name.
    pub missing_max: u32,
    /// Hours before results open from which nobody joins or leaves a trust.
    pub freeze_hours_before: u16,
    /// Hours after the day of the results until which nobody does.
    pub freeze_hours_after: u16,
}

impl Default for Gias {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            folder: PathBuf::new(),
            address: String::new(),
            schools: text("edubasealldata{date}.csv"),
            groups: text("allgroupsdata{date}.csv"),
            memberships: text("allgroupslinksdata{date}.csv"),
            successors: String::new(),
            hour: 4,
            new_schools_max: 100,
            closed_max: 100,
            renamed_max: 200,
            numbers_max: 100,
            trusts_max: 300,
            missing_max: 20,
            freeze_hours_before: 24,
            freeze_hours_after: 0,
        }
    }
}

impl Gias {
    /// Where extracts are; none where no job is to look for them.
    pub fn source(&self) -> Result<Option<Source>, String> {
        let place = match (self.folder.as_os_str().is_empty(), self.address.is_empty()) {
            (true, true) => return Ok(None),
            (true, false) => Place::Address(self.address.trim_end_matches('/').to_owned()),
            (false, _) => Place::Folder(self.folder.clone()),
        };
        let names = Names {
            schools: self.schools.clone(),
            groups: self.groups.clone(),
            memberships: self.memberships.clone(),
            successors: self.successors.clone(),
        };
        Source::new(place, names).map(Some).map_err(|error| error.to_string())
    }

    /// When trusts stay as they are, in the cycle of a calendar.
    pub fn freeze(&self, calendar: &Calendar) -> FreezeWindow {
        FreezeWindow {
            hours_before: self.freeze_hours_before,
            hours_after: self.freeze_hours_after,
            year: calendar.year,
            times: calendar.opens,
        }
    }

    /// How much of what may change without a person.
    pub fn limits(&self) -> Limits {
        let most = |kinds: &[ChangeKind], most: u32| {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            kinds.iter().map(move |kind| (*kind, most)).collect::<Vec<_>>()
        };
        let all = [
            most(&[ChangeKind::NewSchool], self.new_schools_max),
            most(&[ChangeKind::Closed, ChangeKind::Reopened], self.closed_max),
            most(&[ChangeKind::Renamed], self.renamed_max),
            most(&[ChangeKind::Converted, ChangeKind::Number], self.numbers_max),
            most(&[ChangeKind::Joined, ChangeKind::Left], self.trusts_max),
            most(&[ChangeKind::Missing], self.missing_max),
        ];
        Limits(all.concat().into_iter().collect())
    }
}

/// One place at the most; an address that nobody on the way can change; names that tell the days apart.
pub(super) fn check(checks: &mut Checks<'_>) {
    let gias = &checks.config.gias;
    if !gias.folder.as_os_str().is_empty() && !gias.address.is_empty() {
        let way_out = "keep one of them";
        checks.refuse(&["gias.folder", "gias.address"], "is set, and gias.address is too", way_out);
    }
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_here = here.iter().any(|start| {
        let rest = gias.address.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    if !gias.address.is_empty() && !gias.address.starts_with("https://") && !is_here {
        let way_out = "write it as https://host/path; plain http:// is for this machine alone";
        checks.refuse(&["gias.address"], "does not begin with https://", way_out);
    }
    let names = [
        ("gias.schools", &gias.schools),
        ("gias.groups", &gias.groups),
        ("gias.memberships", &gias.memberships),
        ("gias.successors", &gias.successors),
    ];
    for (key, name) in names {
        let strays = name.starts_with('/') || name.split('/').any(|part| part == "..");
        if strays {
            checks.refuse(&[key], "leads out of the folder", "write a name below the folder");
        } else if !name.is_empty() && !name.contains("{date}") {
            checks.refuse(&[key], "does not name the day", "write {date} where the day stands");
        }
    }
}

/// Looks for the folder on this machine.
pub(super) fn check_folder(checks: &mut Checks<'_>) {
    let folder = &checks.config.gias.folder;
    if !folder.as_os_str().is_empty() && !folder.is_dir() {
        let what = format!("{} is not a folder", folder.display());
        checks.refuse(&["gias.folder"], what, "name the folder in which the extracts are put");
    }
}
