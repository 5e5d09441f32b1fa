//! What can be wrong with the spec data or a request for a dialect.

use alloc::string::String;
/// A fault of the spec data, or a name that it does not hold.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// `spec.toml` does not parse.
    #[error("spec.toml: {0}")]
    Tables(String),
    /// A rule page does not parse.
    #[error("spec/rules/{id}.md: {why}")]
    Page {
        /// The rule.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// The data contradicts itself.
    #[error("spec data: {0}")]
    Inconsistent(String),
    /// No such proposal.
    #[error("unknown proposal `{name}`; on that edition there are {known}")]
    UnknownProposal {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such edition.
    #[error("unknown edition `{name}`; known are {known}")]
    UnknownEdition {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}
