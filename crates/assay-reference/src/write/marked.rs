//! What a file says with keys that proposals add to a dialect: in the header, in entries.
//!
//! What is given are [`Mark`]s, as a view tells them, so that what was read can be written.
//! Their values are JSON as the header spells it; that nothing else slips in with them is
//! held by reading the header back.

use std::collections::BTreeMap;

use assay_spec::rfc::hint;
use assay_spec::{Dialect, Edit, Key, KeyObject, KeyRole, Mark};

use crate::spell;
use crate::write::{WriteError, Writer};

/// Keys beyond those that all files have, and what they say.
#[derive(Debug, Default)]
pub(super) struct Marked {
    /// Members of the header, with a comma after each.
    pub(super) header: Vec<u8>,
    /// For a tensor of a name, members of its entry, with a comma before each.
    pub(super) entries: BTreeMap<String, Vec<u8>>,
    /// What reading the header back must tell, metadata aside; sorted.
    told: Vec<Said>,
}

/// Key, tensor, value.
type Said = (String, Option<String>, String);

impl Marked {
    fn new(marks: &[Mark], dialect: &Dialect) -> Result<Marked, WriteError> {
        let mut marked = Marked::default();
        for mark in marks {
            let key = known(dialect, mark).ok_or_else(|| unknown(mark, dialect))?;
            match (&mark.tensor, key.of) {
                // A pair of the metadata is given with the metadata.
                (None, KeyObject::Metadata) => continue,
                (None, _) => {
                    member(mark, &mut marked.header);
                    marked.header.push(b',');
                }
                (Some(tensor), _) => {
                    let entry = marked.entries.entry(tensor.clone()).or_default();
                    entry.push(b',');
                    member(mark, entry);
                }
            }
            marked.told.push(said(mark));
        }
        marked.told.sort();
        Ok(marked)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Whether a header that was read back tells just what was given.
    pub(super) fn check(&self, read: &[Mark], dialect: &Dialect) -> Result<(), WriteError> {
        let of_metadata = |mark: &Mark| {
            mark.tensor.is_none()
                && known(dialect, mark).is_some_and(|key| key.of == KeyObject::Metadata)
        };
        let mut told: Vec<Said> = read.iter().filter(|mark| !of_metadata(mark)).map(said).collect();
        told.sort();
        let lost = self.told.iter().find(|one| !told.contains(one));
        match lost.or_else(|| told.iter().find(|one| !self.told.contains(one))) {
            Some((key, tensor, _)) => {
                Err(WriteError::NotSaid { key: key.clone(), of: of(tensor.as_deref()) })
            }
            None => Ok(()),
        }
    }
}

impl Writer {
    /// A writer whose files say this too: what the dialect's proposals let a header or an
    /// entry say, the list of features that a reader must know among it.
    ///
    /// ```
    /// use assay_reference::write::{NewTensor, Writer};
    /// use assay_spec::{Dialect, Mark};
    ///
    /// let proposed = Dialect::by_name("0.8+0006+0007/gated")?;
    /// let say = |key: &str, tensor: Option<&str>, value: &str| Mark {
    ///     key: key.to_owned(),
    ///     tensor: tensor.map(str::to_owned),
    ///     value: value.to_owned(),
    ///     reinterprets: true,
    /// };
    /// let marks = [
    ///     say("__features__", None, r#"["sparse"]"#),
    ///     say("sparse", Some("w"), r#"{"shape":[4],"indices":[0,3]}"#),
    /// ];
    /// let writer = Writer::new(&proposed).saying(&marks)?;
    /// let values = NewTensor { name: "w", dtype: "U8", shape: &[2], data: &[7, 8] };
    /// assert!(writer.serialize([values], None).is_ok());
    /// // The edition has no such keys, and the error names the proposals.
    /// let refused = Writer::new(&Dialect::latest()).saying(&marks).unwrap_err();
    /// assert!(refused.to_string().ends_with("proposal 0006 would add it"), "{refused}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the dialect has no such key. Values are looked at when a file is laid out.
    pub fn saying(self, marks: &[Mark]) -> Result<Writer, WriteError> {
        let marked = Marked::new(marks, self.policy.dialect())?;
        Ok(Writer { marked, ..self })
    }
}

/// The row of the dialect's keys that a mark is of.
fn known<'d>(dialect: &'d Dialect, mark: &Mark) -> Option<&'d Key> {
    let is_of = |key: &&Key| (key.of == KeyObject::Entry) == mark.tensor.is_some();
    let keys = dialect.spec().tables.keys.iter();
    keys.filter(|key| key.role.is_told() && key.key == mark.key).find(is_of)
}

fn unknown(mark: &Mark, dialect: &Dialect) -> WriteError {
    let adds = |edit: &Edit| match edit {
        Edit::AddKey { key } => {
            key.key == mark.key && (key.of == KeyObject::Entry) == mark.tensor.is_some()
        }
        _ => false,
    };
    WriteError::UnknownKey {
        key: mark.key.clone(),
        of: of(mark.tensor.as_deref()),
        edition: dialect.name().to_owned(),
        proposed: hint(dialect, adds),
    }
}

fn of(tensor: Option<&str>) -> String {
    match tensor {
        Some(tensor) => format!("tensor {}", crate::error::quoted(tensor)),
        None => "the header".to_owned(),
    }
}

fn member(mark: &Mark, out: &mut Vec<u8>) {
    spell::string(&mark.key, out);
    out.push(b':');
    out.extend_from_slice(mark.value.as_bytes());
}

fn said(mark: &Mark) -> Said {
    (mark.key.clone(), mark.tensor.clone(), mark.value.clone())
}

/// What says that a reader must know these features.
pub(crate) fn demanding(features: &[&str], dialect: &Dialect) -> Mark {
    let keys = &dialect.spec().tables.keys;
    let key = keys.iter().find(|key| key.role == KeyRole::Features);
    let mut value = vec![b'['];
    for (turn, feature) in features.iter().enumerate() {
        if turn > 0 {
            value.push(b',');
        }
        spell::string(feature, &mut value);
    }
    value.push(b']');
    let value = String::from_utf8(value).expect("features' names are text");
    // A dialect without the key has none of the features either, and refuses them by their keys.
    let key = key.map_or_else(String::new, |key| key.key.clone());
    Mark { key, tensor: None, value, reinterprets: true }
}
