//! The committed cases: their bytes, and what a right reader makes of them.

use std::sync::OnceLock;

use assay_protocol::case::{ClaimedVerdict, Content, Part, Prefix, Recipe};
use assay_protocol::{Manifest, ManifestCase};
use assay_spec::page;

use super::reader::{Outcome, Reader, View};
use crate::command::tree;

/// A committed case and its file.
pub(crate) struct Shown {
    pub(crate) case: ManifestCase,
    pub(crate) file: Vec<u8>,
}

/// The cases whose files are kept.
pub(crate) fn kept() -> &'static [Shown] {
    static CASES: OnceLock<Vec<Shown>> = OnceLock::new();
    CASES.get_or_init(|| {
        let kept = manifest().into_iter().filter(|case| case.path.is_some());
        kept.map(Shown::new).collect()
    })
}

/// The cases that are kept as recipes, smallest first; each file is made as it is asked for.
pub(crate) fn giants(wanted: impl Fn(&ManifestCase) -> bool) -> impl Iterator<Item = Shown> {
    let mut cases = manifest();
    cases.retain(|case| case.path.is_none() && wanted(case));
    cases.sort_by_key(|case| case.size);
    cases.into_iter().map(Shown::new)
}

fn manifest() -> Vec<ManifestCase> {
    let text = std::fs::read_to_string(tree().join("corpus/manifest.json")).expect("it is there");
    let manifest: Manifest = serde_json::from_str(&text).expect("it is a manifest");
    manifest.cases
}

fn file(case: &ManifestCase) -> Vec<u8> {
    match (&case.path, &case.recipe) {
        (Some(path), _) => std::fs::read(tree().join("corpus").join(path)).expect(&case.id),
        (None, Some(recipe)) => made(recipe),
        (None, None) => panic!("{} has neither a file nor a recipe", case.id),
    }
}

fn made(recipe: &Recipe) -> Vec<u8> {
    let header = bytes(&recipe.header, |text| page::unescape(text).expect("a header's text"));
    let hexadecimal = |text: &str| hex::decode(text.replace(' ', "")).expect("hexadecimal");
    let mut file = match &recipe.prefix {
        None => (header.len() as u64).to_le_bytes().to_vec(),
        Some(Prefix::Number(length)) => length.to_le_bytes().to_vec(),
        Some(Prefix::Text(text)) => match text.strip_prefix("0x") {
            Some(digits) => hexadecimal(digits),
            None => text.parse::<u64>().expect("a number").to_le_bytes().to_vec(),
        },
    };
    file.extend(header);
    file.extend(bytes(&recipe.data, hexadecimal));
    file
}

fn bytes(content: &Content, plain: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let times = |times: u64| usize::try_from(times).expect("it fits memory");
    let parts = match content {
        Content::Plain(text) => return plain(text),
        Content::Parts(parts) => parts,
    };
    let part = |part: &Part| match part {
        Part::Text { text, times: n } => page::unescape(text).expect("text").repeat(times(*n)),
        Part::Hex { hex, times: n } => {
            hex::decode(hex.replace(' ', "")).expect("hexadecimal").repeat(times(*n))
        }
        Part::Zeros { zeros } => vec![0; times(*zeros)],
    };
    parts.iter().map(part).collect::<Vec<_>>().concat()
}

impl Shown {
    fn new(case: ManifestCase) -> Shown {
        Shown { file: file(&case), case }
    }

    /// What the reader gets wrong about the case, if anything.
    pub(crate) fn catches(&self, reader: &Reader<'_>) -> Option<String> {
        match (reader.read(&self.file), self.case.verdict) {
            (Outcome::Crashed(why), _) => Some(format!("crash: {why}")),
            (Outcome::Exhausted(bytes), _) => {
                Some(format!("asked for {bytes} bytes for a file of {}", self.file.len()))
            }
            (Outcome::Refused(why), ClaimedVerdict::Valid) => {
                Some(format!("refuses a valid file: {why}"))
            }
            (Outcome::Refused(_), _) => None,
            (Outcome::Accepted(_), ClaimedVerdict::Invalid) => {
                Some("accepts an invalid file".to_owned())
            }
            (Outcome::Accepted(view), _) => self.misread(&view),
        }
    }

    fn misread(&self, view: &View) -> Option<String> {
        let expected = self.case.view.as_ref().expect("a file that may be read has a view");
        let metadata = expected.metadata.iter().flatten();
        let metadata =
            metadata.map(|(key, value)| (key.clone().into_bytes(), value.clone().into_bytes()));
        if view.metadata != metadata.collect() {
            return Some("other metadata".to_owned());
        }
        let mut seen: Vec<_> = view.tensors.iter().collect();
        seen.sort_by(|a, b| a.name.cmp(&b.name));
        if !seen
            .iter()
            .map(|one| one.name.as_slice())
            .eq(expected.tensors.iter().map(|one| one.name.as_bytes()))
        {
            return Some("other names".to_owned());
        }
        seen.iter().zip(&expected.tensors).find_map(|(seen, expected)| {
            let [start, end] = expected.contents.map(|at| usize::try_from(at).expect("it fits"));
            let what = match () {
                () if seen.dtype != expected.dtype => "dtype",
                () if seen.shape != expected.shape => "shape",
                () if seen.bytes != self.file[start..end] => "contents",
                () => return None,
            };
            Some(format!("tensor {:?}: other {what}", expected.name))
        })
    }
}
