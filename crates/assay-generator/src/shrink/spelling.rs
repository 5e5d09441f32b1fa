//! Shorter strings, smaller numbers, no white space.

use std::collections::BTreeMap;
use std::ops::Range;

use super::engine::Engine;
use super::outline::{Kind, Outline};
use super::parts::{Edit, Mode, Parts};

/// Strings above this number of characters are left to the passes over bytes.
const CHARACTERS: usize = 512;

/// Shortens strings; equal ones together first, so that they stay equal.
pub(super) fn strings(engine: &mut Engine<'_>, mode: Mode) {
    engine.try_edits(mode, &|parts, _| {
        let texts = texts(parts);
        let mut edits = Vec::new();
        for group in texts.values().filter(|group| group.len() > 1) {
            edits.push(each(group, |_| Some(b"\"\"".to_vec())));
            let shortest = group.iter().map(|text| text.units.len()).min().unwrap_or(0);
            for at in 0..shortest.min(CHARACTERS) {
                edits.push(each(group, |text| Some(text.without(&parts.header, at))));
            }
        }
        for text in texts.values().flatten() {
            for plain in [&b"\"\""[..], b"\"a\"", b"\"0\""] {
                edits.push(Edit::replace(text.at.clone(), plain));
            }
            let half = text.units.len() / 2;
            if half > 1 {
                let middle = text.units[half].0.start;
                edits.push(Edit::remove(text.at.start + 1..middle));
                edits.push(Edit::remove(middle..text.at.end - 1));
            }
            for (unit, _) in text.units.iter().take(CHARACTERS) {
                edits.push(Edit::remove(unit.clone()));
            }
        }
        edits
    });
}

/// A string of the header.
struct Text {
    at: Range<usize>,
    /// Where each character is spelled, and which it is.
    units: Vec<(Range<usize>, u32)>,
}

impl Text {
    /// Its spelling without a character.
    fn without(&self, header: &[u8], at: usize) -> Vec<u8> {
        let unit = &self.units[at].0;
        [&header[self.at.start..unit.start], &header[unit.end..self.at.end]].concat()
    }
}

fn each(group: &[Text], change: impl Fn(&Text) -> Option<Vec<u8>>) -> Edit {
    let changes = group.iter().filter_map(|text| Some((text.at.clone(), change(text)?)));
    Edit { header: changes.collect(), data: Vec::new() }
}

/// All whole strings, by what they mean.
fn texts(parts: &Parts) -> BTreeMap<Vec<u32>, Vec<Text>> {
    let outline = Outline::of(&parts.header);
    let values = outline.nodes.iter().filter(|node| node.kind == Kind::Text);
    let values = values.map(|node| node.value.clone());
    let keys = outline.nodes.iter().filter_map(|node| node.key.clone());
    let mut texts: BTreeMap<Vec<u32>, Vec<Text>> = BTreeMap::new();
    for at in values.chain(keys) {
        let token = &parts.header[at.clone()];
        if token.len() < 2 || !token.starts_with(b"\"") || !token.ends_with(b"\"") {
            continue;
        }
        let units = units(&parts.header, at.start + 1..at.end - 1);
        let meaning = units.iter().map(|(_, meaning)| *meaning).collect();
        texts.entry(meaning).or_default().push(Text { at, units });
    }
    texts
}

/// The characters of a string's inside; bytes that are none count one each.
fn units(header: &[u8], inside: Range<usize>) -> Vec<(Range<usize>, u32)> {
    let mut units = Vec::new();
    let mut at = inside.start;
    while at < inside.end {
        let rest = &header[at..inside.end];
        let (len, meaning) = unit(rest);
        units.push((at..at + len, meaning));
        at += len;
    }
    units
}

/// The character that text begins with: length of its spelling, code point.
fn unit(text: &[u8]) -> (usize, u32) {
    if let [b'\\', escape, after @ ..] = text {
        let hex = after.get(..4).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        return match (escape, code) {
            (b'u', Some(code)) => (6, code),
            (b'n', _) => (2, 10),
            (b't', _) => (2, 9),
            (escape, _) => (2, u32::from(*escape)),
        };
    }
    let len = match text[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let character = text.get(..len).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match character.and_then(|text| text.chars().next()) {
        Some(character) => (len, u32::from(character)),
        None => (1, 0x0100_0000 | u32::from(text[0])),
    }
}

/// Makes numbers smaller and shorter, and equal ones together.
pub(super) fn numbers(engine: &mut Engine<'_>, mode: Mode) {
    engine.try_edits(mode, &|parts, _| {
        let outline = Outline::of(&parts.header);
        let mut by_spelling: BTreeMap<&[u8], Vec<Range<usize>>> = BTreeMap::new();
        for node in outline.nodes.iter().filter(|node| node.kind == Kind::Other) {
            let spelling = &parts.header[node.value.clone()];
            by_spelling.entry(spelling).or_default().push(node.value.clone());
        }
        let mut edits = Vec::new();
        for (spelling, places) in &by_spelling {
            for new in smaller(spelling) {
                if places.len() > 1 {
                    let all = places.iter().map(|place| (place.clone(), new.clone()));
                    edits.push(Edit { header: all.collect(), data: Vec::new() });
                }
                let one = |place: &Range<usize>| Edit::replace(place.clone(), new.clone());
                edits.extend(places.iter().map(one));
            }
        }
        edits
    });
}

/// What to try in a number's place.
fn smaller(spelling: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![b"0".to_vec(), b"1".to_vec()];
    let text = std::str::from_utf8(spelling).unwrap_or_default();
    if let Ok(value) = text.parse::<u64>() {
        let powers = (0..value.checked_ilog2().unwrap_or(0)).rev().step_by(8);
        all.extend(powers.map(|power| (1_u64 << power).to_string().into_bytes()));
        all.extend([value / 2, value.saturating_sub(1)].map(|v| v.to_string().into_bytes()));
    }
    for at in 0..spelling.len().min(CHARACTERS) {
        all.push([&spelling[..at], &spelling[at + 1..]].concat());
    }
    all
}

/// Removes white space and undoes escapes: everywhere at once, then place by place.
pub(super) fn spaces_and_escapes(engine: &mut Engine<'_>, mode: Mode) {
    engine.try_edits(mode, &|parts, _| {
        let changes = plain_spellings(parts);
        let mut edits = vec![Edit { header: changes.clone(), data: Vec::new() }];
        edits.extend(changes.into_iter().map(|(place, by)| Edit::replace(place, by)));
        edits
    });
}

/// Where something could be spelled shorter, and how.
fn plain_spellings(parts: &Parts) -> Vec<(Range<usize>, Vec<u8>)> {
    let outline = Outline::of(&parts.header);
    let mut solid: Vec<Range<usize>> = Vec::new();
    for node in &outline.nodes {
        solid.extend(node.key.clone());
        if !node.is_container() {
            solid.push(node.value.clone());
        }
    }
    solid.sort_by_key(|range| range.start);
    let mut changes = Vec::new();
    let mut at = 0;
    for range in solid.into_iter().chain(std::iter::once(parts.header.len()..parts.header.len())) {
        changes.extend(blanks(&parts.header, at..range.start).map(|blank| (blank, Vec::new())));
        if parts.header.get(range.start) == Some(&b'"') {
            let inside = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
            for (place, meaning) in units(&parts.header, inside) {
                let plain = char::from_u32(meaning).filter(|c| *c >= ' ' && !"\"\\".contains(*c));
                if let (Some(plain), Some(b'\\')) = (plain, parts.header.get(place.start)) {
                    changes.push((place, plain.to_string().into_bytes()));
                }
            }
        }
        at = range.end;
    }
    changes
}

/// Runs of white space in a range.
fn blanks(header: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in range {
        if b" \t\n\r".contains(&header[at]) {
            match runs.last_mut() {
                Some(run) if run.end == at => run.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
    }
    runs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_told_apart_in_any_spelling() {
        let text = "aé\\u0061\\n\\\"\u{1f600}";
        let found = units(text.as_bytes(), 0..text.len());
        let meanings: Vec<u32> = found.iter().map(|(_, meaning)| *meaning).collect();
        assert_eq!(meanings, [97, 0xe9, 97, 10, 34, 0x1f600]);
        assert_eq!(units(b"\xff\\", 0..2).len(), 2);
        assert_eq!(units(b"\\", 0..1).len(), 1);
    }

    #[test]
    fn numbers_get_smaller() {
        let all = smaller(b"1024");
        for less in ["0", "1", "512", "1023", "124", "102"] {
            assert!(all.contains(&less.as_bytes().to_vec()), "{less}");
        }
    }
}
