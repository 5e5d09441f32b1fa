//! The neighbours of each kind of check.

use super::{Direction, Neighbour};
use crate::check::{
    Aligned, Check, Comparison, JsonType, Leading, NumberKind, Numbers, Place, Term, Trailing,
};
use crate::rule::Rule;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// The rule with checks that are nearly its own. Bounds that are limits of the
/// table are changed there.
pub(super) fn of_check(rule: &Rule) -> Vec<Neighbour> {
    match &rule.check {
        Check::Linear { left, op, right } => linear(rule, left, *op, right),
        Check::LeadingBytes { judge, .. } => leading(rule, *judge),
        Check::TrailingBytes { judge, allowed } => trailing(rule, *judge, allowed),
        Check::ValueType { of, is } => {
            let with = |is: Vec<JsonType>| Check::ValueType { of: *of, is };
            types(rule, is, with)
        }
        Check::ArrayLength { of, length } => [length - 1, length + 1]
            .into_iter()
            .map(|length| {
                let check = Check::ArrayLength { of: *of, length };
                let (slug, title) = (format!("length-{length}"), format!("the length is {length}"));
                Neighbour::check(rule, Direction::Other, slug, title, check)
            })
            .collect(),
        Check::UnsignedIntegers { of, demand } => of
            .iter()
            .filter(|_| of.len() > 1)
            .map(|place| {
                let check = Check::UnsignedIntegers { of: vec![*place], demand: demand.clone() };
                let word = word(*place);
                let slug = format!("only-{}", word.replace('_', "-"));
                Neighbour::check(
                    rule,
                    Direction::Looser,
                    slug,
                    format!("only {word} is looked at"),
                    check,
                )
            })
            .collect(),
        // The tables hold what these compare with.
        Check::Keys { .. } | Check::InTable { .. } | Check::ForeignMagic {} => Vec::new(),
        Check::Alignment { of: Aligned::DataStart | Aligned::TensorBegin } => Vec::new(),
        // Closed: there is no other grammar, encoding, scope or fault to demand instead. How
        // readers get them wrong is a matter of code: see the validator's slips.
        Check::Encoding { .. }
        | Check::JsonGrammar { .. }
        | Check::NumberRange { of: Numbers::Ignored, is: NumberKind::FiniteDouble }
        | Check::UniqueKeys { .. }
        | Check::OrderedPair { .. }
        | Check::SizeEquation { .. }
        | Check::Tiling { .. }
        | Check::Behaviour { .. } => Vec::new(),
    }
}

/// As rule pages spell a place.
fn word(place: Place) -> String {
    match serde_json::to_value(place) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a place is spelled as a string, not {other:?}"),
    }
}

/// The other comparisons, and each term left out.
fn linear(rule: &Rule, left: &[Term], op: Comparison, right: &[Term]) -> Vec<Neighbour> {
    let make = |left: &[Term], op, right: &[Term]| Check::Linear {
        left: left.to_vec(),
        op,
        right: right.to_vec(),
    };
    let mut made = Vec::new();
    for (other, slug, title) in [
        (Comparison::AtMost, "at-most", "compares the other way round: at most"),
        (Comparison::AtLeast, "at-least", "compares the other way round: at least"),
        (Comparison::Equal, "equal", "demands equality"),
    ] {
        if other != op {
            let direction = match other {
                Comparison::Equal => Direction::Tighter,
                _ => Direction::Other,
            };
            made.push(Neighbour::check(rule, direction, slug, title, make(left, other, right)));
        }
    }
    for (side, terms) in [("left", left), ("right", right)] {
        for at in (0..terms.len()).filter(|_| terms.len() > 1) {
            let mut fewer = terms.to_vec();
            fewer.remove(at);
            let check = match side {
                "left" => make(&fewer, op, right),
                _ => make(left, op, &fewer),
            };
            let slug = format!("without-{side}-{at}");
            let title = format!("term {} on the {side} is left out", at + 1);
            made.push(Neighbour::check(rule, Direction::Other, slug, title, check));
        }
    }
    made
}

/// Characters with their names.
type Characters = (&'static str, &'static str);

const WHITE_SPACE: [Characters; 5] = [
    ("space", " "),
    ("tab", "\t"),
    ("line-feed", "\n"),
    ("carriage-return", "\r"),
    ("json-white-space", " \t\n\r"),
];

const OTHER_PADDING: [Characters; 5] = [
    ("nul", "\0"),
    ("form-feed", "\u{c}"),
    ("no-break-space", "\u{a0}"),
    ("closing-brace", "}"),
    ("comma", ","),
];

fn leading(rule: &Rule, judge: Leading) -> Vec<Neighbour> {
    let characters: &[Characters] = match judge {
        Leading::Whitespace => &WHITE_SPACE,
        Leading::ByteOrderMark => &[("byte-order-mark", "\u{feff}")],
    };
    let all = characters.iter().map(|(name, more)| {
        let check = Check::LeadingBytes { judge, allowed: (*more).to_owned() };
        allows(rule, name, check)
    });
    all.collect()
}

fn trailing(rule: &Rule, judge: Trailing, allowed: &str) -> Vec<Neighbour> {
    let characters: &[Characters] = match judge {
        Trailing::Whitespace => &WHITE_SPACE,
        Trailing::Content => &OTHER_PADDING,
    };
    let more = characters.iter().filter(|(_, more)| *more != allowed).map(|(name, more)| {
        let check = Check::TrailingBytes { judge, allowed: format!("{allowed}{more}") };
        allows(rule, name, check)
    });
    let none = (!allowed.is_empty()).then(|| {
        let check = Check::TrailingBytes { judge, allowed: String::new() };
        Neighbour::check(rule, Direction::Tighter, "allows-nothing", "allows none", check)
    });
    more.chain(none).collect()
}

fn allows(rule: &Rule, name: &str, check: Check) -> Neighbour {
    let title = format!("allows {}", name.replace('-', " "));
    Neighbour::check(rule, Direction::Looser, format!("allows-{name}"), title, check)
}

/// Each type that is not allowed allowed, each allowed one not.
fn types(rule: &Rule, is: &[JsonType], with: impl Fn(Vec<JsonType>) -> Check) -> Vec<Neighbour> {
    const ALL: [(JsonType, &str); 6] = [
        (JsonType::Object, "object"),
        (JsonType::Array, "array"),
        (JsonType::String, "string"),
        (JsonType::Number, "number"),
        (JsonType::Boolean, "boolean"),
        (JsonType::Null, "null"),
    ];
    let one = |(kind, name): &(JsonType, &str)| {
        if is.contains(kind) {
            let fewer = is.iter().copied().filter(|other| other != kind).collect();
            let title = format!("does not allow the type {name}");
            Neighbour::check(rule, Direction::Tighter, format!("no-{name}"), title, with(fewer))
        } else {
            let more = is.iter().copied().chain([*kind]).collect();
            let title = format!("allows the type {name} too");
            Neighbour::check(rule, Direction::Looser, format!("allows-{name}"), title, with(more))
        }
    };
    ALL.iter().map(one).collect()
}
