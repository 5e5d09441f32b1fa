//! A header taken apart, roughly: it may be anything.

use std::ops::Range;

/// Pieces of a header and where things are in it.
#[derive(Debug, Clone)]
pub(super) struct Pieces(pub(super) Vec<Vec<u8>>);

impl Pieces {
    pub(super) fn of(header: &[u8]) -> Pieces {
        Pieces(tokens(header).into_iter().map(<[u8]>::to_vec).collect())
    }

    pub(super) fn concat(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// The place of a piece with a property: the chosen one, or the next, or
    /// (after the last) the first.
    pub(super) fn find(&self, at: u16, has: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let start = scaled(at, self.0.len())?;
        (start..self.0.len()).chain(0..start).find(|place| has(&self.0[*place]))
    }

    /// The first member of an object at or after a place, or (after the last) the first.
    pub(super) fn member(&self, at: u16) -> Option<Range<usize>> {
        let start = scaled(at, self.0.len())?;
        (start..self.0.len()).chain(0..start).find_map(|place| member_at(&self.0, place))
    }

    /// The pieces of the value of a member with this key, chosen like [`Pieces::find`].
    pub(super) fn value(&self, at: u16, key: &str) -> Option<Range<usize>> {
        let key = format!("\"{key}\"");
        let start = scaled(at, self.0.len())?;
        let places = (start..self.0.len()).chain(0..start);
        places.filter(|place| self.0[*place] == key.as_bytes()).find_map(|place| {
            let member = member_at(&self.0, place)?;
            let colon = member.clone().find(|place| self.0[*place] == b":")?;
            let solid = |place: &usize| !is_blank(&self.0[*place]);
            let first = (colon + 1..member.end).find(solid)?;
            let last = (first..member.end).rfind(solid)?;
            Some(first..last + 1)
        })
    }
}

/// One of `len` places, from a number of all 16-bit numbers; `None` of none.
pub(super) fn scaled(at: u16, len: usize) -> Option<usize> {
    (len > 0).then(|| ((u64::from(at) * len as u64) >> 16) as usize)
}

pub(super) fn is_number(piece: &[u8]) -> bool {
    piece.first().is_some_and(u8::is_ascii_digit)
}

pub(super) fn is_text(piece: &[u8]) -> bool {
    piece.first() == Some(&b'"')
}

fn is_blank(piece: &[u8]) -> bool {
    piece.first().is_some_and(|byte| b" \t\n\r".contains(byte))
}

/// The tokens of a member that begins here: a string, a colon, a value.
fn member_at(tokens: &[Vec<u8>], start: usize) -> Option<Range<usize>> {
    if !is_text(&tokens[start]) {
        return None;
    }
    let colon = start + 1 + tokens[start + 1..].iter().position(|token| !is_blank(token))?;
    if tokens[colon] != b":" {
        return None;
    }
    let mut level = 0_u64;
    for (at, token) in tokens.iter().enumerate().skip(colon) {
        match token.as_slice() {
            b"{" | b"[" => level += 1,
            b"}" | b"]" if level > 0 => level -= 1,
            b"}" | b"]" | b"," if level == 0 => return Some(start..at),
            _ => {}
        }
    }
    None
}

/// Pieces of a header: strings, runs of digits and letters, single other bytes.
/// Only roughly tokens, as the header may be anything.
fn tokens(header: &[u8]) -> Vec<&[u8]> {
    let mut tokens = Vec::new();
    let mut rest = header;
    while let Some(first) = rest.first() {
        let len = match first {
            b'"' => string_len(rest),
            byte if byte.is_ascii_alphanumeric() => {
                rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
            }
            _ => 1,
        };
        let (token, after) = rest.split_at(len);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Length of the string that text begins with; all of it if none ends there.
fn string_len(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_header() {
        let header = br#"{"a\"b": [12, -3], "c": tru"#;
        let pieces = tokens(header);
        assert_eq!(pieces.concat(), header);
        assert!(pieces.contains(&br#""a\"b""#.as_slice()));
        assert!(pieces.contains(&b"12".as_slice()));
    }

    #[test]
    fn members_are_found() {
        let pieces: Vec<Vec<u8>> =
            tokens(br#"{"a" :{"b":[1,2]},"c":3}"#).iter().map(|piece| piece.to_vec()).collect();
        let text = |start: usize| member_at(&pieces, start).map(|run| pieces[run].concat());
        assert_eq!(text(1).unwrap(), br#""a" :{"b":[1,2]}"#);
        assert_eq!(text(0), None);
        let last = pieces.iter().position(|piece| piece == br#""c""#).unwrap();
        assert_eq!(text(last).unwrap(), br#""c":3"#);
    }

    #[test]
    fn values_are_found_by_key() {
        let pieces = Pieces::of(br#"{"a": {"shape" : [1, 2] }, "shape": 7}"#);
        let text = |at| pieces.value(at, "shape").map(|run| pieces.0[run].concat());
        assert_eq!(text(0).unwrap(), b"[1, 2]");
        assert_eq!(text(u16::MAX / 5 * 4).unwrap(), b"7");
        assert_eq!(text(u16::MAX).unwrap(), b"[1, 2]", "after the last comes the first");
        assert_eq!(pieces.value(0, "dtype"), None);
    }
}
