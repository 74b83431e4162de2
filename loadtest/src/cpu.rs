//! CPU time of a process on this machine, from the kernel's own account of it.

use std::time::Duration;

/// The kernel counts CPU time for programs in hundredths of a second, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// CPU time that a process has used so far in user and kernel mode. None where the system keeps no
/// `/proc`, or where there is no such process.
pub(crate) fn used(pid: u32) -> Option<Duration> {
    spent(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Fields 14 and 15 of a line of `/proc/PID/stat`. The name in field 2 may hold spaces and brackets.
fn spent(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let kernel: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + kernel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_kernel_time_are_added() {
        let line = "12 (a (b) c) S 1 12 12 0 -1 4194560 9 0 0 0 250 150 3 4 20 0 8 0 77 0 0";
        assert_eq!(spent(line), Some(Duration::from_secs(4)));
        assert_eq!(spent("no such line"), None);
    }

    #[test]
    fn a_process_that_is_not_there_has_used_nothing() {
        assert_eq!(used(0), None);
    }
}
