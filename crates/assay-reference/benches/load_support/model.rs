//! The file that is loaded: a model of 300 tensors.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use assay_reference::{Digest, Digests, Policy};
use assay_spec::{Dialect, Disputed, DtypeClass, KeyRole};

use super::machine;

/// A file without a name, opened by way of its descriptor, and what is in it.
pub(crate) struct Model {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    pub(crate) policy: Policy,
    /// Length of the whole file.
    pub(crate) bytes: usize,
    /// Sum of all words of the file.
    pub(crate) file_sum: u64,
    /// Sum of all words of the byte buffer.
    pub(crate) buffer_sum: u64,
    pub(crate) digests: Digests,
}

impl Model {
    /// Of so many megabytes, or as many as the machine is fit for.
    pub(crate) fn new(megabytes: Option<usize>) -> Model {
        // Two buffers to copy, one used before, one fresh, one touched, the cache.
        let large = machine::available() > 8 * 2_000_000_000;
        let len = megabytes.unwrap_or(if large { 2000 } else { 1000 }) * 1_000_000;
        let (header, tensors) = header(300, len);
        let file = nameless();
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        let mut out = BufWriter::with_capacity(1 << 20, &file);
        out.write_all(&header).expect("there is room on the disk");
        let (mut state, mut buffer_sum, mut data) = (0x9e37_79b9_7f4a_7c15_u64, 0_u64, Vec::new());
        let digests = tensors.iter().map(|(name, len)| {
            data.clear();
            for _ in 0..len / 8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                buffer_sum = buffer_sum.wrapping_add(state);
                data.extend(state.to_le_bytes());
            }
            out.write_all(&data).expect("there is room on the disk");
            (name.as_str(), Digest::of(&data))
        });
        let digests = digests.collect();
        out.flush().expect("there is room on the disk");
        drop(out);
        file.sync_all().expect("there is room on the disk");
        let file_sum = buffer_sum.wrapping_add(sum(&header));
        let bytes = header.len() + tensors.iter().map(|(_, len)| len).sum::<usize>();
        let policy = Policy::new(&Dialect::latest(), Disputed::Reject);
        Model { file, path, policy, bytes, file_sum, buffer_sum, digests }
    }

    /// Fills the system's cache in the one way that is always the same.
    pub(crate) fn warm(&self) {
        machine::evict(&self.file);
        let mut file = File::open(&self.path).expect("it is open");
        file.seek(SeekFrom::Start(0)).expect("it is a file");
        let mut buffer = vec![0; 256 * 1024];
        while file.read(&mut buffer).expect("it can be read") > 0 {}
    }
}

/// A file in the build folder that is gone when nobody has it open.
pub(crate) fn nameless() -> File {
    tempfile::tempfile_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("it can be written")
}

/// Prefix and header of so many tensors of about `len` bytes in all, and their
/// names and lengths: most of one size, some small ones, as models have them.
pub(crate) fn header(tensors: usize, len: usize) -> (Vec<u8>, Vec<(String, usize)>) {
    let dialect = Dialect::latest();
    let is_half = |dtype: &&assay_spec::Dtype| dtype.bits == 16 && dtype.class == DtypeClass::Float;
    let dtype = &dialect.dtypes().iter().rfind(is_half).expect("BF16").name;
    let [dtype_key, shape_key, offsets_key] =
        [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets].map(|role| dialect.key(role));
    let large = len / tensors * 3 / 2 / 4096 * 4096;
    let (mut list, mut text, mut begin) = (Vec::new(), String::from("{"), 0);
    for at in 0..tensors {
        let (part, len) = match at % 3 {
            0 => ("input_layernorm", 8192),
            1 => ("self_attn.q_proj", large),
            _ => ("mlp.up_proj", large),
        };
        let name = format!("model.layers.{:04}.{part}.weight", at / 3);
        let (comma, elements, end) = (if at == 0 { "" } else { "," }, len / 2, begin + len);
        text += &format!(
            "{comma}\"{name}\":{{\"{dtype_key}\":\"{dtype}\",\"{shape_key}\":[{elements}],\"{offsets_key}\":[{begin},{end}]}}"
        );
        list.push((name, len));
        begin = end;
    }
    text.push('}');
    while !text.len().is_multiple_of(8) {
        text.push(' ');
    }
    ([&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat(), list)
}

/// The sum of all words, in eight parts so that it is limited by memory only.
///
/// # Panics
/// If it is not a whole number of words.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let (words, none) = rest.as_chunks::<8>();
    assert!(none.is_empty(), "whole words");
    let mut sums = [0_u64; 8];
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (sum, word) in sums.iter_mut().zip(words) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    let rest = words.iter().map(|word| u64::from_le_bytes(*word));
    sums.into_iter().chain(rest).fold(0, u64::wrapping_add)
}
