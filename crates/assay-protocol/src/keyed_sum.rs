//! The sum by which a bench believes that bytes were loaded: keyed by a nonce of the request, so
//! that it cannot be known before; plain within a block, so that it costs little in any language.
//!
//! Contents of a tensor are cut into blocks of [`BLOCK`] bytes. A block's plain sum is that of its
//! little-endian 64-bit words, the last one filled up with zeros, without regard to overflow. Block
//! `j` of any tensor counts `key(j)` times; the sum of all is the answer. So tensors may come in
//! any order. In words, with examples: `harness/PROTOCOL.md`.

/// Bytes of a block.
pub const BLOCK: usize = 1 << 20;

/// Adds up what was loaded.
#[derive(Debug, Clone, Copy)]
pub struct KeyedSum {
    nonce: u64,
    sum: u64,
}

impl KeyedSum {
    /// Nothing yet.
    pub fn new(nonce: u64) -> KeyedSum {
        KeyedSum { nonce, sum: 0 }
    }

    /// Adds the contents of a tensor.
    pub fn add(&mut self, contents: &[u8]) {
        for (at, block) in contents.chunks(BLOCK).enumerate() {
            let own = key(self.nonce, at as u64).wrapping_mul(plain_sum(block));
            self.sum = self.sum.wrapping_add(own);
        }
    }

    /// The sum of all that was added.
    pub fn total(self) -> u64 {
        self.sum
    }
}

/// How often block `at` of a tensor counts: an odd number (SplitMix64 of nonce and position).
pub fn key(nonce: u64, at: u64) -> u64 {
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

    fn sum(nonce: u64, tensors: &[&[u8]]) -> u64 {
        let mut sum = KeyedSum::new(nonce);
        tensors.iter().for_each(|contents| sum.add(contents));
        sum.total()
    }

    /// The examples of `harness/PROTOCOL.md`, which other languages are tested with.
    #[test]
    fn the_examples_of_the_protocol() {
        let long: Vec<u8> = (0..BLOCK + 9).map(|at| (at % 251) as u8).collect();
        for (nonce, tensors, expected) in [
            (0, vec![], "0000000000000000"),
            (0, vec![&b"\x01"[..]], EXAMPLES[0]),
            (0x0123_4567_89ab_cdef, vec![&b"safetensors"[..], &b""[..]], EXAMPLES[1]),
            (u64::MAX, vec![&long[..], &b"\xff\xff"[..]], EXAMPLES[2]),
        ] {
            assert_eq!(format!("{:016x}", sum(nonce, &tensors)), expected, "{nonce:x}");
        }
    }

    const EXAMPLES: [&str; 3] = ["e220a8397b1dcdaf", "4a5a2f9d4089059a", "8d986dfd6d1dbb59"];

    #[test]
    fn every_byte_block_and_nonce_counts_and_order_does_not() {
        let long: Vec<u8> = (0..2 * BLOCK + 3).map(|at| (at % 253) as u8).collect();
        let right = sum(7, &[&long, b"x"]);
        assert_eq!(right, sum(7, &[b"x", &long]));
        assert_ne!(right, sum(8, &[&long, b"x"]));
        for at in [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 2] {
            let mut other = long.clone();
            other[at] ^= 0x10;
            assert_ne!(right, sum(7, &[&other, b"x"]), "{at}");
        }
        let mut exchanged = long.clone();
        exchanged[..2 * BLOCK].rotate_left(BLOCK);
        assert_ne!(right, sum(7, &[&exchanged, b"x"]));
    }
}
