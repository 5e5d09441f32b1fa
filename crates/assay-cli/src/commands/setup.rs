//! `assay setup`: provision adapters into the cache folder.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Context as _;
use assay_harness::{Adapter, Introduction, Places, Ready, RunOptions, SetupEvent, SetupFailure};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output::{self, Exit, Format};
use crate::places::{self, Tree};
use crate::selection::{Wish, choose};

/// Provision adapters: virtual environments, `go build`, CMake, `cargo build`.
///
/// What is built goes to the cache folder (ASSAY_CACHE, else the user's) and is
/// used again until the adapter's files change. `assay run` does this by itself.
/// Then each is started once and must introduce itself and refuse an operation
/// that nobody knows.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 all are ready, 1 this machine lacks something for some of
them (a program, a registry), 2 one could not be set up or started.")]
pub(crate) struct Args {
    /// Implementations: names of folders below harness/; all if none is given. `NAME@VERSION`
    /// is another version than the default, `NAME@*` all of them.
    #[arg(value_name = "IMPL")]
    implementations: Vec<String>,
    /// Also implementations that take part only if they are asked for.
    #[arg(long)]
    opt_in: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let places = places(&tree)?;
    let wish = Wish { only: &args.implementations, opt_in: args.opt_in, ..Wish::default() };
    let chosen = choose(assay_harness::discover(&places.harness_dir)?, &wish)?;
    let cancel = crate::signals::cancel_on_interrupt()?;
    let scratch = tempfile::tempdir().context("cannot make a folder for scratch files")?;
    let options = RunOptions { scratch_dir: scratch.path().to_owned(), ..RunOptions::default() };
    let mut exit = Exit::Pass;
    let mut text = String::new();
    let mut documents = Vec::new();
    for (id, reason) in chosen.left_out {
        text.push_str(&format!("{id}: {reason}\n"));
        documents.push(State::NotAvailable(reason).document(&id));
    }
    for (adapter, outcome) in provision_all(&chosen.adapters, &places, cancel) {
        let state = match outcome {
            Ok(ready) => match assay_harness::probe(&ready, &options, cancel) {
                Ok(introduction) => State::Ready(Box::new(introduction)),
                Err(failure) => State::Broken(format!("it does not start: {failure}")),
            },
            Err(failure) if failure.is_not_available() => State::NotAvailable(failure.to_string()),
            Err(failure) => State::Broken(failure.to_string()),
        };
        exit = match (exit, &state) {
            (before, State::Ready(_)) => before,
            (Exit::Failed, _) | (_, State::Broken(_)) => Exit::Failed,
            (_, State::NotAvailable(_)) => Exit::Findings,
        };
        text.push_str(&format!("{}: {}\n", adapter.id, state.in_words()));
        documents.push(state.document(&adapter.id));
    }
    match args.format {
        Format::Text => output::print(&text)?,
        Format::Json => output::print_json(&json!({ "implementations": documents }))?,
    }
    Ok(exit)
}

/// What came of one adapter.
enum State {
    Ready(Box<Introduction>),
    /// This machine lacks something.
    NotAvailable(String),
    Broken(String),
}

impl State {
    fn in_words(&self) -> String {
        match self {
            State::Ready(introduction) => {
                let identity = &introduction.identity;
                match &identity.runtime {
                    Some(runtime) => {
                        format!("ready: {} {} on {runtime}", identity.name, identity.version)
                    }
                    None => format!("ready: {} {}", identity.name, identity.version),
                }
            }
            State::NotAvailable(why) | State::Broken(why) => why.clone(),
        }
    }

    fn document(&self, id: &str) -> serde_json::Value {
        let (identity, failure) = match self {
            State::Ready(introduction) => (Some(&introduction.identity), None),
            State::NotAvailable(why) | State::Broken(why) => (None, Some(why)),
        };
        json!({
            "id": id,
            "ready": identity.is_some(),
            "available": !matches!(self, State::NotAvailable(_)),
            "implementation": identity,
            "failure": failure,
        })
    }
}

/// Where the harness finds its things.
pub(crate) fn places(tree: &Tree) -> anyhow::Result<Places> {
    Ok(Places {
        harness_dir: tree.harness(),
        cache_dir: places::cache_dir()?,
        assay: std::env::current_exe().context("cannot tell where this program is")?,
    })
}

/// The adapters that were asked for, without those to skip. Those that have to be opted in
/// take part if they are named.
pub(crate) fn select(
    all: Vec<Adapter>,
    only: &[String],
    skip: &[String],
) -> anyhow::Result<Vec<Adapter>> {
    Ok(choose(all, &Wish { only, skip, ..Wish::default() })?.adapters)
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
