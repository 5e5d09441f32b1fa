//! Holds one check against the facts of a file: one evaluator for each kind.
//!
//! An evaluator takes the check's parameters and knows no rule: a rule that
//! reuses a kind with other parameters needs no code. Where the facts that a
//! check is about do not exist, it reports nothing.

mod alignment;
mod encoding;
mod header_text;
mod integers;
mod keys;
mod linear;
mod magic;
mod size;
mod tiling;
mod values;

use assay_spec::Check;
use assay_spec::check::IntegerDemand;

use crate::facts::Facts;
use crate::judgement::Sink;

/// Reports every place where the file breaks the check.
pub(crate) fn evaluate(check: &Check, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    match check {
        Check::Linear { left, op, right } => linear::linear(left, *op, right, facts, sink),
        Check::Encoding { of, is } => encoding::encoding(*of, *is, facts, sink),
        Check::LeadingBytes { judge, allowed } => {
            header_text::leading_bytes(*judge, allowed, facts, sink);
        }
        Check::TrailingBytes { judge, allowed } => {
            header_text::trailing_bytes(*judge, allowed, facts, sink);
        }
        Check::ForeignMagic {} => magic::foreign_magic(facts, sink),
        Check::JsonGrammar { standard } => header_text::json_grammar(*standard, facts, sink),
        Check::NumberRange { of, is } => integers::number_range(*of, *is, facts, sink),
        Check::UniqueKeys { scope } => keys::unique_keys(*scope, facts, sink),
        Check::ValueType { of, is } => values::value_type(*of, is, facts, sink),
        Check::Keys { of, demand } => keys::keys(*of, *demand, facts, sink),
        Check::InTable { of, table } => values::in_table(*of, *table, facts, sink),
        Check::UnsignedIntegers { of, demand: IntegerDemand::PlainSpelling } => {
            integers::plain_spelling(of, facts, sink);
        }
        Check::UnsignedIntegers { of, demand: IntegerDemand::AtMost(bound) } => {
            integers::at_most(of, bound, facts, sink);
        }
        Check::ArrayLength { of, length } => values::array_length(*of, *length, facts, sink),
        Check::OrderedPair { of } => values::ordered_pair(*of, facts, sink),
        Check::SizeEquation { demand } => size::size_equation(*demand, facts, sink),
        Check::Tiling { forbid } => tiling::tiling(*forbid, facts, sink),
        Check::Alignment { of } => alignment::alignment(*of, facts, sink),
        // Binds readers and writers: no file can break it.
        Check::Behaviour { probe: _ } => {}
    }
}
