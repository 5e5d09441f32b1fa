//! Valid files by construction. A seed first draws which features and sizes
//! are on at all, so that some files are all about one thing and rare features
//! meet; then it draws the file.

use assay_spec::check::Term;
use assay_spec::{Dialect, Dtype, KeyObject};

use crate::bounds;
use crate::document::Document;
use crate::draft::PREFIX_BYTES;
use crate::draw::Draw;
use crate::model::{Escapes, Model, Padding, Spacing, Style, Tensor};
use crate::names;
use crate::text::Value;

/// Tensors hold at most about this many bytes.
const TENSOR_BYTES: u64 = 96;
/// Long names have up to this many characters.
const LONG_NAME: u64 = 300;

/// A valid file. The same dialect and seed give the same file everywhere.
pub fn valid(dialect: &Dialect, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "valid");
    let swarm = Swarm::draw(dialect, &mut draw);
    let mut model = Model::new(dialect, Vec::new());
    model.style = swarm.style(dialect, &mut draw);
    model.metadata = swarm.metadata(&mut draw);
    model.metadata_rank = draw.below(swarm.ranks);
    let mut names = Names::reserving(dialect);
    for _ in 0..swarm.tensors {
        let name = names.unused(swarm.name(&mut draw));
        let tensor = swarm.tensor(dialect, name, &mut draw);
        model.tensors.push(tensor);
    }
    shrink_to_limits(dialect, &mut model);
    model
}

/// Drops what a dialect with narrow limits does not have room for.
fn shrink_to_limits(dialect: &Dialect, model: &mut Model) {
    while !bounds::keeps_all(dialect, &facts(&model.document())) {
        if model.tensors.pop().is_none() && model.metadata.take().is_none() {
            if model.style == Style::plain() {
                return;
            }
            model.style = Style::plain();
        }
    }
}

/// What linear rules see of a document.
fn facts(document: &Document) -> bounds::Facts {
    let draft = document.draft();
    let n = draft.header_len().unwrap_or(u64::MAX);
    let file_len = draft.len().unwrap_or(u64::MAX);
    bounds::Facts {
        file_len: Some(file_len),
        prefix_n: Some(n),
        buffer_len: Some(file_len.saturating_sub(PREFIX_BYTES.saturating_add(n))),
        depth: Some(depth(&document.root)),
        rank: None,
    }
}

/// Nesting of a value; tokens of unknown fields are counted by their brackets.
fn depth(value: &Value) -> u64 {
    let deepest = |values: &mut dyn Iterator<Item = &Value>| values.map(depth).max().unwrap_or(0);
    match value {
        Value::Text(_) => 0,
        Value::Token(token) => token.iter().filter(|byte| b"[{".contains(byte)).count() as u64,
        Value::Array(items) => 1 + deepest(&mut items.iter()),
        Value::Object(members) => 1 + deepest(&mut members.iter().map(|(_, value)| value)),
    }
}

/// Which features a file has at all.
struct Swarm<'a> {
    dtypes: Vec<&'a Dtype>,
    tensors: u64,
    /// How many different places the header's keys are thrown at; 1 keeps them in order.
    ranks: u64,
    forms: Vec<Form>,
    odd_names: bool,
    long_names: bool,
    fields_shuffled: bool,
    unknown_fields: bool,
    metadata_pairs: Option<u64>,
    spacing: Spacing,
    escapes: Escapes,
}

/// Kinds of shapes.
#[derive(Clone, Copy)]
enum Form {
    Scalar,
    Vector,
    Matrix,
    HighRank,
    OneZero,
    SeveralZeros,
    HugeWithZero,
}

const FORMS: [Form; 7] = [
    Form::Scalar,
    Form::Vector,
    Form::Matrix,
    Form::HighRank,
    Form::OneZero,
    Form::SeveralZeros,
    Form::HugeWithZero,
];

impl<'a> Swarm<'a> {
    fn draw(dialect: &'a Dialect, draw: &mut Draw) -> Swarm<'a> {
        let mut dtypes: Vec<&Dtype> = dialect.dtypes().iter().filter(|_| draw.once_in(2)).collect();
        if dtypes.is_empty() {
            dtypes.extend(dialect.dtypes());
        }
        let mut forms: Vec<Form> = FORMS.into_iter().filter(|_| draw.once_in(2)).collect();
        if forms.is_empty() {
            forms.push(Form::Vector);
        }
        let several = [0, 1, 1, 2, 3, 4, 6, 12];
        Swarm {
            tensors: if dtypes.is_empty() { 0 } else { *draw.pick(&several) },
            dtypes,
            ranks: *draw.pick(&[1, 2, 50]),
            forms,
            odd_names: draw.once_in(2),
            long_names: draw.once_in(8),
            fields_shuffled: draw.once_in(2),
            unknown_fields: draw.once_in(6),
            metadata_pairs: *draw.pick(&[None, None, Some(0), Some(1), Some(4)]),
            spacing: *draw.pick(&[
                Spacing::Compact,
                Spacing::Compact,
                Spacing::Spaced,
                Spacing::Lines,
                Spacing::Irregular,
            ]),
            escapes: *draw.pick(&[
                Escapes::Least,
                Escapes::Least,
                Escapes::NonAscii,
                Escapes::Everything,
                Escapes::Mixed,
            ]),
        }
    }

    fn style(&self, dialect: &Dialect, draw: &mut Draw) -> Style {
        let space = |bytes: Vec<u8>, draw: &mut Draw| -> Option<u8> {
            (!bytes.is_empty()).then(|| *draw.pick(&bytes))
        };
        let padding = match (space(bounds::padding(dialect), draw), draw.below(3)) {
            (None, _) | (_, 0) => Padding::None,
            (Some(byte), 1) => Padding::Align { byte, to: bounds::alignment(dialect) },
            (Some(byte), _) => Padding::Bytes { byte, count: draw.from(1, 40) },
        };
        let leading = match space(bounds::leading(dialect), draw) {
            Some(byte) if draw.once_in(4) => vec![byte; draw.from(1, 10) as usize],
            _ => Vec::new(),
        };
        let (spacing, escapes) = (self.spacing, self.escapes);
        Style { spacing, escapes, padding, leading, seed: draw.any() }
    }

    fn metadata(&self, draw: &mut Draw) -> Option<Vec<(String, String)>> {
        let mut names = Names(Vec::new());
        let mut pair = |_| {
            let key = names.unused(self.name(draw));
            (key, self.name(draw))
        };
        Some((0..self.metadata_pairs?).map(&mut pair).collect())
    }

    /// A string for a name or for metadata.
    fn name(&self, draw: &mut Draw) -> String {
        if self.long_names && draw.once_in(3) {
            let (_, _, part) = draw.pick(names::TELLING);
            let part = if part.is_empty() { "long " } else { part };
            return part.chars().cycle().take(draw.from(1, LONG_NAME) as usize).collect();
        }
        if self.odd_names && draw.once_in(2) {
            return draw.pick(names::TELLING).2.to_owned();
        }
        let word = *draw.pick(names::WORDS);
        if draw.once_in(2) { word.to_owned() } else { format!("{}.{word}", draw.below(20)) }
    }

    fn tensor(&self, dialect: &Dialect, name: String, draw: &mut Draw) -> Tensor {
        let dtype = *draw.pick(&self.dtypes);
        let shape = shape(dialect, dtype, *draw.pick(&self.forms), draw);
        let bits = size_bits(dtype, &shape).expect("shapes are drawn small");
        let mut tensor = Tensor::new(&name, &dtype.name, &shape, draw.bytes((bits / 8) as usize));
        tensor.rank = draw.below(self.ranks);
        if self.fields_shuffled {
            tensor.field_order = draw.any();
        }
        if self.unknown_fields && draw.once_in(2) {
            let room = bounds::alone(dialect, &Term::HeaderDepth).high;
            let value = *draw.pick(&UNKNOWN_VALUES);
            let key = draw.pick(&UNKNOWN_KEYS).to_string();
            let known = dialect.known_entry_keys().any(|known| known == key);
            if !known && room >= 2 + depth(&Value::token(value)) as i128 {
                tensor.extra.push((key, value.to_owned()));
            }
        }
        tensor
    }
}

/// Keys that no edition gives a meaning.
const UNKNOWN_KEYS: [&str; 4] = ["strides", "comment", "", "Dtype"];
/// Values of unknown fields, as JSON text.
const UNKNOWN_VALUES: [&str; 8] = [
    "null",
    "-0.5e+2",
    "[1, 2]",
    r#""text \u00e9""#,
    r#"{"a": [{"b": false}]}"#,
    "1e-400",
    "123456789012345678901234567890",
    "{}",
];

/// A shape of a form that is a whole number of bytes.
fn shape(dialect: &Dialect, dtype: &Dtype, form: Form, draw: &mut Draw) -> Vec<u64> {
    let max_rank = bounds::alone(dialect, &Term::TensorRank).ends().map_or(0, |(_, high)| high);
    let small = |count: u64, high: u64, draw: &mut Draw| -> Vec<u64> {
        (0..count.min(max_rank)).map(|_| draw.from(1, high)).collect()
    };
    let mut shape = match form {
        Form::Scalar => Vec::new(),
        Form::Vector => small(1, 9, draw),
        Form::Matrix => small(draw.from(2, 4), 4, draw),
        Form::HighRank => small(draw.from(5, 80), 1, draw),
        Form::OneZero => small(draw.from(1, 4), 4, draw),
        Form::SeveralZeros => small(draw.from(2, 4), 4, draw),
        Form::HugeWithZero => small(draw.from(2, 3), 1, draw),
    };
    let zeros = match form {
        Form::OneZero => 1,
        Form::SeveralZeros => 2,
        // A zero first, so that no product before it can overflow.
        Form::HugeWithZero => {
            for dimension in shape.iter_mut().skip(1) {
                *dimension = bounds::largest_integer(dialect).saturating_sub(draw.below(3));
            }
            if let Some(first) = shape.first_mut() {
                *first = 0;
            }
            return if shape.is_empty() { small_enough(dtype, shape, draw) } else { shape };
        }
        _ => return small_enough(dtype, shape, draw),
    };
    for _ in 0..zeros {
        if !shape.is_empty() {
            let at = draw.index(shape.len());
            shape[at] = 0;
        }
    }
    small_enough(dtype, shape, draw)
}

/// Makes a shape whole bytes, and small.
fn small_enough(dtype: &Dtype, mut shape: Vec<u64>, draw: &mut Draw) -> Vec<u64> {
    while size_bits(dtype, &shape).is_none_or(|bits| bits > 8 * TENSOR_BYTES) {
        match shape.iter_mut().max() {
            Some(largest) if *largest > 1 => *largest = 1,
            _ => break,
        }
    }
    let product: u64 = shape.iter().product();
    let missing = bounds::whole(dtype) / bounds::gcd(bounds::whole(dtype), product);
    if missing > 1 {
        if shape.is_empty() {
            return vec![missing];
        }
        let at = draw.index(shape.len());
        shape[at] *= missing;
    }
    shape
}

/// Size of a tensor in bits; `None` above 2^64-1.
fn size_bits(dtype: &Dtype, shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(dtype.bits, |bits, dimension| bits.checked_mul(*dimension))
}

/// Strings that are taken already.
struct Names(Vec<String>);

impl Names {
    /// Tensors must not take a key with a meaning.
    fn reserving(dialect: &Dialect) -> Names {
        let keys = dialect.spec().tables.keys.iter();
        Names(keys.filter(|key| key.of == KeyObject::Header).map(|key| key.key.clone()).collect())
    }

    /// The name, with a number behind it if it is taken.
    fn unused(&mut self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut number = 0;
        while self.0.contains(&name) {
            number += 1;
            name = format!("{wanted}{number}");
        }
        self.0.push(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn seeds_reach_every_feature() {
        let dialect = Dialect::latest();
        let models: Vec<Model> = (0..400).map(|seed| valid(&dialect, seed)).collect();
        let tensors = || models.iter().flat_map(|model| &model.tensors);
        let dtypes: BTreeSet<&str> = tensors().map(|tensor| tensor.dtype.as_str()).collect();
        assert_eq!(dtypes.len(), dialect.dtypes().len());
        let max_rank = dialect.limit("max_interoperable_rank") as usize;
        let features: [(&str, bool); 9] = [
            ("scalar", tensors().any(|t| t.shape.is_empty())),
            ("zeros", tensors().any(|t| t.shape.iter().filter(|d| **d == 0).count() > 1)),
            ("highest rank", tensors().any(|t| t.shape.len() == max_rank)),
            ("NUL in a name", tensors().any(|t| t.name.contains('\0'))),
            ("empty name", tensors().any(|t| t.name.is_empty())),
            ("no tensor", models.iter().any(|m| m.tensors.is_empty())),
            ("empty metadata", models.iter().any(|m| m.metadata == Some(Vec::new()))),
            ("unknown field", tensors().any(|t| !t.extra.is_empty())),
            ("padding", models.iter().any(|m| m.style.padding != Padding::None)),
        ];
        for (feature, reached) in features {
            assert!(reached, "{feature}");
        }
    }

    #[test]
    fn files_are_small() {
        let dialect = Dialect::latest();
        let lengths = (0..400).map(|seed| valid(&dialect, seed).to_draft().len().unwrap());
        assert!(lengths.max().unwrap() < 64 * 1024);
    }
}
