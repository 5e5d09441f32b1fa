//! Layouts of published models: names, dtypes and shapes as their files have
//! them, with zeros for contents. A file of 16 GB costs as much as its header.
//!
//! The layouts are data, `corpus/layouts/*.toml`.

mod data;
mod shards;

use std::fmt;

use assay_spec::Dialect;

use crate::bounds;
use crate::shapes::size_bits;
pub use shards::{Shard, index};

/// The layouts, by name.
const LAYOUTS: [(&str, &str); 6] = [
    ("gpt2", include_str!("../../../corpus/layouts/gpt2.toml")),
    ("gpt-oss-20b-mxfp4", include_str!("../../../corpus/layouts/gpt-oss-20b-mxfp4.toml")),
    ("llama-3-8b", include_str!("../../../corpus/layouts/llama-3-8b.toml")),
    ("mixtral-8x7b", include_str!("../../../corpus/layouts/mixtral-8x7b.toml")),
    ("qwen3-8b-fp8", include_str!("../../../corpus/layouts/qwen3-8b-fp8.toml")),
    ("sdxl-unet", include_str!("../../../corpus/layouts/sdxl-unet.toml")),
];

/// Tensors of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// As it is asked for.
    pub name: String,
    /// One line: which model.
    pub title: String,
    /// Where its numbers come from.
    pub facts: String,
    /// How many parameters the model is said to have.
    pub parameters: u64,
    /// What its files are called, without number and extension.
    pub file: String,
    /// How many files it is published in.
    pub shards: u64,
    /// Metadata of each file, in order of keys.
    pub metadata: Vec<(String, String)>,
    /// The tensors in the order in which they are given to shards.
    pub tensors: Vec<LayoutTensor>,
}

/// A tensor of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutTensor {
    /// Its name.
    pub name: String,
    /// Name of its dtype.
    pub dtype: String,
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Whether its elements are parameters: masks and scales are not.
    pub counts: bool,
}

/// Why a layout cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LayoutError {
    /// The edition does not know a dtype.
    Dtype {
        /// The dtype.
        dtype: String,
        /// The edition.
        edition: String,
    },
    /// A tensor or file has more bytes than 64 bits count, or no whole number of them.
    Size {
        /// The tensor.
        tensor: String,
    },
    /// As many shards are not possible.
    Shards {
        /// How many tensors there are to share.
        tensors: usize,
    },
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayoutError::Dtype { dtype, edition } => {
                write!(f, "edition {edition} does not know the dtype {dtype}")
            }
            LayoutError::Size { tensor } => {
                write!(f, "the tensor {tensor} is not a number of bytes that 64 bits hold")
            }
            LayoutError::Shards { tensors } => {
                write!(f, "there are {tensors} tensors: ask for 1 to {tensors} shards")
            }
        }
    }
}

impl std::error::Error for LayoutError {}

impl Layout {
    /// The names of all layouts, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        LAYOUTS.iter().map(|(name, _)| *name)
    }

    /// The layout of a name.
    ///
    /// # Panics
    /// If a layout's file is faulty: a test reads all of them.
    pub fn named(name: &str) -> Option<Layout> {
        let (name, text) = LAYOUTS.iter().find(|(known, _)| *known == name)?;
        Some(data::read(name, text).unwrap_or_else(|error| panic!("{name}.toml: {error}")))
    }

    /// The same with every dimension divided, rounded up: small enough to be
    /// filled and read. Elements smaller than a byte stay whole bytes.
    pub fn scaled_down(mut self, dialect: &Dialect, divisor: u64) -> Layout {
        for tensor in &mut self.tensors {
            for dimension in &mut tensor.shape {
                *dimension = dimension.div_ceil(divisor.max(1));
            }
            let whole = dialect.dtype(&tensor.dtype).map_or(1, bounds::whole);
            if let Some(last) = tensor.shape.last_mut() {
                *last = last.next_multiple_of(whole);
            }
        }
        self
    }

    /// How many elements are parameters; `None` above 2^64-1.
    pub fn count_parameters(&self) -> Option<u64> {
        let counted = self.tensors.iter().filter(|tensor| tensor.counts);
        counted.map(LayoutTensor::elements).try_fold(0_u64, |sum, count| sum.checked_add(count?))
    }

    /// The bytes of all tensors.
    ///
    /// # Errors
    /// If the dialect does not know a dtype, or a size is no number of bytes.
    pub fn total_bytes(&self, dialect: &Dialect) -> Result<u64, LayoutError> {
        self.tensors.iter().try_fold(0_u64, |sum, tensor| {
            let size = || LayoutError::Size { tensor: tensor.name.clone() };
            sum.checked_add(tensor.bytes(dialect)?).ok_or_else(size)
        })
    }
}

impl LayoutTensor {
    fn elements(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, dimension| product.checked_mul(*dimension))
    }

    /// Size in bytes.
    fn bytes(&self, dialect: &Dialect) -> Result<u64, LayoutError> {
        let dtype = dialect.dtype(&self.dtype).ok_or_else(|| LayoutError::Dtype {
            dtype: self.dtype.clone(),
            edition: dialect.name().to_owned(),
        })?;
        let bits = size_bits(dtype, &self.shape).filter(|bits| bits.is_multiple_of(8));
        Ok(bits.ok_or_else(|| LayoutError::Size { tensor: self.name.clone() })? / 8)
    }
}
