//! The version of the crate that is built in, under the crate's own name, and whatever its
//! versions do not have in common.

use std::num::NonZeroUsize;
use std::ops::Bound;

use assay_adapter::ErrorText;
use safetensors::slice::{InvalidSlice, TensorIndexer};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

#[cfg(feature = "0.3.3")]
pub use safetensors_0_3_3 as safetensors;
#[cfg(feature = "0.4.5")]
pub use safetensors_0_4_5 as safetensors;
#[cfg(feature = "0.5.3")]
pub use safetensors_0_5_3 as safetensors;
#[cfg(feature = "0.6.2")]
pub use safetensors_0_6_2 as safetensors;
#[cfg(feature = "0.7.0")]
pub use safetensors_0_7_0 as safetensors;
#[cfg(feature = "0.8.0")]
pub use safetensors_0_8_0 as safetensors;

/// The version, as `Cargo.toml` pins it.
pub const VERSION: &str = if cfg!(feature = "0.3.3") {
    "0.3.3"
} else if cfg!(feature = "0.4.5") {
    "0.4.5"
} else if cfg!(feature = "0.5.3") {
    "0.5.3"
} else if cfg!(feature = "0.6.2") {
    "0.6.2"
} else if cfg!(feature = "0.7.0") {
    "0.7.0"
} else {
    "0.8.0"
};

/// What the version's indices can say, in the protocol's words: steps came with 0.8.
pub fn index_features() -> Vec<&'static str> {
    if cfg!(feature = "0.8.0") { vec!["step"] } else { vec![] }
}

/// The dtypes that the version knows: asked for one that nobody knows, it lists them.
pub fn dtypes() -> Vec<String> {
    let error = serde_json::from_str::<Dtype>("\"?\"").expect_err("nobody knows it").to_string();
    let quoted = error.split('`').skip(1).step_by(2);
    quoted.filter(|word| *word != "?").map(str::to_owned).collect()
}

/// The dtype in the format's words, which are the names of the variants. Early versions have
/// no `Display`.
pub fn name(dtype: Dtype) -> String {
    format!("{dtype:?}")
}

/// The tensors with their names. 0.3 lends them for no longer than the file, so the bytes are
/// found again in those of the file.
#[cfg(feature = "0.3.3")]
pub fn tensors<'data>(
    file: &SafeTensors<'_>,
    bytes: &'data [u8],
) -> Vec<(String, Dtype, Vec<usize>, &'data [u8])> {
    let within = |data: &[u8]| {
        let start = data.as_ptr() as usize - bytes.as_ptr() as usize;
        &bytes[start..start + data.len()]
    };
    let one = |(name, tensor): (String, TensorView<'_>)| {
        (name, tensor.dtype(), tensor.shape().to_vec(), within(tensor.data()))
    };
    file.tensors().into_iter().map(one).collect()
}

/// The tensors with their names.
#[cfg(not(feature = "0.3.3"))]
pub fn tensors<'data>(
    file: &SafeTensors<'data>,
    _bytes: &'data [u8],
) -> Vec<(String, Dtype, Vec<usize>, &'data [u8])> {
    let one = |(name, tensor): (&str, TensorView<'data>)| {
        (name.to_owned(), tensor.dtype(), tensor.shape().to_vec(), tensor.data())
    };
    file.iter().map(one).collect()
}

/// The refusal of a slice, in the crate's words; early versions have only its `Debug` text.
#[cfg(any(feature = "0.3.3", feature = "0.4.5", feature = "0.5.3"))]
pub fn refused_slice(error: &InvalidSlice) -> ErrorText {
    let message = format!("{error:?}");
    let class = message.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    ErrorText { class: class.to_owned(), message: message.clone() }
}

/// The refusal of a slice, in the crate's words.
#[cfg(not(any(feature = "0.3.3", feature = "0.4.5", feature = "0.5.3")))]
pub fn refused_slice(error: &InvalidSlice) -> ErrorText {
    ErrorText::of(error)
}

/// One position; 0.3 cannot say that.
#[cfg(feature = "0.3.3")]
pub fn select(_at: usize) -> Option<TensorIndexer> {
    None
}

/// One position.
#[cfg(not(feature = "0.3.3"))]
pub fn select(at: usize) -> Option<TensorIndexer> {
    Some(TensorIndexer::Select(at))
}

/// A range; only 0.8 can say steps.
#[cfg(not(feature = "0.8.0"))]
pub fn narrow(
    start: Bound<usize>,
    stop: Bound<usize>,
    step: NonZeroUsize,
) -> Option<TensorIndexer> {
    (step == NonZeroUsize::MIN).then_some(TensorIndexer::Narrow(start, stop))
}

/// A range.
#[cfg(feature = "0.8.0")]
pub fn narrow(
    start: Bound<usize>,
    stop: Bound<usize>,
    step: NonZeroUsize,
) -> Option<TensorIndexer> {
    Some(TensorIndexer::Narrow(start, stop, step))
}
