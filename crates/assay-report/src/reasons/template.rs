//! Error texts reduced to what they have in common.

use crate::text::visible;

/// Columns that a template may take.
const LONGEST: usize = 240;

/// A text without what is special to one file: numbers become `#`, what stands
/// in quotes becomes `"…"`, paths become `{path}`, white space is one space.
pub fn template(text: &str) -> String {
    let text = visible::line(text, 4 * LONGEST);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let before = out.chars().next_back();
        let (what, taken) = match first {
            '"' | '`' => quoted(rest, first),
            // An apostrophe within a word is no quote.
            '\'' if !before.is_some_and(char::is_alphanumeric) => quoted(rest, first),
            '0'..='9' => number(rest),
            '/' if !before.is_some_and(|c| c.is_alphanumeric() || c == '/') => path(rest),
            '{' if rest.starts_with("{file}") => ("{path}", "{file}".len()),
            ' ' if out.ends_with(' ') => ("", 1),
            _ => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        out.push_str(what);
        rest = &rest[taken..];
    }
    visible::line(out.trim(), LONGEST)
}

type Piece<'t> = (&'t str, usize);

/// What stands between two quotation marks, or the mark alone if it stands alone.
fn quoted(rest: &str, mark: char) -> Piece<'_> {
    match rest[1..].find(mark) {
        Some(at) => ("\"…\"", at + 2),
        None => (&rest[..1], 1),
    }
}

/// Digits, with what joins digits.
fn number(rest: &str) -> Piece<'_> {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ',' | 'x' | '_');
    let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    let digits = rest[..end].trim_end_matches(['.', ',', 'x', '_']);
    ("#", digits.len().max(1))
}

/// A path: at least two parts.
fn path(rest: &str) -> Piece<'_> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    if rest[1..end].contains('/') { ("{path}", end) } else { (&rest[..1], 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_to_a_file_goes() {
        for (text, reduced) in [
            ("invalid offset 12, not 0x1f", "invalid offset #, not #"),
            ("tensor \"a b\" is `x`", "tensor \"…\" is \"…\""),
            ("can't open '/tmp/a/b.safetensors'", "can't open \"…\""),
            ("open /tmp/a/b.safetensors: no", "open {path}: no"),
            ("a/b or / or \"", "a/b or / or \""),
            ("{file}: 3.5  MiB.", "{path}: # MiB."),
            ("", ""),
            ("é\u{1b}[31m", "é\\x#[#m"),
        ] {
            assert_eq!(template(text), reduced);
        }
    }

    #[test]
    fn a_template_of_a_template_is_the_same() {
        for text in ["at 12 of `x`, /a/b", "'a' 'b' 3,4", "{file} {path} #"] {
            assert_eq!(template(&template(text)), template(text));
        }
    }
}
