//! What an adapter that can be timed hands over: the bytes that its library loaded.

use std::io;
use std::time::Instant;

use crate::{Failure, View};

/// A library's way to load. It tells [`Loaded`] when the library returned, then hands over
/// what it has.
pub type BenchFn = dyn Fn(&BenchRequest<'_>, &mut Loaded) -> Result<(), Failure>;

/// What is to be loaded.
#[derive(Debug, Clone, Copy)]
pub struct BenchRequest<'r> {
    /// The file.
    pub path: &'r str,
    /// `load`, `header` or `tensor`.
    pub what: &'r str,
    /// One of the declared ways; empty if none are declared.
    pub mode: &'r str,
    /// With `tensor`: its name.
    pub tensor: &'r str,
}

/// Bytes of a block, see "bench" in the protocol.
const BLOCK: usize = 1 << 20;

/// Takes what was loaded, and every byte of it into account.
#[derive(Debug)]
pub struct Loaded {
    nonce: u64,
    sum: u64,
    count: u64,
    start: Instant,
    returned: Option<u64>,
}

impl Loaded {
    pub(crate) fn new(nonce: &str) -> io::Result<Loaded> {
        let nonce = u64::from_str_radix(nonce, 16).map_err(io::Error::other)?;
        Ok(Loaded { nonce, sum: 0, count: 0, start: Instant::now(), returned: None })
    }

    /// The library's call returned.
    pub fn returned(&mut self) {
        let elapsed = || u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.returned = Some(self.returned.unwrap_or_else(elapsed));
    }

    /// A tensor's contents, or with `header` its name.
    pub fn add(&mut self, contents: &[u8]) {
        self.returned();
        self.count += 1;
        for (at, block) in contents.chunks(BLOCK).enumerate() {
            let own = key(self.nonce, at as u64).wrapping_mul(plain_sum(block));
            self.sum = self.sum.wrapping_add(own);
        }
    }

    /// Sum in hexadecimal, tensors, nanoseconds.
    pub(crate) fn finish(mut self) -> (String, u64, u64) {
        self.returned();
        (format!("{:016x}", self.sum), self.count, self.returned.unwrap_or_default())
    }
}

/// Loads with a library that takes a file's bytes and borrows from them: the file is read as
/// its users do, by `std::fs::read`.
///
/// # Errors
/// If the library refuses the file, or has no such tensor.
///
/// # Panics
/// If the file cannot be read, which is no word of the library's.
pub fn bench_read(
    request: &BenchRequest<'_>,
    loaded: &mut Loaded,
    read: impl for<'data> Fn(&'data [u8]) -> Result<View<'data>, Failure>,
) -> Result<(), Failure> {
    let path = request.path;
    let bytes = std::fs::read(path);
    let bytes = bytes.unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    let view = read(&bytes)?;
    loaded.returned();
    for tensor in &view.tensors {
        match request.what {
            "header" => loaded.add(tensor.name.as_bytes()),
            "tensor" if tensor.name != request.tensor => {}
            _ => loaded.add(tensor.data),
        }
    }
    Ok(())
}

fn key(nonce: u64, at: u64) -> u64 {
    let mut mixed = nonce.wrapping_add((at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) | 1
}

fn plain_sum(block: &[u8]) -> u64 {
    let (words, rest) = block.as_chunks::<8>();
    let whole = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    whole.wrapping_add(u64::from_le_bytes(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the protocol.
    #[test]
    fn sums_are_those_of_the_protocol() {
        let long: Vec<u8> = (0..BLOCK + 9).map(|at| (at % 251) as u8).collect();
        for (nonce, tensors, expected) in [
            ("0", vec![&b"\x01"[..]], "e220a8397b1dcdaf"),
            ("0123456789abcdef", vec![&b"safetensors"[..], &b""[..]], "4a5a2f9d4089059a"),
            ("ffffffffffffffff", vec![&long[..], &b"\xff\xff"[..]], "8d986dfd6d1dbb59"),
        ] {
            let mut loaded = Loaded::new(nonce).unwrap();
            tensors.iter().for_each(|contents| loaded.add(contents));
            let (sum, count, _) = loaded.finish();
            assert_eq!((sum.as_str(), count), (expected, tensors.len() as u64));
        }
    }
}
