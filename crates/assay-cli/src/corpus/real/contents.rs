//! Contents for real headers. The bytes of real tensors were not kept, so a
//! pattern stands in their place: its length is a prime, so that tensors at
//! different offsets differ and a reader that exchanges them shows; its bytes
//! are small, so that they are plain numbers in every dtype.

use assay_generator::draft::Segment;
use assay_spec::{Dialect, DtypeClass, View};

/// Bytes 1 to 109, a prime. The highest is below every infinity's and NaN's upper byte.
const NUMBERS: u8 = 109;
/// Truth values are 0 and 1; seven of them, a prime.
const TRUTHS: [u8; 7] = [1, 0, 1, 1, 0, 0, 1];

/// A byte buffer of `len` bytes for the view of a file whose buffer begins at
/// `start`, in bytes from the start of the file.
pub(crate) fn contents(
    dialect: &Dialect,
    view: Option<&View>,
    start: u64,
    len: u64,
) -> Vec<Segment> {
    let tensors = view.map_or(&[][..], |view| &view.tensors);
    let is_truth =
        |dtype: &str| dialect.dtype(dtype).is_some_and(|dtype| dtype.class == DtypeClass::Bool);
    let mut truths: Vec<(u64, u64)> = tensors
        .iter()
        .filter(|tensor| is_truth(&tensor.dtype))
        .map(|tensor| (tensor.contents.start - start, tensor.contents.end - start))
        .collect();
    truths.sort_unstable();
    let numbers: Vec<u8> = (1..=NUMBERS).collect();
    let mut segments = Vec::new();
    let mut at = 0;
    for (from, to) in truths {
        segments.extend(repeated(&numbers, at, from));
        segments.extend(repeated(&TRUTHS, from, to));
        at = at.max(to);
    }
    segments.extend(repeated(&numbers, at, len));
    segments
}

/// The pattern from one place of the buffer to another, as if it began with the buffer.
fn repeated(pattern: &[u8], from: u64, to: u64) -> Vec<Segment> {
    let mut turned = pattern.to_vec();
    turned.rotate_left((from % pattern.len() as u64) as usize);
    let len = to.saturating_sub(from);
    let (times, rest) = (len / pattern.len() as u64, (len % pattern.len() as u64) as usize);
    let mut segments = Vec::new();
    if times > 0 {
        segments.push(Segment::Repeat { bytes: turned.clone(), times });
    }
    if rest > 0 {
        segments.push(Segment::Bytes(turned[..rest].to_vec()));
    }
    segments
}

#[cfg(test)]
mod tests {
    use assay_generator::draft::{Draft, Prefix};
    use assay_spec::{Span, TensorView};

    use super::*;

    #[test]
    fn tensors_differ_and_truth_values_are_truth_values() {
        let dialect = Dialect::latest();
        let truth = dialect.dtypes().iter().find(|dtype| dtype.class == DtypeClass::Bool).unwrap();
        let number = dialect
            .dtypes()
            .iter()
            .find(|dtype| dtype.bits == 8 && dtype.class == DtypeClass::Uint)
            .unwrap();
        let tensor = |dtype: &str, from: u64, to: u64| TensorView {
            name: format!("t{from}"),
            dtype: dtype.to_owned(),
            shape: vec![to - from],
            contents: Span::new(100 + from, 100 + to),
        };
        let view = View {
            metadata: None,
            tensors: vec![
                tensor(&number.name, 0, 256),
                tensor(&truth.name, 256, 300),
                tensor(&number.name, 300, 556),
            ],
            marks: Vec::new(),
        };
        let draft = Draft {
            prefix: Prefix::Bytes(Vec::new()),
            header: Vec::new(),
            data: contents(&dialect, Some(&view), 100, 556),
        };
        let bytes = draft.to_bytes(1000).unwrap();
        assert_eq!(bytes.len(), 556);
        assert_ne!(bytes[..256], bytes[300..]);
        assert!(bytes[256..300].iter().all(|byte| *byte <= 1));
        assert_eq!(&bytes[300..302], [(300 % 109) as u8 + 1, (301 % 109) as u8 + 1]);
    }
}
