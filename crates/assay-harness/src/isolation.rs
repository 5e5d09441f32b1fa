//! What an adapter is kept away from: the network, other people's folders and
//! variables; and how what it started is found again, wherever it went.
//!
//! A network namespace costs milliseconds to make, and an adapter that crashes
//! is started often. So one process for each implementation, the *holder*, makes
//! one and does nothing else; adapters join it, which costs next to nothing.
//! Whoever is not root needs a user namespace around it, and where the kernel
//! allows neither the run goes on with a network, and says so.
//!
//! Nothing that an adapter starts gets out of the namespace: so it also tells
//! what belongs to an adapter, whatever became of process groups, parents and
//! variables. Where there is none, a variable in the environment does.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::limit;
use crate::memory::processes;
use crate::process::Process;

/// The variable by which an adapter's processes are known.
const MARK: &str = "ASSAY_ADAPTER";

/// Variables that adapters keep: where programs, libraries and devices are (also those by
/// which a program that stands on the PATH finds the real one), and in which language
/// errors are told.
const KEPT: [&str; 18] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "USER",
    "LOGNAME",
    "JAVA_HOME",
    "GOROOT",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "RUSTUP_HOME",
    "OMP_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "ASAN_OPTIONS",
    "UBSAN_OPTIONS",
];

/// One implementation's isolation.
#[derive(Debug)]
pub(crate) struct Isolation {
    assay: PathBuf,
    network: OnceLock<Result<Holder, String>>,
    /// Its home and its folder for temporary files.
    private: Mutex<Option<PathBuf>>,
    mark: String,
}

impl Isolation {
    pub(crate) fn new(assay: &Path) -> Isolation {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Isolation {
            assay: assay.to_owned(),
            network: OnceLock::new(),
            private: Mutex::new(None),
            mark: format!("{}.{number}", std::process::id()),
        }
    }

    /// Says where its own folders are to be.
    pub(crate) fn keep_in(&self, folder: PathBuf) {
        *self.private() = Some(folder);
    }

    fn private(&self) -> std::sync::MutexGuard<'_, Option<PathBuf>> {
        self.private.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its folder for temporary files, if it has one.
    pub(crate) fn temporary(&self) -> Option<PathBuf> {
        self.private().as_ref().map(|folder| folder.join("tmp"))
    }

    /// The environment of its processes, complete. Makes the folders that it names.
    pub(crate) fn environment(&self) -> io::Result<Vec<(OsString, OsString)>> {
        let is_kept = |name: &OsStr| {
            name.to_str().is_some_and(|name| KEPT.contains(&name) || name.starts_with("LC_"))
        };
        let mut kept: Vec<_> = std::env::vars_os().filter(|(name, _)| is_kept(name)).collect();
        kept.push((MARK.into(), self.mark.clone().into()));
        if let Some(folder) = self.private().as_ref() {
            for (folder, names) in [
                (folder.join("tmp"), &["TMPDIR", "TMP", "TEMP"][..]),
                (folder.join("home"), &["HOME"]),
            ] {
                fs::create_dir_all(&folder)?;
                kept.extend(names.iter().map(|name| (OsString::from(name), folder.clone().into())));
            }
        }
        Ok(kept)
    }

    /// Arguments with which the shim joins the namespace.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let Ok(holder) = self.network() else { return Vec::new() };
        let pid = holder.process.id();
        let user = holder.user.then(|| format!("--user-of={pid}"));
        user.into_iter().chain([format!("--network-of={pid}")]).map(OsString::from).collect()
    }

    fn network(&self) -> &Result<Holder, String> {
        self.network.get_or_init(|| Holder::start(&self.assay))
    }

    /// What is in force, for a record.
    pub(crate) fn in_words(&self) -> String {
        let network = match self.network() {
            Ok(_) => "no network".to_owned(),
            Err(why) => format!("network not cut off ({why})"),
        };
        format!("{network}; own home and temporary folder; cleaned environment; read-only inputs")
    }

    /// Whether a process is one of the adapter's; `None` if there is no namespace to tell.
    pub(crate) fn owns(&self, pid: u32) -> Option<bool> {
        let holder = self.network.get()?.as_ref().ok()?;
        Some(pid != holder.process.id() && network_of(pid).is_some_and(|at| at == holder.link))
    }

    /// All processes of the adapter.
    fn members(&self) -> Vec<u32> {
        let mark = format!("{MARK}={}", self.mark);
        let is_marked = |pid: u32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|one| one == mark.as_bytes())
        };
        processes().filter(|pid| self.owns(*pid).unwrap_or_else(|| is_marked(*pid))).collect()
    }

    /// Kills what is left of the adapter: what changed its process group and
    /// lost its parent. Returns how many there were. Call it when none of its
    /// processes is wanted any more.
    pub(crate) fn kill_strays(&self) -> usize {
        kill_all_of(&|| self.members())
    }

    /// Kills what is left and removes its folders.
    pub(crate) fn finish(&self) -> usize {
        let killed = self.kill_strays();
        if let Some(folder) = self.private().take() {
            // What an adapter left behind is of no use to anyone.
            let _ = fs::remove_dir_all(folder);
        }
        killed
    }
}

impl Drop for Isolation {
    fn drop(&mut self) {
        // Else nothing was started since it was finished, or ever.
        if self.private().is_some() {
            self.finish();
        }
    }
}

/// A process that keeps a network namespace.
#[derive(Debug)]
struct Holder {
    process: Process,
    /// The holder ends when this is closed, so also when this process dies.
    _stdin: ChildStdin,
    /// What `/proc/<pid>/ns/net` says of its processes.
    link: PathBuf,
    /// Whether there is a user namespace around it.
    user: bool,
}

impl Holder {
    fn start(assay: &Path) -> Result<Holder, String> {
        let mut command = Command::new(assay);
        command.args([limit::SUBCOMMAND, HOLD]);
        let (mut process, stdin, stdout) = Process::spawn_talking(&mut command)
            .map_err(|error| format!("cannot start a process to hold a namespace: {error}"))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout.take(4096));
        stdout.read_line(&mut line).map_err(|error| error.to_string())?;
        let user = match line.trim_end() {
            PLAIN => false,
            USER => true,
            why => {
                process.kill();
                return Err(if why.is_empty() { "it said nothing" } else { why }.to_owned());
            }
        };
        let link = network_of(process.id()).filter(|link| Some(link) != own_network().as_ref());
        let link = link.ok_or("the system does not say which network a process has")?;
        Ok(Holder { process, _stdin: stdin, link, user })
    }
}

fn network_of(pid: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/ns/net")).ok()
}

fn own_network() -> Option<PathBuf> {
    network_of(std::process::id())
}

/// The argument of the shim that makes it a holder.
pub(crate) const HOLD: &str = "--hold-network";
/// What a holder says when it has a namespace; anything else is why it has none.
const PLAIN: &str = "network";
const USER: &str = "user and network";

/// Body of the holder: makes the namespace, says so, waits for the end of its input.
pub(crate) fn hold() -> io::Result<()> {
    let answer = match make() {
        Ok(with_user) => if with_user { USER } else { PLAIN }.to_owned(),
        Err(error) => format!("the kernel does not allow it: {error}"),
    };
    let mut stdout = io::stdout();
    writeln!(stdout, "{answer}")?;
    stdout.flush()?;
    let ended = io::copy(&mut io::stdin(), &mut io::sink()).map(|_| ());
    // The harness is gone, in whatever way; then nothing that it started is to go on.
    if let Some(own) = own_network().filter(|_| answer == PLAIN || answer == USER) {
        kill_all_of(&|| {
            let own_id = std::process::id();
            processes()
                .filter(|pid| *pid != own_id && network_of(*pid).as_ref() == Some(&own))
                .collect()
        });
    }
    ended
}

/// Kills processes until there are none. Returns how many there were.
fn kill_all_of(members: &dyn Fn() -> Vec<u32>) -> usize {
    let mut killed = BTreeSet::new();
    // What forks while it is being killed leaves another to be killed.
    for _ in 0..100 {
        let members = members();
        if members.is_empty() {
            break;
        }
        for pid in members {
            if let Ok(raw) = i32::try_from(pid) {
                // It may have ended meanwhile.
                let _ = kill(Pid::from_raw(raw), Signal::SIGKILL);
            }
            killed.insert(pid);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    killed.len()
}

/// Leaves the network. Says whether that took a user namespace.
#[cfg(target_os = "linux")]
fn make() -> io::Result<bool> {
    use nix::sched::{CloneFlags, unshare};
    use std::os::unix::fs::MetadataExt as _;

    if unshare(CloneFlags::CLONE_NEWNET).is_ok() {
        return Ok(false);
    }
    let owner = fs::metadata("/proc/self")?;
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    // Within, everybody is who they are without.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{0} {0} 1", owner.uid()))?;
    fs::write("/proc/self/gid_map", format!("{0} {0} 1", owner.gid()))?;
    Ok(true)
}

/// Joins the user or network namespace of a process.
#[cfg(target_os = "linux")]
pub(crate) fn join(kind: &str, pid: u64) -> io::Result<()> {
    use nix::sched::{CloneFlags, setns};

    let (file, flag) = match kind {
        "user" => ("user", CloneFlags::CLONE_NEWUSER),
        _ => ("net", CloneFlags::CLONE_NEWNET),
    };
    let namespace = fs::File::open(format!("/proc/{pid}/ns/{file}"))?;
    Ok(setns(namespace, flag)?)
}

#[cfg(not(target_os = "linux"))]
fn make() -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn join(_kind: &str, _pid: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
