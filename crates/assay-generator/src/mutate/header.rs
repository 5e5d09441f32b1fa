//! Changes to a header.

use assay_spec::{Dialect, KeyRole};

use super::pieces::{Pieces, is_number, is_text, scaled};
use super::{Change, MemberChange, NumberChange, ShapeChange, TextChange, TokenChange};
use crate::valid;

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

/// Values that mean nothing in an entry, and more or less in place of metadata.
const VALUES: &[&str] = &[
    "null",
    "{}",
    r#"{"a":"b"}"#,
    r#"{"format":"pt","":""}"#,
    "1e999",
    "-1e400",
    "1e-400",
    "-0",
    "[]",
    "[[[[]]]]",
    r#"{"a":"b","a":"c"}"#,
    r#"{"a":1}"#,
    r#""\ud800""#,
    r#""\ud83d\ude00""#,
    "true",
    "123456789012345678901234567890",
];

/// White space, by number.
const SPACES: &[u8] = b" \t\n\r";

/// The header after a change; as it was if it has nothing to change.
pub(super) fn changed(header: &[u8], change: &Change, dialect: &Dialect) -> Vec<u8> {
    let mut pieces = Pieces::of(header);
    if pieces.0.is_empty() {
        return TOKENS[header_independent(change) % TOKENS.len()].as_bytes().to_vec();
    }
    let done = match change {
        Change::Token { at, change } => token(&mut pieces, *at, *change),
        Change::Member { at, change } => member(&mut pieces, *at, *change),
        Change::Number { at, change } => any_number(&mut pieces, *at, *change, dialect),
        Change::Offset { at, end, change } => offset(&mut pieces, *at, *end, *change, dialect),
        Change::Shape { at, change } => shape(&mut pieces, *at, *change, dialect),
        Change::Dtype { at, to } => dtype(&mut pieces, *at, *to, dialect),
        Change::Text { at, inside, change } => text(&mut pieces, *at, *inside, *change),
        Change::Space { at, which, count } => space(&mut pieces, *at, *which, *count),
        Change::Around { before, which, count } => {
            let at = if *before { 0 } else { pieces.0.len() };
            pieces.0.insert(at, white(*which, *count));
            Some(())
        }
        Change::Field { at, value } => field(&mut pieces, *at, *value, dialect),
        Change::Metadata { value } => metadata(&mut pieces, *value, dialect),
        Change::Splice { seed, whole } => splice(&mut pieces, *seed, *whole, dialect),
        Change::Prefix(_) | Change::Buffer(_) | Change::Length(_) | Change::Flip { .. } => None,
    };
    // Where there is none of what was to be changed, a token repeated is a change too.
    if done.is_none() {
        pieces.0.push(pieces.0[0].clone());
    }
    pieces.concat()
}

/// A number for headers that have nothing in them.
fn header_independent(change: &Change) -> usize {
    match change {
        Change::Token { at, .. } | Change::Number { at, .. } | Change::Text { at, .. } => {
            usize::from(*at)
        }
        Change::Splice { seed, .. } => (seed % TOKENS.len() as u64) as usize,
        _ => 0,
    }
}

fn listed(which: u16) -> Vec<u8> {
    TOKENS[usize::from(which) % TOKENS.len()].as_bytes().to_vec()
}

fn token(pieces: &mut Pieces, at: u16, change: TokenChange) -> Option<()> {
    let at = scaled(at, pieces.0.len())?;
    match change {
        TokenChange::Remove => {
            pieces.0.remove(at);
        }
        TokenChange::Repeat => pieces.0.insert(at, pieces.0[at].clone()),
        TokenChange::Copy(from) => {
            pieces.0[at] = pieces.0[scaled(from, pieces.0.len())?].clone();
        }
        TokenChange::CopyKind(from) => {
            let kind = |piece: &[u8]| (is_text(piece), is_number(piece));
            let wanted = kind(&pieces.0[at]);
            let from = pieces.find(from, |piece| kind(piece) == wanted)?;
            pieces.0[at] = pieces.0[from].clone();
        }
        TokenChange::Replace(by) => pieces.0[at] = listed(by),
        TokenChange::Insert(what) => pieces.0.insert(at, listed(what)),
    }
    Some(())
}

fn member(pieces: &mut Pieces, at: u16, change: MemberChange) -> Option<()> {
    let found = pieces.member(at)?;
    let run: Vec<Vec<u8>> = pieces.0[found.clone()].to_vec();
    let with_comma = || run.iter().cloned().chain([b",".to_vec()]);
    match change {
        MemberChange::Remove => remove(pieces, found),
        MemberChange::Repeat => {
            pieces.0.splice(found.start..found.start, with_comma());
        }
        MemberChange::Copy(to) => {
            let to = pieces.member(to)?.start;
            pieces.0.splice(to..to, with_comma());
        }
        MemberChange::Move(to) => {
            remove(pieces, found);
            let to = pieces.member(to)?.start;
            pieces.0.splice(to..to, with_comma());
        }
    }
    Some(())
}

/// Takes a member out, with a comma beside it.
fn remove(pieces: &mut Pieces, found: std::ops::Range<usize>) {
    let is_comma = |at: usize| pieces.0.get(at).is_some_and(|token| token == b",");
    let (start, end) = (found.start, found.end);
    let run = match (is_comma(end), start > 0 && is_comma(start - 1)) {
        (true, _) => start..end + 1,
        (false, true) => start - 1..end,
        (false, false) => found,
    };
    pieces.0.drain(run);
}

fn any_number(pieces: &mut Pieces, at: u16, change: NumberChange, dialect: &Dialect) -> Option<()> {
    let at = pieces.find(at, is_number)?;
    number(pieces, at, change, dialect)
}

fn offset(
    pieces: &mut Pieces,
    at: u16,
    end: bool,
    change: NumberChange,
    dialect: &Dialect,
) -> Option<()> {
    let value = pieces.value(at, dialect.key(KeyRole::DataOffsets))?;
    let mut numbers = value.filter(|place| is_number(&pieces.0[*place]));
    let at = if end { numbers.next_back() } else { numbers.next() };
    number(pieces, at?, change, dialect)
}

fn number(pieces: &mut Pieces, at: usize, change: NumberChange, dialect: &Dialect) -> Option<()> {
    let digits = String::from_utf8_lossy(&pieces.0[at]).into_owned();
    let value: u64 = digits.parse().unwrap_or(u64::MAX);
    let near = |value: u128, off: i8| value.saturating_add_signed(i128::from(off % 2)).to_string();
    let new = match change {
        NumberChange::Add(more) => value.wrapping_add_signed(i64::from(more)).to_string(),
        NumberChange::Zero => "0".to_owned(),
        NumberChange::Double => value.wrapping_mul(2).to_string(),
        NumberChange::PowerOfTwo(power, off) => near(1 << (power % 66), off),
        NumberChange::Limit(which, off) => {
            let limits = &dialect.spec().tables.limits;
            let limit = limits.values().nth(usize::from(which).checked_rem(limits.len())?)?;
            near(limit.value.into(), off)
        }
        NumberChange::Copy(from) => {
            let from = pieces.find(from, is_number)?;
            String::from_utf8_lossy(&pieces.0[from]).into_owned()
        }
        NumberChange::Digit(digit) => format!("{digits}{}", digit % 10),
        NumberChange::Spelling(which) => match which % 6 {
            0 => format!("-{digits}"),
            1 => format!("{digits}.0"),
            2 => format!("{digits}e0"),
            3 => format!("0{digits}"),
            4 => format!("\"{digits}\""),
            _ => format!("{digits},{digits}"),
        },
    };
    pieces.0[at] = new.into_bytes();
    Some(())
}

fn shape(pieces: &mut Pieces, at: u16, change: ShapeChange, dialect: &Dialect) -> Option<()> {
    let key = dialect.key(KeyRole::Shape);
    let value = pieces.value(at, key)?;
    let new: Vec<Vec<u8>> = match change {
        ShapeChange::Dimension(which, change) => {
            let dimensions: Vec<usize> =
                value.filter(|place| is_number(&pieces.0[*place])).collect();
            let at = dimensions[scaled(which, dimensions.len())?];
            return number(pieces, at, change, dialect);
        }
        ShapeChange::Append(dimension) => {
            let (last, inside) = pieces.0[value.clone()].split_last()?;
            let comma = if inside.iter().any(|piece| is_number(piece)) { "," } else { "" };
            let more = format!("{comma}{}", dimension % 4).into_bytes();
            inside.iter().cloned().chain([more, last.clone()]).collect()
        }
        ShapeChange::Clear => vec![b"[]".to_vec()],
        ShapeChange::Copy(from) => {
            let from = pieces.value(from, key)?;
            pieces.0[from].to_vec()
        }
    };
    pieces.0.splice(value, new);
    Some(())
}

fn dtype(pieces: &mut Pieces, at: u16, to: u16, dialect: &Dialect) -> Option<()> {
    let value = pieces.value(at, dialect.key(KeyRole::Dtype))?;
    let dtype = &dialect.dtypes()[scaled(to, dialect.dtypes().len())?];
    pieces.0.splice(value, [format!("\"{}\"", dtype.name).into_bytes()]);
    Some(())
}

fn text(pieces: &mut Pieces, at: u16, inside: u16, change: TextChange) -> Option<()> {
    let at = pieces.find(at, is_text)?;
    let text = &mut pieces.0[at];
    // From after the quotation mark that opens it to the one that closes it.
    let inside = 1 + scaled(inside, text.len())?.min(text.len() - 1);
    let there = text.get(inside).copied();
    match (change, there) {
        (TextChange::Escape, Some(byte))
            if byte.is_ascii_alphanumeric() && text[inside - 1] != b'\\' =>
        {
            text.splice(inside..=inside, format!("\\u{byte:04x}").into_bytes());
        }
        (TextChange::Case, Some(byte)) if byte.is_ascii_alphabetic() => text[inside] ^= 0x20,
        (TextChange::Remove, Some(_)) => {
            text.remove(inside);
        }
        (TextChange::Insert(byte), Some(_)) => text.insert(inside, byte),
        (TextChange::Unit(unit), Some(_)) => {
            text.splice(inside..inside, format!("\\u{unit:04x}").into_bytes());
        }
        _ => return None,
    }
    Some(())
}

fn space(pieces: &mut Pieces, at: u16, which: u8, count: u8) -> Option<()> {
    // All places, and the end.
    let at = scaled(at, pieces.0.len() + 1)?;
    pieces.0.insert(at, white(which, count));
    Some(())
}

fn white(which: u8, count: u8) -> Vec<u8> {
    vec![SPACES[usize::from(which) % SPACES.len()]; 1 + usize::from(count % 3)]
}

/// A field more, before the dtype of an entry.
fn field(pieces: &mut Pieces, at: u16, value: u8, dialect: &Dialect) -> Option<()> {
    let key = format!("\"{}\"", dialect.key(KeyRole::Dtype));
    let place = pieces.find(at, |piece| piece == key.as_bytes())?;
    let value = VALUES[usize::from(value) % VALUES.len()];
    pieces.0.insert(place, format!("\"more\":{value},").into_bytes());
    Some(())
}

/// A metadata member more, before all others.
fn metadata(pieces: &mut Pieces, value: u8, dialect: &Dialect) -> Option<()> {
    let open = pieces.0.iter().position(|piece| piece == b"{")?;
    let (key, value) = (dialect.key(KeyRole::Metadata), VALUES[usize::from(value) % VALUES.len()]);
    let others = pieces.0[open + 1..].iter().any(|piece| is_text(piece));
    let comma = if others { "," } else { "" };
    pieces.0.insert(open + 1, format!("\"{key}\":{value}{comma}").into_bytes());
    Some(())
}

fn splice(pieces: &mut Pieces, seed: u64, whole: bool, dialect: &Dialect) -> Option<()> {
    let other = Pieces::of(&valid(dialect, seed).document().text());
    if whole {
        *pieces = other;
        return Some(());
    }
    let inside = other.0.get(1..other.0.len().checked_sub(1)?)?;
    let end = pieces.0.iter().rposition(|piece| piece == b"}")?;
    let comma = (end > 1 && !inside.is_empty()).then(|| b",".to_vec());
    pieces.0.splice(end..end, comma.into_iter().chain(inside.iter().cloned()));
    Some(())
}
