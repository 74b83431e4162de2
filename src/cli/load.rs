//! From what GIAS and a delivery say to rows of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::exit::Failure;
use super::system::System;
use crate::config::Role;
use crate::domain::access::OrganisationKind;
use crate::domain::calendar::day;
use crate::domain::codes::Registration;
use crate::domain::gias::{Freeze, Known, Waiting};
use crate::domain::ids::{GroupUid, LaCode, Laestab};
use crate::intake::delivery::{Delivery, Pupil};
use crate::intake::gias::Register;
use crate::store::Store;
use crate::store::gias::{Mode, ReadKnown, TakeOver};
use crate::store::plan::ReadPlan;
use crate::store::pupils::{NewPupil, SavePupils};

/// Row ids of what was loaded.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Schools and secondaries by DfE number.
    pub schools: BTreeMap<Laestab, (i64, OrganisationKind)>,
    /// Authorities by code.
    pub authorities: BTreeMap<LaCode, i64>,
    /// Trusts by Group UID.
    pub trusts: BTreeMap<GroupUid, i64>,
    /// Changes of trusts that wait for the results.
    pub waiting: Option<Waiting>,
}

/// Takes over schools, authorities and trusts, whatever changes; only who belongs to which trust waits around the
/// results. Schools that have key stage 2 pupils are named by `with_pupils`.
pub async fn organisations(
    system: &System,
    year: u16,
    register: &Register,
    with_pupils: BTreeSet<Laestab>,
) -> Result<Loaded, Failure> {
    let owner = system.store(Role::Owner)?;
    let now = system.clock.now();
    let releases = owner.run(now, &ReadPlan).await?;
    let until = system.config.gias.freeze(&system.calendar(year)?).until(&releases, now);
    let work = TakeOver {
        register: Arc::new(register.clone()),
        with_pupils: Some(with_pupils),
        day: day(now),
        now,
        actor: "cycle load".to_owned(),
        mode: Mode::Apply,
        freeze: Freeze::of(until, None),
    };
    let waiting = owner.run(now, &work).await?.difference.waiting;
    Ok(Loaded { waiting, ..loaded(register, &owner.run(now, &ReadKnown).await?) })
}

/// Row ids of what a register names.
fn loaded(register: &Register, known: &[Known]) -> Loaded {
    let mut loaded = Loaded::default();
    for Known { id, facts, .. } in known {
        let number = facts.laestab.and_then(|n| Laestab::from_number(n.cast_unsigned()).ok());
        let group = facts.group_uid.and_then(|uid| uid.to_string().parse().ok());
        let code = facts.la_code.and_then(|code| code.to_string().parse().ok());
        match (facts.kind, number, group, code) {
            (kind, Some(number), ..) if register.schools.contains_key(&number) => {
                loaded.schools.insert(number, (*id, kind));
            }
            (OrganisationKind::Trust, _, Some(group), _) => _ = loaded.trusts.insert(group, *id),
            (OrganisationKind::Authority, _, _, Some(code)) => {
                loaded.authorities.insert(code, *id);
            }
            _ => (),
        }
    }
    loaded
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
