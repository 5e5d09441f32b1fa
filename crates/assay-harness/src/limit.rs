//! `assay __limit`: a process that lowers its own limits and then becomes the adapter.
//!
//! Limits cannot be set on a child from outside without unsafe code, so this
//! program starts itself, limits itself and hands over by `exec`: same
//! process, same pipes, limits that the adapter cannot raise again. On the way
//! it joins the namespace without a network (see `isolation`).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::resource::{Resource, setrlimit};

use crate::isolation;

/// The word after the program's name.
pub(crate) const SUBCOMMAND: &str = "__limit";

/// What an adapter's process may use; `None`: as much as this process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Address space in bytes.
    pub(crate) address_space: Option<u64>,
    /// Longest file it may write, in bytes.
    pub(crate) file_size: Option<u64>,
}

/// Why the adapter was not started.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// The arguments are not as the harness writes them.
    #[error("{SUBCOMMAND} is started by the harness only: {0}")]
    Arguments(String),
    /// A limit was refused.
    #[error("cannot set the limit on {what} to {value}: {source}")]
    Refused {
        /// What is limited.
        what: &'static str,
        /// To how much.
        value: u64,
        /// Why.
        source: nix::Error,
    },
    /// A namespace could not be made or joined.
    #[error("cannot use the namespace {what}: {source}")]
    Namespace {
        /// Which.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// The adapter's program could not be started.
    #[error("cannot start {}: {source}", program.display())]
    Exec {
        /// The program.
        program: OsString,
        /// Why.
        source: io::Error,
    },
}

impl Limits {
    /// The arguments of the subcommand, up to and without the adapter's command.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec![OsString::from("--core=0")];
        let limits = [("address-space", self.address_space), ("file-size", self.file_size)];
        for (name, value) in limits {
            if let Some(value) = value {
                arguments.push(format!("--{name}={value}").into());
            }
        }
        arguments.push("--".into());
        arguments
    }
}

/// Body of the hidden subcommand. `args` is what follows it: limits, `--`, a
/// command. Becomes the command; returns only if it cannot.
///
/// # Errors
/// If an argument is unknown, a limit is refused or the command cannot be started.
pub fn limit_main(args: &[OsString]) -> Result<(), LimitError> {
    if args.first().is_some_and(|word| word == isolation::HOLD) {
        let what = || "of the network".to_owned();
        isolation::hold().map_err(|source| LimitError::Namespace { what: what(), source })?;
        std::process::exit(0);
    }
    let mut rest = args;
    let mut is_held = false;
    while let Some((first, after)) = rest.split_first() {
        match first.to_str().and_then(|text| text.strip_prefix("--")) {
            Some("") => {
                rest = after;
                break;
            }
            Some(limit) => {
                is_held |= limit.starts_with("network-of=");
                lower(limit)?;
            }
            None => break,
        }
        rest = after;
    }
    // Who holds a namespace ends what is in it when the harness is gone. Where there is none
    // the kernel does, and does it too when only the thread is gone that started the adapter.
    if !is_held {
        die_with_parent();
    }
    let Some((program, arguments)) = rest.split_first() else {
        return Err(LimitError::Arguments("there is no command".to_owned()));
    };
    Err(exec(program, arguments))
}

fn exec(program: &OsStr, arguments: &[OsString]) -> LimitError {
    let source = Command::new(program).args(arguments).exec();
    LimitError::Exec { program: program.to_owned(), source }
}

/// Lowers the limit, or joins the namespace, that `name=value` says.
fn lower(limit: &str) -> Result<(), LimitError> {
    let unknown = || LimitError::Arguments(format!("unknown limit `--{limit}`"));
    let (name, value) = limit.split_once('=').ok_or_else(unknown)?;
    let value: u64 = value.parse().map_err(|_| unknown())?;
    if let Some(kind) = name.strip_suffix("-of") {
        return isolation::join(kind, value)
            .map_err(|source| LimitError::Namespace { what: limit.to_owned(), source });
    }
    let (resource, what) = match name {
        "address-space" => (Resource::RLIMIT_AS, "address space"),
        "file-size" => (Resource::RLIMIT_FSIZE, "file size"),
        "core" => (Resource::RLIMIT_CORE, "core dumps"),
        _ => return Err(unknown()),
    };
    // The hard limit may already be lower; that is as good.
    let (_, hard) = nix::sys::resource::getrlimit(resource)
        .map_err(|source| LimitError::Refused { what, value, source })?;
    let value = value.min(hard);
    setrlimit(resource, value, value).map_err(|source| LimitError::Refused { what, value, source })
}

/// An adapter must not outlive a harness that was killed.
#[cfg(target_os = "linux")]
fn die_with_parent() {
    // Without it the adapter still ends when its standard input does.
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn arguments_end_with_the_separator() {
        let limits = Limits { address_space: Some(5), ..Limits::default() };
        assert_eq!(limits.arguments(), args(&["--core=0", "--address-space=5", "--"]));
    }

    #[test]
    fn wrong_arguments_are_refused_before_anything_is_started() {
        for (words, what) in [
            (&["--colour=1", "--", "true"][..], "unknown limit `--colour=1`"),
            (&["--core=many", "--", "true"], "unknown limit `--core=many`"),
            (&[], "there is no command"),
        ] {
            let message = limit_main(&args(words)).unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
    }
}
