//! What stands around the header's value: byte order mark, white space, padding.

use assay_spec::check::{Leading, Trailing};

use crate::cursor::is_space;
use crate::faults::Faults;
use crate::policy::{Allowed, Policy, Rules};
use crate::scan::{Scanner, span};

/// Judges what stands before the first token; gives where that is.
pub(super) fn judge_leading(text: &str, policy: &Policy, faults: &mut Faults<'_>) -> usize {
    const MARK: char = '\u{feff}';
    let mut at = 0;
    if text.starts_with(MARK) {
        at = MARK.len_utf8();
        let rules = Rules::of(&policy.rules.leading, Leading::ByteOrderMark);
        for Allowed { slot, characters } in rules {
            if !characters.contains(MARK) {
                faults.raise(
                    &[*slot],
                    span(&(0..at)),
                    format_args!("the header begins with a byte order mark"),
                );
            }
        }
    }
    let run = text[at..].bytes().take_while(|byte| is_space(*byte)).count();
    let space = &text[at..at + run];
    for Allowed { slot, characters } in Rules::of(&policy.rules.leading, Leading::Whitespace) {
        if !space.chars().all(|character| characters.contains(character)) {
            faults.raise(
                &[*slot],
                span(&(at..at + run)),
                format_args!("the header begins with white space"),
            );
        }
    }
    at + run
}

impl Scanner<'_, '_> {
    /// What stands after the value, up to the header's end.
    pub(super) fn judge_trailing(&mut self) {
        let policy = self.policy;
        let start = self.cursor.at;
        self.cursor.skip_space();
        let content = self.cursor.at;
        for Allowed { slot, characters } in Rules::of(&policy.rules.trailing, Trailing::Whitespace)
        {
            let offends = |byte: &u8| !characters.contains(char::from(*byte));
            let space = &self.text.as_bytes()[start..content];
            if let (Some(first), Some(last)) =
                (space.iter().position(offends), space.iter().rposition(offends))
            {
                self.raise(
                    &[*slot],
                    start + first..start + last + 1,
                    format_args!(
                        "the header is padded with other white space than its end may have"
                    ),
                );
            }
        }
        for Allowed { slot, characters } in Rules::of(&policy.rules.trailing, Trailing::Content) {
            let is_content = |character: char| {
                !matches!(character, ' ' | '\t' | '\n' | '\r') && !characters.contains(character)
            };
            if let Some(at) = self.text[content..].find(is_content) {
                self.raise(
                    &[*slot],
                    content + at..self.text.len(),
                    format_args!("something other than padding follows the header's object"),
                );
            }
        }
    }
}
