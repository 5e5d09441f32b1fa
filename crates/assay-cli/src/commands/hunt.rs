//! `assay hunt`: looks for files that implementations disagree about.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use assay_spec::Dialect;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::corpus::manifest;
use crate::hunt::asker::{Asker, Choice, Crew};
use crate::hunt::folder::Folder;
use crate::hunt::found::{self, Answers};
use crate::hunt::search::{End, Search, Tally};
use crate::hunt::sources::Sources;
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Progress is told at least so often where standard error is no terminal.
const TELL: Duration = Duration::from_secs(30);

/// Look for files that implementations disagree about.
///
/// Generates and mutates files, shows each to all chosen implementations, and
/// compares who did what with what the format demands. A disagreement that
/// neither the corpus nor the hunt has shown before is made as small as can be
/// and written as a case, with a valid twin, below the hunt's folder. A hunt
/// that ended or was stopped (Ctrl-C) goes on when it is started again.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay hunt --minutes 10                       all implementations
  assay hunt --minutes 60 --impl tinygrad,mlx-cpp --dir /tmp/hunt
  assay promote reports/hunt/found/3f2a9c41d07e  make a result a case

Crashes, hangs and memory faults of published software are marked as
embargoed: their files stay in the hunt's folder until its owners know.

Exit codes: 0 nothing new, 1 new disagreements, 2 nothing was shown.")]
pub(crate) struct Args {
    /// How long.
    #[arg(long, value_name = "M", required_unless_present = "files", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    minutes: Option<u32>,
    /// How many files, instead of or besides a time. What is found among them
    /// is made small before the hunt ends.
    #[arg(long, value_name = "N")]
    files: Option<u64>,
    /// Only these implementations: names of folders below harness/.
    #[arg(long = "impl", value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    /// Report what the corpus shows as well.
    #[arg(long)]
    anew: bool,
    /// What the files follow from; drawn if not given. A hunt that goes on keeps its own.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The hunt's folder; reports/hunt if not given.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// How many implementations run at the same time; as many as processors if not given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Seconds an implementation may take for one file.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let dialect = Dialect::latest();
    let cancel = crate::signals::cancel_on_interrupt()?;
    let dir = args.dir.clone().unwrap_or_else(|| tree.reports().join("hunt"));
    let mut folder = Folder::open(&dir, args.seed, || RandomState::new().hash_one(0))?;
    output::note(&format!("hunting from seed {} in {}", folder.seed, dir.display()));
    let corpus = corpus(&tree)?;
    let choice =
        Choice { only: &args.only, skip: &args.skip, jobs: args.jobs, timeout: args.timeout };
    let crew = Crew::gather(&choice, cancel)?;
    let asker = Asker::open(&crew, &dialect, cancel)?;
    let versions: BTreeMap<String, String> =
        asker.members().iter().map(|one| (one.id.clone(), one.version.clone())).collect();
    folder.begin_part(dialect.digest(), versions)?;
    let earlier = earlier(&folder.found())?;

    let limit = args.minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
    let progress = Progress::new(limit);
    let tell = |tally: &Tally| progress.tell(tally);
    let sources = Sources::new(&dialect, folder.seed, &corpus);
    let mut search = Search::new(&dialect, asker, sources, folder, cancel, &tell)?;
    output::note(&format!("learning what the {} files of the corpus show", corpus.len()));
    search.learn(&corpus, !args.anew)?;
    search.learn(&earlier, true)?;
    let start = Instant::now();
    progress.begin();
    search.run(End { at: limit.map(|limit| start + limit), files: args.files })?;
    progress.bar.finish_and_clear();
    let tally = search.tally;
    if tally.files == 0 && tally.found.is_empty() && tally.repeats == 0 {
        anyhow::bail!("stopped before any file was shown; start it again to go on");
    }
    print(args.format, &dir, &tally, start.elapsed())
}

/// The small files of the corpus, in order of id.
fn corpus(tree: &Tree) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for case in manifest::load(&tree.manifest())?.manifest.cases {
        let Some(path) = &case.path else { continue };
        let path = tree.corpus().join(path);
        let bytes = std::fs::read(&path).with_context(|| {
            format!("cannot read {}; run `assay corpus build` to make it anew", path.display())
        })?;
        files.push((case.id, bytes));
    }
    Ok(files)
}

/// Files that were found before, in order of their folders.
fn earlier(found: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for answers in found::all(found)? {
        let path = found.join(&answers.signature).join("file.safetensors");
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.push((answers.signature, bytes));
    }
    Ok(files)
}

/// What is told while it goes on.
struct Progress {
    bar: ProgressBar,
    limit: Option<Duration>,
    start: std::cell::Cell<Instant>,
    told: std::cell::Cell<Instant>,
}

impl Progress {
    fn new(limit: Option<Duration>) -> Progress {
        let style = ProgressStyle::with_template("{spinner} {msg}").expect("it is right");
        let bar = ProgressBar::new_spinner().with_style(style);
        let now = Instant::now();
        Progress { bar, limit, start: now.into(), told: now.into() }
    }

    fn begin(&self) {
        self.start.set(Instant::now());
        if std::io::stderr().is_terminal() {
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    fn tell(&self, tally: &Tally) {
        let elapsed = self.start.get().elapsed();
        let left = match self.limit {
            Some(limit) => format!("{} s left", limit.saturating_sub(elapsed).as_secs()),
            None => format!("{} s", elapsed.as_secs()),
        };
        let text = format!(
            "{} files, {:.0} a second, {} new signatures, {} to be shrunk, {left}",
            tally.files,
            tally.files as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
            tally.found.len(),
            tally.pending,
        );
        if std::io::stderr().is_terminal() {
            self.bar.set_message(text);
        } else if self.told.get().elapsed() >= TELL {
            self.told.set(Instant::now());
            output::note(&text);
        }
    }
}

fn print(format: Format, dir: &Path, tally: &Tally, took: Duration) -> anyhow::Result<Exit> {
    let seconds = took.as_secs_f64();
    match format {
        Format::Json => output::print_json(&json!({
            "dir": dir.display().to_string(),
            "files": tally.files,
            "seconds": seconds,
            "wrong": tally.wrong,
            "found": tally.found,
            "repeats": tally.repeats,
            "unsteady": tally.unsteady,
            "pending": tally.pending,
        }))?,
        Format::Text => {
            let mut text = String::new();
            for answers in &tally.found {
                text.push_str(&entry(answers));
            }
            text.push_str(&format!(
                "{} files in {seconds:.0} s, {:.0} a second, shrinking included.\n",
                tally.files,
                tally.files as f64 / seconds.max(f64::MIN_POSITIVE),
            ));
            let wrong: Vec<String> =
                tally.wrong.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
            text.push_str(&format!(
                "Files that somebody got wrong, by what they are: {}.\n",
                if wrong.is_empty() { "none".to_owned() } else { wrong.join(", ") }
            ));
            text.push_str(&format!(
                "{} new disagreements; {} signatures repeated known ones, {} did not show \
                 twice, {} wait to be shrunk.\nFound: {}\n",
                tally.found.len(),
                tally.repeats,
                tally.unsteady,
                tally.pending,
                dir.join("found").display(),
            ));
            output::print(&text)?;
        }
    }
    Ok(if tally.found.is_empty() { Exit::Pass } else { Exit::Findings })
}

/// A found disagreement in a few lines.
fn entry(answers: &Answers) -> String {
    let what = match (&answers.hex, &answers.not_promotable) {
        (None, _) => "embargoed: do not publish the file before its owners know".to_owned(),
        (Some(hex), None) => hex.clone(),
        (Some(hex), Some(why)) => format!("{hex}\n    not promotable: {why}"),
    };
    format!(
        "{}  {} bytes, from {}\n    {}\n    {what}\n",
        answers.signature, answers.size, answers.from_size, answers.disagreement
    )
}
