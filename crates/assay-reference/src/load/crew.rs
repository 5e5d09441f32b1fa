//! A few threads that take work from one list, in its order.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::Error;

/// How many threads, and what each does before its first piece of work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crew {
    /// At least 1: the calling thread is one of them.
    pub(crate) threads: usize,
    /// Called with the thread's number, 0 for the calling one.
    pub(crate) started: fn(usize),
}

impl Crew {
    /// One for so many files: as many threads as there are processors, and no more than files.
    pub(crate) fn for_files(files: usize) -> Crew {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Crew { threads: processors.min(files).max(1), started: |_| {} }
    }

    /// Does all work and gives the results in the order of the list. Each thread
    /// takes the next piece when it is done with one, and has a `state` of its own.
    ///
    /// # Errors
    /// Of the pieces that fail the error of the first in the list, however the
    /// threads take turns: all before it have been begun, and are finished.
    pub(crate) fn each<Work: Send, State, Done: Send>(
        self,
        work: impl Iterator<Item = Work> + Send,
        state: impl Fn() -> State + Sync,
        does: impl Fn(&mut State, Work) -> Result<Done, Error> + Sync,
    ) -> Result<Vec<Done>, Error> {
        let list = Mutex::new(work.enumerate());
        let failed = AtomicBool::new(false);
        let next = || {
            if failed.load(Ordering::Relaxed) {
                return None;
            }
            list.lock().unwrap_or_else(PoisonError::into_inner).next()
        };
        let member = |number: usize| {
            (self.started)(number);
            let (mut state, mut done) = (state(), Vec::new());
            while let Some((at, work)) = next() {
                let result = does(&mut state, work);
                failed.fetch_or(result.is_err(), Ordering::Relaxed);
                done.push((at, result));
            }
            done
        };
        let mut done = thread::scope(|scope| {
            // If the system has no more threads, those there are do the work.
            let hired: Vec<_> = (1..self.threads)
                .map_while(|number| {
                    thread::Builder::new().spawn_scoped(scope, move || member(number)).ok()
                })
                .collect();
            let mut done = member(0);
            for thread in hired {
                match thread.join() {
                    Ok(more) => done.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        done.sort_unstable_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crew(threads: usize) -> Crew {
        Crew { threads, started: |_| {} }
    }

    #[test]
    fn results_come_in_the_order_of_the_list() {
        for threads in 1..=8 {
            let squares = crew(threads).each(
                0..100_u64,
                || 0,
                |turn, work| {
                    *turn += 1;
                    // Others overtake.
                    thread::sleep(std::time::Duration::from_micros(work % 3 * 20));
                    Ok((work * work, *turn))
                },
            );
            let (squares, turns): (Vec<u64>, Vec<u64>) = squares.unwrap().into_iter().unzip();
            assert_eq!(squares, (0..100).map(|work| work * work).collect::<Vec<_>>());
            assert!(turns.iter().all(|turn| *turn > 0));
            assert_eq!(crew(threads).each(0..0, || (), |(), _| Ok(())).unwrap(), []);
        }
    }

    #[test]
    fn the_first_error_in_the_list_is_the_one() {
        for threads in 1..=8 {
            for first in [0, 1, 50, 99] {
                let result = crew(threads).each(
                    0..100,
                    || (),
                    |(), work| {
                        if work < first {
                            thread::yield_now();
                            return Ok(());
                        }
                        Err(Error::unreadable(format!("{work}")))
                    },
                );
                assert_eq!(result.unwrap_err().message(), first.to_string());
            }
        }
    }

    #[test]
    fn a_panic_is_passed_on() {
        let panicked = std::panic::catch_unwind(|| {
            crew(3).each(0..9, || (), |(), work| if work == 5 { panic!("five") } else { Ok(()) })
        });
        assert!(panicked.is_err());
    }
}
