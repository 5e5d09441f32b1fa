//! `assay man`: manual pages.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory;

use crate::output::{self, Exit};

/// Write manual pages: one for `assay`, one for each command.
///
/// For example: assay man ~/.local/share/man/man1 && man assay-check
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to write them to; it is made if it is not there.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run<C: CommandFactory>(args: &Args) -> anyhow::Result<Exit> {
    let fail = || format!("cannot write manual pages to {}", args.folder.display());
    std::fs::create_dir_all(&args.folder).with_context(fail)?;
    let staged = tempfile::tempdir_in(&args.folder).with_context(fail)?;
    clap_mangen::generate_to(C::command(), staged.path()).with_context(fail)?;
    for page in std::fs::read_dir(staged.path()).with_context(fail)? {
        let page = page.with_context(fail)?;
        std::fs::rename(page.path(), args.folder.join(page.file_name())).with_context(fail)?;
    }
    output::note(&format!("manual pages are in {}", args.folder.display()));
    Ok(Exit::Pass)
}
