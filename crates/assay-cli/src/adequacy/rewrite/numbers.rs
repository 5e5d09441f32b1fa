//! Rewritings of the integers in shapes and offsets.

use assay_spec::KeyRole;

use super::tree::{Node, Root};
use super::{Rewrite, tree};

const SPELLING: &str = "entry/integer-spelling";
const RANGE: &str = "entry/integer-range";
const EXACT: &str = "entry/integer-interoperable";

macro_rules! both {
    ($rule:expr, $in_shape:literal, $in_offsets:literal, $change:expr) => {
        [
            tree($rule, $in_shape, |root| change(root, KeyRole::Shape, $change)),
            tree($rule, $in_offsets, |root| change(root, KeyRole::DataOffsets, $change)),
        ]
    };
}

pub(super) fn all() -> Vec<Rewrite> {
    [
        both!(
            SPELLING,
            "a fraction of zeros passes in a shape",
            "a fraction of zeros passes in offsets",
            |text| {
                let (whole, fraction) = text.split_once('.')?;
                fraction.bytes().all(|byte| byte == b'0').then(|| whole.to_owned())
            }
        ),
        both!(
            SPELLING,
            "a fraction in a shape is cut off",
            "a fraction in offsets is cut off",
            |text| {
                let (whole, fraction) = text.split_once('.')?;
                fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| whole.to_owned())
            }
        ),
        both!(SPELLING, "an exponent passes in a shape", "an exponent passes in offsets", |text| {
            let number: f64 = text.contains(['e', 'E']).then(|| text.parse().ok())??;
            (number >= 0.0 && number.fract() == 0.0).then(|| format!("{number:.0}"))
        }),
        both!(
            SPELLING,
            "a shape's number is read up to its exponent",
            "an offset is read up to its exponent",
            |text| {
                let (digits, _) = text.split_once(['e', 'E'])?;
                digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.to_owned())
            }
        ),
        both!(SPELLING, "minus zero passes in a shape", "minus zero passes in offsets", |text| {
            (text == "-0").then(|| "0".to_owned())
        }),
        both!(
            SPELLING,
            "a minus sign in a shape is dropped",
            "a minus sign in offsets is dropped",
            |text| { text.strip_prefix('-').map(str::to_owned) }
        ),
        both!(SPELLING, "a negative dimension wraps", "a negative offset wraps", |text| {
            let number: i64 = text.parse().ok().filter(|number| *number < 0)?;
            Some(number.cast_unsigned().to_string())
        }),
        both!(SPELLING, "a negative dimension is 0", "a negative offset is 0", |text| {
            text.starts_with('-').then(|| "0".to_owned())
        }),
        both!(RANGE, "dimensions wrap at 64 bits", "offsets wrap at 64 bits", |text| {
            wide(text)
                .filter(|number| *number > u128::from(u64::MAX))
                .map(|number| (number as u64).to_string())
        }),
        both!(RANGE, "dimensions stop at 64 bits", "offsets stop at 64 bits", |text| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            (is_number && text.parse::<u64>().is_err()).then(|| u64::MAX.to_string())
        }),
        both!(EXACT, "dimensions wrap at 32 bits", "offsets wrap at 32 bits", |text| {
            let number: u64 = text.parse().ok()?;
            (number > u64::from(u32::MAX)).then(|| (number as u32).to_string())
        }),
        both!(EXACT, "dimensions stop at 31 bits", "offsets stop at 31 bits", |text| {
            let number: u64 = text.parse().ok()?;
            (number > i32::MAX as u64).then(|| i32::MAX.to_string())
        }),
        both!(EXACT, "dimensions are doubles", "offsets are doubles", |text| {
            let number: u64 = text.parse().ok()?;
            let rounded = number as f64 as u64;
            (rounded != number).then(|| rounded.to_string())
        }),
        both!(EXACT, "dimensions are single floats", "offsets are single floats", |text| {
            let number: u64 = text.parse().ok()?;
            let rounded = number as f32 as u64;
            (rounded != number).then(|| rounded.to_string())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn change(root: &mut Root<'_>, role: KeyRole, change: impl Fn(&str) -> Option<String>) {
    for element in root.elements(role) {
        if let Node::Leaf(text) = element
            && !text.starts_with('"')
            && let Some(changed) = change(text)
        {
            *text = changed;
        }
    }
}

fn wide(text: &str) -> Option<u128> {
    text.parse().ok()
}
