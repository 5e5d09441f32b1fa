//! The size that dtype and shape give, against the range that the offsets give.

use assay_spec::Span;
use assay_spec::check::SizeDemand;

use crate::facts::{Facts, Tensor, dimensions};
use crate::judgement::Sink;
use crate::message::{about_tensor, bytes};
use crate::slip::{Bits, Slip};

/// Judges tensors whose dtype is known and whose shape is sound.
pub(super) fn size_equation(demand: SizeDemand, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some((_, object)) = facts.object() else { return };
    let most = u128::from(facts.dialect.limit("max_size_bits"));
    for tensor in &object.tensors {
        if let Some((span, what)) = fault(demand, tensor, most, facts) {
            sink.report(span, || about_tensor(facts, tensor.entry, &what()));
        }
    }
}

/// Where and how the tensor breaks the demand.
fn fault<'t>(
    demand: SizeDemand,
    tensor: &'t Tensor<'_>,
    most: u128,
    facts: &Facts<'_>,
) -> Option<(Span, Box<dyn FnOnce() -> String + 't>)> {
    let (document, _) = facts.object()?;
    let (dtype, shape) = (tensor.dtype?, tensor.shape?);
    // Both products stop at the type's greatest value, which no limit reaches.
    let bits = match facts.slip {
        Some(Slip::Bits(how)) => {
            let last = dimensions(document, shape).and_then(|all| all.last().copied());
            how.of(shape.elements, dtype, last)
        }
        _ => shape.elements.saturating_mul(u128::from(dtype.bits)),
    };
    let span = document.span(shape.value);
    let is_of_bytes = facts.slip == Some(Slip::Bits(Bits::LimitInBytes));
    let fits = if is_of_bytes { bits / 8 <= most } else { bits <= most };
    let whole = bits.is_multiple_of(8);
    match demand {
        SizeDemand::Fits => (!fits).then(|| {
            (span, Box::new(move || format!("has a size of more than {most} bits")) as Box<_>)
        }),
        SizeDemand::NoOverflowBeforeZero => {
            (shape.before_zero.is_some_and(|product| product > most)).then(|| {
                let what = move || {
                    format!(
                        "is empty, but its dimensions before the first 0 have a product \
                         of more than {most}"
                    )
                };
                (span, Box::new(what) as Box<_>)
            })
        }
        SizeDemand::WholeBytes => (fits && !whole).then(|| {
            let what = move || {
                format!(
                    "has {} elements of {} bits, which is {bits} bits and not whole bytes",
                    shape.elements, dtype.bits
                )
            };
            (span, Box::new(what) as Box<_>)
        }),
        SizeDemand::MatchesOffsets | SizeDemand::MatchesOffsetsRoundedUp => {
            let rounds = demand == SizeDemand::MatchesOffsetsRoundedUp;
            let range = tensor.range().filter(|_| fits && (whole || rounds))?;
            let (length, size) = (range.end - range.begin, bits.div_ceil(8));
            (u128::from(length) != size).then(|| {
                let what = move || {
                    format!(
                        "has a range of {}, but {} elements of {} bits take {size}",
                        bytes(length),
                        shape.elements,
                        dtype.bits
                    )
                };
                (document.span(range.value), Box::new(what) as Box<_>)
            })
        }
    }
}
