//! Edges of numeric limits: lengths, depth, rank, integers, doubles.

use assay_spec::Verdict;
use assay_spec::check::{Comparison, IntegerDemand, Term};

use super::Boundary;
use crate::bounds::{self, Facts, Interval, Linear};
use crate::draft::Prefix;
use crate::text::Value;
use crate::violate::Bench;
use crate::violate::{linear::moved, measured::with};

/// The integer halfway between the largest double and the next that would be
/// (2^1024 - 2^970), which rounds up: the smallest that is not finite.
const HALFWAY: &str = "\
    179769313486231580793728971405303415079934132710037826936173778980444968292\
    764750946649017977587207096330286416692887910946555547851940402630657488671\
    505820681908902000708383676273854845817711531764475730270069855571366959622\
    842914819860834936475292719074168444365510704342711559699508093042880177904\
    174497792";

/// Files above this size stand at their limit and outside it, but not just inside.
const LARGE_BYTES: u64 = 1 << 20;

pub(super) fn linear(
    bench: &mut Bench<'_>,
    left: &[Term],
    op: Comparison,
    right: &[Term],
) -> Option<Vec<Boundary>> {
    let linear = Linear { left, op, right };
    let variable = moved(linear)?;
    if linear.coefficient(&Term::FileLen) != 0 && variable != Term::FileLen {
        return against_file(bench, linear);
    }
    let kept = linear.solve(bench.dialect, &variable, &Facts::default())?;
    let (low, high) = kept.ends()?;
    let others = bounds::alone(bench.dialect, &variable);
    let mut made = Vec::new();
    if kept.low > Interval::ALL.low {
        let names = ["at-least", "one-above-least", "one-under"];
        edge(
            bench,
            &variable,
            others,
            [low, low.saturating_add(1), low.wrapping_sub(1)],
            names,
            &mut made,
        );
    }
    if kept.high < Interval::ALL.high {
        let names = ["at-most", "one-below-most", "one-over"];
        edge(bench, &variable, others, [high, high.wrapping_sub(1), high + 1], names, &mut made);
    }
    if made.iter().all(|boundary: &Boundary| boundary.verdict != Verdict::Valid) {
        bench.style.padding = crate::model::Padding::None;
        let smallest = bench.document(&[]).draft();
        made.insert(
            0,
            Boundary::valid("smallest-file", "the smallest file without tensors", smallest),
        );
    }
    Some(made)
}

/// At the bound, just inside, just outside, as far as honest files can be there.
fn edge(
    bench: &mut Bench<'_>,
    variable: &Term,
    others: Interval,
    [at, inside, outside]: [u64; 3],
    names: [&str; 3],
    made: &mut Vec<Boundary>,
) {
    let wrong = bounds::verdict_of(bench.rule);
    for (value, name, verdict) in [
        (at, names[0], Verdict::Valid),
        (inside, names[1], Verdict::Valid),
        (outside, names[2], wrong),
    ] {
        let Some(draft) = with(&mut bench.clone(), variable, value) else { continue };
        let impossible = verdict == Verdict::Valid && !others.holds(value);
        let needless = value == inside && draft.len().is_none_or(|len| len > LARGE_BYTES);
        if !impossible && !needless {
            let title = format!("{} is {value}", spelled(variable));
            made.push(Boundary::new(name, title, verdict, draft));
        }
    }
}

fn spelled(variable: &Term) -> &'static str {
    match variable {
        Term::FileLen => "the length of the file",
        Term::PrefixN => "the length of the header",
        Term::BufferLen => "the length of the byte buffer",
        Term::HeaderDepth => "the depth of the header",
        Term::TensorRank => "the rank of a tensor",
        Term::Limit(_) | Term::Constant(_) => "a constant",
    }
}

/// A header that ends with the file, and one byte before or after it.
fn against_file(bench: &mut Bench<'_>, linear: Linear<'_>) -> Option<Vec<Boundary>> {
    let draft = bench.document(&[]).draft();
    let facts = Facts { file_len: draft.len(), ..Facts::default() };
    let (_, high) = linear.solve(bench.dialect, &Term::PrefixN, &facts)?.ends()?;
    let mut made = Vec::new();
    if draft.header_len() == Some(high) {
        made.push(Boundary::valid(
            "ends-with-file",
            "a header that ends with the file",
            draft.clone(),
        ));
    }
    let longer = crate::Draft { prefix: Prefix::Length(high.checked_add(1)?), ..draft };
    made.push(Boundary::new(
        "one-past-the-file",
        "a header that ends one byte after the file, which has no byte buffer",
        bounds::verdict_of(bench.rule),
        longer,
    ));
    Some(made)
}

pub(super) fn integers(bench: &mut Bench<'_>, demand: &IntegerDemand) -> Option<Vec<Boundary>> {
    let wrong = bounds::verdict_of(bench.rule);
    match demand {
        IntegerDemand::PlainSpelling => {
            let largest = bounds::largest_integer(bench.dialect);
            let mut made = Vec::new();
            for (slug, number) in
                [("zero", 0), ("one-digit", 7), ("two-digits", 10), ("largest", largest)]
            {
                let draft = beside_zero(bench, number)?;
                made.push(Boundary::valid(slug, format!("the dimension {number}"), draft));
            }
            // The ends of what smaller integers hold.
            for (bits, around) in
                [(15, 0..=0), (16, 0..=0), (31, -1..=1), (32, -1..=1), (52, 0..=0)]
            {
                for off in around {
                    let number = (1_u64 << bits).saturating_add_signed(off);
                    if number > largest {
                        continue;
                    }
                    let slug = match off {
                        -1 => format!("two-to-the-{bits}-minus-1"),
                        0 => format!("two-to-the-{bits}"),
                        _ => format!("two-to-the-{bits}-plus-{off}"),
                    };
                    let draft = beside_zero(bench, number)?;
                    made.push(Boundary::valid(slug, format!("the dimension {number}"), draft));
                }
            }
            Some(made)
        }
        IntegerDemand::AtMost(term) => {
            let bound = bench.dialect.constant(term)?;
            let own = bench.rule.id.clone();
            let others = bounds::integer_bounds(bench.dialect)
                .filter(|(rule, _)| rule.id != own)
                .map(|(_, bound)| bound)
                .min()
                .unwrap_or(u64::MAX);
            // Where other bounds are narrower, the largest integer that none objects to.
            let at = bound.min(others);
            let mut made = vec![
                Boundary::valid(
                    "largest-accepted",
                    format!("the dimension {at}"),
                    beside_zero(bench, at)?,
                ),
                Boundary::valid(
                    "one-below",
                    format!("the dimension {}", at.saturating_sub(1)),
                    beside_zero(bench, at.saturating_sub(1))?,
                ),
            ];
            if let Some(over) = bound.checked_add(1).filter(|over| *over <= others) {
                made.push(Boundary::new(
                    "next",
                    format!("the dimension {over}"),
                    wrong,
                    beside_zero(bench, over)?,
                ));
                let title = format!("the dimension {others}");
                made.push(Boundary::new("last", title, wrong, beside_zero(bench, others)?));
                if others - 1 > over {
                    let title = format!("the dimension {}", others - 1);
                    let draft = beside_zero(bench, others - 1)?;
                    made.push(Boundary::new("one-before-last", title, wrong, draft));
                }
            }
            Some(made)
        }
    }
}

/// An empty tensor with a zero dimension and this one.
fn beside_zero(bench: &mut Bench<'_>, dimension: u64) -> Option<crate::Draft> {
    let dtype = bench.dtype()?;
    let tensors = bench.shaped_empty(dtype, &[0, dimension]);
    Some(bench.document(&tensors).draft())
}

/// Numbers that readers ignore, at the ends of what a double holds. Those that
/// only correct rounding keeps finite are left out: RFC 8259 lets parsers limit
/// their precision, so nobody can be held to them.
pub(super) fn doubles(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let wrong = bounds::verdict_of(bench.rule);
    let largest = format!("{:e}", f64::MAX);
    let smallest = format!("{:e}", f64::from_bits(1));
    let numbers = [
        ("largest-double", largest.as_str(), Verdict::Valid),
        ("halfway-to-infinity", HALFWAY, wrong),
        ("rounds-to-infinity", "1.7976931348623159e308", wrong),
        ("smallest-double", smallest.as_str(), Verdict::Valid),
        ("rounds-to-zero", "1e-999", Verdict::Valid),
        ("zero-with-exponent", "0e999", Verdict::Valid),
        ("negative-zero", "-0", Verdict::Valid),
    ];
    let tensors = bench.tensors(1)?;
    let made = numbers.into_iter().map(|(slug, number, verdict)| {
        let mut document = bench.document(&tensors);
        document
            .entry(&tensors[0].name)
            .push((Value::text(&bench.unknown_key()), Value::token(number)));
        Boundary::new(
            slug,
            format!("a number that readers ignore, {} characters long: {slug}", number.len()),
            verdict,
            document.draft(),
        )
    });
    Some(made.collect())
}
