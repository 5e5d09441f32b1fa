//! The pipes to one adapter: lines out, lines in, standard error kept.
//!
//! Nothing here blocks but [`Channel::round`], which waits for all three
//! pipes at once; so neither side can wait for the other for ever, whatever
//! the adapter writes or leaves unread. What it sends is bounded: a reply by
//! the longest line allowed, standard error by a tail.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::process::Pipes;

/// Bytes asked for in one read: what a pipe holds.
const READ: usize = 64 * 1024;
/// Bytes taken in one round before replies are looked at.
const ROUND: usize = 1024 * 1024;
/// Bytes of standard error that are kept.
const TAIL: usize = 16 * 1024;

/// The harness's side of the conversation.
#[derive(Debug)]
pub(crate) struct Channel {
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// The adapter closed its standard input.
    deaf: bool,
    output: Vec<u8>,
    lines: Lines,
    tail: Tail,
}

impl Channel {
    /// Takes an adapter's pipes.
    pub(crate) fn new(pipes: Pipes) -> io::Result<Channel> {
        unblock(pipes.stdin.as_fd())?;
        unblock(pipes.stdout.as_fd())?;
        unblock(pipes.stderr.as_fd())?;
        Ok(Channel {
            stdin: Some(pipes.stdin),
            stdout: Some(pipes.stdout),
            stderr: Some(pipes.stderr),
            deaf: false,
            output: Vec::new(),
            lines: Lines::default(),
            tail: Tail::default(),
        })
    }

    /// Where to append what is to be sent; it goes out in the next round.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Says that nothing more will be sent.
    pub(crate) fn close_output(&mut self) {
        self.stdin = None;
    }

    /// Takes nothing more from standard output: its process is gone, whoever
    /// else may hold the pipe.
    pub(crate) fn close_input(&mut self) {
        self.stdout = None;
    }

    /// Whether a whole line has arrived.
    pub(crate) fn has_line(&mut self) -> bool {
        self.lines.has_line()
    }

    /// The next whole line, without its end.
    pub(crate) fn line(&mut self) -> Option<&[u8]> {
        self.lines.next()
    }

    /// What has arrived of a line that has no end yet.
    pub(crate) fn unfinished(&self) -> &[u8] {
        self.lines.unfinished()
    }

    /// Whether the adapter closed its standard output.
    pub(crate) fn is_ended(&self) -> bool {
        self.stdout.is_none()
    }

    /// Whether the adapter closed its standard input.
    pub(crate) fn is_deaf(&self) -> bool {
        self.deaf
    }

    /// Standard error as kept.
    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Sends and receives what is there; waits at most `patience` for
    /// something to happen. Says whether anything arrived on standard output.
    pub(crate) fn round(&mut self, patience: Duration) -> io::Result<bool> {
        if self.send() {
            // On a lane the adapter waits for this processor: let it answer before this side
            // goes to sleep, which takes longer than most answers.
            std::thread::yield_now();
        }
        let (mut replies, mut errors) = self.wait(Duration::ZERO)?;
        if !replies && !errors && !patience.is_zero() {
            (replies, errors) = self.wait(patience)?;
            if replies {
                // The first reply interrupted the adapter: let it first answer what it has,
                // which saves two switches for each of the other replies.
                std::thread::yield_now();
            }
        }
        let arrived = replies && self.receive();
        if errors {
            self.receive_errors();
        }
        Ok(arrived)
    }

    /// Says whether anything was sent.
    fn send(&mut self) -> bool {
        let Some(stdin) = &mut self.stdin else {
            self.output.clear();
            return false;
        };
        let mut sent = 0;
        while sent < self.output.len() {
            match stdin.write(&self.output[sent..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.deaf = true;
                    self.stdin = None;
                    self.output.clear();
                    return false;
                }
            }
        }
        self.output.drain(..sent);
        sent > 0
    }

    /// Waits for any pipe; says whether there is something on standard output
    /// and on standard error. Notices that the adapter closed its standard input.
    fn wait(&mut self, patience: Duration) -> io::Result<(bool, bool)> {
        let to_send = if self.output.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        let pipes = [
            self.stdin.as_ref().map(|pipe| PollFd::new(pipe.as_fd(), to_send)),
            self.stdout.as_ref().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)),
            self.stderr.as_ref().map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)),
        ];
        let open = pipes.each_ref().map(Option::is_some);
        let mut waiting: Vec<PollFd<'_>> = pipes.into_iter().flatten().collect();
        let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
        match poll(&mut waiting, timeout) {
            Ok(_) => {}
            Err(nix::Error::EINTR) => return Ok((false, false)),
            Err(error) => return Err(error.into()),
        }
        let mut happened = waiting.iter().map(|pipe| pipe.revents().unwrap_or(PollFlags::empty()));
        let mut of = |open: bool| {
            if open { happened.next().unwrap_or(PollFlags::empty()) } else { PollFlags::empty() }
        };
        let [stdin, stdout, stderr] = open.map(&mut of);
        if stdin.contains(PollFlags::POLLERR) {
            self.deaf = true;
            self.stdin = None;
        }
        Ok((!stdout.is_empty(), !stderr.is_empty()))
    }

    fn receive(&mut self) -> bool {
        let Some(stdout) = &mut self.stdout else { return false };
        let mut taken = 0;
        while taken < ROUND {
            match self.lines.read_from(stdout) {
                Got::Bytes(count) => {
                    taken += count;
                    if count < READ {
                        break;
                    }
                }
                Got::Nothing => break,
                Got::End => {
                    self.stdout = None;
                    break;
                }
            }
        }
        taken > 0
    }

    fn receive_errors(&mut self) {
        let Some(stderr) = &mut self.stderr else { return };
        let mut buffer = [0; 4096];
        // Bounded, so that a flood does not keep replies waiting.
        for _ in 0..16 {
            match read(stderr, &mut buffer) {
                Got::Bytes(count) => self.tail.push(&buffer[..count]),
                Got::Nothing => return,
                Got::End => {
                    self.stderr = None;
                    return;
                }
            }
        }
    }
}

fn unblock(pipe: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(pipe, FcntlArg::F_GETFL)?);
    fcntl(pipe, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

enum Got {
    Bytes(usize),
    Nothing,
    End,
}

/// One read from a pipe that does not block.
fn read(pipe: &mut impl Read, buffer: &mut [u8]) -> Got {
    loop {
        match pipe.read(buffer) {
            Ok(0) => return Got::End,
            Ok(count) => return Got::Bytes(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Got::Nothing,
            Err(_) => return Got::End,
        }
    }
}

/// Bytes that arrived, cut into lines.
#[derive(Debug, Default)]
struct Lines {
    buffer: Vec<u8>,
    /// End of what arrived.
    filled: usize,
    /// Start of the first line that was not taken.
    start: usize,
    /// Up to here there is no line end after `start`.
    searched: usize,
    /// Where the first line ends, if that was found.
    end: Option<usize>,
}

impl Lines {
    fn read_from(&mut self, pipe: &mut impl Read) -> Got {
        self.make_room();
        let got = read(pipe, &mut self.buffer[self.filled..self.filled + READ]);
        if let Got::Bytes(count) = got {
            self.filled += count;
        }
        got
    }

    /// Moves what is left to the front if that is cheap, and grows if need be.
    fn make_room(&mut self) {
        if self.start == self.filled || self.start >= READ {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.searched -= self.start;
            self.end = self.end.map(|end| end - self.start);
            self.start = 0;
        }
        if self.buffer.len() < self.filled + READ {
            self.buffer.resize((self.filled + READ).max(self.buffer.len() * 2), 0);
        }
    }

    fn has_line(&mut self) -> bool {
        if self.end.is_none() {
            let rest = &self.buffer[self.searched..self.filled];
            self.end = rest.iter().position(|b| *b == b'\n').map(|at| at + self.searched);
            self.searched = self.end.unwrap_or(self.filled);
        }
        self.end.is_some()
    }

    fn next(&mut self) -> Option<&[u8]> {
        if !self.has_line() {
            return None;
        }
        let (start, end) = (self.start, self.end.take()?);
        self.start = end + 1;
        self.searched = self.start;
        let line = &self.buffer[start..end];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn unfinished(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }
}

/// The last bytes of an adapter's standard error.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    kept: Vec<u8>,
    total: u64,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        self.kept.extend_from_slice(bytes);
        if self.kept.len() > 2 * TAIL {
            self.kept.drain(..self.kept.len() - TAIL);
        }
    }

    /// How many bytes there were so far: a mark for [`Tail::since`].
    pub(crate) fn mark(&self) -> u64 {
        self.total
    }

    /// What came after a mark, as far as it is kept.
    pub(crate) fn since(&self, mark: u64) -> String {
        let fresh = usize::try_from(self.total.saturating_sub(mark)).unwrap_or(usize::MAX);
        let kept = self.kept.len().min(TAIL);
        let tail = &self.kept[self.kept.len() - fresh.min(kept)..];
        String::from_utf8_lossy(tail).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> (Vec<String>, String) {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            let mut rest = *chunk;
            while matches!(lines.read_from(&mut rest), Got::Bytes(_)) {
                while let Some(line) = lines.next() {
                    found.push(String::from_utf8(line.to_vec()).unwrap());
                }
            }
        }
        (found, String::from_utf8(lines.unfinished().to_vec()).unwrap())
    }

    #[test]
    fn lines_are_cut_wherever_the_chunks_end() {
        let (found, rest) = lines_of(&[b"a", b"b\nc\r\n\nd", b"e\n", b"f"]);
        assert_eq!(found, ["ab", "c", "", "de"]);
        assert_eq!(rest, "f");
    }

    #[test]
    fn long_lines_and_many_lines_survive_the_moving() {
        let long = "x".repeat(3 * READ);
        let mut text = String::new();
        for number in 0..40_000 {
            text.push_str(&format!("{number}\n"));
        }
        text.push_str(&long);
        text.push('\n');
        let (found, rest) = lines_of(&[text.as_bytes()]);
        assert_eq!(found.len(), 40_001);
        assert!((0..40_000).all(|number| found[number] == number.to_string()));
        assert_eq!((&found[40_000], rest.as_str()), (&long, ""));
    }

    #[test]
    fn the_tail_is_bounded_and_marked() {
        let mut tail = Tail::default();
        tail.push(b"before\n");
        let mark = tail.mark();
        assert_eq!(tail.since(mark), "");
        tail.push(b"after\n");
        assert_eq!(tail.since(mark), "after");
        assert_eq!(tail.since(0), "before\nafter");
        for _ in 0..100 {
            tail.push(&[b'x'; 1000]);
        }
        assert_eq!(tail.since(mark).len(), TAIL);
        assert!(tail.kept.len() <= 2 * TAIL);
    }
}
