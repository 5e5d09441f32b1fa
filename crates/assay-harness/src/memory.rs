//! Resident memory and number of an adapter's processes, watched from outside.

use std::fs;
use std::time::{Duration, Instant};

use crate::isolation::Isolation;

/// How often the members are looked up anew.
const LOOK_UP: Duration = Duration::from_millis(250);
/// So many more tasks on the whole machine, and they are looked up at once.
const RUSH: u64 = 50;

/// Watches an adapter's processes. On systems without `/proc` it sees nothing.
#[derive(Debug)]
pub(crate) struct MemoryWatch<'a> {
    isolation: &'a Isolation,
    group: u32,
    members: Vec<u32>,
    looked_up: Instant,
    tasks: u64,
}

impl<'a> MemoryWatch<'a> {
    /// Watches the group that a process leads, and whatever else is in its namespace.
    pub(crate) fn new(isolation: &'a Isolation, leader: u32) -> MemoryWatch<'a> {
        MemoryWatch {
            isolation,
            group: leader,
            members: vec![leader],
            looked_up: Instant::now(),
            tasks: tasks(),
        }
    }

    /// Resident bytes of all members together; pages that they share count for each.
    pub(crate) fn resident(&mut self, now: Instant) -> u64 {
        let tasks = tasks();
        let is_rush = tasks > self.tasks.saturating_add(RUSH);
        if is_rush || now.duration_since(self.looked_up) >= LOOK_UP {
            (self.looked_up, self.tasks) = (now, tasks);
            self.members.clear();
            self.members
                .extend(processes().filter(|pid| is_member(self.isolation, self.group, *pid)));
        }
        self.members.iter().filter_map(|pid| resident_of(*pid)).sum()
    }

    /// How many members there were when they were last looked up.
    pub(crate) fn members(&self) -> u64 {
        self.members.len() as u64
    }

    /// Whether its leader was stopped by a signal.
    pub(crate) fn is_stopped(&self) -> bool {
        field_of(self.group, 0).is_some_and(|state| state == "T")
    }
}

fn is_member(isolation: &Isolation, group: u32, pid: u32) -> bool {
    isolation.owns(pid).unwrap_or_else(|| group_of(pid) == Some(group))
}

/// All processes there are.
pub(crate) fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Processes and threads on the whole machine: cheap to ask, and enough to see a rush.
fn tasks() -> u64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let tasks = text.split_ascii_whitespace().nth(3).and_then(|pair| pair.split_once('/'));
    tasks.and_then(|(_, all)| all.parse().ok()).unwrap_or(0)
}

/// The process group of a process.
fn group_of(pid: u32) -> Option<u32> {
    field_of(pid, 2)?.parse().ok()
}

/// A field of `/proc/<pid>/stat`, counted from the process's state.
pub(crate) fn field_of(pid: u32, number: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in parentheses and may hold anything, so the
    // fields are counted from the last one: state, parent, group.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(number).map(str::to_owned)
}

/// Resident bytes of a process, from `/proc/<pid>/status`, which gives KiB.
fn resident_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    kib(&status, "VmRSS:")
}

/// A line of `/proc/<pid>/status` in bytes.
pub(crate) fn kib(status: &str, line: &str) -> Option<u64> {
    let line = status.lines().find_map(|text| text.strip_prefix(line))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn this_process_uses_memory_and_has_a_group() {
        let pid = std::process::id();
        assert!(resident_of(pid).unwrap() > 100_000);
        assert!(group_of(pid).is_some());
        assert!(processes().any(|other| other == pid));
        assert!(tasks() > 0);
    }

    #[test]
    fn a_group_without_members_uses_nothing() {
        let isolation = Isolation::new(Path::new("/none"));
        let mut watch = MemoryWatch::new(&isolation, u32::MAX);
        assert_eq!(watch.resident(Instant::now() + LOOK_UP), 0);
        assert_eq!((watch.members(), watch.is_stopped()), (0, false));
    }
}
