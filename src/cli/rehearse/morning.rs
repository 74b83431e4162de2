//! The expected morning: as many people as there are, through the waiting room's own code, in a room of their own.

use std::time::Duration;

use super::capacity::Strength;
use super::part::{Name, Part};
use crate::admission::rehearsal::{Stretch, World, people_in, settings, tick};
use crate::admission::{Rate, Room};
use crate::domain::wording::grouped;
use crate::service::morning::{PARTS, spelled};

/// Seconds from the start of a rehearsal to the opening: some come early.
const OPENS: f64 = 120.0;
/// The same seed gives the same people.
const SEED: u64 = 1;
/// Points of a curve.
const POINTS: u32 = 90;

/// How people come.
#[derive(Debug)]
pub(super) struct Crowd {
    /// The word in JSON.
    pub(super) key: &'static str,
    /// What a reader of the report calls it.
    pub(super) title: &'static str,
    stretches: &'static [Stretch],
}

const fn stretch(share: f64, from: f64, until: f64) -> Stretch {
    Stretch { share, from: OPENS + from, until: OPENS + until }
}

/// The worst that can be: everybody within a minute of the opening.
pub(super) const FIRST_MINUTE: Crowd = Crowd {
    key: "first_minute",
    title: "Everybody within the first minute",
    stretches: &[stretch(1.0, 0.0, 60.0)],
};

/// The same with the node away that hashes the most.
const ONE_AWAY: Crowd = Crowd {
    key: "first_minute_one_away",
    title: "Everybody within the first minute, the strongest node away",
    ..FIRST_MINUTE
};

/// The hour of July 2024: `loadtest/profiles/0730.toml`.
pub(super) const AS_IN_2024: Crowd = Crowd {
    key: "as_in_2024",
    title: "As in July 2024",
    stretches: &[
        stretch(35.0, -120.0, 60.0),
        stretch(30.0, 60.0, 900.0),
        stretch(20.0, 900.0, 3_600.0),
    ],
};

/// What all this is rehearsed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast {
    /// People who sign in, each of another organisation.
    pub(super) people: u32,
    /// Sign-ins a second at the most, as operators have it.
    pub(super) rate: f64,
    /// People who may wait.
    pub(super) waiting_max: u64,
}

/// Seconds from the opening, people who had come, people who were in.
pub(super) type Point = (f64, u32, u32);

/// A morning as it came out. Times are in seconds from the opening.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// How people came.
    pub(super) crowd: &'static Crowd,
    /// With how many nodes.
    pub(super) nodes: usize,
    /// People who came.
    pub(super) people: u32,
    /// When 50, 90, 99 and 100 in a hundred were in; none if it never came to that.
    pub(super) to: [Option<f64>; 4],
    /// Longest time from coming, or from the opening for those who came before, to being in; none if somebody never was.
    pub(super) longest: Option<f64>,
    /// From the first who came to the last who was in.
    pub(super) curve: Vec<Point>,
}

/// Runs a morning. Nobody real is in that room, and no time passes.
pub(super) fn run(
    crowd: &'static Crowd,
    cast: Cast,
    nodes: &[Strength],
) -> Result<Expected, String> {
    let strength = Strength::sum(nodes);
    if strength.permits == 0 || strength.per_second <= 0.0 {
        return Err("there is nothing that hashes a password".to_owned());
    }
    let rate = Rate::new(cast.rate).map_err(|bad| bad.to_string())?;
    let settings = settings(rate, strength.permits, strength.per_second, cast.waiting_max);
    let crowd_now = people_in(crowd.stretches, cast.people as usize, SEED);
    let mut world = World::new(Room::new(settings, tick(0.0)), crowd_now, SEED);
    world.run();
    Ok(outcome(crowd, nodes.len(), cast.people, &world))
}

fn outcome(crowd: &'static Crowd, nodes: usize, people: u32, world: &World) -> Expected {
    let mut came: Vec<f64> = world.people.iter().map(|person| person.comes - OPENS).collect();
    let served = world.people.iter().filter_map(|person| person.signed_in);
    let mut served: Vec<f64> = served.map(|at| at - OPENS).collect();
    let waits = world
        .people
        .iter()
        .map(|person| Some(person.signed_in? - person.comes.max(OPENS)).map(|wait| wait.max(0.0)));
    let longest = waits.collect::<Option<Vec<f64>>>();
    came.sort_by(f64::total_cmp);
    served.sort_by(f64::total_cmp);
    let to = PARTS.map(|part| {
        let rank = (world.people.len() * part).div_ceil(100).max(1);
        served.get(rank - 1).map(|at| at.max(0.0))
    });
    let end = came.last().into_iter().chain(served.last()).fold(60.0, |end: f64, at| end.max(*at));
    let until = |times: &[f64], at: f64| {
        u32::try_from(times.partition_point(|time| *time <= at)).unwrap_or(u32::MAX)
    };
    let begin = came.first().map_or(0.0, |first| first.min(0.0));
    let curve = (0..=POINTS).map(|point| {
        let at = begin + (end - begin) * f64::from(point) / f64::from(POINTS);
        (at, until(&came, at), until(&served, at))
    });
    let longest = longest.map(|waits| waits.into_iter().fold(0.0, f64::max));
    Expected { crowd, nodes, people, to, longest, curve: curve.collect() }
}

/// A time as the report tells it.
#[expect(clippy::cast_possible_truncation, reason = "seconds of one morning")]
pub(super) fn time(seconds: Option<f64>) -> String {
    seconds.map_or("not within two hours".to_owned(), |seconds| spelled(seconds.ceil() as i64))
}

impl Expected {
    /// How people came, and with how many nodes.
    pub(super) fn title(&self) -> String {
        let nodes = crate::domain::wording::count(self.nodes, "node", "nodes");
        format!("{}, {nodes}", self.crowd.title)
    }

    /// The end of it, in one line.
    fn in_words(&self) -> String {
        let (all, longest) = (time(self.to[3]), time(self.longest));
        format!("{}: all in after {all}, the longest wait {longest}", self.title())
    }
}

/// Both mornings with all nodes against the target; with the strongest node away one is told, and not judged.
pub(super) fn judge(
    cast: Result<Cast, String>,
    strengths: Option<&[Strength]>,
    within: Duration,
) -> (Part, Vec<Expected>) {
    let mut part = Part::new(Name::Morning);
    let mut mornings = Vec::new();
    let (cast, nodes) = match (cast, strengths) {
        (Ok(cast), Some(nodes)) => (cast, nodes),
        (Err(why), _) => {
            part.against(why, "say in the file how many come: morning.sign_ins");
            return (part, mornings);
        }
        (Ok(_), None) => {
            part.against("it is not known what the nodes can do", "see the part about sign-ins");
            return (part, mornings);
        }
    };
    part.saw(format!("{} people", grouped(cast.people.into())));
    for crowd in [&FIRST_MINUTE, &AS_IN_2024] {
        match run(crowd, cast, nodes) {
            Ok(expected) => {
                against(&mut part, &expected, within);
                part.saw(expected.in_words());
                mornings.push(expected);
            }
            Err(why) => part.against(why, "set a rate that can be: `daybreak queue rate`"),
        }
    }
    if let [others @ .., _] = nodes
        && !others.is_empty()
        && let Ok(expected) = run(&ONE_AWAY, cast, others)
    {
        part.saw(expected.in_words());
        mornings.push(expected);
    }
    (part, mornings)
}

fn against(part: &mut Part, expected: &Expected, within: Duration) {
    let target = within.as_secs_f64();
    if expected.longest.is_none_or(|longest| longest > target) {
        let longest = time(expected.longest);
        let what = format!(
            "{}: the longest wait would be {longest}, and is to be {}",
            expected.crowd.title,
            time(Some(target))
        );
        let next = "add nodes or processors; if the rate is set below what nodes can do, raise it: `daybreak queue rate`";
        part.against(what, next);
    }
}

#[cfg(test)]
mod tests {
    use super::super::part::Verdict;
    use super::*;

    const TWO: [Strength; 2] = [Strength { permits: 2, per_second: 100.0 }; 2];

    fn cast(people: u32, rate: f64) -> Cast {
        Cast { people, rate, waiting_max: 100_000 }
    }

    #[test]
    fn the_last_of_a_crowd_is_in_when_the_crowd_is_worked_off() {
        let (part, mornings) = judge(Ok(cast(2_000, 1_000.0)), Some(&TWO), Duration::from_mins(5));
        assert_eq!(part.verdict(), Verdict::Go, "{part:?}");
        let [rush, hour, away] = &mornings[..] else { panic!("{mornings:?}") };
        // 2,000 at 200 a second would be ten seconds: they come within sixty, and type.
        let last = rush.to[3].unwrap();
        assert!((55.0..200.0).contains(&last), "{last}");
        assert!(rush.to.is_sorted() && rush.longest.unwrap() <= last + 1.0, "{rush:?}");
        assert!(hour.to[3].unwrap() > 3_000.0, "somebody comes late");
        assert!(hour.longest.unwrap() < 300.0, "and waits no longer for it");
        assert_eq!((rush.nodes, away.nodes, part.seen.len()), (2, 1, 4));
        assert_eq!(
            rush.curve.last().map(|(_, came, served)| (*came, *served)),
            Some((2_000, 2_000))
        );
        assert!(hour.curve[0].0 < 0.0, "early people are on the curve");
    }

    #[test]
    fn a_rate_that_is_too_low_or_a_crowd_that_is_too_large_is_no_go() {
        let slow = judge(Ok(cast(400, 2.0)), Some(&TWO), Duration::from_mins(1)).0;
        assert_eq!(slow.verdict(), Verdict::NoGo);
        assert!(slow.reasons[0].what.starts_with("Everybody within the first minute: the longest"));
        // At one in ten seconds some are not in after two hours.
        let never = judge(Ok(cast(2_000, 0.1)), Some(&TWO), Duration::from_hours(1)).0;
        assert!(never.reasons[0].what.contains("not within two hours"), "{never:?}");
    }

    #[test]
    fn what_is_not_known_is_no_go() {
        let unknown = judge(Err("no count".to_owned()), Some(&TWO), Duration::from_mins(1));
        assert_eq!((unknown.0.verdict(), unknown.1.len()), (Verdict::NoGo, 0));
        let unknown = judge(Ok(cast(10, 5.0)), None, Duration::from_mins(1));
        assert_eq!((unknown.0.verdict(), unknown.1.len()), (Verdict::NoGo, 0));
    }
}
