//! Foreign text in messages: shortened, escaped, on one line.

use std::borrow::Cow;

/// Longest piece of foreign text in a message, in characters.
const LONGEST: usize = 120;

/// Quotes a text: control characters escaped, the middle left out if it is long.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", shortened(text, LONGEST))
}

/// Quotes bytes that should have been text.
pub(crate) fn quoted_bytes(bytes: &[u8]) -> String {
    // Four bytes is the longest character, so this keeps enough of them.
    let head = &bytes[..bytes.len().min(4 * LONGEST + 4)];
    let text = String::from_utf8_lossy(head);
    if head.len() == bytes.len() {
        return quoted(&text);
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head:?}… ({} bytes)", bytes.len())
}

/// At most `longest` characters of a text; the cut is marked.
pub(crate) fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    if text.len() <= longest || text.chars().count() <= longest {
        return Cow::Borrowed(text);
    }
    let head: String = text.chars().take(longest).collect();
    Cow::Owned(format!("{head}…"))
}

/// The last lines of a text, at most `lines` of them.
pub(crate) fn last_lines(text: &str, lines: usize) -> String {
    let kept: Vec<&str> = text.trim_end().lines().rev().take(lines).collect();
    kept.into_iter().rev().collect::<Vec<&str>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(quoted("a\n"), r#""a\n""#);
        let long = "é".repeat(500);
        assert_eq!(shortened(&long, 3), "ééé…");
        assert!(quoted(&long).chars().count() < 130);
    }

    #[test]
    fn bytes_that_are_no_text_are_quoted() {
        assert_eq!(quoted_bytes(b"\xffa"), "\"\u{fffd}a\"");
        let text = quoted_bytes(&[b'x'; 100_000]);
        assert!(text.ends_with("… (100000 bytes)"), "{text}");
    }

    #[test]
    fn last_lines_are_the_last() {
        assert_eq!(last_lines("a\nb\nc\n\n", 2), "b\nc");
    }
}
