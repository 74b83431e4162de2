//! An observer that runs beside a test and ends with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};

use super::program;

/// `daybreak observe`, once it serves its metrics.
pub struct Observer {
    child: Child,
    /// Where its metrics are.
    pub metrics: String,
}

impl Observer {
    /// Starts one with these arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = program()
            .arg("observe")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let said = lines.find(|line| line.contains("metrics at ")).expect("it serves metrics");
        let (_, metrics) = said.split_once("metrics at ").unwrap();
        let metrics = metrics.trim().to_owned();
        // What else it says is read, so that it never waits for somebody to do so.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, metrics }
    }

    /// Host and port of its metrics.
    pub fn address(&self) -> &str {
        self.metrics.trim_start_matches("http://").trim_end_matches("/metrics")
    }

    /// Ends it as an operator does.
    pub fn end(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended = self.child.wait();
    }
}
