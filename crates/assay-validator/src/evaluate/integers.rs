//! Numbers: spelling, bounds, range.

use assay_spec::check::{JsonType, NumberKind, Numbers, Place, Term};

use super::values;
use crate::facts::Facts;
use crate::json::{Node, Plain, is_finite_double, plain_integer};
use crate::judgement::Sink;
use crate::message::{of_tensor, quote_raw};

pub(super) fn plain_spelling(of: &[Place], facts: &Facts<'_>, sink: &mut Sink<'_>) {
    each_number(of, facts, |number| {
        if number.plain.is_none() {
            number.report(sink, "is not spelled as an unsigned integer, with digits only");
        }
    });
}

/// The limit `max_integer` bounds all plain integers; another bound is judged
/// only for those that `max_integer` admits, so that one number breaks one rule.
pub(super) fn at_most(of: &[Place], bound: &Term, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(most) = facts.dialect.constant(bound) else { return };
    let is_ceiling = *bound == Term::Limit(CEILING.to_owned());
    let ceiling = facts.dialect.limit(CEILING);
    each_number(of, facts, |number| {
        let Some(value) = number.plain else { return };
        let is_judged = is_ceiling || value <= Plain::Fits(ceiling);
        if is_judged && value > Plain::Fits(most) {
            number.report(sink, &format!("is larger than {most}"));
        }
    });
}

/// Name of the limit on all integers.
const CEILING: &str = "max_integer";

/// A number element of an array.
struct Number<'f> {
    facts: &'f Facts<'f>,
    place: Place,
    value: Node,
    entry: Option<usize>,
    plain: Option<Plain>,
}

impl Number<'_> {
    fn report(&self, sink: &mut Sink<'_>, what: &str) {
        let Some(document) = self.facts.document() else { return };
        sink.report(document.span(self.value), || {
            let number = quote_raw(document, self.value);
            let place = values::place(self.place, self.facts);
            match self.entry {
                Some(entry) => of_tensor(self.facts, entry, |tensor| {
                    format!("{number} in {place} of {tensor} {what}")
                }),
                None => format!("{number} in {place} {what}").into(),
            }
        });
    }
}

fn each_number<'f>(of: &[Place], facts: &'f Facts<'f>, mut judge: impl FnMut(&Number<'f>)) {
    let Some(document) = facts.document() else { return };
    for place in of {
        for array in facts.values_at(*place) {
            for value in document.elements(array.value) {
                if document.kind(value) == JsonType::Number {
                    let plain = plain_integer(document.raw(value));
                    judge(&Number { facts, place: *place, value, entry: array.entry, plain });
                }
            }
        }
    }
}

pub(super) fn number_range(of: Numbers, is: NumberKind, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Numbers::Ignored = of;
    let NumberKind::FiniteDouble = is;
    let Some((document, object)) = facts.object() else { return };
    for field in object.fields.iter().filter(|field| field.row.is_none()) {
        for number in document.within(field.value) {
            if document.kind(number) != JsonType::Number || is_finite_double(document.raw(number)) {
                continue;
            }
            sink.report(document.span(number), || {
                let number = quote_raw(document, number);
                of_tensor(facts, field.entry, |tensor| {
                    format!("{number} in an unknown field of {tensor} is beyond finite doubles")
                })
            });
        }
    }
}
