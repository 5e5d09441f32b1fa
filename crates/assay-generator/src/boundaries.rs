//! Files at the edges of limits and tables: at, just inside, just outside; and
//! valid files as close to breaking a rule as they can be.

mod dtypes;
mod numbers;
mod texts;

use assay_spec::check::{Aligned, Fault, KeyScope, SizeDemand};
use assay_spec::{Check, Dialect, Rule, Verdict};

use crate::bounds;
use crate::draft::Draft;
use crate::model::{Padding, Tensor};
use crate::text::Value;
use crate::violate::{self, Bench, linear};

/// A file at an edge, with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// Kebab-case name, unique for the rule (and not one of its violations') and stable.
    pub slug: String,
    /// One line: what is special about the file.
    pub title: String,
    /// What the file is. If not valid, it breaks the rule and none of equal or
    /// graver consequence.
    pub verdict: Verdict,
    /// The file.
    pub draft: Draft,
}

impl Boundary {
    pub(crate) fn new(
        slug: impl Into<String>,
        title: impl Into<String>,
        verdict: Verdict,
        draft: Draft,
    ) -> Boundary {
        Boundary { slug: slug.into(), title: title.into(), verdict, draft }
    }

    pub(crate) fn valid(
        slug: impl Into<String>,
        title: impl Into<String>,
        draft: Draft,
    ) -> Boundary {
        Boundary::new(slug, title, Verdict::Valid, draft)
    }
}

/// The files at the edges of a rule. Empty for behaviour checks, and for
/// checks without an edge that violations and their twins do not show.
pub fn boundaries(dialect: &Dialect, rule: &Rule) -> Vec<Boundary> {
    let mut bench = Bench::new(dialect, rule, 0, true);
    let made = match &rule.check {
        Check::Linear { left, op, right } => numbers::linear(&mut bench, left, *op, right),
        Check::UnsignedIntegers { demand, .. } => numbers::integers(&mut bench, demand),
        Check::NumberRange { .. } => numbers::doubles(&mut bench),
        Check::SizeEquation { demand } => size(&mut bench, *demand),
        Check::InTable { .. } => dtypes::known(&mut bench),
        Check::Encoding { of, .. } => texts::encoding(&mut bench, *of),
        Check::LeadingBytes { allowed, .. } => texts::leading(&mut bench, allowed),
        Check::TrailingBytes { allowed, .. } => texts::trailing(&mut bench, allowed),
        Check::ForeignMagic {} => texts::magics(&mut bench),
        Check::JsonGrammar { .. } => texts::grammar(&mut bench),
        Check::UniqueKeys { scope } => unique(&mut bench, *scope),
        Check::Tiling { forbid } => tiling(&mut bench, *forbid),
        Check::OrderedPair { .. } => empty_tensor(&mut bench),
        Check::Alignment { of } => alignment(&mut bench, *of),
        Check::ValueType { .. }
        | Check::Keys { .. }
        | Check::ArrayLength { .. }
        | Check::Behaviour { .. } => Some(Vec::new()),
    };
    let mut made = made.unwrap_or_default();
    // Narrow limits leave no room for some edges of other rules.
    made.retain(|boundary| match boundary.verdict {
        Verdict::Valid => linear::breaks_none(dialect, &boundary.draft),
        _ => linear::breaks_no_other(dialect, rule, &boundary.draft),
    });
    made
}

/// A name as a part of a slug.
pub(crate) fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect()
}

fn size(bench: &mut Bench<'_>, demand: SizeDemand) -> Option<Vec<Boundary>> {
    match demand {
        SizeDemand::WholeBytes => whole_bytes(bench),
        SizeDemand::Fits => {
            let largest = bounds::largest_integer(bench.dialect);
            let dtype = bench.dtype()?;
            let shape = [0, largest, largest];
            let tensors = bench.shaped_empty(dtype, &shape);
            Some(vec![Boundary::valid(
                "empty-beside-largest",
                "no element, whatever the other dimensions are",
                bench.document(&tensors).draft(),
            )])
        }
        SizeDemand::NoOverflowBeforeZero => overflow(bench),
        SizeDemand::MatchesOffsets | SizeDemand::MatchesOffsetsRoundedUp => {
            let dtype = bench.dtype()?;
            let mut made = Vec::new();
            for (slug, shape) in [
                ("scalar", vec![]),
                ("one-element", vec![1]),
                ("empty", vec![0]),
                ("ones", vec![1, 1, 1]),
            ] {
                let tensors = bench.shaped(dtype, std::slice::from_ref(&shape));
                let title = format!("shape {shape:?} and its range");
                made.push(Boundary::valid(slug, title, bench.document(&tensors).draft()));
            }
            made.extend(dtypes::smallest(bench));
            Some(made)
        }
    }
}

/// Every number of elements around one and two whole groups of bytes.
fn whole_bytes(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let dialect = bench.dialect;
    let mut made = Vec::new();
    for dtype in dialect.dtypes().iter().filter(|dtype| dtype.bytes().is_none()) {
        for elements in 0..=2 * bounds::whole(dtype) + 1 {
            let bits = elements * dtype.bits;
            let whole = bits.is_multiple_of(8);
            let contents = (0..bits.div_ceil(8)).map(|at| at as u8 + 1).collect();
            let [name] = bench.names(1).try_into().ok()?;
            let tensor = Tensor::new(&name, &dtype.name, &[elements], contents);
            let verdict = if whole { Verdict::Valid } else { bounds::verdict_of(bench.rule) };
            made.push(Boundary::new(
                format!("{}-times-{elements}", slug(&dtype.name)),
                format!("{elements} elements of {} bits", dtype.bits),
                verdict,
                bench.document(&[tensor]).draft(),
            ));
        }
        made.push(dtypes::scalar(bench, dtype)?);
    }
    Some(made)
}

/// Products before a zero: the largest that fits, the smallest that does not.
fn overflow(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let dialect = bench.dialect;
    let dtype = bench.dtype()?;
    let most = u128::from(bounds::largest_size_bits(dialect));
    let at = |size| violate::dims_equal(dialect, size);
    let mut made = Vec::new();
    for (slug, title, dims, verdict) in [
        ("at-limit", "the largest product before a zero", at(most), Verdict::Valid),
        (
            "one-inside",
            "one below the largest product before a zero",
            at(most.saturating_sub(1)),
            Verdict::Valid,
        ),
        (
            "one-outside",
            "one above the largest product before a zero",
            at(most + 1),
            bounds::verdict_of(bench.rule),
        ),
        ("zero-first", "the largest dimensions after a zero", Some(Vec::new()), Verdict::Valid),
    ] {
        let Some(mut shape) = dims else { continue };
        shape.push(0);
        if verdict == Verdict::Valid {
            shape.push(bounds::largest_integer(dialect));
        }
        let tensors = bench.shaped_empty(dtype, &shape);
        made.push(Boundary::new(slug, title, verdict, bench.document(&tensors).draft()));
    }
    Some(made)
}

/// Keys that are nearly the same, or the same in different objects.
fn unique(bench: &mut Bench<'_>, scope: KeyScope) -> Option<Vec<Boundary>> {
    const NEAR: [(&str, &str, [&str; 2]); 5] = [
        ("case", "keys that differ in case", ["name", "Name"]),
        ("white-space", "keys that differ in white space", ["name", "name "]),
        ("normal-form", "keys that differ in Unicode normal form", ["caf\u{e9}", "cafe\u{301}"]),
        ("after-nul", "keys that differ after U+0000", ["a\0b", "a\0c"]),
        ("looks-escaped", "a key that looks like the other's escape", ["a", "\\u0061"]),
    ];
    let mut made = Vec::new();
    for (slug, title, keys) in NEAR {
        let mut tensors = bench.tensors(2)?;
        match scope {
            KeyScope::Header => {
                for (tensor, key) in tensors.iter_mut().zip(keys) {
                    tensor.name = key.to_owned();
                }
            }
            KeyScope::Metadata => {
                let pairs = keys.iter().map(|key| ((*key).to_owned(), "text".to_owned()));
                bench.metadata = Some(pairs.collect());
            }
            KeyScope::Entry | KeyScope::Nested => {
                let mut document = bench.document(&tensors);
                let members = keys.iter().map(|key| (Value::text(key), Value::number(1)));
                let members: Vec<(Value, Value)> = members.collect();
                let entry = document.entry(&tensors[0].name);
                if scope == KeyScope::Entry {
                    entry.extend(members);
                } else {
                    entry.push((Value::text(&bench.unknown_key()), Value::Object(members)));
                }
                made.push(Boundary::valid(slug, title, document.draft()));
                continue;
            }
        }
        made.push(Boundary::valid(slug, title, bench.document(&tensors).draft()));
    }
    Some(made)
}

fn tiling(bench: &mut Bench<'_>, fault: Fault) -> Option<Vec<Boundary>> {
    match fault {
        Fault::MisplacedEmpty => empties(bench),
        Fault::Tail => {
            let draft = bench.document(&[]).draft();
            Some(vec![Boundary::valid("no-buffer", "no tensor and no byte buffer", draft)])
        }
        Fault::Gap | Fault::Overlap => {
            let tensors = bench.tensors(3)?;
            let mut reversed = tensors.clone();
            for (at, tensor) in reversed.iter_mut().enumerate() {
                tensor.rank = 3 - at as u64;
            }
            let draft = bench.document(&reversed).draft();
            Some(vec![Boundary::valid(
                "reversed",
                "tensors side by side, last first in the header",
                draft,
            )])
        }
        Fault::Overrun => {
            let draft = bench.document(&bench.clone().tensors(1)?).draft();
            Some(vec![Boundary::valid("ends-with-file", "a tensor that ends with the file", draft)])
        }
    }
}

/// Empty tensors where they belong: at the start, between others, at the end, several.
fn empties(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let dtype = bench.dtype()?;
    let layouts: [(&str, &str, &[u64]); 5] = [
        ("empty-at-start", "an empty tensor before the first", &[0, 2]),
        ("empty-between", "an empty tensor between two others", &[2, 0, 2]),
        ("empty-at-end", "an empty tensor after the last", &[2, 0]),
        ("several-empty", "several empty tensors in one place", &[2, 0, 0, 0, 2]),
        ("only-empty", "nothing but empty tensors", &[0, 0]),
    ];
    let mut made = Vec::new();
    for (slug, title, sizes) in layouts {
        let shapes: Vec<Vec<u64>> = sizes.iter().map(|size| vec![*size]).collect();
        let tensors = bench.shaped(dtype, &shapes);
        made.push(Boundary::valid(slug, title, bench.document(&tensors).draft()));
    }
    Some(made)
}

fn empty_tensor(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let dtype = bench.dtype()?;
    let tensors = bench.shaped(dtype, &[vec![2], vec![0]]);
    let draft = bench.document(&tensors).draft();
    Some(vec![Boundary::valid("equal", "a range that ends where it begins", draft)])
}

/// Every offset from an aligned position, up to the next.
fn alignment(bench: &mut Bench<'_>, of: Aligned) -> Option<Vec<Boundary>> {
    let dtypes = bounds::whole_dtypes(bench.dialect);
    let (narrow, wide) = (*dtypes.first()?, *dtypes.last()?);
    let outside = bounds::verdict_of(bench.rule);
    let mut made = Vec::new();
    match of {
        Aligned::DataStart => {
            let byte = bounds::padding(bench.dialect).first().copied()?;
            let alignment = bench.dialect.limit("data_alignment");
            let tensors = bench.tensors(1)?;
            let mut document = bench.document(&tensors);
            let text = document.draft().header_len()?;
            for off in 0..alignment {
                document.style.padding = Padding::UpTo { byte, len: text + off };
                let verdict = if off == 0 { Verdict::Valid } else { outside };
                let title = format!("a byte buffer {off} bytes after a multiple of {alignment}");
                made.push(Boundary::new(format!("off-by-{off}"), title, verdict, document.draft()));
            }
        }
        Aligned::TensorBegin => {
            let (small, large) = (narrow.bytes()?, wide.bytes()?);
            for elements in 1..=large.div_ceil(small) {
                let mut tensors = bench.shaped(narrow, &[vec![elements], vec![1]]);
                let mut second = bench.shaped(wide, &[vec![2]]).remove(0);
                second.name.clone_from(&tensors[1].name);
                tensors[1] = second;
                let off = elements * small;
                let title = format!("a tensor of {large}-byte elements that begins at byte {off}");
                let draft = bench.document(&tensors).draft();
                let aligned = off.is_multiple_of(large);
                let verdict = if aligned { Verdict::Valid } else { outside };
                made.push(Boundary::new(format!("begins-at-{off}"), title, verdict, draft));
            }
            made.extend(dtypes::after_one_byte(bench, narrow));
            made.extend(dtypes::every_pair(bench, narrow));
        }
    }
    Some(made)
}
