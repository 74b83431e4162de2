//! Charts as inline SVG: no script, no outside file, no colour that carries a meaning alone.
//!
//! Each chart is drawn twice, wide for desks and paper, narrow for phones, so that its letters are as
//! large as those around it. The style sheet shows one of the two.

use std::fmt::Write;

use super::{KindRow, Report};
use crate::figures::{count, time};

/// A drawing area and its margins.
#[derive(Clone, Copy)]
struct Frame {
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    ticks: f64,
}

const WIDE: Frame = Frame { class: "wide", width: 860.0, height: 300.0, left: 64.0, ticks: 8.0 };
const NARROW: Frame =
    Frame { class: "narrow", width: 340.0, height: 240.0, left: 52.0, ticks: 4.0 };
const RIGHT: f64 = 18.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 34.0;

/// Steps of an axis of seconds.
const STEPS_S: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    14_400.0, 86_400.0,
];

/// One line of a chart: its style and a value for each stretch of time.
struct Line {
    class: &'static str,
    values: Vec<f64>,
}

/// People who came and schools that were served, both as sums.
pub(super) fn served(report: &Report) -> String {
    let sums = |of: &dyn Fn(&super::Moment) -> u32| {
        let mut sum = 0.0;
        report
            .timeline
            .iter()
            .map(|moment| {
                sum += f64::from(of(moment));
                sum
            })
            .collect()
    };
    let lines = [
        Line { class: "line came", values: sums(&|moment| moment.arrived) },
        Line { class: "line main", values: sums(&|moment| moment.served) },
    ];
    let words = "Two rising lines: people who had come, and schools that had their results. \
                 The table below gives the moments.";
    over_time(report, words, &lines)
}

/// Requests and errors each second.
pub(super) fn load(report: &Report) -> String {
    let each = f64::from(u32::try_from(report.seconds_each).unwrap_or(u32::MAX));
    let rate = |of: &dyn Fn(&super::Moment) -> u32| {
        report.timeline.iter().map(|moment| f64::from(of(moment)) / each).collect()
    };
    let mut lines = vec![Line { class: "area", values: rate(&|moment| moment.requests) }];
    if report.totals.errors > 0 {
        lines.push(Line { class: "line bad", values: rate(&|moment| moment.faults) });
    }
    over_time(
        report,
        "Answers in each second, and errors in each second, over the whole run.",
        &lines,
    )
}

/// People in the queue.
pub(super) fn queue(report: &Report) -> String {
    let values = report.timeline.iter().map(|moment| f64::from(moment.waiting)).collect();
    over_time(report, "People in the queue over the whole run.", &[Line { class: "area", values }])
}

fn over_time(report: &Report, words: &str, lines: &[Line]) -> String {
    [WIDE, NARROW].map(|frame| time_chart(frame, report, words, lines)).concat()
}

fn time_chart(frame: Frame, report: &Report, words: &str, lines: &[Line]) -> String {
    let each = f64::from(u32::try_from(report.seconds_each).unwrap_or(u32::MAX));
    let stretches = lines.iter().map(|line| line.values.len()).max().unwrap_or(0).max(1);
    let seconds = each * f64::from(u32::try_from(stretches).unwrap_or(u32::MAX));
    let top =
        lines.iter().flat_map(|line| &line.values).fold(0.0_f64, |top, value| top.max(*value));
    let step = nice(top / 4.0);
    let top = (top / step).ceil().max(1.0) * step;
    let (x, y) = (
        |second: f64| frame.left + second / seconds * (frame.width - frame.left - RIGHT),
        |value: f64| frame.height - BOTTOM - value / top * (frame.height - TOP - BOTTOM),
    );
    let mut svg = open(frame, frame.height, words);
    let mut value = 0.0;
    while value <= top {
        rule(&mut svg, (frame.left, frame.width - RIGHT), y(value), &number(value));
        value += step;
    }
    let step = STEPS_S.into_iter().find(|step| seconds / step <= frame.ticks).unwrap_or(86_400.0);
    let mut second = 0.0;
    while second <= seconds {
        label(&mut svg, (x(second), frame.height - 10.0), "middle", &moment(second));
        second += step;
    }
    for line in lines {
        let points = (1_u32..)
            .zip(&line.values)
            .map(|(number, value)| (x(f64::from(number) * each), y(*value)));
        let path: String =
            points.fold(String::new(), |path, (x, y)| path + &format!("L{x:.1} {y:.1}"));
        let (zero, end) = (y(0.0), x(seconds));
        let close =
            if line.class == "area" { format!("L{end:.1} {zero:.1}Z") } else { String::new() };
        put(
            &mut svg,
            format_args!(
                r#"<path class="{}" d="M{:.1} {zero:.1}{path}{close}"/>"#,
                line.class,
                x(0.0)
            ),
        );
    }
    svg + "</svg>"
}

/// For each kind of request: from the median to 99 %, and the longest, on a scale of powers of ten.
pub(super) fn times(kinds: &[KindRow]) -> String {
    [WIDE, NARROW].map(|frame| range_chart(frame, kinds)).concat()
}

fn range_chart(frame: Frame, kinds: &[KindRow]) -> String {
    const ROW: f64 = 30.0;
    let left = if frame.class == "wide" { 130.0 } else { 100.0 };
    let longest = kinds.iter().filter_map(|row| row.times.max_ms).fold(10.0_f64, f64::max);
    let decades = (longest.log10().ceil() + 1.0).max(2.0);
    // From a tenth of a millisecond.
    let x = |ms: f64| left + (ms.max(0.1).log10() + 1.0) / decades * (frame.width - left - RIGHT);
    let rows = f64::from(u32::try_from(kinds.len()).unwrap_or(u32::MAX));
    let height = TOP + rows * ROW + BOTTOM;
    let words = "For each kind of request, a bar from the median to the time within which 99% were \
                 answered, and a mark at the longest. The table below gives the times.";
    let mut svg = open(frame, height, words);
    let mut power = -1.0;
    let each = if frame.class == "wide" { 1.0 } else { 2.0 };
    while power <= decades - 1.0 {
        let at = x(10_f64.powf(power));
        let bottom = height - BOTTOM;
        put(&mut svg, format_args!(r#"<path class="rule" d="M{at:.1} {TOP}V{bottom:.1}"/>"#));
        let anchor = if power >= decades - 1.0 { "end" } else { "middle" };
        label(&mut svg, (at, height - 10.0), anchor, &time_mark(power));
        power += each;
    }
    let mut y = TOP + ROW / 2.0;
    for row in kinds {
        label(&mut svg, (left - 10.0, y + 5.0), "end", row.label);
        if let (Some(p50), Some(p99), Some(max)) =
            (row.times.p50_ms, row.times.p99_ms, row.times.max_ms)
        {
            let (p50, p99, max) = (x(p50), x(p99), x(max));
            put(&mut svg, format_args!(r#"<path class="reach" d="M{p99:.1} {y}H{max:.1}"/>"#));
            put(&mut svg, format_args!(r#"<path class="span" d="M{p50:.1} {y}H{p99:.1}"/>"#));
            put(&mut svg, format_args!(r#"<circle class="dot" cx="{p50:.1}" cy="{y}" r="6"/>"#));
            put(&mut svg, format_args!(r#"<path class="mark" d="M{max:.1} {:.1}v12"/>"#, y - 6.0));
        }
        y += ROW;
    }
    svg + "</svg>"
}

fn open(frame: Frame, height: f64, words: &str) -> String {
    let (class, width) = (frame.class, frame.width);
    format!(
        r#"<svg class="chart {class}" viewBox="0 0 {width} {height}" role="img" aria-label="{words}">"#
    )
}

fn rule(svg: &mut String, (from, to): (f64, f64), y: f64, text: &str) {
    put(svg, format_args!(r#"<path class="rule" d="M{from} {y:.1}H{to}"/>"#));
    label(svg, (from - 8.0, y + 5.0), "end", text);
}

fn label(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    put(svg, format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#));
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    svg.write_fmt(text).expect("a string takes everything");
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn nice(step: f64) -> f64 {
    let power = 10_f64.powf(step.max(0.01).log10().floor());
    let within = [1.0, 2.0, 5.0, 10.0].into_iter().find(|nice| step <= nice * power * 1.000_001);
    within.unwrap_or(10.0) * power
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "labels of an axis are not negative and far below 2^63"
)]
fn number(value: f64) -> String {
    if value.fract() > 0.001 { format!("{value:.1}") } else { count(value.round() as u64) }
}

fn moment(seconds: f64) -> String {
    match seconds {
        0.0 => "0".to_owned(),
        seconds if seconds < 60.0 => format!("{seconds:.0} s"),
        seconds if seconds % 3600.0 == 0.0 => format!("{:.0} h", seconds / 3600.0),
        seconds => format!("{:.1} min", seconds / 60.0).replace(".0 ", " "),
    }
}

fn time_mark(power: f64) -> String {
    time(10_f64.powf(power)).replace(".0 ", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_steps() {
        let steps = [0.3, 1.0, 1.1, 3.0, 7.0, 42.0, 260.0].map(nice);
        let expected = [0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 500.0];
        assert!(
            steps.iter().zip(expected).all(|(found, wanted)| (found - wanted).abs() < 1e-9),
            "{steps:?}"
        );
    }

    #[test]
    fn moments_are_in_their_unit() {
        assert_eq!(
            [0.0, 10.0, 60.0, 90.0, 7200.0].map(moment),
            ["0", "10 s", "1 min", "1.5 min", "2 h"]
        );
        assert_eq!([-1.0, 1.0, 3.0].map(time_mark), ["0.1 ms", "10 ms", "1 s"]);
    }
}
