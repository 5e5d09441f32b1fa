//! What can be wrong between an index and its shards.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::error::{Error, quoted};

/// Something wrong between an index, the files that it names and their tensors.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// The index names a file that is not there.
    MissingShard {
        /// The file's name.
        shard: String,
        /// How many tensors were to be in it.
        tensors: usize,
    },
    /// The index names a file that cannot be read, or is not valid.
    UnreadableShard {
        /// The file's name.
        shard: String,
        /// Why; with a rule, if it breaks one.
        error: Error,
    },
    /// A file that the index names is a symbolic link to somewhere outside of the folder.
    EscapingShard {
        /// The file's name.
        shard: String,
        /// Where it leads.
        leads_to: String,
    },
    /// The folder holds a file named as the model's are, and the index does not name it.
    ExtraShard {
        /// The file's name.
        file: String,
    },
    /// A tensor is not in the file that the index says it is in.
    MissingTensor {
        /// The tensor's name.
        name: String,
        /// The file's name.
        shard: String,
        /// A file of the model that it is in instead.
        found_in: Option<String>,
    },
    /// A tensor is in a file of the model, and the index does not know it.
    ForeignTensor {
        /// The tensor's name.
        name: String,
        /// The file's name.
        shard: String,
    },
    /// A tensor is in several files of the model.
    DuplicateTensor {
        /// The tensor's name.
        name: String,
        /// The files' names.
        shards: Vec<String>,
    },
    /// `total_size` is not the bytes of all tensors.
    TotalSize {
        /// What the index says.
        stated: u64,
        /// Bytes of all tensors' contents in the files that it names.
        actual: u64,
        /// What it looks like instead.
        hint: Option<TotalSizeHint>,
    },
}

/// What a wrong `total_size` looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TotalSizeHint {
    /// The lengths of the files, headers included.
    FileLengths,
    /// The bytes of those tensors only that the index knows.
    KnownTensors,
}

impl Fault {
    /// A stable name of this kind of fault.
    pub fn id(&self) -> &'static str {
        match self {
            Fault::MissingShard { .. } => "missing-shard",
            Fault::UnreadableShard { .. } => "unreadable-shard",
            Fault::EscapingShard { .. } => "escaping-shard",
            Fault::ExtraShard { .. } => "extra-shard",
            Fault::MissingTensor { .. } => "missing-tensor",
            Fault::ForeignTensor { .. } => "foreign-tensor",
            Fault::DuplicateTensor { .. } => "duplicate-tensor",
            Fault::TotalSize { .. } => "total-size",
        }
    }

    /// Whether readers may see other tensors than the index says, or fail. The
    /// others are faults of accounting: a wrong total, a file that nobody names.
    pub fn concerns_tensors(&self) -> bool {
        !matches!(self, Fault::TotalSize { .. } | Fault::ExtraShard { .. })
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Fault::MissingShard { .. } => "fetch the file, or write the index anew",
            Fault::UnreadableShard { .. } => "fetch the file again; `assay check` shows its faults",
            Fault::EscapingShard { .. } => {
                "allow links if this is a download cache; else put the file itself here"
            }
            Fault::ExtraShard { .. } => "remove the file, or write the index anew",
            Fault::MissingTensor { found_in: Some(_), .. } => "write the index anew",
            Fault::MissingTensor { found_in: None, .. } => {
                "fetch the file again, or write the index anew"
            }
            Fault::ForeignTensor { .. } => "write the index anew, or drop the tensor from the file",
            Fault::DuplicateTensor { .. } => "drop the tensor from all files but one",
            Fault::TotalSize { .. } => "write the index anew",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::MissingShard { shard, tensors } => {
                let s = if *tensors == 1 { "" } else { "s" };
                write!(
                    f,
                    "{} is not there; the index puts {tensors} tensor{s} in it",
                    quoted(shard)
                )
            }
            Fault::UnreadableShard { shard, error } => write!(f, "{}: {error}", quoted(shard)),
            Fault::EscapingShard { shard, leads_to } => {
                write!(f, "{} is a link that leads out of the folder, to {leads_to}", quoted(shard))
            }
            Fault::ExtraShard { file } => {
                write!(f, "{} is there, and the index does not name it", quoted(file))
            }
            Fault::MissingTensor { name, shard, found_in } => {
                write!(f, "tensor {} is not in {}", quoted(name), quoted(shard))?;
                match found_in {
                    Some(other) => write!(f, ", but in {}", quoted(other)),
                    None => Ok(()),
                }
            }
            Fault::ForeignTensor { name, shard } => write!(
                f,
                "tensor {} is in {}, and the index does not know it",
                quoted(name),
                quoted(shard)
            ),
            Fault::DuplicateTensor { name, shards } => {
                let shards: Vec<String> =
                    shards.iter().map(|shard| quoted(shard).to_string()).collect();
                write!(f, "tensor {} is in several files: {}", quoted(name), shards.join(", "))
            }
            Fault::TotalSize { stated, actual, hint } => {
                write!(f, "`total_size` is {stated}, the tensors have {actual} bytes")?;
                f.write_str(match hint {
                    Some(TotalSizeHint::FileLengths) => "; it is the length of the files",
                    Some(TotalSizeHint::KnownTensors) => {
                        "; it leaves out what the index does not know"
                    }
                    None => "",
                })
            }
        }
    }
}
