//! Spells prefix and header.

use std::collections::BTreeMap;

use assay_spec::{Dialect, KeyRole};

use crate::prefix::PREFIX_LEN;
use crate::write::WriteError;
use crate::write::json;
use crate::write::layout::Placed;

/// Bytes that an entry takes besides its name, roughly.
const ENTRY: usize = 72;

/// Prefix and header of these tensors, which are in the order of their ranges.
///
/// # Errors
/// If the header is too long, or too long with the padding that was asked for.
pub(super) fn head(
    placed: &[Placed<'_>],
    metadata: Option<&BTreeMap<String, String>>,
    dialect: &Dialect,
    alignment: Option<u64>,
) -> Result<Vec<u8>, WriteError> {
    let longest = dialect.limit("max_header_bytes");
    let mut head = vec![0; PREFIX_LEN as usize];
    let text: usize = placed.iter().map(|placed| placed.tensor.name.len() + ENTRY).sum();
    // Only a guess, and no more of it than a header can have.
    head.reserve(text.min(usize::try_from(longest).unwrap_or(usize::MAX)));
    head.push(b'{');
    if let Some(metadata) = metadata {
        json::string(dialect.key(KeyRole::Metadata), &mut head);
        head.extend_from_slice(b":{");
        for (turn, (key, value)) in metadata.iter().enumerate() {
            if turn > 0 {
                head.push(b',');
            }
            json::string(key, &mut head);
            head.push(b':');
            json::string(value, &mut head);
            check_len(&head, longest)?;
        }
        head.push(b'}');
    }
    let phrases = Phrases::new(dialect);
    for (turn, placed) in placed.iter().enumerate() {
        if turn > 0 || metadata.is_some() {
            head.push(b',');
        }
        phrases.entry(placed, &mut head);
        check_len(&head, longest)?;
    }
    head.push(b'}');
    check_len(&head, longest)?;
    pad(&mut head, placed, dialect, alignment)?;
    let header_len = head.len() as u64 - PREFIX_LEN;
    head[..PREFIX_LEN as usize].copy_from_slice(&header_len.to_le_bytes());
    Ok(head)
}

fn check_len(head: &[u8], limit: u64) -> Result<(), WriteError> {
    match head.len() as u64 - PREFIX_LEN {
        len if len > limit => Err(WriteError::HeaderTooLong { len, limit }),
        _ => Ok(()),
    }
}

/// What entries have in common, spelled once.
struct Phrases {
    /// For each dtype, what stands between name and dimensions.
    before_shape: Vec<Vec<u8>>,
    /// What stands between dimensions and offsets.
    before_offsets: Vec<u8>,
}

impl Phrases {
    fn new(dialect: &Dialect) -> Phrases {
        let before_shape = |dtype: &assay_spec::Dtype| {
            let mut out = b":{".to_vec();
            json::string(dialect.key(KeyRole::Dtype), &mut out);
            out.push(b':');
            json::string(&dtype.name, &mut out);
            out.push(b',');
            json::string(dialect.key(KeyRole::Shape), &mut out);
            out.extend_from_slice(b":[");
            out
        };
        let mut before_offsets = b"],".to_vec();
        json::string(dialect.key(KeyRole::DataOffsets), &mut before_offsets);
        before_offsets.extend_from_slice(b":[");
        Phrases {
            before_shape: dialect.dtypes().iter().map(before_shape).collect(),
            before_offsets,
        }
    }

    fn entry(&self, placed: &Placed<'_>, out: &mut Vec<u8>) {
        json::string(placed.tensor.name, out);
        out.extend_from_slice(&self.before_shape[placed.dtype]);
        json::integers(placed.tensor.shape, out);
        out.extend_from_slice(&self.before_offsets);
        json::integers(&[placed.begin, placed.end], out);
        out.extend_from_slice(b"]}");
    }
}

/// Pads the header with spaces until the byte buffer is aligned: as asked for,
/// or as the dialect and the largest elements advise. Advice gives way where it
/// would break the limit on the header.
fn pad(
    head: &mut Vec<u8>,
    placed: &[Placed<'_>],
    dialect: &Dialect,
    asked: Option<u64>,
) -> Result<(), WriteError> {
    let len = head.len() as u64;
    // Tensors with the largest elements come first.
    let element = placed.first().map_or(1, |placed| placed.bits.div_ceil(8)).max(1);
    let base = asked.unwrap_or_else(|| dialect.limit("data_alignment")).max(1);
    let limit = dialect.limit("max_header_bytes");
    let fits = |aligned: &u64| aligned - PREFIX_LEN <= limit;
    let advised = common_multiple(base, element)
        .and_then(|both| len.checked_next_multiple_of(both))
        .filter(fits);
    let aligned = match (advised, asked) {
        (Some(aligned), _) => aligned,
        (None, None) => len.checked_next_multiple_of(base).filter(fits).unwrap_or(len),
        (None, Some(asked)) => {
            let aligned = len.next_multiple_of(asked);
            if !fits(&aligned) {
                return Err(WriteError::HeaderTooLong { len: aligned - PREFIX_LEN, limit });
            }
            aligned
        }
    };
    head.resize(head.len() + (aligned - len) as usize, b' ');
    Ok(())
}

/// The least common multiple of two numbers above 0.
fn common_multiple(a: u64, b: u64) -> Option<u64> {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (a / divisor).checked_mul(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_multiples() {
        for (a, b, multiple) in
            [(8, 1, Some(8)), (8, 16, Some(16)), (8, 3, Some(24)), (12, 8, Some(24))]
        {
            assert_eq!(common_multiple(a, b), multiple);
        }
        assert_eq!(common_multiple(u64::MAX, u64::MAX - 1), None);
    }
}
