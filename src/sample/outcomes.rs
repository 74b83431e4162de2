//! What happened to each pupil in test week: registration, attendance, marks, teacher assessment.

mod assessment;
mod marks;

use super::random::{Purpose, Random};
use super::register::{self, Kind};
use super::roll::Person;
use crate::domain::codes::{Attendance, Registration, TaCode, TaSubject};
use crate::domain::papers::{Paper, Subject};
pub(super) use marks::Conversions;

/// The results of one pupil, by subject and paper in their usual order.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    pub(super) registration: [Option<Registration>; 3],
    pub(super) attendance: [Option<Attendance>; 3],
    pub(super) marks: [Option<u8>; 6],
    /// Whether the scanned script was delivered.
    pub(super) scripts: [bool; 6],
    pub(super) assessments: Vec<(TaSubject, TaCode)>,
}

impl Outcomes {
    /// Registration in a subject.
    pub(super) fn registered(&self, subject: Subject) -> Registration {
        self.registration[subject as usize].unwrap_or(Registration::Registered)
    }

    fn everywhere(&self, code: Registration) -> bool {
        Subject::ALL.iter().all(|&subject| self.registered(subject) == code)
    }

    /// On the school's lists no more (left, or listed by mistake).
    pub(super) fn gone(&self) -> bool {
        self.everywhere(Registration::Left) || self.everywhere(Registration::Unregistered)
    }

    /// Whether the pupil sat the paper, so that a mark and a script should be there.
    pub(super) fn expects(&self, paper: Paper) -> bool {
        self.gives_marks(paper.subject())
    }

    fn gives_marks(&self, subject: Subject) -> bool {
        self.registered(subject) == Registration::Registered
            && matches!(
                self.attendance[subject as usize],
                None | Some(Attendance::Cheating | Attendance::Maladministration)
            )
    }
}

/// What varies from school to school.
#[derive(Clone, Copy, Debug)]
struct Setting {
    kind: Kind,
    place: usize,
    /// Shift of the school's mean score.
    effect: f64,
}

/// Draws the outcomes of a whole year group; chance does not depend on other schools.
pub(super) fn draw(
    conversions: &Conversions,
    register: &register::Register,
    place: usize,
    seed: u64,
    roll: &[Person],
) -> Vec<Outcomes> {
    let random = &mut Random::new(seed, Purpose::Results, place as u64);
    let kind = register.schools[place].kind;
    // Small groups swing widely by themselves; a school effect on top would leave the range.
    let bound = if roll.len() < 10 { 2.0 } else { 8.0 };
    let effect = (marks::SCHOOL_SPREAD * random.bell()).clamp(-bound, bound);
    let setting = Setting { kind, place, effect };
    let mut all: Vec<Outcomes> =
        roll.iter().map(|person| pupil(random, conversions, setting, person)).collect();
    match place {
        0 => first_school(&mut all),
        1 => second_school(&mut all),
        _ => (),
    }
    all
}

fn pupil(
    random: &mut Random,
    conversions: &Conversions,
    setting: Setting,
    person: &Person,
) -> Outcomes {
    let common = random.bell();
    let mut outcomes =
        Outcomes { registration: registration(random, setting), ..Default::default() };
    if person.moved_on {
        outcomes.registration = [Some(Registration::Left); 3];
    }
    outcomes.attendance = attendance(random, setting, &outcomes);
    for subject in Subject::ALL {
        if outcomes.gives_marks(subject) {
            marks::sit(random, conversions, setting, common, subject, &mut outcomes);
        }
    }
    partial_absence(random, &mut outcomes);
    losses(random, &mut outcomes);
    outcomes.assessments = assessment::judge(random, common, &outcomes);
    outcomes
}

/// Below overlaps strongly between subjects; leaving concerns the pupil, so all three.
fn registration(random: &mut Random, setting: Setting) -> [Option<Registration>; 3] {
    let (below, odd) = match setting.kind {
        _ if setting.place == register::SCHOOL_BELOW => (1.0, 0.0),
        Kind::Special => (0.6, 0.1),
        Kind::PupilReferral => (0.12, 0.05),
        _ => (0.026, 0.003),
    };
    if random.chance(below) {
        return [Some(Registration::Below); 3];
    }
    match random.weighted(&[0.008, 0.003]) {
        0 => return [Some(Registration::Left); 3],
        1 => return [Some(Registration::Unregistered); 3],
        _ => (),
    }
    let mut codes = [None; 3];
    for (place, code) in codes.iter_mut().enumerate() {
        // GPS is the one that most often stands alone.
        let alone = if place == 0 { odd * 2.0 } else { odd };
        if random.chance(alone) {
            *code = Some(Registration::Below);
        }
    }
    if random.chance(0.0005) {
        codes[2] = Some(Registration::Future);
    }
    if random.chance(0.0005) {
        codes[1] = Some(Registration::Previous);
    }
    codes
}

/// A code for the whole week, or for one subject.
fn attendance(
    random: &mut Random,
    setting: Setting,
    outcomes: &Outcomes,
) -> [Option<Attendance>; 3] {
    use Attendance as Code;
    const WEEK: [Code; 6] = [
        Code::Absent,
        Code::UnableToAccess,
        Code::JustArrived,
        Code::Maladministration,
        Code::Left,
        Code::Below,
    ];
    const SUBJECT: [(Code, f64); 6] = [
        (Code::Absent, 0.002),
        (Code::UnableToAccess, 0.001),
        (Code::Below, 0.0003),
        (Code::Future, 0.000_02),
        (Code::Past, 0.000_01),
        (Code::Cheating, 0.000_01),
    ];
    let absent = if setting.kind == Kind::PupilReferral { 0.15 } else { 0.004 };
    let week = random.weighted(&[absent, 0.002, 0.0025, 0.0002, 0.0005, 0.0003]);
    let mut codes = [WEEK.get(week).copied(); 3];
    for (subject, code) in Subject::ALL.into_iter().zip(&mut codes) {
        let one = random.unit();
        let mut below = 0.0;
        let drawn = SUBJECT.iter().find(|(_, share)| {
            below += share;
            one < below
        });
        *code = code.or(drawn.map(|&(code, _)| code));
        if outcomes.registered(subject) != Registration::Registered {
            *code = None;
        }
    }
    codes
}

/// Some absences concern one paper only: the others keep their marks though the subject has none.
fn partial_absence(random: &mut Random, outcomes: &mut Outcomes) {
    for paper in [Paper::Gps2, Paper::Maths2, Paper::Maths3] {
        let subject = paper.subject() as usize;
        let sat = outcomes.attendance[subject].is_none() && outcomes.marks[paper.index()].is_some();
        if sat && random.chance(0.0007) {
            outcomes.attendance[subject] = Some(Attendance::Absent);
            outcomes.marks[paper.index()] = None;
            outcomes.scripts[paper.index()] = false;
        }
    }
}

/// One mark and one script in two thousand go missing.
fn losses(random: &mut Random, outcomes: &mut Outcomes) {
    const LOST: f64 = 0.0005;
    for place in 0..outcomes.marks.len() {
        if outcomes.marks[place].is_some() && random.chance(LOST) {
            outcomes.marks[place] = None;
            outcomes.scripts[place] = random.chance(0.5);
        }
        if outcomes.scripts[place] && random.chance(LOST) {
            outcomes.scripts[place] = false;
        }
    }
}

/// The first school always has a missing script whose mark is known, and a missing mark whose script is there.
fn first_school(all: &mut [Outcomes]) {
    let whole = |o: &Outcomes| {
        o.attendance == [None; 3] && o.scripts == [true; 6] && o.marks.iter().all(Option::is_some)
    };
    let mut whole = all.iter_mut().filter(|o| whole(o));
    if let Some(pupil) = whole.next() {
        pupil.scripts[Paper::Maths2.index()] = false;
    }
    if let Some(pupil) = whole.next() {
        pupil.marks[Paper::Gps1.index()] = None;
    }
}

/// The second school shows every attendance code, and a pupil with too few marks, among its pupils.
fn second_school(all: &mut [Outcomes]) {
    let mut sitting = all.iter_mut().filter(|o| Subject::ALL.iter().all(|&s| o.gives_marks(s)));
    for (code, pupil) in Attendance::ALL.iter().zip(&mut sitting) {
        let maths = Subject::Maths as usize;
        pupil.attendance[maths] = Some(*code);
        if !pupil.gives_marks(Subject::Maths) {
            for paper in Subject::Maths.papers() {
                pupil.marks[paper.index()] = None;
                pupil.scripts[paper.index()] = false;
            }
        }
    }
    if let Some(pupil) = sitting.next() {
        pupil.marks[Paper::Reading.index()] = Some(2);
        pupil.scripts[Paper::Reading.index()] = true;
    }
}
