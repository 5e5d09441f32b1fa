//! Questions to readers about one file: a tensor by its name, a header alone.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use assay_generator::Layout;
use assay_generator::layout::LayoutTensor;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{ExpectedTensor, ExpectedView};
use assay_protocol::{Manifest, ManifestCase};
use assay_reference::write::{NewTensor, Writer};
use assay_spec::{Dialect, DtypeClass};

/// Rules of this area.
pub(crate) const BY_NAME: &str = "access/by-name";
pub(crate) const ABSENT: &str = "access/absent-name";
pub(crate) const HEADER_ONLY: &str = "access/header-only";

/// Files of the corpus from which tensors are asked for, for each rule.
const FILES_A_RULE: usize = 2;
/// They are small.
const MAX_BYTES: u64 = 64 * 1024;
/// The length of the long file's byte buffer: 1 TiB.
pub(crate) const LONG: u64 = 1 << 40;
/// What may be read of it, by system calls. A reader may read a generous block at once, and
/// load what it needs of itself.
pub(crate) const MAX_READ: u64 = 32 << 20;
/// Resident memory that answering may take, interpreter and library included.
pub(crate) const MAX_RESIDENT_MIB: u64 = 1024;

/// Names that requests can say and that invite mistakes. Each is a tensor of one file.
const NAMES: [&str; 14] = [
    "a",
    "ab",
    "abc",
    "A",
    "a.b",
    "a/b",
    "../a",
    "a b",
    " ",
    ".",
    "0",
    "weight",
    "__metadata",
    "%s",
];

/// A tensor that is asked for by its name.
pub(crate) struct GetQuestion {
    pub(crate) id: String,
    pub(crate) rule: &'static str,
    pub(crate) title: String,
    pub(crate) tensor: String,
    pub(crate) verdict: ClaimedVerdict,
    /// The case of the corpus that is asked about; `None`: the file of odd names.
    pub(crate) case: Option<String>,
    pub(crate) view: Option<ExpectedView>,
}

/// The file of odd names, with its view.
pub(crate) fn odd_names(dialect: &Dialect) -> anyhow::Result<(Vec<u8>, ExpectedView)> {
    let dtype = plain_bytes(dialect)?;
    let contents: Vec<Vec<u8>> =
        (0..NAMES.len()).map(|at| vec![u8::try_from(at * 17 + 1).unwrap_or(0); at + 1]).collect();
    let shapes: Vec<[u64; 1]> = contents.iter().map(|bytes| [bytes.len() as u64]).collect();
    let tensors = NAMES.iter().zip(&contents).zip(&shapes);
    let new = tensors.map(|((name, data), shape)| NewTensor { name, dtype, shape, data });
    let metadata = BTreeMap::from([("b".to_owned(), "of the metadata".to_owned())]);
    let file = Writer::new(dialect).serialize(new, Some(&metadata))?;
    let view = super::written::expected_view(&file, dialect).context("it is valid")?;
    Ok((file, view))
}

/// The questions about names, in order of id.
pub(crate) fn questions(manifest: &Manifest, odd: &ExpectedView) -> Vec<GetQuestion> {
    let mut all = Vec::new();
    for (at, tensor) in odd.tensors.iter().enumerate() {
        all.push(present(&format!("odd-{at:02}"), tensor, None));
    }
    let absent =
        ["__metadata__", "", "b", "aa", "weigh", "weights", "AB", "../../a", "%d", "a\u{20}"];
    for (at, name) in absent.into_iter().enumerate() {
        all.push(missing(&format!("odd-{at:02}"), name, None));
    }
    let mut of_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for case in manifest.cases.iter().filter(|case| is_askable(case)) {
        let used = of_rule.entry(&case.rule).or_default();
        *used += 1;
        if *used > FILES_A_RULE {
            continue;
        }
        of_case(case, &mut all);
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn is_askable(case: &ManifestCase) -> bool {
    case.verdict == ClaimedVerdict::Valid && case.path.is_some() && case.size <= MAX_BYTES
}

fn of_case(case: &ManifestCase, all: &mut Vec<GetQuestion>) {
    let slug = case.id.replace('/', "-");
    let tensors = case.view.as_ref().map_or(&[][..], |view| &view.tensors);
    let sayable = tensors.iter().filter(|tensor| is_plain(&tensor.name));
    // Who lacks a dtype of the file, lacks it for other tensors too: one dtype a file.
    let is_plain_file = tensors.windows(2).all(|pair| pair[0].dtype == pair[1].dtype);
    if let Some(tensor) = sayable.rev().find(|_| is_plain_file) {
        all.push(present(&slug, tensor, Some(&case.id)));
        let longer = format!("{}x", tensor.name);
        if tensors.iter().all(|other| other.name != longer) {
            all.push(missing(&slug, &longer, Some(&case.id)));
        }
    }
}

fn present(slug: &str, tensor: &ExpectedTensor, case: Option<&str>) -> GetQuestion {
    GetQuestion {
        id: format!("{BY_NAME}/{slug}"),
        rule: BY_NAME,
        title: format!("the tensor {:?}", tensor.name),
        tensor: tensor.name.clone(),
        verdict: ClaimedVerdict::Valid,
        case: case.map(str::to_owned),
        view: Some(ExpectedView { metadata: None, tensors: vec![tensor.clone()] }),
    }
}

fn missing(slug: &str, name: &str, case: Option<&str>) -> GetQuestion {
    GetQuestion {
        id: format!("{ABSENT}/{slug}"),
        rule: ABSENT,
        title: format!("{name:?}, which is no tensor of the file"),
        tensor: name.to_owned(),
        verdict: ClaimedVerdict::Invalid,
        case: case.map(str::to_owned),
        view: None,
    }
}

/// Whether a request can say a name.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\') && name.len() < 1024
}

/// Makes a valid file of 1 TiB and more that takes no room: its contents are a hole. Returns
/// its view and length.
pub(crate) fn long_file(path: &Path, dialect: &Dialect) -> anyhow::Result<(ExpectedView, u64)> {
    let dtype = plain_bytes(dialect)?;
    let tensor = |name: &str, shape| LayoutTensor {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        shape,
        counts: true,
    };
    let layout = Layout {
        name: "long".to_owned(),
        title: "a file that nobody can read whole".to_owned(),
        facts: String::new(),
        parameters: LONG,
        file: "long".to_owned(),
        shards: 1,
        metadata: Vec::new(),
        // Dimensions that 32 bits hold, so that nothing but the length is special.
        tensors: vec![
            tensor("a", vec![8]),
            tensor("long", vec![LONG >> 20, 1 << 20]),
            tensor("z", vec![8]),
        ],
    };
    let shard = layout.shards(dialect, 1)?.into_iter().next().context("it is one file")?;
    shard.draft.write_file(path)?;
    let length = shard.draft.len().context("it has a length")?;
    let tensors = layout.tensors.iter().map(|tensor| ExpectedTensor {
        name: tensor.name.clone(),
        dtype: tensor.dtype.clone(),
        shape: tensor.shape.clone(),
        contents: [0, 0],
        sha256: String::new(),
    });
    Ok((ExpectedView { metadata: None, tensors: tensors.collect() }, length))
}

/// The dtype of plain bytes.
fn plain_bytes(dialect: &Dialect) -> anyhow::Result<&str> {
    let mut dtypes = dialect.dtypes().iter();
    let plain = dtypes.find(|it| it.bytes() == Some(1) && it.class == DtypeClass::Uint);
    Ok(&plain.context("no dtype of plain bytes")?.name)
}
