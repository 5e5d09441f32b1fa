//! The prefix: how long the header is, and whether the file can hold it.

use assay_spec::Span;

use crate::error::Error;
use crate::faults::Faults;
use crate::linear::{JudgedOn, Linear, Quantities};
use crate::policy::Policy;

/// Length of the header length: it is a 64-bit integer.
pub(crate) const PREFIX_LEN: u64 = size_of::<u64>() as u64;

/// Texts are kept as 32-bit positions in the header and the unescaped texts,
/// which together are less than twice as long as the header.
pub(crate) const MAX_READABLE: u64 = u32::MAX as u64 / 2;

/// What the prefix says of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix {
    /// Where the byte buffer begins, from the start of the file.
    pub(crate) data_start: u64,
    pub(crate) buffer_len: u64,
    pub(crate) known: Quantities,
}

/// Judges the prefix of a file of which the first bytes are at hand.
pub(crate) fn read(
    first: &[u8],
    file_len: u64,
    policy: &Policy,
    faults: &mut Faults<'_>,
) -> Result<Prefix, Error> {
    let declared = declared(first).filter(|_| file_len >= PREFIX_LEN);
    if declared.is_none() && file_len >= PREFIX_LEN {
        return Err(Error::unreadable("the bytes at hand end before the prefix does"));
    }
    let data_start = declared.and_then(|n| n.checked_add(PREFIX_LEN));
    let buffer_len = data_start.and_then(|start| file_len.checked_sub(start));
    let known = Quantities { file_len, prefix_n: declared, buffer_len, ..Quantities::default() };

    judge_magic(first, file_len, policy, faults);
    for rule in &policy.rules.file {
        if rule.is_broken(&known, policy.dialect()) {
            let message = rule.message(&known, policy.dialect());
            faults.raise(&[rule.slot], span(rule, &known), format_args!("{message}"));
        }
    }
    if let Some(error) = faults.take_error() {
        return Err(error);
    }
    let (Some(data_start), Some(buffer_len)) = (data_start, buffer_len) else {
        return Err(Error::unreadable("the file ends before its header does"));
    };
    if data_start - PREFIX_LEN > MAX_READABLE {
        return Err(Error::unreadable(
            "the header is longer than 2 GiB, more than this reader can take",
        ));
    }
    Ok(Prefix { data_start, buffer_len, known })
}

/// Judges where the byte buffer begins, of a file whose header can be read.
pub(crate) fn judge_data_start(prefix: &Prefix, policy: &Policy, faults: &mut Faults<'_>) {
    let (data_start, alignment) = (prefix.data_start, policy.rules.data_alignment);
    if !data_start.is_multiple_of(alignment.max(1)) {
        faults.raise(
            &policy.rules.data_start,
            Span::new(0, PREFIX_LEN),
            format_args!(
                "the byte buffer begins at {data_start}, not at a multiple of {alignment}"
            ),
        );
    }
}

/// How many of a file's first bytes it takes to judge it, given at least the
/// prefix of it.
pub(crate) fn head_len(first: &[u8], file_len: u64, policy: &Policy) -> u64 {
    match read(first, file_len, policy, &mut Faults::new(policy)) {
        Ok(prefix) => prefix.data_start,
        Err(_) => PREFIX_LEN.min(file_len),
    }
}

fn declared(first: &[u8]) -> Option<u64> {
    first.first_chunk().map(|prefix| u64::from_le_bytes(*prefix))
}

fn judge_magic(first: &[u8], file_len: u64, policy: &Policy, faults: &mut Faults<'_>) {
    if policy.rules.foreign_magic.is_empty() {
        return;
    }
    for magic in policy.dialect().magics() {
        let len = magic.bytes.len() as u64;
        if file_len >= len && first.starts_with(&magic.bytes) {
            faults.raise(
                &policy.rules.foreign_magic,
                Span::new(0, len),
                format_args!("the file begins like a {}", magic.format),
            );
        }
    }
}

fn span(rule: &Linear, known: &Quantities) -> Span {
    match rule.judged_on() {
        JudgedOn::Prefix => Span::new(0, PREFIX_LEN),
        JudgedOn::Buffer => {
            Span::new(known.file_len - known.buffer_len.unwrap_or_default(), known.file_len)
        }
        JudgedOn::File | JudgedOn::Depth | JudgedOn::Rank => Span::new(0, known.file_len),
    }
}

#[cfg(test)]
mod tests {
    use assay_spec::{Dialect, Disputed};

    use super::*;

    #[test]
    fn the_head_is_as_long_as_prefix_and_header() {
        let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
        assert_eq!(head_len(&100_u64.to_le_bytes(), 1000, &policy), 108);
        assert_eq!(head_len(&100_u64.to_le_bytes(), 108, &policy), 108);
        // Refused by the prefix alone: no more is needed.
        assert_eq!(head_len(&100_u64.to_le_bytes(), 107, &policy), 8);
        assert_eq!(head_len(&u64::MAX.to_le_bytes(), u64::MAX, &policy), 8);
        assert_eq!(head_len(&[1, 2, 3], 3, &policy), 3);
    }
}
