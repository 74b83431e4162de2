//! Pupils registered for a year's tests; a tenant table, touched only under a school's scope.

use jiff::civil::Date;

use super::{Scope, StoreError, Tx, Work};

/// A pupil with the registration of each subject.
#[derive(Clone)]
pub struct NewPupil {
    /// UPN.
    pub upn: String,
    /// Surname.
    pub surname: String,
    /// Forename.
    pub forename: String,
    /// Middle names, or empty.
    pub middle_names: String,
    /// Date of birth.
    pub born_on: Date,
    /// `M` or `F`.
    pub sex: &'static str,
    /// Registration in GPS, reading and maths.
    pub registrations: [&'static str; 3],
}

impl std::fmt::Debug for NewPupil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPupil(..)")
    }
}

/// Replaces the pupils of one school in one year.
#[derive(Debug)]
pub struct SavePupils {
    /// The school's row id.
    pub organisation: i64,
    /// Cycle.
    pub year: i16,
    /// Its pupils.
    pub pupils: Vec<NewPupil>,
}

impl Work for SavePupils {
    const NAME: &'static str = "pupils.save";
    type Output = u64;

    fn scope(&self) -> Scope {
        Scope::Organisations(vec![self.organisation])
    }

    async fn run(&self, tx: &Tx<'_>) -> Result<u64, StoreError> {
        const DELETE: &str = "-- pupils.clear
            DELETE FROM pupils WHERE organisation_id = $1 AND year = $2";
        const INSERT: &str = "-- pupils.insert
            INSERT INTO pupils (organisation_id, year, upn, surname, forename, middle_names, born_on,
                sex, gps, reading, maths)
            SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::date[],
                $8::text[], $9::text[], $10::text[], $11::text[])";
        tx.execute(DELETE, &[&self.organisation, &self.year]).await?;
        let texts =
            |read: fn(&NewPupil) -> &str| -> Vec<&str> { self.pupils.iter().map(read).collect() };
        let born: Vec<Date> = self.pupils.iter().map(|p| p.born_on).collect();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 11] = [
            &self.organisation,
            &self.year,
            &texts(|p| &p.upn),
            &texts(|p| &p.surname),
            &texts(|p| &p.forename),
            &texts(|p| &p.middle_names),
            &born,
            &texts(|p| p.sex),
            &texts(|p| p.registrations[0]),
            &texts(|p| p.registrations[1]),
            &texts(|p| p.registrations[2]),
        ];
        tx.execute(INSERT, &values).await
    }
}
