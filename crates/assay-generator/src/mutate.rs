//! Changes to given bytes, with a rough idea of where things are. What comes
//! of it may be valid or not: others judge.

use crate::draft::PREFIX_BYTES;
use crate::draw::Draw;

/// Most changes at once.
const CHANGES: u64 = 4;

/// Headers above this length are changed like other bytes, not token by token.
const HEADER_BYTES: usize = 1 << 16;

/// What stands in headers, right or wrong.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "0",
    "-0",
    "1.0",
    "1e0",
    "1e999",
    "[]",
    "{}",
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "/**/",
    "NaN",
    "\"a\":1",
    ",\"a\":{}",
    "[0,0]",
    "99999999999999999999",
];

/// The bytes with one to four changes: to the prefix, to tokens, members,
/// digits and white space of the header, to the byte buffer, to the length.
/// Deterministic.
pub fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut draw = Draw::new(seed, "mutate");
    let mut file = bytes.to_vec();
    // Mostly few: many changes at once are only ever one thing, no JSON.
    let changes = 1 + draw.below(CHANGES) * draw.below(2);
    for _ in 0..changes {
        change(&mut file, &mut draw);
    }
    file
}

fn change(file: &mut Vec<u8>, draw: &mut Draw) {
    match draw.below(16) {
        0 => prefix(file, draw),
        1 => buffer(file, draw),
        2 => file.truncate(draw.index(file.len() + 1)),
        3 => flip(file, draw),
        _ => match parts(file) {
            Some((header, data)) => {
                let header = in_header(header, draw);
                // Now and then the prefix keeps the old length.
                let length = if draw.once_in(16) { None } else { Some(header.len() as u64) };
                let data = data.to_vec();
                match length {
                    Some(length) => *file = length.to_le_bytes().to_vec(),
                    None => file.truncate(PREFIX_BYTES as usize),
                }
                file.extend(header);
                file.extend(data);
            }
            None => flip(file, draw),
        },
    }
}

/// Header and byte buffer, if the prefix tells them apart.
fn parts(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = file.split_first_chunk::<{ PREFIX_BYTES as usize }>()?;
    let length = usize::try_from(u64::from_le_bytes(*prefix)).ok()?;
    (length <= rest.len().min(HEADER_BYTES)).then(|| rest.split_at(length))
}

fn prefix(file: &mut [u8], draw: &mut Draw) {
    let len = file.len() as u64;
    let Some(prefix) = file.first_chunk_mut::<{ PREFIX_BYTES as usize }>() else { return };
    let old = u64::from_le_bytes(*prefix);
    let new = match draw.below(8) {
        0 => old.wrapping_add(1),
        1 => old.wrapping_sub(1),
        2 => old ^ (1 << draw.below(64)),
        3 => old.swap_bytes(),
        4 => len,
        5 => len.saturating_sub(PREFIX_BYTES),
        6 => draw.below(4),
        _ => old.wrapping_add(draw.below(16)),
    };
    *prefix = new.to_le_bytes();
}

fn buffer(file: &mut Vec<u8>, draw: &mut Draw) {
    let more = draw.from(1, 9) as usize;
    if draw.once_in(2) {
        let bytes = draw.bytes(more);
        file.extend(bytes);
    } else {
        file.truncate(file.len().saturating_sub(more));
    }
}

fn flip(file: &mut [u8], draw: &mut Draw) {
    if !file.is_empty() {
        let at = draw.index(file.len());
        file[at] ^= 1 << draw.below(8);
    }
}

fn in_header(header: &[u8], draw: &mut Draw) -> Vec<u8> {
    let tokens = tokens(header);
    let Some(at) = (!tokens.is_empty()).then(|| draw.index(tokens.len())) else {
        return draw.pick(TOKENS).as_bytes().to_vec();
    };
    let mut new: Vec<Vec<u8>> = tokens.iter().map(|token| token.to_vec()).collect();
    match draw.below(20) {
        0 => {
            new.remove(at);
        }
        1 => new.insert(at, tokens[at].to_vec()),
        2 => new[at] = draw.pick(&tokens).to_vec(),
        3 => new[at] = draw.pick(TOKENS).as_bytes().to_vec(),
        4 => new.insert(at, draw.pick(TOKENS).as_bytes().to_vec()),
        5 | 6 => new.insert(at, white_space(draw)),
        7 => new.insert(0, white_space(draw)),
        8 => new.push(white_space(draw)),
        9 | 10 => same_kind(&mut new, at, draw),
        11..=14 => member(&mut new, at, draw),
        15 | 16 => in_string(&mut new, at, draw),
        _ => in_number(&mut new, at, draw),
    }
    new.concat()
}

fn white_space(draw: &mut Draw) -> Vec<u8> {
    vec![*draw.pick(b" \t\n\r"); draw.from(1, 3) as usize]
}

/// Puts another token of its kind in a token's place: a string for a string,
/// a number for a number.
fn same_kind(tokens: &mut [Vec<u8>], at: usize, draw: &mut Draw) {
    let kind = |token: &[u8]| (token[0] == b'"', token[0].is_ascii_digit());
    let wanted = kind(&tokens[at]);
    let others: Vec<Vec<u8>> = tokens.iter().filter(|t| kind(t) == wanted).cloned().collect();
    tokens[at] = draw.pick(&others).clone();
}

/// Repeats, moves or removes the first member of an object at or after a token.
fn member(tokens: &mut Vec<Vec<u8>>, at: usize, draw: &mut Draw) {
    let Some(found) = (at..tokens.len()).find_map(|start| member_at(tokens, start)) else { return };
    let comma = || b",".to_vec();
    let run: Vec<Vec<u8>> = tokens[found.clone()].to_vec();
    match draw.below(4) {
        // Out, with a comma beside it.
        0 => {
            let is_comma = |at: usize| tokens.get(at).is_some_and(|token| token == b",");
            let start = found.start;
            if is_comma(found.end) {
                tokens.drain(start..=found.end);
            } else if start > 0 && is_comma(start - 1) {
                tokens.drain(start - 1..found.end);
            } else {
                tokens.drain(found);
            }
        }
        // Again, right after.
        1 => {
            tokens.splice(found.end..found.end, std::iter::once(comma()).chain(run));
        }
        // Again, before another member.
        _ => {
            let from = draw.index(tokens.len());
            let before = (from..tokens.len()).find_map(|start| member_at(tokens, start));
            let to = before.map_or(found.start, |member| member.start);
            tokens.splice(to..to, run.into_iter().chain([comma()]));
        }
    }
}

/// The tokens of a member that begins here: a string, a colon, a value.
fn member_at(tokens: &[Vec<u8>], start: usize) -> Option<std::ops::Range<usize>> {
    let blank = |token: &Vec<u8>| b" \t\n\r".contains(&token[0]);
    if tokens[start][0] != b'"' {
        return None;
    }
    let colon = start + 1 + tokens[start + 1..].iter().position(|token| !blank(token))?;
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

/// Changes the first string at or after a token.
fn in_string(tokens: &mut [Vec<u8>], at: usize, draw: &mut Draw) {
    let Some(token) = tokens[at..].iter_mut().find(|token| token[0] == b'"') else { return };
    let inside = 1 + draw.index(token.len());
    let inside = inside.min(token.len() - 1);
    match draw.below(4) {
        0 => {
            // The same character as an escape, if it is one that can stand alone.
            let byte = token[inside];
            if byte.is_ascii_alphanumeric() && token[inside - 1] != b'\\' {
                token.splice(inside..=inside, format!("\\u{byte:04x}").into_bytes());
            }
        }
        1 => token.insert(inside, draw.below(256) as u8),
        2 => {
            token.remove(inside);
        }
        _ => token[inside] ^= 0x20,
    }
}

/// Changes the first number at or after a token.
fn in_number(tokens: &mut [Vec<u8>], at: usize, draw: &mut Draw) {
    let number = |token: &&mut Vec<u8>| token[0].is_ascii_digit();
    let Some(token) = tokens[at..].iter_mut().find(number) else { return };
    let digits = String::from_utf8_lossy(token).into_owned();
    let value: u64 = digits.parse().unwrap_or(u64::MAX);
    let new = match draw.below(9) {
        0 => value.wrapping_add(1).to_string(),
        1 => value.wrapping_sub(1).to_string(),
        2 => "0".to_owned(),
        3 => value.wrapping_mul(2).to_string(),
        4 => format!("{digits}0"),
        5 => format!("-{digits}"),
        6 => format!("{digits}.0"),
        7 => (1_u128 << draw.below(66)).to_string(),
        _ => format!("{digits},{digits}"),
    };
    *token = new.into_bytes();
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
    fn anything_can_be_mutated() {
        let file = crate::Draft::from_text(r#"{"a":{"n":[12]}}"#, b"data").to_bytes(100).unwrap();
        for start in [&b""[..], b"\x01", b"\x02\0\0\0\0\0\0\0\"\\", &file] {
            let made: Vec<Vec<u8>> = (0..500).map(|seed| mutate(start, seed)).collect();
            assert_eq!(made[7], mutate(start, 7));
            assert!(made.iter().any(|bytes| bytes != start));
        }
    }
}
