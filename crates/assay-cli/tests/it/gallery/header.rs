//! The gallery's reader: from the header's JSON to metadata and entries.

use std::collections::{BTreeMap, HashMap};

use assay_spec::KeyRole;

use super::entry::{self, Entry};
use super::fault::Fault;
use super::json::{Text, Value};
use super::names;
use super::reader::{Reader, Step, Stop, refuse};

pub(crate) type Members = Vec<(Text, Value)>;
pub(crate) type Metadata = BTreeMap<Vec<u8>, Vec<u8>>;

/// What the header says.
pub(crate) fn entries(reader: &Reader<'_>, root: Value) -> Step<(Metadata, Vec<Entry>)> {
    let members = match root {
        Value::Object(members) => members,
        _ if reader.has(Fault::RootUnchecked) => Vec::new(),
        _ => return refuse("the header is no object"),
    };
    let key = reader.dialect.key(KeyRole::Metadata).as_bytes();
    let mut found = None;
    let mut tensors = Members::new();
    for (at, (name, value)) in members.into_iter().enumerate() {
        let raw = reader.has(Fault::MetadataKeyComparedRaw);
        let is_metadata = if raw { name.raw == key } else { name.value == key };
        if !is_metadata || (at > 0 && reader.has(Fault::MetadataOnlyFirst)) {
            tensors.push((name, value));
        } else if found.replace(value).is_some() && !reader.has(Fault::MetadataKeyTwice) {
            return refuse("the metadata key stands twice");
        }
    }
    let metadata = metadata(reader, found)?;
    let mut entries = Vec::new();
    for (name, value) in names::unique_entries(reader, tensors)? {
        let Some(name) = names::kept(reader, &name)? else { continue };
        entries.extend(entry::entry(reader, name, value)?);
    }
    names::check_all(reader, &entries)?;
    Ok((metadata, entries))
}

fn metadata(reader: &Reader<'_>, value: Option<Value>) -> Step<Metadata> {
    let members = match value {
        None if reader.has(Fault::MetadataRequired) => return refuse("no metadata"),
        None => return Ok(Metadata::new()),
        Some(Value::Null) if reader.has(Fault::MetadataNullCrashes) => {
            return Err(Stop::Crash("a null pointer is followed"));
        }
        Some(Value::Null) => return Ok(Metadata::new()),
        Some(Value::Object(members)) => members,
        Some(_) if reader.has(Fault::MetadataUnchecked) => return Ok(Metadata::new()),
        Some(_) => return refuse("metadata of another type"),
    };
    if members.is_empty() && reader.has(Fault::EmptyMetadataRefused) {
        return refuse("empty metadata");
    }
    let repeated = match () {
        () if reader.has(Fault::MetadataFirstWins) => Repeated::First,
        () if reader.has(Fault::MetadataLastWins) => Repeated::Last,
        () => Repeated::Refused,
    };
    let mut metadata = Metadata::new();
    for (key, value) in unique(members, repeated, |key| Some(key.value.clone()))? {
        if key.value.is_empty() && reader.has(Fault::EmptyKeyRefused) {
            return refuse("an empty key");
        }
        match value {
            Value::String(text) if reader.has(Fault::EscapesLeftInMetadata) => {
                metadata.insert(key.value, text.raw)
            }
            Value::String(text) => metadata.insert(key.value, text.value),
            _ if reader.has(Fault::MetadataOthersDropped) => None,
            Value::Number(text) if reader.has(Fault::MetadataStringified) => {
                metadata.insert(key.value, text.into_bytes())
            }
            other if reader.has(Fault::MetadataStringified) => {
                metadata.insert(key.value, format!("{other:?}").into_bytes())
            }
            _ => return refuse("a metadata value is no string"),
        };
    }
    Ok(metadata)
}

/// What becomes of a key that stands again.
#[derive(Clone, Copy)]
pub(crate) enum Repeated {
    Refused,
    First,
    Last,
    Kept,
}

/// The members of an object, of each key one. Keys that `identity` does not know are left alone.
pub(crate) fn unique(
    members: Members,
    repeated: Repeated,
    identity: impl Fn(&Text) -> Option<Vec<u8>>,
) -> Step<Members> {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kept = Members::new();
    for (key, value) in members {
        let place = identity(&key).map(|id| *places.entry(id).or_insert(kept.len()));
        match place {
            Some(at) if at < kept.len() => match repeated {
                Repeated::Refused => return refuse("a key stands twice"),
                Repeated::First => {}
                Repeated::Last => kept[at] = (key, value),
                Repeated::Kept => kept.push((key, value)),
            },
            _ => kept.push((key, value)),
        }
    }
    Ok(kept)
}
