//! Rounds: in each, everybody does the same once, in an order that is drawn anew.
//!
//! Before each request the file's contents are changed and the page cache is filled the same way,
//! by one sequential read.

use std::time::Instant;

use assay_harness::{Bencher, Job, Loaded};
use assay_protocol::bench::{Cache, Row, Spread, Work};
use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

use super::machine::Ceiling;
use super::statistics::{is_tight, median, spread};
use super::subject::Subject;

/// How long it goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// At least so many rounds, if there is time.
    pub(crate) least: u64,
    /// At most so many, while intervals are wide.
    pub(crate) most: u64,
    /// No further round begins after this.
    pub(crate) until: Instant,
    /// Where contents are before each request.
    pub(crate) cache: Cache,
}

/// An implementation in one of its ways.
pub(crate) struct Candidate {
    /// What the row is called.
    pub(crate) label: String,
    /// Its place among the benchers.
    pub(crate) bencher: usize,
    pub(crate) mode: Option<String>,
}

/// What is timed in a round.
enum Entrant<'c> {
    Machine(Ceiling),
    Implementation(&'c Candidate),
}

/// One entrant's numbers.
#[derive(Default)]
struct Taken {
    wall: Vec<u64>,
    loaded: Vec<Loaded>,
    failure: Option<String>,
}

/// Has everybody do one work; `tick` is called before each request.
///
/// # Errors
/// If files cannot be read or changed, or it was cancelled.
pub(crate) fn work(
    subject: &Subject,
    candidates: &[Candidate],
    benchers: &mut [Bencher<'_>],
    bounds: Bounds,
    random: &mut ChaCha8Rng,
    tick: &dyn Fn(&str),
) -> anyhow::Result<Work> {
    let machine = Ceiling::of(subject).iter().map(|ceiling| Entrant::Machine(*ceiling));
    let entrants: Vec<Entrant<'_>> =
        machine.chain(candidates.iter().map(Entrant::Implementation)).collect();
    let mut taken: Vec<Taken> = entrants.iter().map(|_| Taken::default()).collect();
    let mut rounds = 0;
    // The first round warms everybody and does not count.
    let mut is_warm = false;
    loop {
        for at in shuffled(entrants.len(), random) {
            if taken[at].failure.is_some() {
                continue;
            }
            subject.change(random)?;
            let nonce = random.next_u64();
            // Looks at the whole file, so it comes before contents are where they are to be.
            let (sum, count) = subject.expected(nonce)?;
            match bounds.cache {
                Cache::Warm => drop(subject.stream(None)?),
                Cache::Cold => subject.evict(random)?,
            }
            let mut own = Taken::default();
            match &entrants[at] {
                Entrant::Machine(ceiling) => {
                    tick(ceiling.name());
                    own.wall.push(nanoseconds(ceiling.take(subject, nonce)?));
                }
                Entrant::Implementation(candidate) => {
                    tick(&candidate.label);
                    let path = subject.path.display().to_string();
                    let job = Job {
                        what: subject.what,
                        path: &path,
                        mode: candidate.mode.as_deref(),
                        tensor: subject.tensor.as_deref(),
                        nonce,
                        sum,
                        count,
                    };
                    match benchers[candidate.bencher].ask(&job)? {
                        Ok(loaded) => {
                            own.wall.push(nanoseconds(loaded.wall));
                            own.loaded.push(loaded);
                        }
                        Err(why) => own.failure = Some(why),
                    }
                }
            }
            if is_warm || own.failure.is_some() {
                taken[at].wall.append(&mut own.wall);
                taken[at].loaded.append(&mut own.loaded);
                taken[at].failure = own.failure;
            }
        }
        if !is_warm {
            is_warm = true;
            continue;
        }
        rounds += 1;
        let all_tight = || taken.iter().all(|one| is_tight(&spread(&one.wall)));
        let is_enough = rounds >= bounds.least && (rounds >= bounds.most || all_tight());
        if is_enough || Instant::now() >= bounds.until {
            break;
        }
    }
    let rows = entrants.iter().zip(taken).map(|(entrant, taken)| row(entrant, taken)).collect();
    let Subject { name, what, file_bytes, tensors, bytes, .. } = subject;
    Ok(Work {
        name: (*name).to_owned(),
        what: *what,
        cache: bounds.cache,
        file_bytes: *file_bytes,
        tensors: *tensors,
        bytes: *bytes,
        rounds,
        rows,
    })
}

fn row(entrant: &Entrant<'_>, taken: Taken) -> Row {
    let (id, mode) = match entrant {
        Entrant::Machine(ceiling) => (ceiling.name().to_owned(), None),
        Entrant::Implementation(candidate) => (candidate.label.clone(), candidate.mode.clone()),
    };
    let Taken { wall, loaded, failure } = taken;
    // A number counts only if every answer was right.
    let (wall, loaded) = if failure.is_some() { (Vec::new(), Vec::new()) } else { (wall, loaded) };
    let of = |number: &dyn Fn(&Loaded) -> u64| median(loaded.iter().map(number));
    Row {
        id,
        ceiling: matches!(entrant, Entrant::Machine(_)),
        mode,
        wall: if wall.is_empty() { Spread::default() } else { spread(&wall) },
        wall_ns: wall,
        returned_ns: of(&|one| nanoseconds(one.returned)),
        cpu_us: of(&|one| one.usage.cpu_us),
        memory: of(&|one| one.usage.memory),
        faults: of(&|one| one.usage.pages),
        read: of(&|one| one.usage.read),
        failure,
    }
}

fn nanoseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The numbers up to a count in an order that is drawn.
fn shuffled(count: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, (random.next_u64() % (at as u64 + 1)) as usize);
    }
    order
}
