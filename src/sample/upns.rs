//! UPNs: valid, unique in the nation without remembering any, some temporary, some issued far away.

use super::authorities::AUTHORITIES;
use super::random::Random;
use super::register::School;
use crate::domain::ids::Upn;

/// Codes that occur in UPNs though no authority has them today: Wales and the abolished ones.
const FORMER: &[u16] = &[660, 661, 665, 669, 677, 681, 702, 835, 836, 837, 909, 928];
/// Establishment numbers that no school of the sample has.
const AWAY_ESTABLISHMENTS: std::ops::Range<u16> = 2900..3000;
/// More than the schools of a sample: it makes a school's distant issuers its own.
const AWAY_ISSUERS: usize = (AUTHORITIES.len() + FORMER.len()) * 100;
const SERIALS: u32 = 999;
const LAST_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

const _: () = assert!(AWAY_ISSUERS >= super::SCHOOLS_MAX as usize);

/// Issues the UPNs of one school's year.
#[derive(Debug)]
pub(super) struct Issuer<'a> {
    school: &'a School,
    /// Place of the school in the register.
    place: usize,
    /// Two digits of the academic year in which most pupils started school.
    started: u32,
    first_serial: u32,
    issued: u32,
    away: usize,
    temporary: u32,
}

impl<'a> Issuer<'a> {
    pub(super) fn new(school: &'a School, place: usize, year: i16, random: &mut Random) -> Self {
        let started = u32::try_from((year - 7).rem_euclid(100)).unwrap_or(0);
        let first_serial = random.below(SERIALS);
        Self { school, place, started, first_serial, issued: 0, away: 0, temporary: 0 }
    }

    pub(super) fn issue(&mut self, random: &mut Random) -> Upn {
        let body = if random.chance(0.08) {
            self.away_body(random)
        } else if random.chance(0.005) {
            self.temporary_body()
        } else {
            self.own_body(random)
        };
        Upn::with_check_letter(&body).expect("eleven digits and a serial")
    }

    /// The stride is coprime to the number of serials, so none comes twice.
    fn own_body(&mut self, random: &mut Random) -> String {
        let serial = (self.first_serial + self.issued * 5) % SERIALS + 1;
        self.issued += 1;
        let late = if random.chance(0.12) { random.below(7) } else { 0 };
        format!("{:07}{:02}{serial:03}", self.school.laestab(), (self.started + late) % 100)
    }

    /// Two digits and a letter; the letter counts where a year has more than a hundred.
    fn temporary_body(&mut self) -> String {
        let serial = (self.first_serial + self.temporary) % 100;
        let letter = LAST_LETTERS[(self.temporary / 100 + 7) as usize % LAST_LETTERS.len()];
        self.temporary += 1;
        let year = (self.started + 6) % 100;
        format!("{:07}{year:02}{serial:02}{}", self.school.laestab(), char::from(letter))
    }

    /// The n-th newcomer of every school has serial class n, and schools lie apart by place: no two are equal.
    fn away_body(&mut self, random: &mut Random) -> String {
        let issuer = (self.place + self.away * 7_919) % AWAY_ISSUERS;
        let serial = 100 + self.away;
        self.away += 1;
        let authorities = AUTHORITIES.len() + FORMER.len();
        let at = issuer % authorities;
        let code = AUTHORITIES.get(at).map_or_else(|| FORMER[at - AUTHORITIES.len()], |&(c, _)| c);
        let establishment =
            AWAY_ESTABLISHMENTS.start + u16::try_from(issuer / authorities).unwrap_or(0);
        let late = if random.chance(0.2) { random.below(6) } else { 0 };
        format!("{code}{establishment:04}{:02}{serial:03}", (self.started + late) % 100)
    }
}
