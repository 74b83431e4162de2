//! The expected morning as a curve: inline SVG, wide for desks and paper, narrow for phones.

use std::fmt::Write;

use super::morning::{Expected, Point};
use crate::domain::wording::grouped;

/// A drawing area and its margins.
#[derive(Clone, Copy)]
struct Frame {
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    ticks: f64,
}

const WIDE: Frame = Frame { class: "wide", width: 860.0, height: 300.0, left: 70.0, ticks: 8.0 };
const NARROW: Frame =
    Frame { class: "narrow", width: 340.0, height: 240.0, left: 56.0, ticks: 4.0 };
const RIGHT: f64 = 18.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 34.0;
/// Lines across, above zero.
const LEVELS: u32 = 4;

/// Steps of the axis of time, in seconds.
const STEPS: [f64; 10] = [10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0];

/// People who had come and people who were in, as sums.
pub(super) fn served(morning: &Expected) -> String {
    [WIDE, NARROW].map(|frame| draw(frame, morning)).concat()
}

fn draw(frame: Frame, morning: &Expected) -> String {
    let begin = morning.curve.first().map_or(0.0, |(at, ..)| *at);
    let end = morning.curve.last().map_or(1.0, |(at, ..)| *at).max(begin + 1.0);
    let most = f64::from(morning.people.max(1));
    let x =
        |at: f64| frame.left + (at - begin) / (end - begin) * (frame.width - frame.left - RIGHT);
    let y = |people: f64| frame.height - BOTTOM - people / most * (frame.height - TOP - BOTTOM);
    let mut svg = format!(
        r#"<svg class="chart {}" viewBox="0 0 {} {}" role="img" aria-label="Two rising lines: people who had come, and people who were in. The table below gives the times.">"#,
        frame.class, frame.width, frame.height
    );
    for level in 0..=LEVELS {
        let people = morning.people / LEVELS * level;
        let people = if level == LEVELS { morning.people } else { people };
        let at = y(people.into());
        let right = frame.width - RIGHT;
        put(&mut svg, format_args!(r#"<path class="rule" d="M{} {at:.1}H{right}"/>"#, frame.left));
        label(&mut svg, (frame.left - 8.0, at + 5.0), "end", &grouped(people.into()));
    }
    let step = STEPS.into_iter().find(|step| (end - begin) / step <= frame.ticks);
    let step = step.unwrap_or(3_600.0);
    let mut at = (begin / step).ceil() * step;
    while at <= end {
        label(&mut svg, (x(at), frame.height - 10.0), "middle", &moment(at));
        at += step;
    }
    let mut line = |class: &str, people: &dyn Fn(&Point) -> u32| {
        let path = morning.curve.iter().fold(String::new(), |path, point| {
            let join = if path.is_empty() { 'M' } else { 'L' };
            path + &format!("{join}{:.1} {:.1}", x(point.0), y(people(point).into()))
        });
        put(&mut svg, format_args!(r#"<path class="line {class}" d="{path}"/>"#));
    };
    line("came", &|point| point.1);
    line("main", &|point| point.2);
    svg + "</svg>"
}

fn label(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    put(svg, format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#));
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("a string takes everything");
}

/// A moment after the opening.
fn moment(seconds: f64) -> String {
    match seconds {
        at if at.abs() < 60.0 => format!("{at:.0} s"),
        at if at % 60.0 == 0.0 => format!("{:.0} min", at / 60.0),
        at => format!("{:.0}:{:02.0}", (at / 60.0).trunc(), (at % 60.0).abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::morning::FIRST_MINUTE;
    use super::*;

    #[test]
    fn a_curve_ends_at_the_top_right_where_everybody_is_in() {
        let curve = vec![(0.0, 0, 0), (60.0, 1_000, 400), (150.0, 1_000, 1_000)];
        let morning = Expected {
            crowd: &FIRST_MINUTE,
            nodes: 1,
            people: 1_000,
            to: [Some(70.0); 4],
            longest: Some(90.0),
            curve,
        };
        let svg = served(&morning);
        assert_eq!(svg.matches("<svg").count(), 2);
        assert!(svg.contains("L842.0 14.0\"/>") && svg.contains("L322.0 14.0\"/>"), "{svg}");
        assert!(svg.contains(">1,000</text>") && svg.contains(">2 min</text>"), "{svg}");
        assert_eq!([0.0, 90.0, -60.0, 3_600.0].map(moment), ["0 s", "1:30", "-1 min", "60 min"]);
    }
}
