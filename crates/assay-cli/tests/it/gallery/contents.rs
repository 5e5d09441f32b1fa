//! The gallery's reader: what it hands out of each tensor.

use assay_spec::{Dtype, DtypeClass};

use super::fault::Fault;
use super::layout::Placed;
use super::reader::{Delivered, Reader, Step, Stop, refuse};
use super::text::bytes;

/// The tensors with their contents.
pub(crate) fn deliver(
    reader: &Reader<'_>,
    file: &[u8],
    start: u64,
    placed: Vec<Placed>,
) -> Step<Vec<Delivered>> {
    let mut tensors = Vec::with_capacity(placed.len());
    let mut running = 0;
    for mut one in placed {
        let is_empty = one.begin == one.end;
        if is_empty && reader.has(Fault::EmptyDropped) {
            continue;
        }
        if reader.has(Fault::ContentsInHeaderOrder) {
            let size = one.end - one.begin;
            (one.begin, one.end) = (running, running + size);
            running = one.end;
        }
        let bytes = taken(reader, file, start, &one)?;
        let tensor = Delivered { name: one.name, dtype: one.dtype, shape: one.shape, bytes };
        let tensor = match reader.dialect.dtype(&tensor.dtype) {
            Some(dtype) => converted(reader, dtype, tensor)?,
            None => tensor,
        };
        tensors.push(Delivered { shape: shaped(reader, tensor.shape, is_empty), ..tensor });
    }
    Ok(tensors)
}

/// The bytes of a range, as they lie in the file.
fn taken(reader: &Reader<'_>, file: &[u8], start: u64, one: &Placed) -> Step<Vec<u8>> {
    let item = reader.dialect.dtype(&one.dtype).and_then(Dtype::bytes).unwrap_or(1);
    let mut begin = start.saturating_add(one.begin);
    let mut end = start.saturating_add(one.end);
    if reader.has(Fault::UnalignedRefused) && !begin.is_multiple_of(item) {
        return refuse("a tensor off its alignment");
    }
    if reader.has(Fault::UnalignedRoundedDown) {
        (begin, end) = (begin - begin % item, end - begin % item);
    }
    if reader.has(Fault::EndCut) {
        end = end.min(file.len() as u64);
        begin = begin.min(end);
    }
    match file.get(bytes(begin)..bytes(end)) {
        Some(contents) => {
            reader.allocate(contents.len() as u64)?;
            Ok(contents.to_vec())
        }
        None => Err(Stop::Crash("contents are read behind the file")),
    }
}

fn shaped(reader: &Reader<'_>, mut shape: Vec<u64>, is_empty: bool) -> Vec<u64> {
    match () {
        () if reader.has(Fault::ScalarIsVector) && shape.is_empty() => vec![1],
        () if reader.has(Fault::EmptyShapeLost) && is_empty => vec![0],
        () if reader.has(Fault::OnesDropped) => {
            shape.retain(|dimension| *dimension != 1);
            shape
        }
        () => shape,
    }
}

/// The tensor in the types that the reader has.
fn converted(reader: &Reader<'_>, dtype: &Dtype, mut tensor: Delivered) -> Step<Delivered> {
    let has = |fault| reader.has(fault);
    let item = dtype.bytes().map_or(1, bytes);
    let is_float = dtype.class == DtypeClass::Float;
    let reversed = |bytes: &mut [u8], size: usize| {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    };
    match () {
        () if has(Fault::BytesSwapped) => match dtype.class {
            DtypeClass::Complex => reversed(&mut tensor.bytes, item / 2),
            _ => reversed(&mut tensor.bytes, item),
        },
        () if has(Fault::ComplexSwapped) && dtype.class == DtypeClass::Complex => {
            tensor.bytes.chunks_exact_mut(item).for_each(|one| one.rotate_left(item / 2));
        }
        () if has(Fault::ComplexAsFloats) && dtype.class == DtypeClass::Complex => {
            tensor.dtype = "F32".to_owned();
            tensor.shape.push(2);
        }
        () if has(Fault::ColumnMajor) && tensor.shape.len() == 2 && dtype.bits >= 8 => {
            transpose(&mut tensor, item);
        }
        () if has(Fault::CopiedAsText) => {
            let mut ended = false;
            for byte in &mut tensor.bytes {
                ended |= *byte == 0;
                *byte = if ended { 0 } else { *byte };
            }
        }
        () if has(Fault::NibblesSwapped) && dtype.bits == 4 => {
            tensor.bytes.iter_mut().for_each(|byte| *byte = byte.rotate_left(4));
        }
        () if has(Fault::NibblesUnpacked) && dtype.bits == 4 => {
            tensor.bytes = tensor.bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]).collect();
        }
        () if has(Fault::SixBitsReversed) && dtype.bits == 6 => {
            tensor.bytes.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        () if is_float || dtype.class == DtypeClass::Bool => {
            return values(reader, dtype, tensor);
        }
        () => {}
    }
    Ok(Delivered { dtype: renamed(reader, tensor.dtype), ..tensor })
}

fn renamed(reader: &Reader<'_>, dtype: String) -> String {
    match dtype.as_str() {
        "U16" if reader.has(Fault::U16AsBf16) => "BF16".to_owned(),
        "BOOL" if reader.has(Fault::BoolAsU8) => "U8".to_owned(),
        fnuz if reader.has(Fault::Fp8Confused) => fnuz.trim_end_matches("FNUZ").to_owned(),
        unsigned if reader.has(Fault::UnsignedAsSigned) => unsigned.replacen('U', "I", 1),
        _ => dtype,
    }
}

fn transpose(tensor: &mut Delivered, item: usize) {
    let [rows, columns] = [tensor.shape[0], tensor.shape[1]].map(bytes);
    let source = tensor.bytes.clone();
    for (at, slot) in tensor.bytes.chunks_exact_mut(item).enumerate() {
        let (row, column) = (at / columns, at % columns);
        let from = (column * rows + row) * item;
        slot.copy_from_slice(&source[from..from + item]);
    }
}

/// Faults that look at values.
fn values(reader: &Reader<'_>, dtype: &Dtype, mut tensor: Delivered) -> Step<Delivered> {
    let has = |fault| reader.has(fault);
    if dtype.class == DtypeClass::Bool {
        if has(Fault::BoolChecked) && tensor.bytes.iter().any(|byte| *byte > 1) {
            return refuse("no truth value");
        }
        if has(Fault::BoolNormalised) {
            tensor.bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
        }
    } else if has(Fault::HalfWidened) && dtype.bits == 16 {
        tensor.bytes =
            tensor.bytes.chunks_exact(2).flat_map(|half| [0, 0, half[0], half[1]]).collect();
        tensor.dtype = "F32".to_owned();
    } else if let Some(kind) = Ieee::of(&dtype.name) {
        for element in tensor.bytes.chunks_exact_mut(kind.bytes) {
            let bits = element.iter().rev().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
            let bits = kind.passed(reader, bits)?;
            element.copy_from_slice(&bits.to_le_bytes()[..kind.bytes]);
        }
    }
    Ok(Delivered { dtype: renamed(reader, tensor.dtype), ..tensor })
}

/// A binary format of IEEE 754, or a shortened one.
struct Ieee {
    bytes: usize,
    mantissa: u32,
}

impl Ieee {
    fn of(dtype: &str) -> Option<Ieee> {
        let (bytes, mantissa) = match dtype {
            "F64" => (8, 52),
            "F32" => (4, 23),
            "F16" => (2, 10),
            "BF16" => (2, 7),
            _ => return None,
        };
        Some(Ieee { bytes, mantissa })
    }

    /// A value's bits after they went through the reader.
    fn passed(&self, reader: &Reader<'_>, bits: u64) -> Step<u64> {
        let sign = 1_u64 << (self.bytes * 8 - 1);
        let fraction = bits & ((1 << self.mantissa) - 1);
        let exponent = bits & !sign & !((1 << self.mantissa) - 1);
        let all_ones = (sign - 1) & !((1 << self.mantissa) - 1);
        let is_nan = exponent == all_ones && fraction != 0;
        match () {
            () if is_nan && reader.has(Fault::NanRefused) => refuse("a NaN"),
            () if is_nan && reader.has(Fault::NanMadeOne) => {
                Ok(all_ones | 1 << (self.mantissa - 1))
            }
            () if exponent == all_ones && !is_nan && reader.has(Fault::InfinityRefused) => {
                refuse("an infinity")
            }
            () if bits == sign && reader.has(Fault::NegativeZeroLost) => Ok(0),
            () if exponent == 0 && reader.has(Fault::SubnormalsFlushed) => Ok(bits & sign),
            () => Ok(bits),
        }
    }
}
