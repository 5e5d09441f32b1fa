//! One process with everything it starts: started in a group of its own,
//! ended as a group, always reaped.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::isolation::Isolation;
use crate::limit::{self, Limits};

/// How often this side gives way to a process that is about to end, before it sleeps.
const YIELDS: u32 = 20;

/// The groups that this process started and that still run.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Kills everything that this process started, and lets it start nothing more:
/// for a program that is about to exit without the usual way back.
pub fn kill_all() {
    let running = running();
    running.iter().for_each(|group| kill_group(*group));
    // Whoever wants to start another process waits until this one is gone.
    std::mem::forget(running);
}

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill_group(group: u32) {
    if let Ok(group) = i32::try_from(group) {
        // Fails only if no member is left.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

/// A command, ready to be started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// Program and arguments; not empty.
    pub(crate) command: Vec<OsString>,
    /// Variables added to this process's environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Working folder.
    pub(crate) dir: PathBuf,
}

impl Launch {
    /// The command as it is, in a process group of its own.
    pub(crate) fn plain(&self) -> Command {
        let (program, arguments) = self.command.split_first().expect("a command is not empty");
        self.finish(Command::new(program), arguments)
    }

    /// The command behind the shim that lowers limits and joins namespaces.
    fn limited(&self, assay: &Path, limits: &Limits, isolation: &Isolation) -> io::Result<Command> {
        let mut command = Command::new(assay);
        command.arg(limit::SUBCOMMAND).args(isolation.arguments()).args(limits.arguments());
        command.env_clear().envs(isolation.environment()?);
        Ok(self.finish(command, &self.command))
    }

    fn finish(&self, mut command: Command, arguments: &[OsString]) -> Command {
        command.args(arguments).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.dir).process_group(0);
        command
    }
}

/// The harness's ends of an adapter's pipes.
#[derive(Debug)]
pub(crate) struct Pipes {
    pub(crate) stdin: ChildStdin,
    pub(crate) stdout: ChildStdout,
    pub(crate) stderr: ChildStderr,
}

/// A running process group. Dropping it kills and reaps it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts an adapter under limits, its pipes connected to this process.
    pub(crate) fn start(
        launch: &Launch,
        assay: &Path,
        limits: &Limits,
        isolation: &Isolation,
    ) -> io::Result<(Process, Pipes)> {
        let mut command = launch.limited(assay, limits, isolation)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::spawn(&mut command)?;
        let pipes = Pipes {
            stdin: process.child.stdin.take().expect("it is piped"),
            stdout: process.child.stdout.take().expect("it is piped"),
            stderr: process.child.stderr.take().expect("it is piped"),
        };
        Ok((process, pipes))
    }

    /// Starts a command that is to be talked to, in a process group of its own.
    pub(crate) fn spawn_talking(
        command: &mut Command,
    ) -> io::Result<(Process, ChildStdin, ChildStdout)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.process_group(0);
        let mut process = Process::spawn(command)?;
        let stdin = process.child.stdin.take().expect("it is piped");
        let stdout = process.child.stdout.take().expect("it is piped");
        Ok((process, stdin, stdout))
    }

    /// Starts a command that leads a process group of its own.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Process> {
        let mut running = running();
        let child = command.spawn()?;
        running.insert(child.id());
        Ok(Process { child, ended: None })
    }

    /// Process id, which is also the group's.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How its leader ended, if it has. Does not wait.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.reaped(status);
        }
        self.ended
    }

    /// Waits for its leader to end by itself, at most as long as `patience`.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        // Mostly it has closed its pipes already and needs this processor to end.
        for _ in 0..YIELDS {
            if self.ended().is_some() {
                return self.ended;
            }
            std::thread::yield_now();
        }
        let mut pause = Duration::from_micros(100);
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
        self.ended
    }

    /// Kills the whole group and reaps its leader.
    pub(crate) fn kill(&mut self) {
        if self.ended().is_some() {
            return;
        }
        kill_group(self.id());
        // Nothing survives SIGKILL, so this does not wait long.
        if let Ok(status) = self.child.wait() {
            self.ended = Some(status);
        }
        running().remove(&self.id());
    }

    /// The leader is gone; so must be what it started. The group's number
    /// stays taken as long as a member lives, and if none does it cannot have
    /// been given away in the instant since the leader was reaped.
    fn reaped(&mut self, status: ExitStatus) {
        self.ended = Some(status);
        kill_group(self.id());
        running().remove(&self.id());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, in words: `exited with status 3`.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(number)) => match Signal::try_from(number) {
            Ok(signal) => format!("was killed by signal {number} ({})", signal.as_str()),
            Err(_) => format!("was killed by signal {number}"),
        },
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let launch = Launch {
            command: ["sh", "-c", script].map(OsString::from).to_vec(),
            env: Vec::new(),
            dir: "/".into(),
        };
        Process::spawn(launch.plain().stdout(Stdio::null())).unwrap()
    }

    #[test]
    fn endings_are_told_apart() {
        let end = |script: &str| {
            describe(shell(script).wait(Duration::from_secs(20)).expect("it ends by itself"))
        };
        assert_eq!(end("exit 0"), "exited with status 0");
        assert_eq!(end("exit 3"), "exited with status 3");
        assert_eq!(end("kill -ABRT $$"), "was killed by signal 6 (SIGABRT)");
    }

    #[test]
    fn a_killed_group_is_gone() {
        let mut process = shell("sleep 1000 & sleep 1000");
        assert!(process.wait(Duration::from_millis(20)).is_none());
        let group = Pid::from_raw(i32::try_from(process.id()).unwrap());
        process.kill();
        assert_eq!(describe(process.ended().unwrap()), "was killed by signal 9 (SIGKILL)");
        // A killed member may be a zombie for a moment, until its new parent reaps it.
        let gone = (0..2000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            !alive(group)
        });
        assert!(gone);
    }

    /// Whether a process of the group is more than a zombie.
    fn alive(group: Pid) -> bool {
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let mut fields = stat.rsplit(')').next().unwrap_or("").split_ascii_whitespace();
            let state = fields.next();
            let of_group = fields.nth(1) == Some(group.to_string().as_str());
            of_group && state != Some("Z")
        })
    }
}
