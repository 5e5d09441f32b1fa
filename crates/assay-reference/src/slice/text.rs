//! Reads an index from its usual spelling: `1, -3:, ..., ::2`.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::index::{Index, IndexItem};

/// Why a text is no index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnIndex {
    at: usize,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Missing,
    Number,
    TooLarge,
    TooManyParts,
    ZeroStep,
    NewAxis,
    NotBasic,
}

impl NotAnIndex {
    /// Where the item that is none begins, in bytes from the text's start.
    pub fn at(&self) -> usize {
        self.at
    }
}

impl fmt::Display for NotAnIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.why {
            Why::Missing => "there is nothing between two commas",
            Why::Number => "it is neither a number, a range `start:stop:step` nor `...`",
            Why::TooLarge => "the number does not fit into 64 bits",
            Why::TooManyParts => "a range has at most three numbers: `start:stop:step`",
            Why::ZeroStep => "a range with step 0 gets nowhere",
            Why::NewAxis => "new axes select nothing: give the result its shape afterwards",
            Why::NotBasic => "lists and booleans are no basic indices: they select no byte ranges",
        })?;
        write!(f, " (at byte {} of the index)", self.at)
    }
}

impl core::error::Error for NotAnIndex {}

impl FromStr for Index {
    type Err = NotAnIndex;

    /// Reads items as they are written between brackets in Python. An empty text is the
    /// whole tensor; a comma may follow the last item. Time and memory are linear
    /// in the text.
    ///
    /// ```
    /// use assay_reference::Index;
    ///
    /// assert!("-1, ::-2".parse::<Index>().is_ok());
    /// let error = "0, [1, 2]".parse::<Index>().unwrap_err();
    /// assert_eq!(error.at(), 3);
    /// ```
    fn from_str(text: &str) -> Result<Index, NotAnIndex> {
        if text.trim_ascii().is_empty() {
            return Ok(Index::default());
        }
        let body = text.trim_ascii_end();
        let body = body.strip_suffix(',').unwrap_or(body);
        let mut items = Vec::new();
        let mut at = 0;
        for piece in body.split(',') {
            let begins = at + (piece.len() - piece.trim_ascii_start().len());
            let item = item(piece.trim_ascii()).map_err(|why| NotAnIndex { at: begins, why })?;
            items.push(item);
            at += piece.len() + 1;
        }
        Ok(Index::new(items))
    }
}

fn item(text: &str) -> Result<IndexItem, Why> {
    match text {
        "" => return Err(Why::Missing),
        "..." | "Ellipsis" => return Ok(IndexItem::Ellipsis),
        "None" | "newaxis" | "np.newaxis" => return Err(Why::NewAxis),
        "True" | "False" => return Err(Why::NotBasic),
        _ if text.starts_with('[') => return Err(Why::NotBasic),
        _ => {}
    }
    if !text.contains(':') {
        return Ok(IndexItem::Select(number(text)?));
    }
    let mut parts = text.split(':').map(str::trim_ascii);
    let mut bound = || match parts.next() {
        None | Some("") => Ok(None),
        Some(part) => number(part).map(Some),
    };
    let (start, stop, step) = (bound()?, bound()?, bound()?);
    match (parts.next(), step) {
        (Some(_), _) => Err(Why::TooManyParts),
        (None, Some(0)) => Err(Why::ZeroStep),
        (None, step) => Ok(IndexItem::Range { start, stop, step: step.unwrap_or(1) }),
    }
}

fn number(text: &str) -> Result<i64, Why> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Why::Number);
    }
    text.parse().map_err(|_| Why::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_read() {
        let range = |start, stop, step| IndexItem::Range { start, stop, step };
        for (text, items) in [
            ("", vec![]),
            ("  ", vec![]),
            ("3", vec![IndexItem::Select(3)]),
            ("-1,", vec![IndexItem::Select(-1)]),
            ("+4 , 0 ", vec![IndexItem::Select(4), IndexItem::Select(0)]),
            (":", vec![range(None, None, 1)]),
            ("::", vec![range(None, None, 1)]),
            (" 1 : -2 : 3 ", vec![range(Some(1), Some(-2), 3)]),
            ("::-1, ...", vec![range(None, None, -1), IndexItem::Ellipsis]),
            ("Ellipsis", vec![IndexItem::Ellipsis]),
            ("9223372036854775807", vec![IndexItem::Select(i64::MAX)]),
            ("-9223372036854775808:", vec![range(Some(i64::MIN), None, 1)]),
        ] {
            assert_eq!(text.parse::<Index>().unwrap().items(), items, "{text}");
        }
    }

    #[test]
    fn what_is_no_index_is_refused_with_its_place() {
        for (text, at, why) in [
            (",", 0, Why::Missing),
            ("1,,2", 2, Why::Missing),
            ("1, ,", 3, Why::Missing),
            ("1, x", 3, Why::Number),
            ("- 1", 0, Why::Number),
            ("1_000", 0, Why::Number),
            ("1.0", 0, Why::Number),
            ("....", 0, Why::Number),
            ("1:2:3:4", 0, Why::TooManyParts),
            ("0, ::0", 3, Why::ZeroStep),
            ("None", 0, Why::NewAxis),
            ("True", 0, Why::NotBasic),
            ("[0, 1]", 0, Why::NotBasic),
            ("9223372036854775808", 0, Why::TooLarge),
            (":-9223372036854775809", 0, Why::TooLarge),
        ] {
            assert_eq!(text.parse::<Index>(), Err(NotAnIndex { at, why }), "{text}");
        }
    }
}
