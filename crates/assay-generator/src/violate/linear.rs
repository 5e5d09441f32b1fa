//! Breaking linear checks: lengths, nesting, rank.
//!
//! A violation moves one quantity past the bound that the check sets for it.
//! Quantities are solved for, so other limits or terms need no other code.

use assay_spec::check::{Comparison, Term};
use assay_spec::{Dialect, OnViolation, Rule};

use super::{Bench, Kind, Pair};
use crate::bounds::{self, Facts, Interval, Linear};
use crate::draft::{Draft, PREFIX_BYTES, Prefix, Segment};
use crate::model::{Padding, Tensor};
use crate::text::Value;

/// Quantities in the order in which they are moved, if a check has several.
const MOVED: [Term; 5] =
    [Term::HeaderDepth, Term::TensorRank, Term::PrefixN, Term::BufferLen, Term::FileLen];

/// Levels that a file goes too deep when it goes far too deep.
const FAR_TOO_DEEP: u64 = 10_000;

/// The quantity that violations of a check move.
pub(crate) fn moved(linear: Linear<'_>) -> Option<Term> {
    MOVED.into_iter().find(|term| linear.coefficient(term) != 0)
}

pub(super) fn kinds(left: &[Term], op: Comparison, right: &[Term]) -> Vec<Kind> {
    let linear = Linear { left, op, right };
    let Some(variable) = moved(linear) else { return Vec::new() };
    let rising = linear.coefficient(&variable) > 0;
    let mut kinds = Vec::new();
    if op == Comparison::Equal || (op == Comparison::AtMost) == rising {
        kinds.extend(above(&variable, linear.coefficient(&Term::FileLen) != 0));
    }
    if op == Comparison::Equal || (op == Comparison::AtLeast) == rising {
        kinds.extend(below(&variable));
    }
    kinds
}

/// Ways to exceed an upper bound.
fn above(variable: &Term, against_file: bool) -> Vec<Kind> {
    match variable {
        Term::HeaderDepth => vec![
            deep("arrays-one-too-deep", "arrays nested one level too deep", 0, b"["),
            deep("objects-one-too-deep", "objects nested one level too deep", 0, b"{"),
            deep("mixed-one-too-deep", "arrays and objects nested one level too deep", 0, b"[{"),
            deep(
                "arrays-far-too-deep",
                "arrays nested thousands of levels too deep",
                FAR_TOO_DEEP,
                b"[",
            ),
        ],
        Term::TensorRank => vec![
            ranked("one-dimension-too-many", "one dimension too many", 1, 1),
            ranked("empty-one-dimension-too-many", "an empty tensor, one dimension too many", 1, 0),
            ranked("four-times-the-dimensions", "far too many dimensions", 4, 1),
        ],
        Term::PrefixN if against_file => vec![
            declared(
                "one-byte-too-long",
                "the prefix declares one byte more than there is",
                |over| over,
            ),
            cut("cut-in-header", "the file ends in the middle of the header", 2),
            cut("only-prefix", "the file ends after the prefix", 0),
            farthest(
                "longest-header-declared",
                "the prefix declares the longest header that the limit allows",
            ),
        ],
        Term::PrefixN => vec![
            declared(
                "one-above-declared",
                "a small file that declares one byte more than the limit",
                |over| over,
            ),
            low_half_fits(),
            declared("sign-bit", "a header length that is negative as a signed integer", |_| {
                1 << 63
            }),
            declared("all-ones", "the largest header length", |_| u64::MAX),
            honest(
                "padded-one-above",
                "a header padded to one byte more than the limit",
                Term::PrefixN,
                Step::Above,
            ),
        ],
        other => vec![honest("one-above", "one byte too many", other.clone(), Step::Above)],
    }
}

/// Ways to fall short of a lower bound.
fn below(variable: &Term) -> Vec<Kind> {
    match variable {
        Term::FileLen => vec![
            Kind::new("empty-file", "a file of no bytes", |bench| truncated(bench, |_| 0)),
            Kind::new("one-byte", "a file of one byte", |bench| {
                truncated(bench, |bound| 1.min(bound))
            }),
            Kind::new("half-a-prefix", "a file that ends within the prefix", |bench| {
                truncated(bench, |bound| bound / 2)
            }),
            Kind::new("one-byte-short", "a file one byte shorter than the prefix", |bench| {
                truncated(bench, |bound| bound)
            }),
        ],
        Term::PrefixN => vec![
            Kind::new(
                "nothing-declared",
                "a header length of zero, and nothing after it",
                |bench| short_header(bench, |_| (0, 0)),
            ),
            Kind::new(
                "nothing-declared-before-header",
                "a header length of zero before a header",
                |bench| short_header(bench, |_| (0, u64::MAX)),
            ),
            Kind::new("one-byte-short", "a header one byte shorter than the shortest", |bench| {
                short_header(bench, |under| (under, under))
            }),
        ],
        other => vec![honest("one-below", "one too few", other.clone(), Step::Below)],
    }
}

/// Where a value lies, seen from a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Above,
    Below,
}

/// A file that truly has a quantity one past the bound, and one at the bound.
fn honest(slug: &'static str, title: &'static str, variable: Term, step: Step) -> Kind {
    Kind::new(slug, title, move |bench| {
        let (low, high) = own(bench, &variable, &Facts::default())?.ends()?;
        let (inside, outside) = match step {
            Step::Above => (high, high.checked_add(1)?),
            Step::Below => (low, low.checked_sub(1)?),
        };
        let twin =
            with(&mut bench.clone(), &variable, inside).or_else(|| smallest(bench, &variable))?;
        let broken = with(&mut bench.clone(), &variable, outside)?;
        Pair::new(broken, twin)
    })
}

/// A file that truly has a quantity of this value; `None` if this crate cannot make one.
pub(crate) fn with(bench: &mut Bench<'_>, variable: &Term, value: u64) -> Option<Draft> {
    match variable {
        Term::HeaderDepth => nested(bench, value, b"["),
        Term::TensorRank => {
            let dtype = bench.dtype()?;
            let shape = vec![1; usize::try_from(value).ok()?];
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
fn smallest(bench: &Bench<'_>, variable: &Term) -> Option<Draft> {
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
fn nested(bench: &mut Bench<'_>, depth: u64, opening: &[u8]) -> Option<Draft> {
    let tensors = bench.tensors(1)?;
    let mut document = bench.document(&tensors);
    // Header and entry are two levels, and the entry's arrays the third.
    let Some(inside) = depth.checked_sub(2).filter(|inside| *inside > 0) else {
        return (depth == 1).then(|| bench.document(&[]).draft());
    };
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
    let key = unknown_key(bench.dialect);
    document.entry(&tensors[0].name).push((Value::text(&key), Value::Token(token)));
    Some(document.draft())
}

/// A key that the dialect gives no meaning in an entry.
pub(super) fn unknown_key(dialect: &Dialect) -> String {
    let mut key = "nested".to_owned();
    while dialect.known_entry_keys().any(|known| known == key) {
        key.push('_');
    }
    key
}

fn deep(slug: &'static str, title: &'static str, further: u64, opening: &'static [u8]) -> Kind {
    Kind::new(slug, title, move |bench| {
        let (_, high) = own(bench, &Term::HeaderDepth, &Facts::default())?.ends()?;
        let too_deep = high.checked_add(1)?.checked_add(further)?;
        let broken = nested(&mut bench.clone(), too_deep, opening)?;
        Pair::new(broken, nested(bench, high, opening)?)
    })
}

fn ranked(slug: &'static str, title: &'static str, times: u64, last: u64) -> Kind {
    Kind::new(slug, title, move |bench| {
        let (_, high) = own(bench, &Term::TensorRank, &Facts::default())?.ends()?;
        let dtype = bench.dtype()?;
        let draft = |rank: u64| {
            let mut bench = bench.clone();
            let mut shape = vec![1; usize::try_from(rank).ok()?];
            *shape.last_mut()? = last;
            let tensors = bench.shaped(dtype, &[shape]);
            Some(bench.document(&tensors).draft())
        };
        let broken = draft(high.checked_mul(times)?.checked_add(1)?)?;
        Pair::new(broken, draft(high)?)
    })
}

/// A file that declares another header length than it has: `choose` gets the
/// first length past the bound.
fn declared(slug: &'static str, title: &'static str, choose: fn(u64) -> u64) -> Kind {
    Kind::new(slug, title, move |bench| {
        let twin = base(bench)?;
        let (_, high) = own(bench, &Term::PrefixN, &facts(&twin))?.ends()?;
        let length = choose(high.checked_add(1)?);
        let broken = Draft { prefix: Prefix::Length(length), ..twin.clone() };
        Pair::new(broken, twin)
    })
}

/// The declared length is right in its low 32 bits.
fn low_half_fits() -> Kind {
    Kind::new("low-half-fits", "a header length that is right in its low 32 bits only", |bench| {
        let twin = base(bench)?;
        let length = (1_u64 << 32).checked_add(twin.header_len()?)?;
        let broken = Draft { prefix: Prefix::Length(length), ..twin.clone() };
        Pair::new(broken, twin)
    })
}

/// The longest header length that only this rule objects to.
fn farthest(slug: &'static str, title: &'static str) -> Kind {
    Kind::new(slug, title, |bench| {
        let twin = base(bench)?;
        let mut room = Interval::ALL;
        for other in others(bench.dialect, bench.rule) {
            let solved = Linear::of(other)?.solve(bench.dialect, &Term::PrefixN, &Facts::default());
            room = room.and(solved.unwrap_or(Interval::ALL));
        }
        let (_, length) = room.ends()?;
        let broken = Draft { prefix: Prefix::Length(length), ..twin.clone() };
        Pair::new(broken, twin)
    })
}

/// A file that ends after `1/part` of its header; after none of it if `part` is 0.
fn cut(slug: &'static str, title: &'static str, part: usize) -> Kind {
    Kind::new(slug, title, move |bench| {
        let twin = base(bench)?;
        let length = twin.header_len()?;
        let [Segment::Bytes(header), ..] = twin.header.as_slice() else { return None };
        let kept = header.len().checked_div(part).unwrap_or(0);
        let broken = Draft {
            prefix: Prefix::Length(length),
            header: vec![Segment::Bytes(header[..kept].to_vec())],
            data: Vec::new(),
        };
        Pair::new(broken, twin)
    })
}

/// A file cut to a length: `choose` gets the longest that is too short.
fn truncated(bench: &mut Bench<'_>, choose: fn(u64) -> u64) -> Option<Pair> {
    let twin = base(bench)?;
    let (low, _) = own(bench, &Term::FileLen, &Facts::default())?.ends()?;
    let len = choose(low.checked_sub(1)?);
    let mut bytes = twin.to_bytes(1 << 20).ok()?;
    bytes.truncate(usize::try_from(len).ok()?);
    let broken = Draft { prefix: Prefix::Bytes(bytes), header: Vec::new(), data: Vec::new() };
    Pair::new(broken, twin)
}

/// A file that declares too short a header: `choose` gets the longest such
/// length and gives the declared length and how much of the header is there.
fn short_header(bench: &mut Bench<'_>, choose: fn(u64) -> (u64, u64)) -> Option<Pair> {
    let (low, _) = own(bench, &Term::PrefixN, &Facts::default())?.ends()?;
    let mut document = bench.document(&[]);
    if let Some(byte) = bounds::padding(bench.dialect).first() {
        document.style.padding = Padding::UpTo { byte: *byte, len: low };
    }
    let twin = document.draft();
    let (declared, there) = choose(low.checked_sub(1)?);
    let mut header = document.text();
    header.truncate(usize::try_from(there).unwrap_or(usize::MAX));
    let broken = Draft {
        prefix: Prefix::Length(declared),
        header: vec![Segment::Bytes(header)],
        data: Vec::new(),
    };
    Pair::new(broken, twin)
}

/// A valid file around which lengths are moved.
fn base(bench: &mut Bench<'_>) -> Option<Draft> {
    Some(bench.one_tensor()?.draft())
}

/// The values of a quantity that the bench's rule allows.
fn own(bench: &Bench<'_>, variable: &Term, facts: &Facts) -> Option<Interval> {
    Linear::of(bench.rule)?.solve(bench.dialect, variable, facts)
}

/// Rules that are judged beside this one when it is broken.
fn others<'a>(dialect: &'a Dialect, rule: &Rule) -> impl Iterator<Item = &'a Rule> {
    let id = rule.id.clone();
    dialect.rules().iter().filter(move |other| {
        other.id != id && !other.depends.contains(&id) && Linear::of(other).is_some()
    })
}

/// Whether a violation leaves lengths alone, or breaks the rule on lengths that
/// it is meant to break and no other; `None` if not.
pub(super) fn keeps_others(bench: &Bench<'_>, broken: &Draft, twin: &Draft) -> Option<()> {
    let kept = |rule: &Rule, draft: &Draft| Linear::of(rule)?.kept(bench.dialect, &facts(draft));
    let bearable = |rule: &Rule| {
        kept(rule, broken) != Some(false)
            || (rule.on_violation == OnViolation::Warn
                && bench.rule.on_violation != OnViolation::Warn)
    };
    let alone = kept(bench.rule, broken) != Some(true)
        && others(bench.dialect, bench.rule).all(bearable)
        && bounds::keeps_all(bench.dialect, &facts(twin));
    alone.then_some(())
}

/// Lengths of a draft, as its prefix declares them.
fn facts(draft: &Draft) -> Facts {
    let file_len = draft.len().unwrap_or(u64::MAX);
    let prefix_n = match &draft.prefix {
        Prefix::HeaderLength => draft.header_len(),
        Prefix::Length(length) => Some(*length),
        Prefix::Bytes(_) => None,
    };
    let buffer_len = prefix_n.and_then(|n| file_len.checked_sub(PREFIX_BYTES)?.checked_sub(n));
    Facts { file_len: Some(file_len), prefix_n, buffer_len, depth: None, rank: None }
}
