//! `daybreak rules evaluate`: answers in, outcomes out, by the decision tables of a year.

use std::io::{self, BufRead, Write};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::SystemArgs;
use super::exit::Failure;
use super::system;
use crate::config::{self, Calendar};
use crate::domain::rules::{Decision, Form, Id, Rules, Sheet};
use crate::intake::answers::{BadLine, Lines};

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

const EXAMPLES: &str = r#"Examples:
  echo '{"takes_paper_1":"yes","cannot_access_paper_2":"yes"}' |
    daybreak rules evaluate compensatory-marks --year 2024
  daybreak rules evaluate additional-time --year 2024 <answers.jsonl >outcomes.jsonl"#;

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Read answers, one JSON object a line, and write what each comes to.
    #[command(before_help = EXAMPLES)]
    Evaluate {
        /// additional-time, compensatory-marks, timetable-variation or special-consideration.
        #[arg(value_parser = form)]
        form: Form,
        /// The year whose tables decide.
        #[arg(long)]
        year: u16,
        #[command(flatten)]
        system: SystemArgs,
    },
}

fn form(text: &str) -> Result<Form, String> {
    let known = || Form::ALL.map(Form::key).join(", ");
    text.parse().map_err(|error| format!("{error}; there are {}", known()))
}

/// Evaluates every line; lines without an outcome are code 65, after the last of them.
pub fn run(args: &RulesArgs) -> Result<(), Failure> {
    let RulesCommand::Evaluate { form, year, system } = &args.command;
    let cycles = system::config(system)?.cycles.folder;
    let bad = |problems: config::Problems| Failure::configuration(problems.to_string());
    let calendar = Calendar::load(&cycles, *year).map_err(bad)?;
    let rules = config::rules::load(&cycles, &calendar, *form).map_err(bad)?;
    evaluate(&rules, io::stdin().lock(), io::stdout().lock())
}

/// Writes a line for each line with answers, as soon as it is read.
fn evaluate(rules: &Rules, from: impl BufRead, mut to: impl Write) -> Result<(), Failure> {
    let mut lines = Lines::new(from);
    let (mut read, mut refused, mut first) = (0_u64, 0_u64, None);
    let stdin = |error: io::Error| Failure::failed(format!("stdin: {error}"));
    while let Some((number, sheet)) = lines.next_sheet().map_err(stdin)? {
        read += 1;
        let written = match decide(rules, sheet) {
            Ok(decision) => write_line(&mut to, &OutcomeLine::from(&decision)),
            Err((field, error)) => {
                refused += 1;
                first.get_or_insert(number);
                write_line(&mut to, &ErrorLine { line: number, field, error })
            }
        };
        written.map_err(|error| Failure::failed(format!("stdout: {error}")))?;
    }
    match first {
        None => Ok(()),
        Some(first) => Err(Failure::data(format!(
            "{refused} of {read} lines have no outcome, the first is line {first}; correct what \"error\" says of them"
        ))),
    }
}

/// The decision of a line, or the field that is wrong and why.
fn decide(
    rules: &Rules,
    sheet: Result<Sheet, BadLine>,
) -> Result<Decision, (Option<String>, String)> {
    let sheet = sheet.map_err(|bad| (bad.field().map(str::to_owned), bad.to_string()))?;
    rules.evaluate(&sheet).map_err(|bad| (Some(bad.field.clone()), bad.to_string()))
}

/// One flush a line, so that whoever waits for an answer has it before the next question.
fn write_line(to: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    to.write_all(&text)?;
    to.flush()
}

/// An outcome as outsiders read it: these fields, in this order.
#[derive(Serialize)]
struct OutcomeLine<'a> {
    outcome: &'static str,
    scope: &'static str,
    percent: Option<u8>,
    advice: Vec<&'a str>,
    reasons: Vec<&'a str>,
    rules: &'a str,
}

impl<'a> From<&'a Decision> for OutcomeLine<'a> {
    fn from(decision: &'a Decision) -> Self {
        Self {
            outcome: decision.outcome.key(),
            scope: decision.scope.key(),
            percent: decision.percent,
            advice: decision.advice.iter().map(Id::as_str).collect(),
            reasons: decision.reasons.iter().map(Id::as_str).collect(),
            rules: &decision.version,
        }
    }
}

/// What stands in the place of an outcome.
#[derive(Serialize)]
struct ErrorLine {
    line: u64,
    field: Option<String>,
    error: String,
}
