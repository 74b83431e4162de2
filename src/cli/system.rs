//! The system that a command works on: its configuration, calendar, stores and service time.

use std::path::PathBuf;

use jiff::SignedDuration;
use prometheus::Registry;

use super::SystemArgs;
use super::exit::Failure;
use crate::blob::Blobs;
use crate::clock::Clock;
use crate::config::blobs::OpenError;
use crate::config::{Calendar, Config, Role};
use crate::domain::scores::ConversionTable;
use crate::intake::problems::Problems;
use crate::node::state::{KEY_FILE, State};
use crate::store::Store;
use crate::telemetry::chain;

/// Name of the sealed file that keeps the offset of service time, in milliseconds.
pub const CLOCK_FILE: &str = "clock";
/// Name of the configuration in a demo's folder.
pub const DEMO_CONFIG: &str = "daybreak.toml";

/// A system as commands see it.
#[derive(Debug)]
pub struct System {
    /// Its configuration.
    pub config: Config,
    /// Service time.
    pub clock: Clock,
}

impl System {
    /// Reads the configuration that the arguments name.
    pub fn open(args: &SystemArgs) -> Result<Self, Failure> {
        let path = config_path(args);
        let config =
            Config::load(&path).map_err(|problems| Failure::configuration(problems.to_string()))?;
        let clock = Clock::machine(offset(&config)?);
        Ok(Self { config, clock })
    }

    /// Reads the configuration without asking for what only a server needs.
    pub fn open_for_owner(args: &SystemArgs) -> Result<Self, Failure> {
        let config = config(args)?;
        let clock = Clock::machine(offset(&config)?);
        Ok(Self { config, clock })
    }

    /// The database as a role.
    pub fn store(&self, role: Role) -> Result<Store, Failure> {
        let access = self.config.database.access(role);
        let access = access.map_err(|error| Failure::configuration(error.to_string()))?;
        Ok(Store::new(access).guarded(self.config.server.host()))
    }

    /// The blob store.
    pub fn blobs(&self) -> Result<Blobs, Failure> {
        self.config.blobs.open(&Registry::new()).map_err(|error| match error {
            OpenError::Problem(problem) => Failure::configuration(problem.to_string()),
            OpenError::Blob(error) => Failure::unavailable(chain(&error)),
        })
    }

    /// The calendar of a year.
    pub fn calendar(&self, year: u16) -> Result<Calendar, Failure> {
        Calendar::load(&self.config.cycles.folder, year)
            .map_err(|problems| Failure::configuration(problems.to_string()))
    }

    /// The conversion tables of a year.
    pub fn tables(&self, year: u16) -> Result<[ConversionTable; 3], Failure> {
        let folder = self.config.cycles.folder.join(year.to_string()).join("scores");
        let mut problems = Problems::default();
        crate::intake::scores::read(&folder, &mut problems).ok_or_else(|| {
            let place = folder.display();
            Failure::configuration(format!(
                "conversion tables in {place}:\n{}",
                lines(problems.list())
            ))
        })
    }
}

/// One problem a line.
pub fn lines<T: std::fmt::Display>(problems: &[T]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The configuration that the arguments name, believed, for commands that need neither secrets nor services.
pub fn config(args: &SystemArgs) -> Result<Config, Failure> {
    Config::read(&config_path(args))
        .map_err(|problems| Failure::configuration(problems.to_string()))
}

fn config_path(args: &SystemArgs) -> PathBuf {
    args.data.as_ref().map_or_else(|| args.config.clone(), |folder| folder.join(DEMO_CONFIG))
}

/// The offset of service time that the first start fixed.
fn offset(config: &Config) -> Result<SignedDuration, Failure> {
    if !config.server.state.join(KEY_FILE).exists() {
        return Ok(SignedDuration::ZERO);
    }
    let state = State::open(&config.server.state).map_err(|error| Failure::of(&error))?;
    let kept = state.read::<i64>(CLOCK_FILE).map_err(|error| Failure::of(&error))?;
    Ok(SignedDuration::from_millis(kept.unwrap_or(0)))
}

/// A runtime for a command: one thread.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("no runtime: {error}")))
}
