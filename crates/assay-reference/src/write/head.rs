//! Spells prefix and header.

use std::collections::BTreeMap;

use assay_spec::Dialect;

use crate::prefix::PREFIX_LEN;
use crate::spell;
use crate::write::layout::{Described, Turn};
use crate::write::{WriteError, Writer};

/// Bytes that an entry takes besides its name, roughly.
const ENTRY: usize = 80;

/// Prefix and header of tensors that come in this order.
///
/// # Errors
/// If the header is too long, or too long with the padding that was asked for.
pub(super) fn head(
    tensors: &[Described<'_>],
    order: &[Turn],
    metadata: Option<&BTreeMap<String, String>>,
    writer: &Writer,
) -> Result<Vec<u8>, WriteError> {
    let Writer { spelling, marked, .. } = writer;
    let dialect = writer.policy.dialect();
    let longest = dialect.limit("max_header_bytes");
    let text: usize = tensors.iter().map(|tensor| tensor.name.len() + ENTRY).sum();
    // Only a guess, and no more of it than a header can have.
    let room = text.min(usize::try_from(longest).unwrap_or(usize::MAX));
    let mut head = Vec::with_capacity(room.saturating_add(PREFIX_LEN as usize));
    head.resize(PREFIX_LEN as usize, 0);
    head.push(b'{');
    head.extend_from_slice(&marked.header);
    if let Some(metadata) = metadata {
        head.extend_from_slice(&spelling.metadata);
        for (turn, (key, value)) in metadata.iter().enumerate() {
            if turn > 0 {
                head.push(b',');
            }
            spell::string(key, &mut head);
            head.push(b':');
            spell::string(value, &mut head);
            check_len(&head, longest)?;
        }
        head.push(b'}');
    }
    let mut begin = 0;
    for (at, turn) in order.iter().enumerate() {
        if at > 0 || metadata.is_some() {
            head.push(b',');
        }
        let Described { name, shape, .. } = tensors[turn.given];
        // The sum of all was found to fit.
        let end = begin + turn.len;
        spelling.entry((name, turn.dtype, shape), [begin, end], &mut head);
        if let Some(said) = marked.entries.get(name) {
            head.extend_from_slice(said);
        }
        head.push(b'}');
        begin = end;
        check_len(&head, longest)?;
    }
    if head.last() == Some(&b',') {
        // Nothing came after what the header says.
        head.pop();
    }
    head.push(b'}');
    check_len(&head, longest)?;
    // Tensors with the largest elements come first.
    let element = order.first().map_or(1, |turn| dialect.dtypes()[turn.dtype].bits.div_ceil(8));
    pad(&mut head, element.max(1), dialect, writer.options.alignment)?;
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

/// Pads the header with spaces until the byte buffer is aligned: as asked for,
/// or as the dialect and the largest elements, of `element` bytes, advise. Advice
/// gives way where it would break the limit on the header.
fn pad(
    head: &mut Vec<u8>,
    element: u64,
    dialect: &Dialect,
    asked: Option<u64>,
) -> Result<(), WriteError> {
    let len = head.len() as u64;
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
