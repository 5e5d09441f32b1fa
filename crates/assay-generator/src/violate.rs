//! Files that break exactly one rule, each with the nearest valid file.
//!
//! Every kind of check has a list of ways to break it. A list depends on the
//! rule alone; the files depend on the dialect as well: its limits, tables and
//! other rules, which a violation must keep.

mod bench;
mod entry;
mod feature;
mod grammar;
mod header;
mod integers;
pub(crate) mod linear;
pub(crate) mod measured;
mod size;
mod tiling;
mod unique;

use assay_spec::{Check, Dialect, Rule};

pub(crate) use bench::Bench;
pub(crate) use header::magics;
pub(crate) use size::dims_equal;

use crate::draft::Draft;

/// A file that breaks one rule, and its twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// One line: what is wrong with the file.
    pub title: String,
    /// Kebab-case name of the kind of violation, unique for the rule and stable.
    pub slug: String,
    /// The file that breaks the rule and none of equal or graver consequence.
    pub broken: Draft,
    /// The nearest valid file, one edit away.
    pub twin: Draft,
}

/// A file that breaks a rule of the dialect. Seeds below [`kinds`] give each
/// kind of violation once, in plain files; larger seeds draw the kind's
/// surroundings: kind = seed modulo [`kinds`].
///
/// `None` if no file can break the rule: always for a behaviour check, else
/// only where a dialect leaves no room (no dtype smaller than a byte, say).
pub fn violate(dialect: &Dialect, rule: &Rule, seed: u64) -> Option<Violation> {
    let list = kinds_of(&rule.check);
    let count = list.len() as u64;
    let kind = list.get(usize::try_from(seed.checked_rem(count)?).ok()?)?;
    let mut bench = Bench::new(dialect, rule, seed, seed < count);
    let Pair { broken, twin } = (kind.make)(&mut bench)?;
    linear::keeps_others(&bench, &broken, &twin)?;
    Some(Violation { title: kind.title.clone(), slug: kind.slug.clone(), broken, twin })
}

/// How many kinds of violation there are for a rule.
pub fn kinds(rule: &Rule) -> u64 {
    kinds_of(&rule.check).len() as u64
}

/// Makes a broken file and its twin; `None` if the dialect leaves no room.
type Make = Box<dyn Fn(&mut Bench<'_>) -> Option<Pair>>;

/// A way to break a rule.
struct Kind {
    slug: String,
    title: String,
    make: Make,
}

/// A broken file and its twin.
struct Pair {
    broken: Draft,
    twin: Draft,
}

impl Kind {
    fn new(
        slug: impl Into<String>,
        title: impl Into<String>,
        make: impl Fn(&mut Bench<'_>) -> Option<Pair> + 'static,
    ) -> Kind {
        Kind { slug: slug.into(), title: title.into(), make: Box::new(make) }
    }
}

impl Pair {
    fn new(broken: Draft, twin: Draft) -> Option<Pair> {
        Some(Pair { broken, twin })
    }
}

fn kinds_of(check: &Check) -> Vec<Kind> {
    match check {
        Check::Linear { left, op, right } => linear::kinds(left, *op, right),
        Check::Encoding { of, .. } => header::encoding(*of),
        Check::LeadingBytes { judge, allowed } => header::leading(*judge, allowed),
        Check::TrailingBytes { judge, allowed } => header::trailing(*judge, allowed),
        Check::ForeignMagic {} => header::foreign_magic(),
        Check::JsonGrammar { .. } => grammar::kinds(),
        Check::NumberRange { .. } => integers::number_range(),
        Check::UniqueKeys { scope } => unique::kinds(*scope),
        Check::ValueType { of, is } => entry::value_type(*of, is),
        Check::Keys { demand, .. } => entry::keys(*demand),
        Check::InTable { of, .. } => entry::in_table(*of),
        Check::UnsignedIntegers { of, demand } => integers::unsigned(of, demand),
        Check::ArrayLength { of, length } => entry::array_length(*of, *length),
        Check::OrderedPair { of } => entry::ordered_pair(*of),
        Check::SizeEquation { demand } => size::kinds(*demand),
        Check::Tiling { forbid } => tiling::kinds(*forbid),
        Check::Alignment { of } => tiling::alignment(*of),
        Check::Behaviour { .. } => Vec::new(),
    }
}
