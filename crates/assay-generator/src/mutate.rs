//! x
/// x
pub fn mutate(bytes: &[u8], _: u64) -> Vec<u8> { bytes.to_vec() }
