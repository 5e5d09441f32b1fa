//! Rewritings of JSON's grammar: what lenient parsers take.

use super::text::{Piece, between, pieces, replace, strings, words};
use super::{Rewrite, header};

const GRAMMAR: &str = "header/json-grammar";

pub(super) fn all() -> Vec<Rewrite> {
    vec![
        header(GRAMMAR, "line comments are skipped", |text| {
            between(text, |text| blank(text, b"//", b"\n"))
        }),
        header(GRAMMAR, "block comments are skipped", |text| {
            between(text, |text| blank(text, b"/*", b"*/"))
        }),
        header(GRAMMAR, "hash comments are skipped", |text| {
            between(text, |text| blank(text, b"#", b"\n"))
        }),
        header(GRAMMAR, "a comma before a closing brace passes", |text| before(text, b",", b"}")),
        header(GRAMMAR, "a comma before a closing bracket passes", |text| before(text, b",", b"]")),
        header(GRAMMAR, "a comma after an opening brace passes", |text| {
            between(text, |run| replace(run, b"{,", b"{ "))
        }),
        header(GRAMMAR, "doubled commas pass", |text| {
            between(text, |run| replace(run, b",,", b", "))
        }),
        header(GRAMMAR, "a missing comma passes", missing_commas),
        header(GRAMMAR, "an equals sign passes for a colon", |text| {
            between(text, |run| replace(run, b"=", b":"))
        }),
        header(GRAMMAR, "a semicolon passes for a comma", |text| {
            between(text, |run| replace(run, b";", b","))
        }),
        header(GRAMMAR, "single quotes pass", single_quotes),
        header(GRAMMAR, "keys without quotes pass", bare_keys),
        header(GRAMMAR, "a missing closing brace passes", |text| closed(text, b"{", b"}")),
        header(GRAMMAR, "an unterminated string passes", |text| match pieces(text, b'"').last() {
            Some(Piece::String(string)) if string.len() == 1 || !string.ends_with(b"\"") => {
                closed(&[text, b"\""].concat(), b"{", b"}")
            }
            _ => text.to_vec(),
        }),
        header(GRAMMAR, "NaN and Infinity pass", |text| {
            words(text, |word| {
                let plain = word.trim_start_matches(['-', '+']).to_ascii_lowercase();
                matches!(plain.as_str(), "nan" | "inf" | "infinity").then(|| "0".to_owned())
            })
        }),
        header(GRAMMAR, "literals of any case pass", |text| {
            words(text, |word| {
                let lower = word.to_ascii_lowercase();
                matches!(lower.as_str(), "true" | "false" | "null" | "none")
                    .then(|| if lower == "none" { "null".to_owned() } else { lower })
            })
        }),
        header(GRAMMAR, "leading zeros pass", |text| {
            words(text, |word| {
                let digits = word.trim_start_matches('0');
                let is_number = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_digit());
                is_number
                    .then(|| if digits.is_empty() { "0".to_owned() } else { digits.to_owned() })
            })
        }),
        header(GRAMMAR, "leading zeros mean octal", |text| {
            words(text, |word| {
                let digits = word.strip_prefix('0').filter(|rest| !rest.is_empty())?;
                u64::from_str_radix(digits, 8).ok().map(|number| number.to_string())
            })
        }),
        header(GRAMMAR, "a leading plus passes", |text| {
            words(text, |word| word.strip_prefix('+').map(str::to_owned))
        }),
        header(GRAMMAR, "a leading dot passes", |text| {
            words(text, |word| word.starts_with('.').then(|| format!("0{word}")))
        }),
        header(GRAMMAR, "a trailing dot passes", |text| {
            words(text, |word| word.strip_suffix('.').map(str::to_owned))
        }),
        header(GRAMMAR, "an exponent without digits passes", |text| {
            words(text, |word| {
                let is_number = word.starts_with(|char: char| char.is_ascii_digit());
                let bare = word.trim_end_matches(['e', 'E', '+', '-']);
                (is_number && bare.len() < word.len()).then(|| bare.to_owned())
            })
        }),
        header(GRAMMAR, "hexadecimal numbers pass", |text| {
            words(text, |word| {
                let digits = word.strip_prefix("0x").or(word.strip_prefix("0X"))?;
                u64::from_str_radix(digits, 16).ok().map(|number| number.to_string())
            })
        }),
        header(GRAMMAR, "digit separators pass", |text| {
            words(text, |word| {
                let is_number = word.starts_with(|char: char| char.is_ascii_digit());
                (is_number && word.contains('_')).then(|| word.replace('_', ""))
            })
        }),
        header(GRAMMAR, "a suffix of a number is skipped", |text| {
            words(text, |word| {
                let digits = word.find(|char: char| !char.is_ascii_digit())?;
                let is_suffix =
                    digits > 0 && word[digits..].bytes().all(|b| b.is_ascii_alphabetic());
                (is_suffix && !word[digits..].eq_ignore_ascii_case("e"))
                    .then(|| word[..digits].to_owned())
            })
        }),
        header(GRAMMAR, "form feeds and vertical tabs are white space", |text| {
            between(text, |run| {
                run.iter()
                    .map(|byte| if matches!(byte, 0xB | 0xC) { b' ' } else { *byte })
                    .collect()
            })
        }),
        header(GRAMMAR, "no-break spaces are white space", |text| {
            between(text, |run| replace(run, "\u{a0}".as_bytes(), b" "))
        }),
        header(GRAMMAR, "NULs are white space", |text| {
            between(text, |run| replace(run, b"\0", b" "))
        }),
        header(GRAMMAR, "line feeds in strings pass", |text| {
            in_strings(text, |byte| byte == b'\n')
        }),
        header(GRAMMAR, "tabs in strings pass", |text| in_strings(text, |byte| byte == b'\t')),
        header(GRAMMAR, "NULs in strings pass", |text| in_strings(text, |byte| byte == 0)),
        header(GRAMMAR, "other control characters in strings pass", |text| {
            in_strings(text, |byte| byte < b' ' && !matches!(byte, b'\n' | b'\t' | 0))
        }),
        header(GRAMMAR, "unknown escapes pass", |text| {
            escapes(text, |escaped| !b"\"\\/bfnrtux'0\n".contains(&escaped[1]))
        }),
        header(GRAMMAR, "escapes in hexadecimal pass", |text| {
            escapes(text, |escaped| escaped[1] == b'x')
        }),
        header(GRAMMAR, "escaped single quotes pass", |text| {
            escapes(text, |escaped| escaped[1] == b'\'')
        }),
        header(GRAMMAR, "escapes of NUL pass", |text| escapes(text, |escaped| escaped[1] == b'0')),
        header(GRAMMAR, "short Unicode escapes pass", |text| {
            escapes(text, |escaped| {
                let digits = escaped.iter().skip(2).take(4);
                escaped[1] == b'u' && digits.filter(|byte| byte.is_ascii_hexdigit()).count() < 4
            })
        }),
    ]
}

/// Blanks what stands from an opening to a closing mark, or to the end.
fn blank(text: &[u8], open: &[u8], close: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(within) = rest.strip_prefix(open) {
            let end = find(within, close).map_or(within.len(), |at| at + close.len());
            out.push(b' ');
            rest = &within[end..];
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// Takes away a mark that stands before another, white space between them or none.
fn before(text: &[u8], mark: &[u8], closing: &[u8]) -> Vec<u8> {
    between(text, |run| {
        let mut out = Vec::with_capacity(run.len());
        for at in 0..run.len() {
            let follows = run[at + 1..].trim_ascii_start().starts_with(closing);
            out.push(if run[at..].starts_with(mark) && follows { b' ' } else { run[at] });
        }
        out
    })
}

/// Puts a comma where a value ends and a key begins.
fn missing_commas(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len() + 8);
    for piece in pieces(text, b'"') {
        match piece {
            Piece::String(string) => {
                let last = out.trim_ascii_end().last();
                if last
                    .is_some_and(|byte| matches!(byte, b'}' | b']' | b'"') || byte.is_ascii_digit())
                {
                    out.push(b',');
                }
                out.extend(string);
            }
            Piece::Between(run) => out.extend(run),
        }
    }
    out
}

fn single_quotes(text: &[u8]) -> Vec<u8> {
    between(text, |run| {
        let pieces = pieces(run, b'\'').into_iter().map(|piece| match piece {
            Piece::String(string) => replace(string, b"'", b"\""),
            Piece::Between(run) => run.to_vec(),
        });
        pieces.collect::<Vec<_>>().concat()
    })
}

fn bare_keys(text: &[u8]) -> Vec<u8> {
    between(text, |run| {
        let mut out: Vec<u8> = Vec::with_capacity(run.len());
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        for (at, byte) in run.iter().enumerate() {
            let in_word = is_word(*byte);
            let starts = in_word && (at == 0 || !is_word(run[at - 1]));
            let word = run[at..].iter().take_while(|byte| is_word(**byte)).count();
            let is_key = |from: usize| run[from..].trim_ascii_start().starts_with(b":");
            if starts && is_key(at + word) {
                out.push(b'"');
            }
            out.push(*byte);
            if in_word && word == 1 && is_key(at + 1) {
                out.push(b'"');
            }
        }
        out
    })
}

/// Adds the closing marks that are missing at the end.
fn closed(text: &[u8], open: &[u8], close: &[u8]) -> Vec<u8> {
    let mut balance = 0_i64;
    for piece in pieces(text, b'"') {
        if let Piece::Between(run) = piece {
            balance += run.iter().filter(|byte| open.contains(byte)).count() as i64;
            balance -= run.iter().filter(|byte| close.contains(byte)).count() as i64;
        }
    }
    let missing = usize::try_from(balance).unwrap_or(0).min(1 << 10);
    [text, close.repeat(missing).as_slice()].concat()
}

/// Puts a space for the wanted bytes in strings.
fn in_strings(text: &[u8], wanted: impl Fn(u8) -> bool) -> Vec<u8> {
    strings(text, |string| {
        string.iter().map(|byte| if wanted(*byte) { b' ' } else { *byte }).collect()
    })
}

/// Takes the backslash from the wanted escapes, which are handed over with what follows.
fn escapes(text: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    strings(text, |string| {
        let mut out = Vec::with_capacity(string.len());
        let mut rest = string;
        while !rest.is_empty() {
            let is_escape = rest[0] == b'\\' && rest.len() > 1;
            if is_escape && wanted(rest) {
                out.push(b'?');
                rest = &rest[2..];
            } else {
                let taken = if is_escape { 2 } else { 1 };
                out.extend(&rest[..taken]);
                rest = &rest[taken..];
            }
        }
        out
    })
}
