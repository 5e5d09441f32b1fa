//! The header as pieces of text: strings and what stands between them.

/// Length of the prefix, which rewritings take apart without a dialect.
const PREFIX: usize = size_of::<u64>();

/// The head with its header rewritten and the prefix adapted; `None` if the
/// prefix does not lead to a header within the head.
pub(super) fn in_header(head: &[u8], rewrite: impl Fn(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    let (prefix, rest) = head.split_first_chunk::<PREFIX>()?;
    let length = usize::try_from(u64::from_le_bytes(*prefix)).ok()?;
    let header = rewrite(rest.get(..length)?);
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(&rest[length..]);
    Some(bytes)
}

/// A piece of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A string with its quotes; the closing one may be missing at the end.
    String(&'a [u8]),
    /// What stands between strings.
    Between(&'a [u8]),
}

/// The pieces of a header, in their order; together they are the header.
pub(super) fn pieces(header: &[u8], quote: u8) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let start = rest.iter().position(|byte| *byte == quote).unwrap_or(rest.len());
        if start > 0 {
            pieces.push(Piece::Between(&rest[..start]));
        }
        let string = &rest[start..];
        let length = string_length(string, quote);
        if length > 0 {
            pieces.push(Piece::String(&string[..length]));
        }
        rest = &string[length..];
    }
    pieces
}

/// Length of the string that the text begins with, its quotes included.
fn string_length(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Rewrites what stands between strings.
pub(super) fn between(header: &[u8], rewrite: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let pieces = pieces(header, b'"');
    let rewritten = pieces.into_iter().map(|piece| match piece {
        Piece::String(string) => string.to_vec(),
        Piece::Between(text) => rewrite(text),
    });
    rewritten.collect::<Vec<_>>().concat()
}

/// Rewrites strings, which are handed over without their quotes.
pub(super) fn strings(header: &[u8], rewrite: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let rewritten = pieces(header, b'"').into_iter().map(|piece| match piece {
        Piece::String(string) if string.len() > 1 && string.ends_with(b"\"") => {
            [b"\"", rewrite(&string[1..string.len() - 1]).as_slice(), b"\""].concat()
        }
        Piece::String(text) | Piece::Between(text) => text.to_vec(),
    });
    rewritten.collect::<Vec<_>>().concat()
}

/// Rewrites words: runs of letters, digits, signs and dots outside strings.
pub(super) fn words(header: &[u8], rewrite: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    between(header, |text| {
        let mut out = Vec::with_capacity(text.len());
        for run in text.chunk_by(|a, b| is_word(*a) == is_word(*b)) {
            let word = std::str::from_utf8(run).ok().filter(|_| is_word(run[0]));
            match word.and_then(&rewrite) {
                Some(other) => out.extend(other.into_bytes()),
                None => out.extend(run),
            }
        }
        out
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'$')
}

/// Puts a text for another, everywhere.
pub(super) fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&first) = rest.first() {
        if rest.starts_with(from) {
            out.extend(to);
            rest = &rest[from.len()..];
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_header() {
        for text in [r#"{"a":1,"b\"":[]} "#, r#"{"open"#, "", r#""""#, r#"a\"b"#] {
            let joined: Vec<u8> = pieces(text.as_bytes(), b'"')
                .iter()
                .flat_map(|piece| match piece {
                    Piece::String(bytes) | Piece::Between(bytes) => bytes.to_vec(),
                })
                .collect();
            assert_eq!(joined, text.as_bytes());
        }
    }

    #[test]
    fn words_and_strings_are_told_apart() {
        let text = br#"{"true":true,"n":-1.5e3}"#;
        let shout = |word: &str| Some(word.to_uppercase());
        assert_eq!(words(text, shout), br#"{"true":TRUE,"n":-1.5E3}"#);
        let shorter = |string: &[u8]| string[..1].to_vec();
        assert_eq!(strings(text, shorter), br#"{"t":true,"n":-1.5e3}"#);
    }

    #[test]
    fn the_prefix_follows_the_header() {
        let file = [&3_u64.to_le_bytes()[..], b"{ }data"].concat();
        let rewritten = in_header(&file, |_| b"{}".to_vec()).unwrap();
        assert_eq!(rewritten, [&2_u64.to_le_bytes()[..], b"{}data"].concat());
        assert_eq!(in_header(&file[..9], |header| header.to_vec()), None);
    }
}
