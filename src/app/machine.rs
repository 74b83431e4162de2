//! The process and its machine, looked at whenever metrics are read: memory, files, threads, certificate, disk.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use prometheus::{Counter, Gauge, Opts, Registry};

use crate::clock::machine_now;
use crate::edge::CertificateWatch;
use crate::telemetry::metrics;

/// Clock ticks of a second in `/proc`: fixed by Linux for every program.
const TICKS: f64 = 100.0;

/// Figures of the process under their usual names, and of what it stands on.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    certificate: Option<CertificateWatch>,
    folder: Arc<PathBuf>,
    cpu: Counter,
    memory: Gauge,
    files: Gauge,
    files_max: Gauge,
    threads: Gauge,
    certificate_days: Gauge,
    free: Gauge,
}

impl Machine {
    /// Registers them; `folder` is where the node keeps its state.
    pub(super) fn new(
        registry: &Registry,
        certificate: Option<CertificateWatch>,
        folder: PathBuf,
    ) -> Self {
        let of_process = |name, help| {
            let gauge = Gauge::with_opts(Opts::new(name, help)).expect("a valid metric name");
            registry.register(Box::new(gauge.clone())).expect("registered once");
            gauge
        };
        let about = "User and system time of all threads";
        let cpu = Counter::with_opts(Opts::new("process_cpu_seconds_total", about))
            .expect("a valid metric name");
        registry.register(Box::new(cpu.clone())).expect("registered once");
        let began = of_process("process_start_time_seconds", "Start of the process, unix time");
        began.set(machine_now().as_duration().as_secs_f64());
        Self {
            certificate,
            folder: Arc::new(folder),
            cpu,
            memory: of_process("process_resident_memory_bytes", "Memory that the process holds"),
            files: of_process("process_open_fds", "Open files and sockets"),
            files_max: of_process("process_max_fds", "Most files and sockets that may be open"),
            threads: of_process("process_threads", "Threads of the process"),
            certificate_days: metrics::gauge(
                registry,
                "certificate_days_left",
                "Whole days until the certificate in use expires; NaN without one",
            ),
            free: metrics::gauge(
                registry,
                "state_free_bytes",
                "Bytes that are free where the node keeps its state and journal",
            ),
        }
    }

    /// Whole days until the certificate expires, `NaN` without one.
    pub(super) fn certificate_days(&self) -> f64 {
        let days = self.certificate.as_ref();
        let days = days.and_then(|watch| watch.days_left(SystemTime::from(machine_now())));
        days.and_then(|days| i32::try_from(days).ok()).map_or(f64::NAN, f64::from)
    }

    /// Looks.
    pub(super) fn look(&self) {
        self.certificate_days.set(self.certificate_days());
        if let Ok(disk) = rustix::fs::statvfs(&*self.folder) {
            self.free.set(as_f64(disk.f_bavail) * as_f64(disk.f_frsize));
        }
        if let Some(seconds) = own("stat").as_deref().and_then(cpu_seconds) {
            self.cpu.inc_by((seconds - self.cpu.get()).max(0.0));
        }
        if let Some(status) = own("status") {
            self.memory.set(1024.0 * line(&status, "VmRSS:").unwrap_or(f64::NAN));
            self.threads.set(line(&status, "Threads:").unwrap_or(f64::NAN));
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            self.files.set(as_f64(files.count() as u64));
        }
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        self.files_max.set(limit.current.map_or(f64::INFINITY, as_f64));
    }
}

/// A file that the kernel writes about this process.
fn own(name: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/self/{name}")).ok()
}

/// Seconds of processor time in `stat`; fields are counted from behind the name, which may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok().map(as_f64);
    Some((number(11)? + number(12)?) / TICKS)
}

/// The number on a line of `status`.
fn line(status: &str, name: &str) -> Option<f64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse::<u64>().ok().map(as_f64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes and counts, exact up to nine million billions"
)]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_does_not_shift_the_fields() {
        let stat = "7 (day) break) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 1000 9000000";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        let status = "Name:\tdaybreak\nVmRSS:\t  2048 kB\nThreads:\t9\n";
        assert_eq!((line(status, "VmRSS:"), line(status, "Threads:")), (Some(2048.0), Some(9.0)));
    }

    #[test]
    fn the_kernel_tells_of_this_process() {
        assert!(own("stat").as_deref().and_then(cpu_seconds).is_some());
        assert!(own("status").is_some_and(|text| line(&text, "Threads:").is_some()));
    }
}
