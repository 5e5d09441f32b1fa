//! The gallery's reader: prefix, and the bytes of the header as text.

use std::borrow::Cow;

use super::fault::Fault;
use super::reader::{Reader, Step, Stop, refuse};

/// The header's bytes and where they end in the file.
pub(crate) struct Header<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) end: usize,
}

/// The file as the operating system's layer hands it over.
pub(crate) fn opened<'a>(reader: &Reader<'_>, file: &'a [u8]) -> Cow<'a, [u8]> {
    if reader.has(Fault::TextModeEndsAtSub) {
        let end = file.iter().position(|byte| *byte == 0x1a).unwrap_or(file.len());
        return Cow::Borrowed(&file[..end]);
    }
    if reader.has(Fault::LineEndsTranslated) {
        let mut bytes = file.to_vec();
        let mut at = 0;
        bytes.retain(|byte| {
            let pair = *byte == b'\r' && file.get(at + 1) == Some(&b'\n');
            at += 1;
            !pair
        });
        return Cow::Owned(bytes);
    }
    Cow::Borrowed(file)
}

/// Reads the prefix and cuts the header out.
pub(crate) fn header<'a>(reader: &Reader<'_>, file: &'a [u8]) -> Step<Header<'a>> {
    let prefix_len = bytes(reader.dialect.limit("prefix_bytes"));
    let Some(prefix) = file.get(..prefix_len) else {
        return if reader.has(Fault::PrefixUnchecked) {
            Err(Stop::Crash("a prefix is read behind the file"))
        } else {
            refuse("the prefix is cut short")
        };
    };
    let prefix: [u8; 8] = prefix.try_into().expect("a prefix has eight bytes");
    let magics = reader.dialect.magics();
    if reader.has(Fault::MagicSniffed) && magics.iter().any(|m| file.starts_with(&m.bytes)) {
        return refuse("looks like another format");
    }
    let length = declared(reader, prefix, file.len() as u64);
    let end = header_end(reader, length, file.len() as u64)?;
    let header = match file.get(prefix_len..bytes(end)) {
        Some(header) => header,
        None if reader.has(Fault::HeaderCutToFile) => &file[prefix_len..],
        None => return Err(Stop::Crash("the header is read behind the file")),
    };
    Ok(Header { bytes: Cow::Borrowed(header), end: prefix_len + header.len() })
}

/// N, as the reader keeps it: a negative number is one above 2^63.
fn declared(reader: &Reader<'_>, prefix: [u8; 8], file: u64) -> u64 {
    let little = u64::from_le_bytes(prefix);
    let narrow = little as u32;
    match () {
        () if reader.has(Fault::PrefixBigEndian) => u64::from_be_bytes(prefix),
        () if reader.has(Fault::PrefixEitherOrder) && little > file => u64::from_be_bytes(prefix),
        () if reader.has(Fault::PrefixInU8) => u64::from(narrow as u8),
        () if reader.has(Fault::PrefixInU16) => u64::from(narrow as u16),
        () if reader.has(Fault::PrefixInU32) => u64::from(narrow),
        () if reader.has(Fault::PrefixInI32) => i64::from(narrow.cast_signed()).cast_unsigned(),
        () if reader.has(Fault::PrefixSignMasked) => little & (u64::MAX >> 1),
        () => little,
    }
}

/// Where the header ends, once its length is checked.
fn header_end(reader: &Reader<'_>, length: u64, file: u64) -> Step<u64> {
    let prefix = reader.dialect.limit("prefix_bytes");
    let most = match reader.dialect.limit("max_header_bytes") {
        _ if reader.has(Fault::HeaderLimitMissing) => u64::MAX,
        most if reader.has(Fault::HeaderLimitLower) => most / 4,
        most if reader.has(Fault::HeaderLimitExclusive) => most - 1,
        most if reader.has(Fault::HeaderLimitWithPrefix) => most - prefix,
        most => most,
    };
    if reader.has(Fault::AllocatesAnyHeader) {
        reader.allocate(length)?;
    }
    let signed = reader.has(Fault::PrefixInI32) || reader.has(Fault::PrefixInI64);
    if signed && length > i64::MAX.cast_unsigned() {
        // It is below every limit, and so is 8 + N.
        return Ok(prefix.wrapping_add(length));
    }
    if reader.has(Fault::PrefixSumWraps) {
        let end = prefix.wrapping_add(length);
        return if end <= most && end <= file { Ok(end) } else { refuse("the header is too long") };
    }
    if length > most {
        return refuse("the header is too long");
    }
    if reader.has(Fault::AllocatesHeaderFirst) {
        reader.allocate(length)?;
    }
    if length < reader.dialect.limit("min_header_bytes")
        && !(length == 0 && reader.has(Fault::EmptyHeaderAccepted))
    {
        return refuse("the header is too short");
    }
    let room = match file.saturating_sub(prefix) {
        _ if reader.has(Fault::HeaderUnchecked) || reader.has(Fault::HeaderCutToFile) => u64::MAX,
        _ if reader.has(Fault::HeaderComparedWithoutPrefix) => file,
        room => room,
    };
    if length > room {
        return refuse("the header ends behind the file");
    }
    prefix.checked_add(length).ok_or(Stop::Refuse("the header is too long"))
}

/// The header as the text that is parsed: UTF-8, unless a fault lets other bytes through.
pub(crate) fn decoded<'a>(reader: &Reader<'_>, header: &'a [u8]) -> Step<Cow<'a, [u8]>> {
    let header = trimmed(reader, header);
    if reader.has(Fault::HeaderAsLatin1) {
        let text: String = header.iter().map(|byte| char::from(*byte)).collect();
        return Ok(Cow::Owned(text.into_bytes()));
    }
    if std::str::from_utf8(header).is_ok() || reader.has(Fault::EncodingUnchecked) {
        return Ok(Cow::Borrowed(header));
    }
    if reader.has(Fault::EncodingReplaced) {
        return Ok(Cow::Owned(String::from_utf8_lossy(header).into_owned().into_bytes()));
    }
    if reader.has(Fault::EncodingIgnored) {
        let valid = header.utf8_chunks().flat_map(|chunk| chunk.valid().bytes());
        return Ok(Cow::Owned(valid.collect()));
    }
    if reader.has(Fault::EncodingModified) {
        return modified(header).map(Cow::Owned);
    }
    refuse("the header is not UTF-8")
}

fn trimmed<'a>(reader: &Reader<'_>, header: &'a [u8]) -> &'a [u8] {
    let at = |byte: u8| header.iter().position(|other| *other == byte);
    if reader.has(Fault::NulTrimmed) {
        let kept = header.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        return &header[..kept];
    }
    if reader.has(Fault::NulEndsHeader) {
        return &header[..at(0).unwrap_or(header.len())];
    }
    if reader.has(Fault::JunkBeforeSkipped) {
        return &header[at(b'{').unwrap_or(0)..];
    }
    if reader.has(Fault::ByteOrderMarkSkipped) {
        return header.strip_prefix("\u{feff}".as_bytes()).unwrap_or(header);
    }
    header
}

/// Modified UTF-8: C0 80 for NUL, three bytes for each surrogate.
fn modified(header: &[u8]) -> Step<Vec<u8>> {
    let mut text = Vec::new();
    let mut rest = header;
    while let Some(first) = rest.first() {
        let taken = match *rest {
            [0xc0, 0x80, ..] => {
                text.push(0);
                2
            }
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => {
                text.extend_from_slice(&rest[..3]);
                3
            }
            _ if first.is_ascii() => {
                text.push(*first);
                1
            }
            _ => {
                let most = rest.len().min(4);
                let whole = (2..=most).find(|end| std::str::from_utf8(&rest[..*end]).is_ok());
                let Some(end) = whole else { return refuse("the header is not UTF-8") };
                text.extend_from_slice(&rest[..end]);
                end
            }
        };
        rest = &rest[taken..];
    }
    Ok(text)
}

/// A file offset; what no memory holds lies behind every file.
pub(crate) fn bytes(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
