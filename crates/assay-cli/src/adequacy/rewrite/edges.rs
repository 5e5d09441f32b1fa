//! Rewritings of the prefix, of the header's encoding, and of what stands around its value.

use super::text::{Piece, pieces};
use super::{Rewrite, head, header};

const PREFIX: usize = size_of::<u64>();

pub(super) fn all() -> Vec<Rewrite> {
    vec![
        head("prefix/little-endian", "N is read as big-endian", |file| {
            prefix(file, u64::swap_bytes)
        }),
        head("prefix/header-limit", "the lower 32 bits of N are read", |file| {
            prefix(file, |n| n & u64::from(u32::MAX))
        }),
        head("prefix/header-limit", "the sign bit of N is lost", |file| {
            prefix(file, |n| n & (u64::MAX >> 1))
        }),
        head("prefix/header-limit", "padding is trimmed before the limit is checked", |file| {
            trimmed(file)
        }),
        head("prefix/header-within-file", "N counts the prefix", |file| {
            prefix(file, |n| n.saturating_sub(PREFIX as u64))
        }),
        head("prefix/header-within-file", "N is cut to the file", cut_to_file),
        head("prefix/header-within-file", "a header short of some bytes is padded", padded_to_n),
        head("prefix/complete", "a short prefix is filled with zeros", filled),
        head("prefix/header-not-empty", "an empty header is an empty object", |file| {
            if file.starts_with(&[0; PREFIX]) {
                [&2_u64.to_le_bytes()[..], b"{}", &file[PREFIX..]].concat()
            } else {
                file.to_vec()
            }
        }),
        header("header/utf-8", "bad UTF-8 is replaced", |text| {
            String::from_utf8_lossy(text).into_owned().into_bytes()
        }),
        header("header/utf-8", "bytes are Latin-1", |text| match std::str::from_utf8(text) {
            Ok(_) => text.to_vec(),
            Err(_) => text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes(),
        }),
        header("header/utf-8", "overlong forms are decoded", |text| {
            replace_runs(text, |run| matches!(run, [0xC0 | 0xC1, 0x80..=0xBF, ..]), 2)
        }),
        header("header/utf-8", "encoded surrogates are taken", |text| {
            replace_runs(text, |run| matches!(run, [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..]), 3)
        }),
        header("header/utf-8", "code points above U+10FFFF are taken", |text| {
            replace_runs(
                text,
                |run| matches!(run, [0xF4..=0xF7, 0x80..=0xBF, ..]) && !is_char(run),
                4,
            )
        }),
        header("header/utf-8", "lone continuation bytes are dropped", without_lone_continuations),
        header("header/utf-8", "a sequence cut short is dropped", without_cut_sequences),
        header(
            "header/begins-with-brace",
            "everything before the first brace is skipped",
            |text| {
                let start = text.iter().position(|byte| *byte == b'{').unwrap_or(0);
                text[start..].to_vec()
            },
        ),
        header(
            "header/nothing-after-object",
            "what follows the object is not looked at",
            first_object,
        ),
        header("header/nothing-after-object", "the header ends at its first NUL", |text| {
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            text[..end].to_vec()
        }),
        header("header/nothing-after-object", "NULs at the end are trimmed", |text| {
            let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            text[..end].to_vec()
        }),
        header("header/padding-is-spaces", "white space at the end is trimmed", |text| {
            text.trim_ascii_end().to_vec()
        }),
        header("header/root-is-object", "an array around the object is opened", |text| {
            let inner = text.trim_ascii();
            match inner.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
                Some(object) => object.to_vec(),
                None => text.to_vec(),
            }
        }),
        header("header/root-is-object", "null is no tensor", |text| match text.trim_ascii() {
            b"null" | b"[]" | b"\"\"" | b"0" | b"false" => b"{}".to_vec(),
            _ => text.to_vec(),
        }),
    ]
}

fn prefix(file: &[u8], change: impl Fn(u64) -> u64) -> Vec<u8> {
    let Some((prefix, rest)) = file.split_first_chunk::<PREFIX>() else { return file.to_vec() };
    [&change(u64::from_le_bytes(*prefix)).to_le_bytes()[..], rest].concat()
}

fn header_len(file: &[u8]) -> Option<u64> {
    file.first_chunk::<PREFIX>().map(|prefix| u64::from_le_bytes(*prefix))
}

fn cut_to_file(file: &[u8]) -> Vec<u8> {
    let there = file.len().saturating_sub(PREFIX) as u64;
    prefix(file, |n| n.min(there))
}

/// A mapping shows zeros, or a reader spaces, where the file has ended.
fn padded_to_n(file: &[u8]) -> Vec<u8> {
    const MOST: u64 = 1 << 16;
    let there = file.len().saturating_sub(PREFIX) as u64;
    let missing = header_len(file).map_or(0, |n| n.saturating_sub(there));
    if missing > MOST {
        return file.to_vec();
    }
    [file, vec![b' '; missing as usize].as_slice()].concat()
}

fn filled(file: &[u8]) -> Vec<u8> {
    let mut filled = file.to_vec();
    if filled.len() < PREFIX {
        filled.resize(PREFIX, 0);
        // And a header of nothing is taken for an object without members.
        filled[0] = 2;
        filled.extend(b"{}");
    }
    filled
}

fn trimmed(file: &[u8]) -> Vec<u8> {
    let Some(n) = header_len(file).and_then(|n| usize::try_from(n).ok()) else {
        return file.to_vec();
    };
    let Some(text) = file.get(PREFIX..).and_then(|rest| rest.get(..n)) else {
        return file.to_vec();
    };
    let text = text.trim_ascii_end();
    [&(text.len() as u64).to_le_bytes()[..], text, &file[PREFIX + n..]].concat()
}

/// Puts a question mark for each run of `length` bytes that is wanted.
fn replace_runs(text: &[u8], wanted: impl Fn(&[u8]) -> bool, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, others)) = rest.split_first() {
        if wanted(rest) {
            out.push(b'?');
            rest = &rest[length.min(rest.len())..];
        } else {
            out.push(*first);
            rest = others;
        }
    }
    out
}

fn is_char(run: &[u8]) -> bool {
    run.get(..4).is_some_and(|run| std::str::from_utf8(run).is_ok())
}

fn without_lone_continuations(text: &[u8]) -> Vec<u8> {
    without_bad(text, |bad| matches!(bad, [0x80..=0xBF]))
}

fn without_cut_sequences(text: &[u8]) -> Vec<u8> {
    without_bad(text, |bad| matches!(bad.first(), Some(0xC2..=0xF4)))
}

/// The text without the wanted ones of its sequences that are not UTF-8.
fn without_bad(text: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let chunks = text.utf8_chunks().map(|chunk| {
        let bad = if wanted(chunk.invalid()) { &[][..] } else { chunk.invalid() };
        [chunk.valid().as_bytes(), bad].concat()
    });
    chunks.collect::<Vec<_>>().concat()
}

/// The text up to the brace that closes the first one.
fn first_object(text: &[u8]) -> Vec<u8> {
    let mut depth = 0_u64;
    let mut out = Vec::new();
    for piece in pieces(text, b'"') {
        match piece {
            Piece::String(string) => out.extend(string),
            Piece::Between(run) => {
                for byte in run {
                    out.push(*byte);
                    match byte {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth = depth.saturating_sub(1),
                        _ => continue,
                    }
                    if depth == 0 {
                        return out;
                    }
                }
            }
        }
    }
    text.to_vec()
}
