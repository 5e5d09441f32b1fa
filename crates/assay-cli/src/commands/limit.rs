//! `assay __limit`: the process that becomes an adapter, after lowering its limits.

use crate::output::Exit;

/// Not for people: see `assay_harness::limit_main`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Limits, then `--`, then the command.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    assay_harness::limit_main(&args.rest)?;
    Ok(Exit::Failed)
}
