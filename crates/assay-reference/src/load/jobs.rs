//! How the digests of a file's tensors are shared out among threads.
//!
//! A digest takes a tensor's bytes one after the other, so a tensor belongs to
//! one thread, however large it is. Threads take *jobs*: runs of neighbours of a
//! few megabytes, or one large tensor. The longest are taken first; two threads
//! then finish together unless one tensor is longer than half of the file.

use std::ops::Range;

use assay_spec::Span;

use super::digest::{Digest, Running};
use crate::header::{Entry, Header};

/// Neighbours are put together until they are so long.
pub(super) const JOB: u64 = 8 * 1024 * 1024;

/// Neighbouring tensors, and all bytes of the file from the first one's to the next job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) span: Span,
    /// Places in the order of offsets.
    pub(super) turns: Range<usize>,
}

/// Shares out the whole byte buffer, in order. `None` if tensors overlap.
pub(super) fn shared_out(header: &Header<'_>, at_least: u64) -> Option<Vec<Job>> {
    let buffer = header.buffer();
    let (mut jobs, mut read) = (Vec::new(), buffer.start);
    let mut job = Job { span: Span::new(buffer.start, buffer.start), turns: 0..0 };
    for (turn, entry) in header.entries().enumerate() {
        let contents = entry.contents();
        // Of no bytes there is nothing to read, wherever they are said to lie.
        if !contents.is_empty() {
            if contents.start < read {
                return None;
            }
            // A long one does not wait for those before it.
            let long_enough = job.span.start + at_least;
            if read >= long_enough || (contents.len() >= at_least && read > job.span.start) {
                job.span.end = contents.start;
                job.turns.end = turn;
                let next = Job { span: Span::new(contents.start, read), turns: turn..turn };
                jobs.push(std::mem::replace(&mut job, next));
            }
            read = contents.end;
        }
    }
    job.span.end = buffer.end;
    job.turns.end = header.len();
    jobs.push(job);
    Some(jobs)
}

/// Where a job's bytes are read to.
pub(super) enum Room<'m> {
    /// They stay there, one after the other.
    Kept(&'m mut [u8]),
    /// The next ones take their place.
    Passing(&'m mut [u8]),
}

impl Room<'_> {
    /// Room for the next `len` bytes.
    ///
    /// # Panics
    /// If there is less.
    pub(super) fn next(&mut self, len: usize) -> &mut [u8] {
        match self {
            Room::Kept(rest) => {
                let (next, later) = std::mem::take(rest).split_at_mut(len);
                *rest = later;
                next
            }
            Room::Passing(room) => &mut room[..len],
        }
    }
}

/// The digests of a job's tensors, while its bytes pass by in order.
pub(super) struct Digesting<'h> {
    header: &'h Header<'h>,
    turns: Range<usize>,
    running: Running,
    done: Vec<Digest>,
}

impl<'h> Digesting<'h> {
    pub(super) fn new(header: &'h Header<'h>, turns: Range<usize>) -> Digesting<'h> {
        let done = Vec::with_capacity(turns.len());
        Digesting { header, turns, running: Running::new(), done }
    }

    /// Takes the next bytes, which lie in the file from `start` on.
    pub(super) fn add(&mut self, bytes: &[u8], start: u64) {
        let end = start + bytes.len() as u64;
        while let Some(contents) = self.due().map(Entry::contents) {
            if !contents.is_empty() && contents.start >= end {
                break;
            }
            let part = contents.start.max(start)..contents.end.min(end).max(start);
            let part = (part.start.min(part.end) - start) as usize..(part.end - start) as usize;
            let part = &bytes[part];
            if part.len() as u64 == contents.len() {
                self.done.push(Digest::of(part));
            } else {
                self.running.add(part);
                if contents.end > end {
                    break;
                }
                self.done.push(self.running.digest());
                self.running = Running::new();
            }
            self.turns.start += 1;
        }
    }

    /// The digests, in order of offsets, when all bytes have passed.
    pub(super) fn finish(mut self) -> Vec<Digest> {
        // Those left hold no bytes.
        self.done.extend(self.turns.map(|_| Digest::of(&[])));
        self.done
    }

    /// The tensor whose bytes come next.
    fn due(&self) -> Option<Entry<'h>> {
        let header = self.header;
        (!self.turns.is_empty()).then(|| header.entry_in_order(self.turns.start))
    }
}

#[cfg(test)]
mod tests {
    use assay_spec::{Dialect, Disputed};

    use super::*;
    use crate::policy::Policy;
    use crate::reader::Reader;
    use crate::write::{NewTensor, serialize};

    /// A file of tensors of these lengths.
    fn file(lengths: &[usize]) -> Vec<u8> {
        let dialect = Dialect::latest();
        let byte = dialect.dtypes().iter().find(|dtype| dtype.bits == 8).expect("there is one");
        let data: Vec<u8> = (0..lengths.iter().sum()).map(|at| (at * 7 % 251) as u8).collect();
        let names: Vec<String> = (0..lengths.len()).map(|at| format!("{at:04}")).collect();
        let shapes: Vec<[u64; 1]> = lengths.iter().map(|len| [*len as u64]).collect();
        let tensors = names.iter().zip(&shapes).map(|(name, shape)| NewTensor {
            name,
            dtype: &byte.name,
            shape,
            data: &data[..shape[0] as usize],
        });
        serialize(tensors, None, &dialect).unwrap()
    }

    fn policy() -> Policy {
        Policy::new(&Dialect::latest(), Disputed::Accept)
    }

    /// Lengths of the jobs.
    fn shared(lengths: &[usize], at_least: u64) -> Vec<u64> {
        let (file, policy) = (file(lengths), policy());
        let header = Header::from_head(&file, file.len() as u64, &policy).unwrap();
        let jobs = shared_out(&header, at_least).unwrap();
        assert_eq!(jobs[0].span.start, header.buffer().start);
        assert_eq!(jobs[jobs.len() - 1].span.end, header.buffer().end);
        assert_eq!((jobs[0].turns.start, jobs[jobs.len() - 1].turns.end), (0, lengths.len()));
        for pair in jobs.windows(2) {
            assert_eq!(pair[0].span.end, pair[1].span.start);
            assert_eq!(pair[0].turns.end, pair[1].turns.start);
        }
        jobs.iter().map(|job| job.span.len()).collect()
    }

    #[test]
    fn neighbours_are_put_together_and_long_tensors_stand_alone() {
        assert_eq!(shared(&[], 10), [0]);
        assert_eq!(shared(&[0, 0], 10), [0]);
        assert_eq!(shared(&[3, 3, 3, 3, 3, 3], 6), [6, 6, 6]);
        assert_eq!(shared(&[3, 3, 3, 3], 5), [6, 6]);
        assert_eq!(shared(&[3, 20, 0, 3, 3], 10), [3, 20, 6]);
        assert_eq!(shared(&[20, 20], 10), [20, 20]);
        assert_eq!(shared(&[20, 1], 100), [21]);
    }

    #[test]
    fn digests_are_the_same_whatever_the_pieces() {
        let lengths = [0, 1, 700, 0, 0, 255, 256, 257, 3, 0];
        let (file, policy) = (file(&lengths), policy());
        let reader = Reader::from_bytes(&file, &policy).unwrap();
        let expected: Vec<Digest> =
            reader.tensors().map(|tensor| Digest::of(tensor.data())).collect();
        let start = reader.header().buffer().start as usize;
        for piece in 1..=1500 {
            let mut digesting = Digesting::new(reader.header(), 0..reader.len());
            for (turn, bytes) in file[start..].chunks(piece).enumerate() {
                digesting.add(bytes, (start + turn * piece) as u64);
            }
            assert_eq!(digesting.finish(), expected, "in pieces of {piece}");
        }
    }
}
