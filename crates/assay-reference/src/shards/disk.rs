//! Sharded models on disk: finds the index, opens the shards within its folder.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::file::File;
use crate::header::Header;
use crate::load::Crew;
use crate::policy::Policy;
use crate::reader::Tensor;
use crate::shards::fault::Fault;
use crate::shards::index::{Index, IndexError};
use crate::shards::is_of_model;
use crate::shards::survey::compare;
use crate::write::{WriteError, replace};

/// What becomes of shards that are symbolic links.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Links {
    /// They may lead to files within the model's folder only.
    #[default]
    Within,
    /// They may lead anywhere: download caches keep models so.
    Follow,
}

/// Why a sharded model was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardsError {
    /// Something cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// What it is.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds no index, or several.
    #[error(
        "{folder} holds {} *.safetensors.index.json{}; name the index itself",
        .found.len(), if found.is_empty() { String::new() } else { format!(": {}", found.join(", ")) }
    )]
    Which {
        /// The folder.
        folder: String,
        /// The indexes in it.
        found: Vec<String>,
    },
    /// The index is none.
    #[error("{path}: {source}")]
    Index {
        /// The index.
        path: String,
        /// What is wrong with it.
        source: IndexError,
    },
    /// Index and shards do not agree. One fault at least concerns tensors.
    #[error(
        "index and shards do not agree: {}{}",
        faults[0], if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() }
    )]
    Faults {
        /// All faults, those that concern tensors first.
        faults: Vec<Fault>,
    },
}

/// A model in several files, index and tensors in agreement.
///
/// ```no_run
/// use assay_reference::Policy;
/// use assay_reference::shards::{Links, ShardedModel};
/// use assay_spec::{Dialect, Disputed};
///
/// let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
/// let model = ShardedModel::open("models/large", &policy, Links::Within)?;
/// let embeddings = model.tensor("model.embed_tokens.weight").expect("it has some");
/// println!("{:?}", embeddings.shape());
/// # Ok::<(), assay_reference::shards::ShardsError>(())
/// ```
#[derive(Debug)]
pub struct ShardedModel {
    index: Index,
    /// In the order of the index.
    files: Vec<File>,
}

impl ShardedModel {
    /// Opens a model: its index, or the folder that holds it. Each shard is
    /// opened once; of its contents nothing is read.
    ///
    /// # Errors
    /// If there is no index, or if index and shards disagree on tensors. Faults
    /// of accounting (see [`Fault::concerns_tensors`]) do not matter.
    pub fn open(
        path: impl AsRef<Path>,
        policy: &Policy,
        links: Links,
    ) -> Result<ShardedModel, ShardsError> {
        let Survey { index, files, mut faults, .. } = survey(path.as_ref(), policy, links)?;
        if faults.iter().any(Fault::concerns_tensors) {
            faults.sort_by_key(|fault| !fault.concerns_tensors());
            return Err(ShardsError::Faults { faults });
        }
        let files = files.into_iter().map(|file| file.expect("others are faults")).collect();
        Ok(ShardedModel { index, files })
    }

    /// Its index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The shards, each with its name, in the order of names.
    pub fn shards(&self) -> impl ExactSizeIterator<Item = (&str, &File)> {
        self.index.shards.iter().map(String::as_str).zip(&self.files)
    }

    /// The tensor of this name, whichever shard it is in.
    pub fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        self.files[*self.index.tensors.get(name)?].reader().tensor(name)
    }

    /// All tensors, in the order of their names.
    pub fn tensors(&self) -> impl Iterator<Item = Tensor<'_>> {
        self.index.tensors.iter().filter_map(|(name, at)| self.files[*at].reader().tensor(name))
    }
}

/// What an index and its shards come to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The index's file.
    pub index_path: PathBuf,
    /// The index.
    pub index: Index,
    /// The length of each file that it names, in its order; `None` where one
    /// could not be read.
    pub file_lengths: Vec<Option<u64>>,
    /// Bytes of the tensors in the files that could be read.
    pub tensor_bytes: u64,
    /// All that is wrong.
    pub faults: Vec<Fault>,
}

/// Compares a model's index with its shards and lists every fault. Reads no
/// contents of tensors. `path` is the index, or the folder that holds it.
///
/// # Errors
/// If there is no index to compare with.
pub fn verify(
    path: impl AsRef<Path>,
    policy: &Policy,
    links: Links,
) -> Result<Report, ShardsError> {
    let Survey { index_path, index, files, faults } = survey(path.as_ref(), policy, links)?;
    let buffers =
        || files.iter().map(|file| file.as_ref().map(|file| file.reader().header().buffer()));
    let file_lengths = buffers().map(|buffer| buffer.map(|buffer| buffer.end)).collect();
    let tensor_bytes = buffers().flatten().fold(0, |sum: u64, of| sum.saturating_add(of.len()));
    Ok(Report { index_path, index, file_lengths, tensor_bytes, faults })
}

impl Index {
    /// Reads an index from a file.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn read(path: impl AsRef<Path>, policy: &Policy) -> Result<Index, ShardsError> {
        let path = path.as_ref();
        let fail = |source| trouble(path, source);
        // Before it is opened: opening a named pipe would wait for a writer.
        if !fs::metadata(path).map_err(fail)?.is_file() {
            let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(trouble(path, why));
        }
        let longest = policy.dialect().limit("max_header_bytes");
        let mut text = Vec::new();
        let file = fs::File::open(path).map_err(fail)?;
        file.take(longest.saturating_add(1)).read_to_end(&mut text).map_err(fail)?;
        let named = |source| ShardsError::Index { path: path.display().to_string(), source };
        Index::parse(&text, policy.dialect()).map_err(named)
    }

    /// The index of the files of this stem that lie in a folder, from their
    /// headers.
    ///
    /// # Errors
    /// If there are none, one cannot be read, or two hold one tensor.
    pub fn of_folder(
        folder: impl AsRef<Path>,
        stem: &str,
        policy: &Policy,
    ) -> Result<Index, ShardsError> {
        let folder = folder.as_ref();
        let mut index = Index::default();
        let mut faults = Vec::new();
        for name in names_in(folder)?.into_iter().filter(|name| is_of_model(name, stem)) {
            match File::open(folder.join(&name), policy) {
                Ok(file) => {
                    let header = file.reader().header();
                    for tensor in header.names() {
                        if let Some(other) = index.shard_of(tensor) {
                            let shards = vec![other.to_owned(), name.clone()];
                            let name = tensor.to_owned();
                            faults.push(Fault::DuplicateTensor { name, shards });
                        }
                    }
                    index.add_shard(&name, header.names(), header.buffer().len());
                }
                Err(error) => faults.push(Fault::UnreadableShard { shard: name, error }),
            }
        }
        if index.shards.is_empty() && faults.is_empty() {
            let none = format!("it holds no {stem}-*.safetensors");
            return Err(trouble(folder, io::Error::new(io::ErrorKind::NotFound, none)));
        }
        if faults.is_empty() { Ok(index) } else { Err(ShardsError::Faults { faults }) }
    }

    /// Writes the index to a file, complete or not at all.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_file(&self, path: impl AsRef<Path>) -> Result<(), WriteError> {
        replace(path.as_ref(), true, |out| Ok(out.write_all(&self.to_json())?))
    }
}

/// An index, its shards as far as they could be opened, and all that is wrong.
struct Survey {
    index_path: PathBuf,
    index: Index,
    files: Vec<Option<File>>,
    faults: Vec<Fault>,
}

fn survey(path: &Path, policy: &Policy, links: Links) -> Result<Survey, ShardsError> {
    let index_path = find_index(path)?;
    let index = Index::read(&index_path, policy)?;
    let folder = match index_path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut tensors = vec![0; index.shards.len()];
    index.tensors.values().for_each(|shard| tensors[*shard] += 1);
    let inside = fs::canonicalize(folder).map_err(|source| trouble(folder, source))?;
    let within = (links == Links::Within).then_some(inside.as_path());
    let mut faults = Vec::new();
    let mut files = Vec::with_capacity(index.shards.len());
    // Several at once: on some file systems opening takes long.
    let opened = Crew::for_files(index.shards.len()).each(
        index.shards.iter(),
        || (),
        |(), shard| Ok(open_shard(&inside.join(shard), within, policy)),
    );
    let opened = opened.expect("what a shard has against it is no error here");
    for ((shard, tensors), opened) in index.shards.iter().zip(tensors).zip(opened) {
        files.push(match opened {
            Opened::File(file) => Some(*file),
            Opened::Missing => {
                faults.push(Fault::MissingShard { shard: shard.clone(), tensors });
                None
            }
            Opened::Escapes(leads_to) => {
                let leads_to = leads_to.display().to_string();
                faults.push(Fault::EscapingShard { shard: shard.clone(), leads_to });
                None
            }
            Opened::Broken(error) => {
                faults.push(Fault::UnreadableShard { shard: shard.clone(), error });
                None
            }
        });
    }
    let stem = index_path.file_name().and_then(|name| name.to_str()).and_then(Index::stem);
    if let Some(stem) = stem {
        let extra =
            |name: &String| is_of_model(name, stem) && index.shards.binary_search(name).is_err();
        let extra = names_in(folder)?.into_iter().filter(extra);
        faults.extend(extra.map(|file| Fault::ExtraShard { file }));
    }
    let headers: Vec<Option<&Header<'_>>> =
        files.iter().map(|file| file.as_ref().map(|file| file.reader().header())).collect();
    faults.extend(compare(&index, &headers));
    Ok(Survey { index_path, index, files, faults })
}

/// The index that a path means.
fn find_index(path: &Path) -> Result<PathBuf, ShardsError> {
    let about = fs::metadata(path).map_err(|source| trouble(path, source))?;
    if !about.is_dir() {
        return Ok(path.to_owned());
    }
    let mut found: Vec<String> =
        names_in(path)?.into_iter().filter(|name| Index::stem(name).is_some()).collect();
    match found.as_slice() {
        [_] => Ok(path.join(found.swap_remove(0))),
        _ => Err(ShardsError::Which { folder: path.display().to_string(), found }),
    }
}

enum Opened {
    File(Box<File>),
    Missing,
    Escapes(PathBuf),
    Broken(Error),
}

/// Opens a shard, which must lie within a folder if one is given.
fn open_shard(path: &Path, within: Option<&Path>, policy: &Policy) -> Opened {
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Opened::Missing,
        Err(error) => {
            return Opened::Broken(Error::io(&format!("cannot read {}", path.display()), error));
        }
    };
    if within.is_some_and(|folder| !real.starts_with(folder)) {
        return Opened::Escapes(real);
    }
    // What the links led to, so that they cannot lead elsewhere by now.
    match File::open(&real, policy) {
        Ok(file) => Opened::File(Box::new(file)),
        Err(error) => Opened::Broken(error),
    }
}

/// The names in a folder that are text, in order.
fn names_in(folder: &Path) -> Result<Vec<String>, ShardsError> {
    let fail = |source| trouble(folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        // A name that is no text is none that an index can hold.
        names.extend(entry.map_err(fail)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn trouble(path: &Path, source: io::Error) -> ShardsError {
    ShardsError::Io { path: path.display().to_string(), source }
}
