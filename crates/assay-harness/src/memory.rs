//! Resident memory of an adapter's process group, watched from outside.

use std::fs;
use std::time::{Duration, Instant};

/// How often the group's members are looked up anew.
const LOOK_UP: Duration = Duration::from_millis(250);

/// Watches one process group. On systems without `/proc` it sees nothing.
#[derive(Debug)]
pub(crate) struct MemoryWatch {
    group: u32,
    members: Vec<u32>,
    looked_up: Instant,
}

impl MemoryWatch {
    /// Watches the group that a process leads.
    pub(crate) fn new(leader: u32) -> MemoryWatch {
        MemoryWatch { group: leader, members: vec![leader], looked_up: Instant::now() }
    }

    /// Resident bytes of all members together; pages that they share count for each.
    pub(crate) fn resident(&mut self, now: Instant) -> u64 {
        if now.duration_since(self.looked_up) >= LOOK_UP {
            self.looked_up = now;
            let group = self.group;
            self.members.clear();
            self.members.extend(processes().filter(|pid| group_of(*pid) == Some(group)));
        }
        self.members.iter().filter_map(|pid| resident_of(*pid)).sum()
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The process group of a process, from `/proc/<pid>/stat`.
fn group_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in parentheses and may hold anything, so the
    // fields are counted from the last one: state, parent, group.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(2)?.parse().ok()
}

/// Resident bytes of a process, from `/proc/<pid>/status`, which gives KiB.
fn resident_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Bytes that a process has read by system calls so far, from `/proc/<pid>/io`. What it
/// touches of a mapped file is not among them; that shows as resident memory.
pub(crate) fn bytes_read(pid: u32) -> Option<u64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("rchar:"))?.trim().parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_has_a_group() {
        let pid = std::process::id();
        assert!(resident_of(pid).unwrap() > 100_000);
        assert!(group_of(pid).is_some());
        let before = bytes_read(pid).unwrap();
        let read = fs::read("/proc/self/status").unwrap().len() as u64;
        assert!(bytes_read(pid).unwrap() >= before + read);
        assert!(processes().any(|other| other == pid));
    }

    #[test]
    fn a_group_without_members_uses_nothing() {
        let mut watch = MemoryWatch::new(u32::MAX);
        assert_eq!(watch.resident(Instant::now() + LOOK_UP), 0);
    }
}
