//! Files that truly have a length, depth or rank of a given value.

use assay_spec::check::Term;

use super::Bench;
use crate::bounds;
use crate::draft::{Draft, PREFIX_BYTES, Segment};
use crate::model::{Padding, Tensor};
use crate::text::Value;

/// A file that truly has a quantity of this value; `None` if this crate cannot make one.
pub(crate) fn with(bench: &mut Bench<'_>, variable: &Term, value: u64) -> Option<Draft> {
    match variable {
        Term::HeaderDepth => nested(bench, value, b"["),
        Term::TensorRank => {
            let dtype = bench.dtype()?;
            let shape = vec![1; bench.count(value)?];
            let tensors = bench.shaped(dtype, &[shape]);
            Some(bench.document(&tensors).draft())
        }
        Term::PrefixN => {
            let mut document = bench.document(&[]);
            let byte = bounds::padding(bench.dialect).first().copied()?;
            document.style.padding = Padding::UpTo { byte, len: value };
            let mut draft = document.draft();
            if draft.header_len()? > value {
                draft.header = vec![Segment::Bytes(b"{}"[..value.min(2) as usize].to_vec())];
            }
            (draft.header_len()? == value).then_some(draft)
        }
        Term::BufferLen => filled(bench, value),
        Term::FileLen => {
            // The header grows with the digits of the offsets, so this may take some turns.
            let mut buffer = value.checked_sub(PREFIX_BYTES)?;
            for _ in 0..8 {
                let draft = filled(bench, buffer)?;
                match draft.len()?.checked_sub(value) {
                    Some(0) => return Some(draft),
                    Some(over) => buffer = buffer.checked_sub(over)?,
                    None => buffer = buffer.checked_add(value - draft.len()?)?,
                }
            }
            None
        }
        Term::Limit(_) | Term::Constant(_) => None,
    }
}

/// The shortest valid file, where a bound itself cannot be reached.
pub(super) fn smallest(bench: &Bench<'_>, variable: &Term) -> Option<Draft> {
    matches!(variable, Term::FileLen | Term::BufferLen).then(|| bench.document(&[]).draft())
}

/// A file whose one tensor takes this many bytes, all zero.
fn filled(bench: &mut Bench<'_>, bytes: u64) -> Option<Draft> {
    let dtype = bounds::whole_dtypes(bench.dialect).into_iter().find(|d| d.bytes() == Some(1))?;
    let [name] = bench.names(1).try_into().ok()?;
    let mut document = bench.document(&[Tensor::new(&name, &dtype.name, &[bytes], Vec::new())]);
    document.style.padding = Padding::None;
    *document.field(&name, &bench.keys.data_offsets) = Value::integers(&[0, bytes]);
    document.data = vec![Segment::Zeros(bytes)];
    Some(document.draft())
}

/// A file that nests arrays or objects to this depth, in a field that readers ignore.
pub(super) fn nested(bench: &mut Bench<'_>, depth: u64, opening: &[u8]) -> Option<Draft> {
    let tensors = bench.tensors(1)?;
    let mut document = bench.document(&tensors);
    // Header and entry are two levels, and the entry's arrays the third.
    let Some(inside) = depth.checked_sub(2).filter(|inside| *inside > 0) else {
        return (depth == 1).then(|| bench.document(&[]).draft());
    };
    bench.count(inside)?;
    let mut token = Vec::new();
    let mut closing = Vec::new();
    for level in 0..inside {
        let last = level + 1 == inside;
        match opening[level as usize % opening.len()] {
            b'{' => {
                token.extend_from_slice(if last { b"{".as_slice() } else { b"{\"a\":" });
                closing.push(b'}');
            }
            _ => {
                token.push(b'[');
                closing.push(b']');
            }
        }
    }
    closing.reverse();
    token.extend(closing);
    let key = bench.unknown_key();
    document.entry(&tensors[0].name).push((Value::text(&key), Value::Token(token)));
    Some(document.draft())
}
