//! Breaking rules on numbers: spelling and size of integers, range of numbers
//! that readers ignore.

use assay_spec::check::{IntegerDemand, Place, Term};

use super::{Bench, Kind, Pair};
use crate::bounds;
use crate::model::Tensor;
use crate::text::Value;

/// Slug, title, and the spelling; `@` stands for the digits.
const SPELLINGS: &[(&str, &str, &str)] = &[
    ("fraction-of-zero", "an integer with a fraction of zero", "@.0"),
    ("exponent-of-zero", "an integer with an exponent of zero", "@e0"),
    ("capital-exponent", "an integer with a capital exponent sign", "@E0"),
    ("signed-exponent", "an integer with a signed exponent", "@e+0"),
    ("tenfold-over-ten", "an integer as tenfold over ten", "@0e-1"),
    ("half", "a number that is no integer", "@.5"),
    ("negative", "a negative integer", "-@"),
    ("negative-zero", "zero with a minus sign", "-0"),
    ("negative-zero-fraction", "zero with a minus sign and a fraction", "-0.0"),
    ("beyond-doubles", "a number that no double holds", "1e400"),
];

pub(super) fn unsigned(of: &[Place], demand: &IntegerDemand) -> Vec<Kind> {
    of.iter()
        .filter_map(|place| match place {
            Place::Shape | Place::ShapeElement => Some((Place::Shape, "shape")),
            Place::DataOffsets | Place::DataOffsetsElement => {
                Some((Place::DataOffsets, "data-offsets"))
            }
            _ => None,
        })
        .flat_map(|(place, name)| match demand {
            IntegerDemand::PlainSpelling => spelled(place, name),
            IntegerDemand::AtMost(term) => too_large(place, name, term),
        })
        .collect()
}

fn spelled(place: Place, name: &'static str) -> Vec<Kind> {
    SPELLINGS
        .iter()
        .map(|(slug, title, spelling)| {
            Kind::new(format!("{slug}-in-{name}"), format!("{title}, in {name}"), move |bench| {
                let tensors = bench.tensors(2)?;
                let document = bench.document(&tensors);
                let mut broken = document.clone();
                let tensor = &tensors[bench.draw.index(2)];
                let key = if place == Place::Shape {
                    &bench.keys.shape
                } else {
                    &bench.keys.data_offsets
                };
                let Value::Array(items) = broken.field(&tensor.name, key) else { return None };
                // The last element is never zero, so that each spelling means what its title says.
                let last = items.last_mut()?;
                let Value::Token(digits) = &*last else { return None };
                let digits = String::from_utf8_lossy(digits).into_owned();
                *last = Value::token(&spelling.replace('@', &digits));
                Pair::new(broken.draft(), document.draft())
            })
        })
        .collect()
}

/// How much too large: from the bound and the largest integer that any rule takes.
type Excess = fn(u64, u64) -> String;

fn too_large(place: Place, name: &'static str, term: &Term) -> Vec<Kind> {
    const WHOLE_RANGE: &[(&str, &str, Excess)] = &[
        ("one-above", "one above the largest", |bound, _| plus_one(bound)),
        ("ten-times", "ten times the largest", |bound, _| format!("{bound}0")),
        ("hundred-digits", "of a hundred digits", |_, _| "9".repeat(100)),
    ];
    const WITHIN: &[(&str, &str, Excess)] = &[
        ("one-above", "one above the bound", |bound, _| plus_one(bound)),
        ("largest", "the largest that a file may hold", |_, largest| largest.to_string()),
    ];
    let whole_range = is_largest(term);
    // Between the two bounds an offset lies where no file reaches, which is a
    // graver fault: only dimensions can be that large.
    if !whole_range && place != Place::Shape {
        return Vec::new();
    }
    let table = if whole_range { WHOLE_RANGE } else { WITHIN };
    let mut kinds = Vec::new();
    for (slug, title, excess) in table {
        let term = term.clone();
        kinds.push(Kind::new(
            format!("{slug}-in-{name}"),
            format!("an integer {title}, in {name}"),
            move |bench| {
                let bound = bench.dialect.constant(&term)?;
                let digits = excess(bound, largest(bench)?);
                match place {
                    Place::Shape => dimension(bench, bound, &digits),
                    _ => offset(bench, &digits),
                }
            },
        ));
    }
    kinds
}

/// Whether a bound is the one above which no integer is anything else but too large.
fn is_largest(term: &Term) -> bool {
    matches!(term, Term::Limit(name) if name == "max_integer")
}

/// The largest integer that no rule refuses but this one.
fn largest(bench: &Bench<'_>) -> Option<u64> {
    let own = &bench.rule.id;
    bounds::integer_bounds(bench.dialect)
        .filter(|(rule, _)| rule.id != *own)
        .map(|(_, bound)| bound)
        .min()
        .or(Some(u64::MAX))
}

fn plus_one(bound: u64) -> String {
    (u128::from(bound) + 1).to_string()
}

/// A dimension beside a zero, so that the tensor has no size to speak of.
fn dimension(bench: &mut Bench<'_>, bound: u64, digits: &str) -> Option<Pair> {
    let dtype = bench.dtype()?;
    let mut tensors = bench.tensors(1)?;
    let [name] = bench.names(2).split_off(1).try_into().ok()?;
    tensors.push(Tensor::new(
        &name,
        &dtype.name,
        &[0, bound.min(bounds::largest_integer(bench.dialect))],
        Vec::new(),
    ));
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let zero = Value::number(0);
    *broken.field(&name, &bench.keys.shape) = Value::Array(vec![zero, Value::token(digits)]);
    Pair::new(broken.draft(), document.draft())
}

/// An offset that is no integer of 64 bits says nothing about the byte buffer.
fn offset(bench: &mut Bench<'_>, digits: &str) -> Option<Pair> {
    if digits.parse::<u64>().is_ok() {
        return None;
    }
    let tensors = bench.tensors(1)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let key = &bench.keys.data_offsets;
    let Value::Array(items) = broken.field(&tensors[0].name, key) else { return None };
    *items.last_mut()? = Value::token(digits);
    Pair::new(broken.draft(), document.draft())
}

pub(super) fn number_range() -> Vec<Kind> {
    let digits = "9".repeat(400);
    let numbers = [
        ("large-exponent", "a number with too large an exponent", "1e999".to_owned(), "1e99"),
        ("negative", "a negative number with too large an exponent", "-1e400".to_owned(), "-1e40"),
        ("just-beyond", "the first power of ten that is too large", "1e309".to_owned(), "1e308"),
        ("many-digits", "an integer of 400 digits", digits.clone(), "9"),
        ("huge-exponent", "an exponent of twenty digits", format!("1e{}", &digits[..20]), "1e9"),
        (
            "fraction",
            "a number with a fraction and too large an exponent",
            "0.001e400".to_owned(),
            "0.001e40",
        ),
    ];
    numbers
        .into_iter()
        .map(|(slug, title, bad, good)| {
            Kind::new(slug, title, move |bench| {
                let tensors = bench.tensors(1)?;
                let wrap = if bench.plain { 0 } else { bench.draw.below(3) };
                let key = bench.unknown_key();
                let document = bench.document(&tensors);
                let with = |number: &str| {
                    let mut document = document.clone();
                    let number = Value::token(number);
                    let value = match wrap {
                        0 => number,
                        1 => Value::Array(vec![number]),
                        _ => Value::Object(vec![(Value::text("a"), number)]),
                    };
                    document.entry(&tensors[0].name).push((Value::text(&key), value));
                    document.draft()
                };
                Pair::new(with(&bad), with(good))
            })
        })
        .collect()
}
