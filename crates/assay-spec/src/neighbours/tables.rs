//! The neighbours of the tables: limits, dtypes, keys, first bytes of other formats.

use super::{Direction, Neighbour};
use crate::check::{Aligned, Check, IntegerDemand, KeyDemand, SizeDemand, Table, Term};
use crate::dialect::Dialect;
use crate::edit::Edit;
use crate::rule::{Rule, RuleId};
use crate::tables::{Dtype, DtypeClass, Key, KeyObject, KeyRole};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn of_tables(dialect: &Dialect) -> Vec<Neighbour> {
    let mut all = limits(dialect);
    all.extend(dtypes(dialect));
    all.extend(keys(dialect));
    all.extend(magics(dialect));
    all
}

/// Each limit a little and a lot off, and as narrow as common integer types are.
fn limits(dialect: &Dialect) -> Vec<Neighbour> {
    let mut all = Vec::new();
    for (name, limit) in &dialect.spec().tables.limits {
        let Some(rule) = dialect.rules().iter().find(|rule| reads_limit(rule, name)) else {
            continue;
        };
        for (slug, value) in near_values(limit.value) {
            let slug = format!("{}-{slug}", name.replace('_', "-"));
            let title = format!("{name} is {value}, not {}", limit.value);
            let edit = Edit::SetLimit { limit: name.clone(), value };
            all.push(Neighbour::new(&rule.id, Direction::Other, slug, title, vec![edit]));
        }
    }
    all
}

/// Whether a rule's check compares with a limit, by name or because its kind does.
fn reads_limit(rule: &Rule, name: &str) -> bool {
    let is_it = |term: &Term| matches!(term, Term::Limit(limit) if limit == name);
    match &rule.check {
        Check::Linear { left, right, .. } => left.iter().chain(right).any(is_it),
        Check::UnsignedIntegers { demand: IntegerDemand::AtMost(term), .. } => is_it(term),
        Check::SizeEquation { demand: SizeDemand::Fits } => name == "max_size_bits",
        Check::Alignment { of: Aligned::DataStart } => name == "data_alignment",
        _ => false,
    }
}

/// Values that somebody could have taken for the right one.
fn near_values(value: u64) -> Vec<(String, u64)> {
    let mut near = Vec::new();
    let one = [("minus-one", value.checked_sub(1)), ("plus-one", value.checked_add(1))];
    near.extend(one.map(|(slug, value)| (slug.to_owned(), value)));
    near.push(("halved".to_owned(), Some(value / 2)));
    near.push(("doubled".to_owned(), value.checked_mul(2)));
    // A limit in decimal units, read in binary ones.
    if value.is_multiple_of(1_000_000) {
        near.push(("in-binary-units".to_owned(), (value / 1_000_000).checked_mul(1 << 20)));
    }
    for bits in [31, 32, 48, 53, 63] {
        let most = (1_u64 << bits) - 1;
        if most < value && value > u64::from(u32::MAX) {
            near.push((format!("of-{bits}-bits"), Some(most)));
        }
    }
    let taken = near.into_iter().filter_map(|(slug, near)| Some((slug, near?)));
    let mut seen = vec![value];
    taken
        .filter(|(_, near)| {
            let is_new = !seen.contains(near);
            seen.push(*near);
            is_new
        })
        .collect()
}

/// The rule that holds dtypes against the table, and the one that compares sizes.
fn rule_with(dialect: &Dialect, wanted: impl Fn(&Check) -> bool) -> Option<&RuleId> {
    dialect.rules().iter().find(|rule| wanted(&rule.check)).map(|rule| &rule.id)
}

/// Each dtype gone, each of another size, and dtypes that are not there.
fn dtypes(dialect: &Dialect) -> Vec<Neighbour> {
    let Some(known) =
        rule_with(dialect, |check| matches!(check, Check::InTable { table: Table::Dtypes, .. }))
    else {
        return Vec::new();
    };
    let sizes = rule_with(dialect, |check| {
        let compares = [SizeDemand::MatchesOffsets, SizeDemand::MatchesOffsetsRoundedUp];
        matches!(check, Check::SizeEquation { demand } if compares.contains(demand))
    });
    let mut all = Vec::new();
    for Dtype { name, bits, .. } in dialect.dtypes() {
        let dtype = name.clone();
        let edit = Edit::DropDtype { dtype: dtype.clone() };
        let title = format!("{name} is not known");
        all.push(Neighbour::new(
            known,
            Direction::Tighter,
            format!("no-{}", slug(name)),
            title,
            vec![edit],
        ));
        let Some(sizes) = sizes else { continue };
        for other in other_sizes(*bits) {
            let title = format!("{name} has {other} bits, not {bits}");
            let slug = format!("{}-of-{other}-bits", slug(name));
            let edit = Edit::SetDtypeBits { dtype: dtype.clone(), bits: other };
            all.push(Neighbour::new(sizes, Direction::Other, slug, title, vec![edit]));
        }
    }
    for dtype in near_dtypes(dialect) {
        let title = format!("{} is known, of {} bits", dtype.name, dtype.bits);
        let slug = format!("knows-{}", spelled(&dtype.name));
        let edit = Edit::AddDtype { dtype };
        all.push(Neighbour::new(known, Direction::Looser, slug, title, vec![edit]));
    }
    all
}

/// Half and twice the size, and whole bytes where it is not.
fn other_sizes(bits: u64) -> Vec<u64> {
    let mut sizes = vec![bits.div_ceil(2), bits * 2, bits.next_multiple_of(8)];
    sizes.sort_unstable();
    sizes.dedup();
    sizes.retain(|size| *size != bits);
    sizes
}

/// Dtypes that a dialect could have and does not, and a reader that guesses
/// takes: those of the dialect in lower case, and letters with sizes that are
/// common elsewhere.
pub fn near_dtypes(dialect: &Dialect) -> Vec<Dtype> {
    const SIZED: [(&str, DtypeClass, &[u64]); 4] = [
        ("U", DtypeClass::Uint, &[2, 3, 4, 128, 256]),
        ("I", DtypeClass::Int, &[2, 3, 4, 128, 256]),
        ("F", DtypeClass::Float, &[8, 128, 256]),
        ("C", DtypeClass::Complex, &[32, 128]),
    ];
    let lower = dialect.dtypes().iter().map(|dtype| Dtype {
        name: dtype.name.to_lowercase(),
        since: dialect.edition_name().to_owned(),
        ..dtype.clone()
    });
    let sized = SIZED.into_iter().flat_map(|(letter, class, sizes)| {
        sizes.iter().map(move |bits| Dtype {
            name: format!("{letter}{bits}"),
            bits: *bits,
            class,
            since: dialect.name().to_owned(),
            packing: None,
            note: None,
        })
    });
    lower.chain(sized).filter(|dtype| dialect.dtype(&dtype.name).is_none()).collect()
}

/// A name as a part of a slug.
fn slug(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// The same, with case told apart.
fn spelled(name: &str) -> String {
    let case = if name.chars().any(|char| char.is_ascii_uppercase()) { "" } else { "lower-case-" };
    format!("{case}{}", slug(name))
}

/// Each key optional, required, or spelled otherwise; one more key.
fn keys(dialect: &Dialect) -> Vec<Neighbour> {
    let demand = |wanted: KeyDemand| {
        rule_with(dialect, |check| matches!(check, Check::Keys { demand, .. } if *demand == wanted))
    };
    let metadata = rule_with(dialect, |check| {
        matches!(check, Check::ValueType { of: crate::check::Place::Metadata, .. })
    });
    let mut all = Vec::new();
    for Key { key, of, required, .. } in &dialect.spec().tables.keys {
        let rule = match of {
            KeyObject::Entry => demand(KeyDemand::Required),
            KeyObject::Header | KeyObject::Metadata => metadata,
        };
        let Some(rule) = rule else { continue };
        let word = slug(key).trim_matches('-').to_owned();
        if *of == KeyObject::Entry {
            let (title, state) = if *required { ("optional", false) } else { ("required", true) };
            let edit = Edit::SetKeyRequired { key: key.clone(), required: state };
            let slug = format!("{word}-{title}");
            all.push(Neighbour::new(
                rule,
                Direction::Other,
                slug,
                format!("{key} is {title}"),
                vec![edit],
            ));
        }
        for (how, to) in other_spellings(key) {
            let edit = Edit::RenameKey { key: key.clone(), to: to.clone() };
            let slug = format!("{word}-{how}");
            all.push(Neighbour::new(
                rule,
                Direction::Other,
                slug,
                format!("{key} is spelled {to}"),
                vec![edit],
            ));
        }
    }
    if let Some(rule) = demand(KeyDemand::Known) {
        let key = Key {
            role: KeyRole::Note,
            key: "x".to_owned(),
            of: KeyObject::Entry,
            required: false,
            since: dialect.edition_name().to_owned(),
            feature: None,
        };
        let title = "one more key of entries is known";
        all.push(Neighbour::new(
            rule,
            Direction::Looser,
            "one-more-key",
            title,
            vec![Edit::AddKey { key }],
        ));
    }
    all
}

fn other_spellings(key: &str) -> Vec<(&'static str, String)> {
    let mut other = vec![("upper-case", key.to_uppercase()), ("doubled", format!("{key}{key}"))];
    if let Some((_, last)) = key.trim_matches('_').rsplit_once('_') {
        other.push(("shortened", last.to_owned()));
    }
    if key.starts_with('_') {
        other.push(("bare", key.trim_matches('_').to_owned()));
    }
    other.retain(|(_, other)| other != key);
    other
}

/// Each foreign format not recognised.
fn magics(dialect: &Dialect) -> Vec<Neighbour> {
    let Some(rule) = rule_with(dialect, |check| matches!(check, Check::ForeignMagic {})) else {
        return Vec::new();
    };
    let one = |(at, magic): (usize, &crate::tables::Magic)| {
        let format = magic.format.clone();
        let title = format!("does not recognise a {format}");
        Neighbour::new(
            rule,
            Direction::Looser,
            format!("without-magic-{at}"),
            title,
            vec![Edit::DropMagic { format }],
        )
    };
    dialect.magics().iter().enumerate().map(one).collect()
}
