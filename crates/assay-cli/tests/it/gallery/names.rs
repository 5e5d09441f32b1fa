//! The gallery's reader: names of tensors, and what readers make of them.

use super::entry::Entry;
use super::fault::Fault;
use super::header::{Members, Repeated, unique};
use super::json::Text;
use super::reader::{Reader, Step, Stop, refuse};

/// Of each name one entry.
pub(crate) fn unique_raw(members: Members) -> Step<Members> {
    let members = unique(members, Repeated::Refused, |name| Some(name.raw.clone()))?;
    unique(members, Repeated::Last, |name| Some(name.value.clone()))
}

/// The members of the header that are tensors, of each name one.
pub(crate) fn unique_names(reader: &Reader<'_>, members: Members) -> Step<Members> {
    let repeated = match () {
        () if reader.has(Fault::NamesFirstWins) => Repeated::First,
        () if reader.has(Fault::NamesLastWins) => Repeated::Last,
        () if reader.has(Fault::NamesBothKept) => Repeated::Kept,
        () => Repeated::Refused,
    };
    unique(members, repeated, |name| {
        let to_nul = reader.has(Fault::NamesComparedToNul);
        Some(if to_nul { until_nul(&name.value) } else { name.value.clone() })
    })
}

pub(crate) fn unique_neighbours(members: Members) -> Step<Members> {
    if members.windows(2).any(|pair| pair[0].0.value == pair[1].0.value) {
        return refuse("a name stands twice");
    }
    unique(members, Repeated::Last, |name| Some(name.value.clone()))
}

/// Of each name one entry, by the reader's idea of repetition.
pub(crate) fn unique_entries(reader: &Reader<'_>, members: Members) -> Step<Members> {
    match () {
        () if reader.has(Fault::NamesComparedRaw) => unique_raw(members),
        () if reader.has(Fault::NamesComparedWithNeighbour) => unique_neighbours(members),
        () => unique_names(reader, members),
    }
}

fn until_nul(name: &[u8]) -> Vec<u8> {
    name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// The name that is delivered; `None` if the reader takes it for none of a tensor.
pub(crate) fn kept(reader: &Reader<'_>, name: &Text) -> Step<Option<Vec<u8>>> {
    let has = |fault| reader.has(fault);
    let bytes = name.value.as_slice();
    let text = String::from_utf8_lossy(bytes);
    let refused = has(Fault::EmptyNameRefused) && bytes.is_empty()
        || has(Fault::PathsRefused) && (text.contains("..") || text.starts_with('/'))
        || has(Fault::NamesOfAsciiOnly)
            && !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
    if refused {
        return refuse("a name that the reader does not like");
    }
    if has(Fault::NamesInFixedBuffer) && bytes.len() >= 256 {
        return Err(Stop::Crash("a name is written behind its buffer"));
    }
    if has(Fault::NamesAsFormat) && (text.contains("%s") || text.contains("%n")) {
        return Err(Stop::Crash("memory is written where a name says"));
    }
    let lost = has(Fault::NamesAsPrototypeKeys) && bytes == b"__proto__"
        || has(Fault::UnderscoresSkipped) && bytes.starts_with(b"__");
    if lost {
        return Ok(None);
    }
    Ok(Some(match () {
        () if has(Fault::EscapesLeftInNames) => name.raw.clone(),
        () if has(Fault::NamesEndAtNul) => until_nul(bytes),
        () if has(Fault::NameLengthInU16) => bytes[..usize::from(bytes.len() as u16)].to_vec(),
        () if has(Fault::NamesCut) => bytes[..bytes.len().min(128)].to_vec(),
        () if has(Fault::NamesFoldCase) => text.to_lowercase().into_bytes(),
        () if has(Fault::NamesTrimmed) => text.trim().as_bytes().to_vec(),
        // Enough of the normal form for the letter that the corpus has in both.
        () if has(Fault::NamesNormalised) => text.replace("e\u{301}", "\u{e9}").into_bytes(),
        () if has(Fault::NamesAsPaths) => {
            text.rsplit(['/', '\\']).next().unwrap_or_default().as_bytes().to_vec()
        }
        () if has(Fault::NamesMadePrintable) => {
            text.chars().filter(|one| is_printable(*one)).collect::<String>().into_bytes()
        }
        () => bytes.to_vec(),
    }))
}

fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
}

/// What the reader demands of all names together.
pub(crate) fn check_all(reader: &Reader<'_>, entries: &[Entry]) -> Step<()> {
    if !reader.has(Fault::NamesAsTree) {
        return Ok(());
    }
    let is_below = |name: &[u8], above: &[u8]| {
        name.strip_prefix(above).is_some_and(|rest| rest.first() == Some(&b'.'))
    };
    let collide =
        entries.iter().any(|one| entries.iter().any(|other| is_below(&one.name, &other.name)));
    if collide { refuse("a name is a leaf and a branch") } else { Ok(()) }
}
