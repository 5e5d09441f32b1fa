//! A small corpus, an adapter with a mode, a run, and what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use assay_harness::{
    Adapter, Event, Places, PlannedCase, Question, Ready, RunOptions, RunSummary, discover,
    provision, run,
};
use assay_protocol::manifest::{ExpectedTensor, ExpectedView, Origin};
use assay_protocol::record::{Outcome, ResultLine};
use assay_protocol::{ClaimedVerdict, ManifestCase};
use libtest_mimic::Trial;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// How many cases there are.
pub const CASES: usize = 12;
/// Which one the modes of the adapter act on.
pub const TARGET: &str = "area/rule/case-05";

/// A test.
pub fn trial(name: &'static str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// A place to run in.
pub struct Lab {
    pub folder: TempDir,
    pub places: Places,
    pub cases: Vec<PlannedCase>,
    pub options: RunOptions,
}

/// What a run came to.
pub struct Observed {
    pub summary: RunSummary,
    pub results: BTreeMap<String, ResultLine>,
    pub events: Vec<Event>,
}

impl Lab {
    /// A corpus of valid and invalid files, and no adapter.
    pub fn new() -> Lab {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            harness_dir: folder.path().join("harness"),
            cache_dir: folder.path().join("cache"),
            assay: std::env::current_exe().unwrap(),
        };
        for name in ["harness", "cache", "files"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let cases = (0..CASES).map(|number| stage(&folder, number)).collect();
        let options = RunOptions {
            deadline: Duration::from_secs(60),
            scratch_dir: folder.path().join("scratch"),
            inline_limit: 64,
            ..RunOptions::default()
        };
        Lab { folder, places, cases, options }
    }

    /// Adds an adapter that misbehaves in a mode; `more` goes into its adapter.toml.
    pub fn add(&self, id: &str, mode: &str, more: &str) -> PathBuf {
        let dir = self.places.harness_dir.join(id);
        fs::create_dir_all(&dir).unwrap();
        let text = format!(
            "title = \"Subject\"\nlanguage = \"rust\"\n\
             run = {{ command = [\"{{assay}}\", \"__adapter\", \"{mode}\", \"{{cache}}\"] }}\n{more}\n"
        );
        fs::write(dir.join("adapter.toml"), text).unwrap();
        dir
    }

    pub fn adapters(&self) -> Vec<Adapter> {
        discover(&self.places.harness_dir).unwrap()
    }

    pub fn ready(&self) -> Vec<Ready> {
        let never = AtomicBool::new(false);
        let provision = |adapter| provision(adapter, &self.places, &never, &mut |_| {}).unwrap();
        self.adapters().iter().map(provision).collect()
    }

    pub fn run(&self) -> Observed {
        self.run_until(&AtomicBool::new(false), &|_| {})
    }

    /// Runs; `look` sees every event.
    pub fn run_until(&self, cancel: &AtomicBool, look: &(dyn Fn(&Event) + Sync)) -> Observed {
        let events = Mutex::new(Vec::new());
        let summary = run(&self.ready(), &self.cases, &self.options, cancel, &|event| {
            look(&event);
            events.lock().unwrap().push(event);
        });
        let events = events.into_inner().unwrap();
        let mut results = BTreeMap::new();
        for event in &events {
            if let Event::Result(line) = event {
                let key = format!("{} {}", line.implementation, line.case);
                let before = results.insert(key, line.clone());
                assert!(before.is_none(), "a case has one result: {before:?} {line:?}");
            }
        }
        Observed { summary, results, events }
    }

    /// What the adapter `subject` wrote down, if anything.
    pub fn memory(&self, name: &str) -> Option<String> {
        let folder = self.places.cache_dir.join("adapters/subject/files");
        fs::read_to_string(folder.join(name)).ok()
    }
}

/// Runs the adapter `subject` in a mode.
pub fn run_mode(mode: &str) -> Observed {
    run_with(mode, "", |_| {})
}

/// Runs the adapter `subject` in a mode, with more in its adapter.toml and other options.
pub fn run_with(mode: &str, more: &str, change: impl FnOnce(&mut RunOptions)) -> Observed {
    let mut lab = Lab::new();
    lab.add("subject", mode, more);
    change(&mut lab.options);
    lab.run()
}

impl Observed {
    /// The target's result, after a check that all others are as if nothing
    /// had happened.
    pub fn target(&self) -> &ResultLine {
        assert_eq!(self.results.len(), CASES, "nothing is lost: {:?}", self.summary);
        for line in self.results.values().filter(|line| line.case != TARGET) {
            assert_eq!(line.outcome, Outcome::Same, "{line:?}");
            assert_eq!((line.attempts, &line.detail, &line.stderr), (1, &None, &None), "{line:?}");
        }
        assert_eq!(self.summary.results, CASES as u64);
        assert_eq!(self.summary.outcomes.values().sum::<u64>(), CASES as u64);
        assert_eq!((self.summary.ran, self.summary.cancelled), (1, false));
        assert!(matches!(self.events.first(), Some(Event::Started { .. })));
        assert!(matches!(self.events.last(), Some(Event::Finished { .. })));
        &self.results[&format!("subject {TARGET}")]
    }

    /// Checks the target's outcome, and what is said of it.
    pub fn expect(&self, outcome: Outcome, attempts: u32, detail: &str) -> &ResultLine {
        let line = self.target();
        let said = line.detail.as_deref().unwrap_or_default();
        assert_eq!((line.outcome, line.attempts), (outcome, attempts), "{line:?}");
        assert!(said.contains(detail), "{said:?} does not contain {detail:?}");
        line
    }

    /// Why the one implementation was not run.
    pub fn not_run(&self) -> &str {
        assert_eq!((self.results.len(), self.summary.not_run, self.summary.ran), (0, 1, 0));
        match self.events.as_slice() {
            [Event::NotRun { reason, .. }] => reason,
            other => panic!("{other:?}"),
        }
    }
}

/// Stages a case.
fn stage(folder: &TempDir, number: usize) -> PlannedCase {
    static FILES: OnceLock<Vec<(Vec<u8>, ManifestCase)>> = OnceLock::new();
    let (file, case) = &FILES.get_or_init(|| (0..CASES).map(make).collect())[number];
    let path = folder.path().join(format!("files/{number:06}.safetensors"));
    fs::write(&path, file).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    PlannedCase { case: case.clone(), path, question: Question::Read }
}

/// A file and its case: every third one is invalid, number 1 is large, the
/// others hold one tensor of two bytes and metadata.
fn make(number: usize) -> (Vec<u8>, ManifestCase) {
    let invalid = number.is_multiple_of(3);
    let length: u64 = if number == 1 { 1_500_000 } else { 2 };
    let number = u64::try_from(number).unwrap();
    let header = format!(
        r#"{{"__metadata__":{{"n":"{number}"}},"a":{{"dtype":"U8","shape":[{length}],"data_offsets":[0,{length}]}}}}"#
    );
    let mut file = (header.len() as u64 + u64::from(invalid) * 1_000_000).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    let start = file.len() as u64;
    file.extend((0..length).map(|at| (at * 7 + number).to_le_bytes()[0]));
    let view = ExpectedView {
        metadata: Some([("n".to_owned(), number.to_string())].into()),
        tensors: vec![ExpectedTensor {
            name: "a".to_owned(),
            dtype: "U8".to_owned(),
            shape: vec![length],
            contents: [start, start + length],
            sha256: hex::encode(Sha256::digest(&file[usize::try_from(start).unwrap()..])),
        }],
    };
    let case = ManifestCase {
        id: format!("area/rule/case-{number:02}"),
        rule: "area/rule".to_owned(),
        title: "A case".to_owned(),
        verdict: if invalid { ClaimedVerdict::Invalid } else { ClaimedVerdict::Valid },
        origin: Origin::Hand,
        path: Some(number.to_string()),
        recipe: None,
        size: file.len() as u64,
        sha256: hex::encode(Sha256::digest(&file)),
        twin: None,
        also: Vec::new(),
        boundary_of: Vec::new(),
        risk: None,
        span: None,
        view: (!invalid).then_some(view),
        relation: None,
    };
    (file, case)
}

/// Processes that are children of this one, zombies too.
pub fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let stats = fs::read_dir("/proc").unwrap().flatten();
    stats
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .filter(|stat| {
            let fields = stat.rsplit(')').next().unwrap_or_default();
            fields.split_ascii_whitespace().nth(1) == Some(own.as_str())
        })
        .collect()
}

/// Processes that an adapter of these tests left behind, whosever children they are now.
pub fn orphans() -> Vec<String> {
    let mark = format!("ASSAY_ADAPTER={}.", std::process::id());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let is_marked = |folder: &std::path::Path| {
        let environment = fs::read(folder.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one.starts_with(mark.as_bytes()))
    };
    let left = processes.map(|entry| entry.path()).filter(|folder| is_marked(folder));
    left.map(|folder| fs::read_to_string(folder.join("stat")).unwrap_or_default()).collect()
}

/// How many files this process has open.
pub fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Whether a process lives (a zombie does not).
pub fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace().next();
    state.is_some_and(|state| state != "Z" && state != "X")
}
