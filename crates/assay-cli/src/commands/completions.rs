//! `assay completions`: shell completions.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::output::{self, Exit};

/// Print a completion script for a shell.
///
/// For example: assay completions bash > ~/.local/share/bash-completion/completions/assay
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run<C: CommandFactory>(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut C::command(), "assay", &mut script);
    output::print(&String::from_utf8(script)?)?;
    Ok(Exit::Pass)
}
