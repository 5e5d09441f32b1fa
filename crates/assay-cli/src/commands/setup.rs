//! `assay setup`: provision adapters into the cache folder.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, bail};
use assay_harness::{Adapter, Places, Ready, SetupEvent, SetupFailure};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output::{self, Exit, Format};
use crate::places::{self, Tree};

/// Provision adapters: virtual environments, `go build`, CMake, `cargo build`.
///
/// What is built goes to the cache folder (ASSAY_CACHE, else the user's) and is
/// used again until the adapter's files change. `assay run` does this by itself.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Implementations: names of folders below harness/; all if none is given.
    #[arg(value_name = "IMPL")]
    implementations: Vec<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let places = places(&tree)?;
    let adapters =
        select(assay_harness::discover(&places.harness_dir)?, &args.implementations, &[])?;
    let cancel = crate::signals::cancel_on_interrupt()?;
    let mut exit = Exit::Pass;
    let mut text = String::new();
    let mut documents = Vec::new();
    for (adapter, outcome) in provision_all(&adapters, &places, cancel) {
        let failure = outcome.err().map(|failure| failure.to_string());
        if failure.is_some() {
            exit = Exit::Failed;
        }
        let said = failure.as_deref().unwrap_or("ready");
        text.push_str(&format!("{}: {said}\n", adapter.id));
        documents.push(json!({ "id": adapter.id, "ready": failure.is_none(), "failure": failure }));
    }
    match args.format {
        Format::Text => output::print(&text)?,
        Format::Json => output::print_json(&json!({ "implementations": documents }))?,
    }
    Ok(exit)
}

/// Where the harness finds its things.
pub(crate) fn places(tree: &Tree) -> anyhow::Result<Places> {
    Ok(Places {
        harness_dir: tree.harness(),
        cache_dir: places::cache_dir()?,
        assay: std::env::current_exe().context("cannot tell where this program is")?,
    })
}

/// The adapters that were asked for, without those to skip.
pub(crate) fn select(
    all: Vec<Adapter>,
    only: &[String],
    skip: &[String],
) -> anyhow::Result<Vec<Adapter>> {
    if all.is_empty() {
        bail!("harness/ holds no implementation: no folder with an adapter.toml");
    }
    for name in only.iter().chain(skip) {
        if !all.iter().any(|adapter| adapter.id == *name) {
            let known: Vec<&str> = all.iter().map(|adapter| adapter.id.as_str()).collect();
            bail!("no implementation `{name}` in harness/; there are {}", known.join(", "));
        }
    }
    let wanted = |id: &String| (only.is_empty() || only.contains(id)) && !skip.contains(id);
    let selected: Vec<Adapter> = all.into_iter().filter(|adapter| wanted(&adapter.id)).collect();
    if selected.is_empty() {
        bail!("no implementation is left to run; look at --only and --skip");
    }
    Ok(selected)
}

/// Provisions adapters one after the other, showing what happens.
pub(crate) fn provision_all<'a>(
    adapters: &'a [Adapter],
    places: &Places,
    cancel: &AtomicBool,
) -> Vec<(&'a Adapter, Result<Ready, SetupFailure>)> {
    let style = ProgressStyle::with_template("{spinner} set up {msg}").expect("it is right");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    let outcomes = adapters
        .iter()
        .map(|adapter| {
            bar.set_message(adapter.id.clone());
            let start = Instant::now();
            let mut worked = false;
            let outcome =
                assay_harness::provision(adapter, places, cancel, &mut |event| match event {
                    SetupEvent::Step { number, of, command } => {
                        worked = true;
                        let command: String = command.chars().take(100).collect();
                        bar.set_message(format!("{} ({number}/{of}) {command}", adapter.id));
                    }
                    SetupEvent::Waiting => bar.suspend(|| {
                        output::note(&format!(
                            "waiting for another assay that uses {}",
                            adapter.id
                        ));
                    }),
                });
            if worked && outcome.is_ok() {
                let seconds = start.elapsed().as_secs_f64();
                bar.suspend(|| output::note(&format!("set up {} in {seconds:.1} s", adapter.id)));
            }
            (adapter, outcome)
        })
        .collect();
    bar.finish_and_clear();
    outcomes
}
