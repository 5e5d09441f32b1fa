//! Breaking linear checks: lengths, nesting, rank.
//!
//! A violation moves one quantity past the bound that the check sets for it.
//! Quantities are solved for, so other limits or terms need no other code.

use assay_spec::check::{Comparison, Term};
use assay_spec::{Dialect, OnViolation, Rule};

use super::measured::{nested, smallest, with};
use super::{Bench, Kind, Pair};
use crate::bounds::{self, Facts, Interval, Linear};
use crate::draft::{Draft, PREFIX_BYTES, Prefix, Segment};
use crate::model::Padding;

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
            let mut shape = vec![1; bench.count(rank)?];
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
    let own = Linear::of(bench.rule).and_then(|own| own.kept(bench.dialect, &facts(broken)));
    let alone = own != Some(true)
        && breaks_no_other(bench.dialect, bench.rule, broken)
        && breaks_none(bench.dialect, twin);
    alone.then_some(())
}

/// Whether a draft keeps all rules on lengths but perhaps this one; advice is
/// no matter to a rule that is more.
pub(crate) fn breaks_no_other(dialect: &Dialect, rule: &Rule, draft: &Draft) -> bool {
    let facts = facts(draft);
    others(dialect, rule).all(|other| {
        Linear::of(other).and_then(|linear| linear.kept(dialect, &facts)) != Some(false)
            || (other.on_violation == OnViolation::Warn && rule.on_violation != OnViolation::Warn)
    })
}

/// Whether a draft keeps all rules on lengths.
pub(crate) fn breaks_none(dialect: &Dialect, draft: &Draft) -> bool {
    bounds::keeps_all(dialect, &facts(draft))
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
