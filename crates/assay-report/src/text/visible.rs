//! Hostile text made visible.
//!
//! Bytes of files and words of implementations can hold escape sequences that
//! drive a terminal, characters that reverse or hide text, and bytes that are
//! no text at all. Here each of them becomes something that can be seen and
//! whose width is known: printable characters stay, a byte that is a control
//! character or not UTF-8 becomes `\xNN` (as in the examples of rule pages;
//! JSON has no such escape), any other invisible or right-to-left character
//! becomes `\u{…}`.

use unicode_width::UnicodeWidthChar;

/// Something on the screen that stands for one character or one byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glyph {
    /// How many bytes it stands for.
    pub(crate) bytes: usize,
    /// What is shown.
    pub(crate) text: String,
    /// How many columns that takes; at least 1.
    pub(crate) columns: usize,
    /// Whether an escape is shown instead of the character itself.
    pub(crate) escaped: bool,
}

/// The glyphs of some bytes, in order; together they stand for all of them.
/// Lazy, but looks ahead to the first byte that is not UTF-8: hand it a window.
pub(crate) fn glyphs(bytes: &[u8]) -> impl Iterator<Item = Glyph> + '_ {
    bytes.utf8_chunks().flat_map(|chunk| {
        let invalid = chunk.invalid().iter();
        chunk.valid().chars().map(glyph).chain(invalid.map(|byte| escape(1, byte_escape(*byte))))
    })
}

/// Text on one line, cut with `…` where it would take more than `columns`.
pub(crate) fn line(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for glyph in text.chars().map(glyph) {
        used += glyph.columns;
        if used > columns {
            out.push('…');
            break;
        }
        out.push_str(&glyph.text);
    }
    out
}

/// Columns that text takes which holds no styling.
pub(crate) fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn glyph(character: char) -> Glyph {
    let bytes = character.len_utf8();
    match character {
        ' '..='~' => Glyph { bytes, text: character.to_string(), columns: 1, escaped: false },
        '\0'..='\x7f' => escape(bytes, byte_escape(character as u8)),
        _ => match character.width() {
            Some(columns @ 1..) if is_plain(character) => {
                Glyph { bytes, text: character.to_string(), columns, escaped: false }
            }
            _ => escape(bytes, format!("\\u{{{:x}}}", u32::from(character))),
        },
    }
}

fn escape(bytes: usize, text: String) -> Glyph {
    Glyph { bytes, columns: text.len(), text, escaped: true }
}

fn byte_escape(byte: u8) -> String {
    format!("\\x{byte:02x}")
}

/// Whether a character shows as itself, alone, from left to right.
fn is_plain(character: char) -> bool {
    let right_to_left = matches!(u32::from(character),
        0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
    // The standard library's debug escapes know what is unprintable.
    !right_to_left && character.escape_debug().eq([character])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_drives_a_terminal_or_hides() {
        assert_eq!(
            line("a\x1b[31m\nb\u{202e}\u{200b}\u{85}é好", 99),
            "a\\x1b[31m\\x0ab\\u{202e}\\u{200b}\\u{85}é好"
        );
        assert_eq!(line("e\u{301} שלום", 99), "e\\u{301} \\u{5e9}\\u{5dc}\\u{5d5}\\u{5dd}");
        assert_eq!(line(r#"'"\"#, 99), r#"'"\"#);
    }

    #[test]
    fn long_text_is_cut_at_columns() {
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdef", 4), "abcd…");
        assert_eq!(line("好好好", 5), "好好…");
    }

    #[test]
    fn glyphs_stand_for_all_bytes() {
        let bytes = b"a\xff\xc3\xa9\xe5\xa5";
        let all: Vec<Glyph> = glyphs(bytes).collect();
        let texts: Vec<&str> = all.iter().map(|glyph| glyph.text.as_str()).collect();
        assert_eq!(texts, ["a", "\\xff", "é", "\\xe5", "\\xa5"]);
        assert_eq!(all.iter().map(|glyph| glyph.bytes).sum::<usize>(), bytes.len());
        assert!(all.iter().all(|glyph| columns(&glyph.text) == glyph.columns));
    }
}
