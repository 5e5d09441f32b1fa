//! Models in several files: `corpus/operations/index.toml`, laid out on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{ExpectedTensor, ExpectedView};
use assay_reference::write::{NewTensor, Writer};
use assay_spec::Dialect;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The name that tools look for.
const INDEX: &str = "model.safetensors.index.json";

/// A model as it is written by hand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    pub(crate) rule: String,
    slug: String,
    pub(crate) title: String,
    pub(crate) verdict: ClaimedVerdict,
    index: String,
    files: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    #[serde(default)]
    broken: Vec<String>,
    expect: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
struct Models {
    model: Vec<Model>,
}

/// A model on disk.
#[derive(Debug)]
pub(crate) struct LaidOut {
    pub(crate) index: PathBuf,
    /// The index's bytes.
    pub(crate) text: Vec<u8>,
    pub(crate) view: Option<ExpectedView>,
    /// What the view's ranges refer to.
    pub(crate) bytes: Vec<u8>,
}

/// All models, in order of id.
pub(crate) fn models(text: &str) -> anyhow::Result<Vec<Model>> {
    let mut models = toml::from_str::<Models>(text)?.model;
    models.sort_by_key(Model::id);
    if let Some(twice) = models.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
        bail!("{} stands twice", twice[0].id());
    }
    Ok(models)
}

/// A tensor of a shard.
struct Held {
    name: String,
    dtype: String,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

impl Model {
    /// `<rule>/<slug>`
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.rule, self.slug)
    }

    /// Writes the model into a folder of its own, which is made.
    pub(crate) fn lay_out(&self, folder: &Path, dialect: &Dialect) -> anyhow::Result<LaidOut> {
        self.write(folder, dialect).with_context(|| format!("cannot lay out {}", self.id()))
    }

    fn write(&self, folder: &Path, dialect: &Dialect) -> anyhow::Result<LaidOut> {
        let home = folder.join("model");
        std::fs::create_dir_all(&home)?;
        let writer = Writer::new(dialect);
        let mut shards = BTreeMap::new();
        for (number, (path, tensors)) in self.files.iter().enumerate() {
            let held: Vec<Held> = tensors
                .iter()
                .enumerate()
                .map(|(at, text)| held(text, number * 8 + at, dialect))
                .collect::<anyhow::Result<_>>()?;
            let new = held.iter().map(|of| NewTensor {
                name: &of.name,
                dtype: &of.dtype,
                shape: &of.shape,
                data: &of.bytes,
            });
            put(&home.join(path), &writer.serialize(new, None)?)?;
            shards.insert(path.as_str(), held);
        }
        for path in &self.broken {
            put(&home.join(path), b"no safetensors file")?;
        }
        for (path, target) in &self.links {
            std::os::unix::fs::symlink(target, home.join(path))?;
        }
        let outside = folder.to_str().context("the folder's path is not Unicode")?;
        let text = self.index.replace("{outside}", outside).into_bytes();
        let index = home.join(INDEX);
        put(&index, &text)?;
        let (view, bytes) = self.expected(&shards)?;
        Ok(LaidOut { index, text, view, bytes })
    }

    fn expected(
        &self,
        shards: &BTreeMap<&str, Vec<Held>>,
    ) -> anyhow::Result<(Option<ExpectedView>, Vec<u8>)> {
        let Some(expect) = &self.expect else { return Ok((None, Vec::new())) };
        let (mut tensors, mut bytes) = (Vec::new(), Vec::new());
        for (name, path) in expect {
            let held =
                shards.get(path.as_str()).and_then(|all| all.iter().find(|t| t.name == *name));
            let held = held.with_context(|| format!("no tensor {name} in {path}"))?;
            let start = bytes.len() as u64;
            bytes.extend_from_slice(&held.bytes);
            tensors.push(ExpectedTensor {
                name: name.clone(),
                dtype: held.dtype.clone(),
                shape: held.shape.clone(),
                contents: [start, bytes.len() as u64],
                sha256: hex::encode(Sha256::digest(&held.bytes)),
            });
        }
        Ok((Some(ExpectedView { metadata: None, tensors }), bytes))
    }
}

/// `name: dtype [2, 3]`
fn held(text: &str, number: usize, dialect: &Dialect) -> anyhow::Result<Held> {
    let wrong = || format!("{text:?} is not `name: dtype [dimensions]`");
    let (name, of) = text.split_once(": ").with_context(wrong)?;
    let (dtype, shape) = of.split_once(' ').with_context(wrong)?;
    let shape: Vec<u64> = serde_json::from_str(shape).with_context(wrong)?;
    let known = dialect.dtypes().iter().find(|one| one.name == dtype);
    let bits = known.with_context(|| format!("no dtype {dtype}"))?.bits;
    let length = shape.iter().product::<u64>() * bits / 8;
    // Other bytes in each tensor, so that one taken for another shows.
    let byte = |at: u64| u8::try_from((at * 5 + number as u64 * 37 + 1) % 251).expect("below 256");
    let bytes = (0..length).map(byte).collect();
    Ok(Held { name: name.to_owned(), dtype: dtype.to_owned(), shape, bytes })
}

/// Writes a file that nobody else should write.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(path, bytes)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o444))?;
    Ok(())
}
