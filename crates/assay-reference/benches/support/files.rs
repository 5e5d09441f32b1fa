//! Files as language models have them: names, dtypes, shapes and offsets, in
//! the spellings that are about. The byte buffer is a reserved mapping that is
//! never touched.

use std::fmt::Write as _;

use assay_spec::{Dialect, DtypeClass, KeyRole};
use memmap2::{MmapMut, MmapOptions};

/// How a header is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As the published writer does it.
    Compact,
    /// A space after every colon and comma.
    Spaced,
    /// Fields in an order of their own, with line breaks.
    Lines,
    /// Compact, tensors in another order than their contents.
    Shuffled,
}

/// A file in memory.
pub(crate) struct Bytes {
    map: MmapMut,
    #[allow(dead_code, reason = "asked for by one of the benchmarks")]
    pub(crate) header_len: usize,
    pub(crate) tensors: usize,
}

impl Bytes {
    pub(crate) fn all(&self) -> &[u8] {
        &self.map
    }

    /// A file with this header and a byte buffer of this length.
    pub(crate) fn new(header: &[u8], buffer: u64, tensors: usize) -> Bytes {
        let len = 8 + header.len() + usize::try_from(buffer).expect("64-bit machines");
        let mut map = MmapOptions::new()
            .len(len)
            .no_reserve_swap()
            .map_anon()
            .expect("address space is not scarce");
        map[..8].copy_from_slice(&(header.len() as u64).to_le_bytes());
        map[8..8 + header.len()].copy_from_slice(header);
        Bytes { map, header_len: header.len(), tensors }
    }
}

struct Tensor {
    name: String,
    shape: Vec<u64>,
    begin: u64,
    end: u64,
}

/// A file of so many tensors, two bytes an element.
pub(crate) fn model(tensors: usize, spelling: Spelling) -> Bytes {
    let dialect = Dialect::latest();
    let two_bytes =
        |dtype: &&assay_spec::Dtype| dtype.bits == 16 && dtype.class == DtypeClass::Float;
    let dtype = &dialect.dtypes().iter().rfind(two_bytes).expect("BF16").name;
    let mut running = 0;
    let mut list: Vec<Tensor> = names()
        .take(tensors)
        .map(|(name, shape)| {
            let begin = running;
            running += shape.iter().product::<u64>() * 2;
            Tensor { name, shape, begin, end: running }
        })
        .collect();
    if spelling == Spelling::Shuffled {
        shuffle(&mut list);
    }
    let mut header = spelled(&list, dtype, &dialect, spelling);
    while !(header.len() + 8).is_multiple_of(8) {
        header.push(' ');
    }
    Bytes::new(header.as_bytes(), running, tensors)
}

/// Names and shapes of a mixture-of-experts model, layer by layer, sorted
/// within a layer as the published writer sorts names.
fn names() -> impl Iterator<Item = (String, Vec<u64>)> {
    let layer = |layer: u64| {
        let block = format!("model.layers.{layer}");
        let expert = move |expert: u64| {
            [("down_proj", [2048, 768]), ("gate_proj", [768, 2048]), ("up_proj", [768, 2048])].map(
                |(part, shape)| {
                    (
                        format!("model.layers.{layer}.mlp.experts.{expert}.{part}.weight"),
                        shape.to_vec(),
                    )
                },
            )
        };
        let own = [
            ("input_layernorm.weight", vec![2048]),
            ("mlp.gate.weight", vec![128, 2048]),
            ("post_attention_layernorm.weight", vec![2048]),
            ("self_attn.k_norm.weight", vec![128]),
            ("self_attn.k_proj.weight", vec![512, 2048]),
            ("self_attn.o_proj.weight", vec![2048, 4096]),
            ("self_attn.q_norm.weight", vec![128]),
            ("self_attn.q_proj.weight", vec![4096, 2048]),
            ("self_attn.v_proj.weight", vec![512, 2048]),
        ];
        let own = own.map(|(part, shape)| (format!("{block}.{part}"), shape));
        own.into_iter().chain((0..16).flat_map(expert)).collect::<Vec<_>>()
    };
    (0..).flat_map(layer)
}

/// Puts the list into a fixed other order.
fn shuffle(list: &mut [Tensor]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..list.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        list.swap(at, (state >> 33) as usize % (at + 1));
    }
}

fn spelled(list: &[Tensor], dtype: &str, dialect: &Dialect, spelling: Spelling) -> String {
    let [dtype_key, shape_key, offsets_key] =
        [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets].map(|role| dialect.key(role));
    let (colon, comma) = match spelling {
        Spelling::Compact | Spelling::Shuffled => (":", ","),
        Spelling::Spaced => (": ", ", "),
        Spelling::Lines => (": ", ",\n  "),
    };
    let mut header = String::from("{");
    for (turn, Tensor { name, shape, begin, end }) in list.iter().enumerate() {
        let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
        let shape = shape.join(if spelling == Spelling::Lines { ", " } else { comma });
        let before = if turn == 0 { "" } else { comma };
        let fields = match spelling {
            Spelling::Lines => format!(
                "\"{offsets_key}\"{colon}[{begin}, {end}]{comma}\"{dtype_key}\"{colon}\"{dtype}\"{comma}\"{shape_key}\"{colon}[{shape}]"
            ),
            _ => format!(
                "\"{dtype_key}\"{colon}\"{dtype}\"{comma}\"{shape_key}\"{colon}[{shape}]{comma}\"{offsets_key}\"{colon}[{begin}{comma}{end}]"
            ),
        };
        write!(header, "{before}\"{name}\"{colon}{{{fields}}}").expect("a string takes all text");
    }
    header.push('}');
    header
}
