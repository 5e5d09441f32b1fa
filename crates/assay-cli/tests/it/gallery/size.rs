//! The gallery's reader: how many bytes dtype and shape ask for.

use super::entry::Entry;
use super::fault::Fault;
use super::reader::{Reader, Step, Stop, refuse};

/// What a size came to.
pub(crate) enum Size {
    Bytes(u64),
    /// A fault does not look.
    Whatever,
}

/// The size of a tensor of this shape, in bytes.
pub(crate) fn size(reader: &Reader<'_>, entry: &Entry, shape: &[u64]) -> Step<Size> {
    check_rank(reader, shape)?;
    check_empty(reader, shape)?;
    if !entry.is_sized || reader.has(Fault::SizeUnchecked) {
        return Ok(Size::Whatever);
    }
    let Some(elements) = elements(reader, shape)? else { return Ok(Size::Whatever) };
    if reader.has(Fault::OffsetsCountElements) {
        return Ok(Size::Bytes(elements));
    }
    if reader.has(Fault::AllocatesFromShape) {
        reader.allocate(elements.saturating_mul(entry.bits.div_ceil(8)))?;
    }
    let bytes = bytes(reader, entry, shape, elements)?;
    Ok(Size::Bytes(match () {
        () if reader.has(Fault::BytesInU32) => u64::from(bytes as u32),
        () => bytes,
    }))
}

fn check_rank(reader: &Reader<'_>, shape: &[u64]) -> Step<()> {
    let most = match () {
        () if reader.has(Fault::RankFour) => 4,
        () if reader.has(Fault::RankEight) => 8,
        () if reader.has(Fault::RankThirtyTwo) => 32,
        () => usize::MAX,
    };
    if shape.len() > most {
        return Err(Stop::Crash("dimensions are written behind their array"));
    }
    if shape.is_empty() && reader.has(Fault::ScalarRefused) {
        return refuse("a scalar");
    }
    Ok(())
}

fn check_empty(reader: &Reader<'_>, shape: &[u64]) -> Step<()> {
    let zeros = shape.iter().filter(|dimension| **dimension == 0).count();
    if zeros > 0 && reader.has(Fault::EmptyRefused)
        || zeros > 1 && reader.has(Fault::SeveralZerosRefused)
    {
        return refuse("a tensor of no element");
    }
    Ok(())
}

/// The number of elements; `None` where a fault passes a negative one.
fn elements(reader: &Reader<'_>, shape: &[u64]) -> Step<Option<u64>> {
    let has = |fault| reader.has(fault);
    let in_order = || shape.iter().copied();
    let multiply = |product: Option<u64>, dimension: u64| product?.checked_mul(dimension);
    let holds_zero = shape.contains(&0);
    Ok(Some(match () {
        () if has(Fault::ScalarIsEmpty) && shape.is_empty() => 0,
        () if has(Fault::DimensionsAdded) && !shape.is_empty() => {
            in_order().fold(0, u64::wrapping_add)
        }
        () if has(Fault::ElementsWrap) => in_order().fold(1, u64::wrapping_mul),
        () if has(Fault::ProductInU32) => {
            u64::from(in_order().fold(1, |product: u32, one| product.wrapping_mul(one as u32)))
        }
        () if has(Fault::ProductInI32) => {
            let product = in_order().fold(1, |product: i32, one| product.wrapping_mul(one as i32));
            return Ok(u64::try_from(product).ok());
        }
        () if has(Fault::ProductInI64) => {
            let product = in_order().fold(1, |product: i64, one| product.wrapping_mul(one as i64));
            return Ok(u64::try_from(product).ok());
        }
        () if has(Fault::OverflowBeforeZeroPanics) && holds_zero => {
            let product = in_order().fold(Some(1), multiply);
            product.ok_or(Stop::Crash("a product overflows before a zero"))?
        }
        () if has(Fault::ProductFromLast) => {
            let product = in_order().rev().fold(Some(1), multiply);
            product.ok_or(Stop::Refuse("the shape is too large"))?
        }
        () if has(Fault::ZeroIsOne) => in_order().map(|one| one.max(1)).fold(1, u64::wrapping_mul),
        () if holds_zero => 0,
        () if has(Fault::OverflowPanics) => {
            let product = in_order().fold(Some(1), multiply);
            product.ok_or(Stop::Crash("a product overflows"))?
        }
        () => in_order().fold(Some(1), multiply).ok_or(Stop::Refuse("the shape is too large"))?,
    }))
}

fn bytes(reader: &Reader<'_>, entry: &Entry, shape: &[u64], elements: u64) -> Step<u64> {
    let has = |fault| reader.has(fault);
    let is_bool = reader
        .dialect
        .dtypes()
        .iter()
        .any(|dtype| dtype.name == entry.dtype && dtype.class == assay_spec::DtypeClass::Bool);
    let is_narrow = entry.bits < 8;
    let bits = entry.bits;
    let total = |elements: u64, bits: u64| {
        elements.checked_mul(bits).ok_or(Stop::Refuse("the tensor is too large"))
    };
    match () {
        () if has(Fault::BitsWrap) => Ok(elements.wrapping_mul(bits) / 8),
        () if has(Fault::BoolPacked) && is_bool => Ok(elements.div_ceil(8)),
        () if has(Fault::ElementRoundedUp) && is_narrow => Ok(elements),
        () if has(Fault::ElementRoundedDown) && is_narrow => Ok(0),
        () if has(Fault::TensorRoundedUp) => Ok(total(elements, bits)?.div_ceil(8)),
        () if has(Fault::TensorRoundedDown) => Ok(total(elements, bits)? / 8),
        () if has(Fault::RowsRoundedUp) && is_narrow => {
            let row = shape.last().copied().unwrap_or(1);
            let rows = elements.checked_div(row).unwrap_or(0);
            Ok(rows.saturating_mul(row.saturating_mul(bits).div_ceil(8)))
        }
        () => {
            let total = total(elements, bits)?;
            let row = shape.last().copied().unwrap_or(1).wrapping_mul(bits);
            let odd = has(Fault::OddRowsRefused) && row % 8 != 0;
            if total % 8 != 0 || odd { refuse("no whole number of bytes") } else { Ok(total / 8) }
        }
    }
}
