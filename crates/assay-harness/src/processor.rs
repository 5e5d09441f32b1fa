//! Pins a lane to one processor.
//!
//! Harness thread and adapter on the same processor hand over by a context
//! switch; on two, each message costs the waking of a sleeping processor.

/// Pins the calling thread, and what it starts from now on, to a processor:
/// the `lane`-th of those this process may use. Does nothing where it cannot.
#[cfg(target_os = "linux")]
pub(crate) fn pin(lane: usize) {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this_thread = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this_thread) else { return };
    let processors: Vec<usize> =
        (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false)).collect();
    if processors.is_empty() {
        return;
    }
    // Two harnesses at the same time should not share their first processor.
    let first = std::process::id() as usize;
    let mut one = CpuSet::new();
    if one.set(processors[(first + lane) % processors.len()]).is_ok() {
        // A lane that is not pinned is slower, not wrong.
        let _ = sched_setaffinity(this_thread, &one);
    }
}

/// See above: elsewhere lanes are not pinned.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_lane: usize) {}
