//! From what GIAS and a delivery say to rows of the database.

use std::collections::{BTreeMap, BTreeSet};

use super::exit::Failure;
use super::system::System;
use crate::config::Role;
use crate::domain::access::OrganisationKind;
use crate::domain::codes::Registration;
use crate::domain::ids::{GroupUid, LaCode, Laestab};
use crate::intake::delivery::{Delivery, Pupil};
use crate::intake::gias::{Register, School};
use crate::store::Store;
use crate::store::organisations::{NewOrganisation, SaveOrganisations};
use crate::store::pupils::{NewPupil, SavePupils};

/// Organisations of one transaction.
const BATCH: usize = 500;

/// Row ids of what was loaded.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Schools and secondaries by DfE number.
    pub schools: BTreeMap<Laestab, (i64, OrganisationKind)>,
    /// Authorities by code.
    pub authorities: BTreeMap<LaCode, i64>,
    /// Trusts by Group UID.
    pub trusts: BTreeMap<GroupUid, i64>,
}

/// What stands for one organisation until its row id is known.
enum Key {
    School(Laestab, OrganisationKind),
    Authority(LaCode),
    Trust(GroupUid),
}

/// Saves schools, authorities and trusts. Schools that have key stage 2 pupils are named by `with_pupils`.
pub async fn organisations(
    system: &System,
    register: &Register,
    with_pupils: &BTreeSet<Laestab>,
) -> Result<Loaded, Failure> {
    let mut all: Vec<(Key, NewOrganisation)> = Vec::new();
    for (code, name) in &register.authorities {
        let la_code = i16::try_from(code.number()).ok();
        let new = blank(OrganisationKind::Authority, name);
        all.push((Key::Authority(*code), NewOrganisation { la_code, ..new }));
    }
    for (group, name) in &register.trusts {
        let group_uid = i32::try_from(group.number()).ok();
        let new = blank(OrganisationKind::Trust, name);
        all.push((Key::Trust(*group), NewOrganisation { group_uid, ..new }));
    }
    for school in register.schools.values() {
        let kind = if !with_pupils.contains(&school.laestab) && school.is_secondary() {
            OrganisationKind::Secondary
        } else {
            OrganisationKind::School
        };
        all.push((Key::School(school.laestab, kind), of_school(school, kind)));
    }
    save(system, all).await
}

async fn save(system: &System, all: Vec<(Key, NewOrganisation)>) -> Result<Loaded, Failure> {
    let owner = system.store(Role::Owner)?;
    let now = system.clock.now();
    let mut loaded = Loaded::default();
    let (keys, new): (Vec<Key>, Vec<NewOrganisation>) = all.into_iter().unzip();
    let mut keys = keys.into_iter();
    for batch in new.chunks(BATCH) {
        let work = SaveOrganisations { organisations: batch.to_vec(), taken_over_at: now };
        for id in owner.run(now, &work).await? {
            match keys.next() {
                Some(Key::School(laestab, kind)) => {
                    loaded.schools.insert(laestab, (id, kind));
                }
                Some(Key::Authority(code)) => {
                    loaded.authorities.insert(code, id);
                }
                Some(Key::Trust(group)) => {
                    loaded.trusts.insert(group, id);
                }
                None => (),
            }
        }
    }
    Ok(loaded)
}

/// An organisation with a kind and a name only.
pub fn blank(kind: OrganisationKind, name: &str) -> NewOrganisation {
    NewOrganisation {
        kind,
        name: name.to_owned(),
        urn: None,
        laestab: None,
        la_code: None,
        group_uid: None,
        closed_on: None,
        trusts: Vec::new(),
    }
}

fn of_school(school: &School, kind: OrganisationKind) -> NewOrganisation {
    let small = |n: u32| i32::try_from(n).ok();
    NewOrganisation {
        urn: small(school.urn.number()),
        laestab: small(school.laestab.number()),
        la_code: i16::try_from(school.authority.number()).ok(),
        closed_on: school.closed_on,
        trusts: school
            .trusts
            .iter()
            .filter_map(|(group, joined)| Some((small(group.number())?, *joined)))
            .collect(),
        ..blank(kind, &school.name)
    }
}

/// Saves the pupils of a delivery, school by school under the school's own scope.
pub async fn pupils(
    worker: &Store,
    system: &System,
    year: u16,
    delivery: &Delivery,
    loaded: &Loaded,
) -> Result<u64, Failure> {
    let mut count = 0;
    for (laestab, pupils) in &delivery.schools {
        let Some((organisation, _)) = loaded.schools.get(laestab) else { continue };
        let work = SavePupils {
            organisation: *organisation,
            year: i16::try_from(year).map_err(|_| Failure::usage("the year is out of range"))?,
            pupils: pupils.iter().map(new_pupil).collect(),
        };
        count += worker.run(system.clock.now(), &work).await?;
    }
    Ok(count)
}

fn new_pupil(pupil: &Pupil) -> NewPupil {
    NewPupil {
        upn: pupil.upn.as_str().to_owned(),
        surname: pupil.surname.clone(),
        forename: pupil.forename.clone(),
        middle_names: pupil.middle_names.clone(),
        born_on: pupil.born_on,
        sex: pupil.sex.key(),
        registrations: pupil.registrations.map(Registration::key),
    }
}
