//! What an entry says of its tensor, as far as it is sound.

use assay_spec::check::JsonType;
use assay_spec::{Dialect, Dtype, KeyRole};

use super::object::Field;
use crate::json::{Document, Node, Plain, plain_integer};
use crate::slip::Slip;

/// The sound fields of one entry. A field that stands twice counts as absent.
pub(crate) struct Tensor<'a> {
    /// Index of the entry.
    pub(crate) entry: usize,
    pub(crate) dtype: Option<&'a Dtype>,
    pub(crate) shape: Option<Shape>,
    pub(crate) offsets: Option<Offsets>,
}

/// A shape whose elements are all plain integers of at most 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) value: Node,
    /// The product of the dimensions, stopped at the type's greatest value.
    pub(crate) elements: u128,
    /// If a dimension is 0: the product of those before the first such, likewise.
    pub(crate) before_zero: Option<u128>,
}

/// Two plain integers of at most 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offsets {
    pub(crate) value: Node,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

impl<'a> Tensor<'a> {
    pub(super) fn of(
        document: &Document<'_>,
        dialect: &'a Dialect,
        entry: usize,
        fields: &[Field<'_>],
        slip: Option<Slip>,
    ) -> Self {
        let dtype = |value| dialect.dtype(&document.string(value)?);
        Tensor {
            entry,
            dtype: only(fields, KeyRole::Dtype).and_then(dtype),
            shape: only(fields, KeyRole::Shape).and_then(|value| {
                let shape = Shape::of(document, value)?;
                Some(shape.slipping(document, slip))
            }),
            offsets: only(fields, KeyRole::DataOffsets)
                .and_then(|value| Offsets::of(document, value)),
        }
    }

    /// Its range in the byte buffer, if BEGIN is not after END.
    pub(crate) fn range(&self) -> Option<Offsets> {
        self.offsets.filter(|offsets| offsets.begin <= offsets.end)
    }
}

impl Shape {
    fn of(document: &Document<'_>, value: Node) -> Option<Shape> {
        if document.kind(value) != JsonType::Array {
            return None;
        }
        let mut shape = Shape { value, elements: 1, before_zero: None };
        for dimension in integers(document, value) {
            let dimension = dimension?;
            if dimension == 0 && shape.before_zero.is_none() {
                shape.before_zero = Some(shape.elements);
            }
            shape.elements = shape.elements.saturating_mul(u128::from(dimension));
        }
        Some(shape)
    }

    /// The shape as a reader takes it that multiplies its dimensions wrongly.
    fn slipping(self, document: &Document<'_>, slip: Option<Slip>) -> Shape {
        match (slip, dimensions(document, self)) {
            (Some(Slip::Elements(how)), Some(dimensions)) => {
                let (elements, before_zero) = how.of(&dimensions);
                Shape { elements, before_zero, ..self }
            }
            _ => self,
        }
    }
}

impl Offsets {
    /// The two integers of an array of two.
    pub(crate) fn of(document: &Document<'_>, value: Node) -> Option<Offsets> {
        let mut numbers = integers(document, value);
        let (begin, end) = (numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(Offsets { value, begin, end })
    }
}

/// The dimensions of a sound shape.
pub(crate) fn dimensions(document: &Document<'_>, shape: Shape) -> Option<Vec<u64>> {
    integers(document, shape.value).collect()
}

/// The order in which tensors lie in the byte buffer; see [`super::HeaderObject::tiling`].
pub(super) fn tiling(tensors: &[Tensor<'_>], entries: usize) -> Option<Vec<usize>> {
    let ranged = tensors.iter().filter(|tensor| tensor.range().is_some()).count();
    if ranged != entries {
        return None;
    }
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    // A stable sort: what ties stays in header order.
    order.sort_by_key(|at| tensors[*at].range().map(|range| (range.begin, range.end)));
    Some(order)
}

/// The value of the only field with that role.
fn only(fields: &[Field<'_>], role: KeyRole) -> Option<Node> {
    let mut values = fields
        .iter()
        .filter(|field| field.row.is_some_and(|row| row.role == role))
        .map(|field| field.value);
    let first = values.next();
    if values.next().is_some() { None } else { first }
}

/// The elements of an array as plain integers, `None` for each that is not one.
fn integers(document: &Document<'_>, array: Node) -> impl Iterator<Item = Option<u64>> {
    document.elements(array).map(|element| {
        if document.kind(element) != JsonType::Number {
            return None;
        }
        match plain_integer(document.raw(element)) {
            Some(Plain::Fits(number)) => Some(number),
            _ => None,
        }
    })
}
