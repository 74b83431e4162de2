//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Examples, which the help begins with.
const EXAMPLES: &str = "\
Examples:
  loadtest --ready-file ready.json                        profile `small` against a demo
  loadtest --ready-file ready.json --profile 0730 --speed 10
                                                          the hour of 2024 in six minutes
  loadtest --host https://localhost:8443 --ca-file ca.pem --accounts accounts.csv
                                                          a server without a ready file
  loadtest --list                                         the profiles and what they do";

/// What was asked for.
#[derive(Debug, Parser)]
#[command(
    name = "loadtest",
    about = "Load test of a running Daybreak, from outside",
    before_help = EXAMPLES,
    after_help = "Exit codes: 0 all goals reached, 1 a goal missed, 2 wrong usage, 65 bad profile or accounts, 69 server not reachable."
)]
pub(crate) struct Cli {
    /// Ready file of the demo: its address, certificate authority and accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// Address of the server, as https://localhost:8443; instead of a ready file
    #[arg(long, value_name = "URL", conflicts_with = "ready_file", requires_all = ["ca_file", "accounts"])]
    pub(crate) host: Option<String>,
    /// Certificate authority to trust, as PEM; nobody else is trusted
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Accounts: username,password,role,laestab
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    /// Name of a profile, or a file that ends in .toml
    #[arg(long, value_name = "NAME|FILE", default_value = "small")]
    pub(crate) profile: String,
    /// How much faster than the profile: 10 puts an hour into six minutes
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Seed of arrivals and choices: the same seed does the same again
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Most people at once, if not as the profile says
    #[arg(long, value_name = "COUNT")]
    pub(crate) users_at_once: Option<usize>,
    /// Folder for report.json and report.html
    #[arg(long, value_name = "FOLDER", default_value = "var/load")]
    pub(crate) report: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// List the profiles and end
    #[arg(long)]
    pub(crate) list: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_help_begins_with_examples() {
        let help = Cli::command().render_help().to_string();
        assert!(help.starts_with("Examples:"), "{help}");
    }

    #[test]
    fn a_server_without_a_ready_file_needs_its_authority_and_accounts() {
        let parse = |args: &[&str]| Cli::try_parse_from([&["loadtest"], args].concat());
        assert!(parse(&["--host", "https://localhost"]).is_err());
        assert!(
            parse(&["--host", "https://localhost", "--ca-file", "c", "--accounts", "a"]).is_ok()
        );
        assert!(parse(&["--host", "https://localhost", "--ready-file", "r"]).is_err());
    }
}
