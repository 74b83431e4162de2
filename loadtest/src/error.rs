//! Why a load test could not be run at all, and the exit code of each reason.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Options that do not fit together.
    #[error("{0}")]
    Usage(String),
    /// A profile, a ready file or an accounts file is wrong.
    #[error("{file}: {problem}")]
    Data {
        /// The file.
        file: String,
        /// What is wrong, with the field or the line, and a way out.
        problem: String,
    },
    /// Nobody answers, or not with a certificate of the given authority.
    #[error("{url} cannot be reached: {problem}")]
    Unreachable {
        /// The server.
        url: String,
        /// What the network said.
        problem: String,
    },
    /// The run itself failed.
    #[error("the load test stopped: {0}")]
    Failed(String),
}

impl Error {
    /// The exit code: 2 usage, 65 bad data, 69 no server, 1 otherwise.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Data { .. } => 65,
            Self::Unreachable { .. } => 69,
        }
    }

    /// A problem of one file.
    pub(crate) fn data(file: &str, problem: impl std::fmt::Display) -> Self {
        Self::Data { file: file.to_owned(), problem: problem.to_string() }
    }
}
