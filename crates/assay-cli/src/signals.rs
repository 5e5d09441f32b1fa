//! Ctrl-C: finish what is under way, keep what was done.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C and a termination request set the returned flag; a second one
/// ends the process at once, and with it what it started.
pub(crate) fn cancel_on_interrupt() -> anyhow::Result<&'static AtomicBool> {
    ctrlc::set_handler(|| {
        if CANCELLED.swap(true, Ordering::SeqCst) {
            assay_harness::kill_all();
            std::process::exit(2);
        }
        crate::output::note("stopping; once more to stop at once");
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(&CANCELLED)
}
