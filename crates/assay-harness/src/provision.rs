//! Sets adapters up: builds what they need in the cache, once.
//!
//! An adapter's cache is `<cache>/adapters/<id>/` (`<id>-V<version>/` for a version that is
//! not its default): `files/` is its `{cache}`,
//! `stamp` holds the fingerprint of what `files/` was made from and is written
//! last, so that without it, or with another one, everything is made anew.
//! `<id>.lock` beside it keeps two harnesses apart; whoever runs an adapter
//! holds it shared, whoever sets it up holds it alone.

mod fingerprint;
mod steps;

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assay_protocol::adapter::{Requirement, Step};

use crate::adapter::Adapter;
use crate::isolation::Isolation;
use crate::places::{Expansion, Places};
use crate::process::Launch;
use crate::text::last_lines;

/// An adapter that can be run. As long as it lives nobody changes its cache.
#[derive(Debug)]
pub struct Ready {
    /// The adapter.
    pub adapter: Adapter,
    /// How to start it.
    pub(crate) launch: Launch,
    /// How to start its oracle.
    oracle: Option<Launch>,
    /// This program, for its limits.
    pub(crate) assay: PathBuf,
    /// What it is kept away from.
    pub(crate) isolation: Isolation,
    /// Held shared; none if nothing was set up.
    _lock: Option<File>,
}

/// What happens during set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupEvent {
    /// Another harness is setting the adapter up, or running it.
    Waiting,
    /// A step begins.
    Step {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// Its command.
        command: String,
    },
}

/// Why an adapter could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupFailure {
    /// Programs are missing.
    #[error("not available: {}", missing_in_words(.0))]
    Missing(Vec<Requirement>),
    /// A required program is there and will not do: it is too old, say.
    #[error("not available: `{command}` will not do ({said}); to install it: {install}")]
    Unsuitable {
        /// The program.
        command: String,
        /// The last line that it printed.
        said: String,
        /// What to do.
        install: String,
    },
    /// Something that a step fetches cannot be had here and now.
    #[error("not available: set-up step {step} could not fetch what it needs: {tail}\nwhole output: {}", log.display())]
    Unreachable {
        /// The step's command.
        step: String,
        /// Its last lines.
        tail: String,
        /// File with all its output.
        log: PathBuf,
    },
    /// A step failed.
    #[error("set-up step {step} {ending}: {tail}\nwhole output: {}", log.display())]
    Step {
        /// The step's command.
        step: String,
        /// How it ended.
        ending: String,
        /// Its last lines.
        tail: String,
        /// File with all its output.
        log: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("{what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl SetupFailure {
    /// Whether it is this machine that lacks something (a tool, a registry),
    /// not the adapter that is broken.
    pub fn is_not_available(&self) -> bool {
        matches!(
            self,
            SetupFailure::Missing(_)
                | SetupFailure::Unsuitable { .. }
                | SetupFailure::Unreachable { .. }
        )
    }
}

fn missing_in_words(missing: &[Requirement]) -> String {
    let each: Vec<String> = missing
        .iter()
        .map(|one| format!("`{}` is not on the PATH; to install it: {}", one.command, one.install))
        .collect();
    each.join("; ")
}

/// Sets an adapter up, if that was not done already from the same inputs.
///
/// # Errors
/// If a required program is missing, a step fails, the cache cannot be
/// written, or `cancel` becomes true.
pub fn provision(
    adapter: &Adapter,
    places: &Places,
    cancel: &AtomicBool,
    progress: &mut dyn FnMut(SetupEvent),
) -> Result<Ready, SetupFailure> {
    let cache = Cache::new(adapter, places)?;
    let expansion = Expansion::new(adapter, &cache.files, places);
    let missing = missing(&adapter.manifest.requires, &expansion);
    if !missing.is_empty() {
        return Err(SetupFailure::Missing(missing));
    }
    let fingerprint = fingerprint::of(adapter, &expansion)?;
    let lock = cache.lock_file()?;
    loop {
        wait_for(|| lock.try_lock_shared(), cancel, progress, &cache.lock)?;
        if cache.stamp_is(&fingerprint) {
            break;
        }
        unlock(&lock, &cache.lock)?;
        wait_for(|| lock.try_lock(), cancel, progress, &cache.lock)?;
        // Another harness may have done it while this one waited.
        if !cache.stamp_is(&fingerprint) {
            cache.wipe()?;
            let setup = steps::Setup { adapter, expansion: &expansion, log: &cache.log, cancel };
            setup.perform(progress)?;
            cache.write_stamp(&fingerprint)?;
        }
        unlock(&lock, &cache.lock)?;
    }
    let of_step = |step| launch(step, &adapter.dir, &expansion);
    Ok(Ready {
        adapter: adapter.clone(),
        launch: of_step(&adapter.manifest.run),
        oracle: adapter.manifest.oracle.as_ref().map(of_step),
        assay: places.assay.clone(),
        isolation: Isolation::new(&places.assay),
        _lock: Some(lock),
    })
}

impl Ready {
    /// An adapter that needs no set-up.
    pub(crate) fn without_setup(adapter: Adapter, launch: Launch, assay: &Path) -> Ready {
        Ready {
            adapter,
            launch,
            oracle: None,
            assay: assay.to_owned(),
            isolation: Isolation::new(assay),
            _lock: None,
        }
    }

    /// What its processes are kept away from, in words for a record.
    pub fn isolation(&self) -> String {
        self.isolation.in_words()
    }

    /// The same environment with its oracle in place of the implementation;
    /// `None` if it has none.
    pub fn into_oracle(self) -> Option<Ready> {
        let launch = self.oracle.clone()?;
        Some(Ready { launch, ..self })
    }
}

/// A step's command with its places filled in.
fn launch(step: &Step, dir: &Path, expansion: &Expansion<'_>) -> Launch {
    Launch {
        command: step.command.iter().map(|word| expansion.expand(word)).collect(),
        env: step
            .env
            .iter()
            .map(|(name, value)| (OsString::from(name), expansion.expand(value)))
            .collect(),
        dir: dir.to_owned(),
    }
}

/// The programs that are not there.
fn missing(requires: &[Requirement], expansion: &Expansion<'_>) -> Vec<Requirement> {
    let absent = |one: &&Requirement| find_program(&expansion.expand(&one.command)).is_none();
    requires.iter().filter(absent).cloned().collect()
}

/// Looks a program up as a shell would.
pub(crate) fn find_program(name: &OsString) -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        path.is_file() && nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok()
    };
    if Path::new(name).components().count() > 1 {
        return Some(PathBuf::from(name)).filter(runs);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(runs)
}

/// Tries a lock until it is there, telling once that this waits.
fn wait_for(
    mut attempt: impl FnMut() -> Result<(), TryLockError>,
    cancel: &AtomicBool,
    progress: &mut dyn FnMut(SetupEvent),
    path: &Path,
) -> Result<(), SetupFailure> {
    let mut told = false;
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(SetupFailure::Cancelled);
        }
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => {
                if !told {
                    progress(SetupEvent::Waiting);
                    told = true;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(TryLockError::Error(source)) => return Err(file("cannot lock", path)(source)),
        }
    }
}

fn unlock(lock: &File, path: &Path) -> Result<(), SetupFailure> {
    lock.unlock().map_err(file("cannot unlock", path))
}

fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SetupFailure {
    let path = path.to_owned();
    move |source| SetupFailure::File { what, path, source }
}

/// Where one adapter's cache lies.
struct Cache {
    folder: PathBuf,
    files: PathBuf,
    stamp: PathBuf,
    log: PathBuf,
    lock: PathBuf,
}

impl Cache {
    fn new(adapter: &Adapter, places: &Places) -> Result<Cache, SetupFailure> {
        let all = places.cache_dir.join("adapters");
        fs::create_dir_all(&all).map_err(file("cannot create", &all))?;
        let name = adapter.file_name();
        let folder = all.join(&name);
        Ok(Cache {
            files: folder.join("files"),
            stamp: folder.join("stamp"),
            log: folder.join("setup.log"),
            lock: all.join(format!("{name}.lock")),
            folder,
        })
    }

    fn lock_file(&self) -> Result<File, SetupFailure> {
        let opened = File::options().create(true).truncate(false).write(true).open(&self.lock);
        opened.map_err(file("cannot create", &self.lock))
    }

    fn stamp_is(&self, fingerprint: &str) -> bool {
        fs::read_to_string(&self.stamp).is_ok_and(|stamp| stamp.trim_end() == fingerprint)
    }

    /// The stamp goes first: from here on what is left is half-done.
    fn wipe(&self) -> Result<(), SetupFailure> {
        for gone in [fs::remove_file(&self.stamp), remove_tree(&self.folder)] {
            if let Err(source) = gone
                && source.kind() != io::ErrorKind::NotFound
            {
                return Err(file("cannot remove", &self.folder)(source));
            }
        }
        fs::create_dir_all(&self.files).map_err(file("cannot create", &self.files))
    }

    fn write_stamp(&self, fingerprint: &str) -> Result<(), SetupFailure> {
        let text = format!("{fingerprint}\n");
        fs::write(&self.stamp, text).map_err(file("cannot write", &self.stamp))
    }
}

/// Removes a folder; some tools (Go's module cache) leave folders in it that
/// not even their owner may write to.
fn remove_tree(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            make_writable(folder)?;
            fs::remove_dir_all(folder)
        }
        other => other,
    }
}

fn make_writable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}

/// The last lines of a step's output, for a message.
fn tail_of(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let from = bytes.len().saturating_sub(16 * 1024);
    let text = String::from_utf8_lossy(&bytes[from..]).into_owned();
    last_lines(&text, 12)
}
