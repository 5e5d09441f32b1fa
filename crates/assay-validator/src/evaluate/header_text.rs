//! The header's text around its JSON value, and the value's grammar.

use assay_spec::check::{JsonStandard, Leading, Trailing};

use crate::facts::Facts;
use crate::json::is_white;
use crate::judgement::Sink;
use crate::message::{bytes, characters, found};

pub(super) fn leading_bytes(judge: Leading, allowed: &str, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(text) = facts.text() else { return };
    let range = match judge {
        Leading::Whitespace => text.leading.clone(),
        Leading::ByteOrderMark => text.byte_order_mark.clone(),
    };
    let Some(char) = text.slice(range.clone()).chars().find(|char| !allowed.contains(*char)) else {
        return;
    };
    let span = text.span(range);
    sink.report(span, || match judge {
        Leading::ByteOrderMark => "the header begins with a byte order mark".to_owned().into(),
        Leading::Whitespace => {
            let (count, char) = (bytes(span.len()), found(Some(char)));
            format!("white space of {count} with {char} {}", instead("before", allowed)).into()
        }
    });
}

pub(super) fn trailing_bytes(
    judge: Trailing,
    allowed: &str,
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
) {
    let Some((text, region)) = facts.text().and_then(|text| Some((text, text.trailing()?))) else {
        return;
    };
    let rest = text.slice(region.clone());
    let white = rest.bytes().take_while(|byte| is_white(*byte)).count();
    match judge {
        Trailing::Whitespace => {
            let offends = |byte: &u8| !allowed.contains(char::from(*byte));
            let run = &rest.as_bytes()[..white];
            let (Some(first), Some(last)) =
                (run.iter().position(offends), run.iter().rposition(offends))
            else {
                return;
            };
            sink.report(text.span(region.start + first..region.start + last + 1), || {
                let char = found(Some(char::from(run[first])));
                format!("white space {char} {}", instead("after", allowed)).into()
            });
        }
        Trailing::Content => {
            let offends = |char: char| {
                let is_json_white = u8::try_from(char).is_ok_and(is_white);
                !is_json_white && !allowed.contains(char)
            };
            let Some(first) = rest.find(offends) else { return };
            let span = text.span(region.start + first..region.end);
            sink.report(span, || {
                let (char, count) = (found(text.char_at(region.start + first)), bytes(span.len()));
                format!("{char} follows the header's JSON value: {count} that are not part of it")
                    .into()
            });
        }
    }
}

fn instead(side: &str, allowed: &str) -> String {
    match allowed {
        "" => format!("stands {side} the header's JSON value, where nothing may stand"),
        _ => {
            let allowed = characters(allowed);
            format!("stands {side} the header's JSON value, where only {allowed} may stand")
        }
    }
}

pub(super) fn json_grammar(standard: JsonStandard, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    // The grammar that `json` reads.
    let JsonStandard::Rfc8259 = standard;
    let (Some(text), Some(error)) = (facts.text(), facts.grammar_error()) else { return };
    let found_char = text.char_at(error.at);
    let end = error.at + found_char.map_or(0, char::len_utf8);
    sink.report(text.span(error.at..end), || {
        format!("the header is not JSON: expected {}, found {}", error.expected, found(found_char))
            .into()
    });
}
