//! What violations are made of: tensors and surroundings, drawn once, so that
//! a broken file and its twin differ in the violation only.

use assay_spec::check::Term;
use assay_spec::{Dialect, Dtype, OnViolation, Rule};

use crate::bounds;
use crate::document::Document;
use crate::draft::Segment;
use crate::draw::Draw;
use crate::model::{Escapes, Keys, Model, Padding, Spacing, Style, Tensor};
use crate::names;

/// The most dimensions of a drawn tensor.
const RANK: u64 = 3;

/// The most dimensions, levels or array elements of any file: a limit that a
/// dialect raises above this is not tried out.
const MOST_ELEMENTS: usize = 1 << 20;

/// A dialect, a rule to break, and the surroundings of the violation. A clone
/// draws the same again.
#[derive(Debug, Clone)]
pub(crate) struct Bench<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) rule: &'a Rule,
    pub(crate) draw: Draw,
    /// The simplest file that shows the violation.
    pub(crate) plain: bool,
    pub(crate) keys: Keys,
    pub(crate) style: Style,
    pub(crate) metadata: Option<Vec<(String, String)>>,
    metadata_rank: u64,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(dialect: &'a Dialect, rule: &'a Rule, seed: u64, plain: bool) -> Bench<'a> {
        let mut draw = Draw::new(seed, rule.id.as_str());
        let style = style(dialect, rule, plain, &mut draw);
        let metadata = (!plain && draw.once_in(2)).then(|| metadata(&mut draw));
        let metadata_rank = draw.below(3);
        let keys = Keys::of(dialect);
        Bench { dialect, rule, draw, plain, keys, style, metadata, metadata_rank }
    }

    /// Metadata with at least one pair, from now on in every document.
    pub(crate) fn need_metadata(&mut self) -> (String, String) {
        let metadata = self.metadata.get_or_insert_with(|| metadata(&mut self.draw));
        metadata[0].clone()
    }

    /// A dtype of whole bytes: the smallest in plain files.
    pub(crate) fn dtype(&mut self) -> Option<&'a Dtype> {
        let dtypes = bounds::whole_dtypes(self.dialect);
        if self.plain { dtypes.first().copied() } else { pick(&mut self.draw, &dtypes) }
    }

    /// Some tensors of one dtype, none empty, one after the other.
    pub(crate) fn tensors(&mut self, count: usize) -> Option<Vec<Tensor>> {
        let dtype = self.dtype()?;
        let shapes: Vec<Vec<u64>> = (0..count).map(|_| self.shape()).collect();
        Some(self.shaped(dtype, &shapes))
    }

    /// The document of one drawn tensor.
    pub(crate) fn one_tensor(&mut self) -> Option<Document> {
        let tensors = self.tensors(1)?;
        Some(self.document(&tensors))
    }

    /// Tensors of a dtype with these shapes, whole bytes and small.
    pub(crate) fn shaped(&mut self, dtype: &Dtype, shapes: &[Vec<u64>]) -> Vec<Tensor> {
        let mut at = 0_u8;
        let names = self.names(shapes.len());
        let named = names.iter().zip(shapes);
        named
            .map(|(name, shape)| {
                let bytes = shape.iter().product::<u64>() * dtype.bits / 8;
                let contents = (0..bytes)
                    .map(|_| {
                        at = at.wrapping_add(1);
                        if self.plain { at } else { self.draw.below(256) as u8 }
                    })
                    .collect();
                let mut tensor = Tensor::new(name, &dtype.name, shape, contents);
                if !self.plain {
                    tensor.rank = self.draw.below(3);
                    tensor.field_order = self.draw.below(6);
                }
                tensor
            })
            .collect()
    }

    /// One tensor of a dtype whose shape holds a zero, of whatever size.
    pub(crate) fn shaped_empty(&mut self, dtype: &Dtype, shape: &[u64]) -> Vec<Tensor> {
        let names = self.names(1);
        names.iter().map(|name| Tensor::new(name, &dtype.name, shape, Vec::new())).collect()
    }

    /// So many dimensions or elements as can be held, in a file that is still ordinary.
    pub(crate) fn count(&self, wanted: u64) -> Option<usize> {
        usize::try_from(wanted).ok().filter(|count| *count <= MOST_ELEMENTS)
    }

    /// A shape of at least one dimension; the last is at least 2.
    pub(crate) fn shape(&mut self) -> Vec<u64> {
        if self.plain {
            return vec![2];
        }
        let room =
            bounds::alone(self.dialect, &Term::TensorRank).ends().map_or(1, |(_, high)| high);
        let rank = self.draw.from(1, RANK.min(room.max(1)));
        let mut shape: Vec<u64> = (0..rank).map(|_| self.draw.from(1, 3)).collect();
        if let Some(last) = shape.last_mut() {
            *last = self.draw.from(2, 4);
        }
        shape
    }

    /// Different names of ASCII letters, digits and dots, beginning with a letter.
    pub(crate) fn names(&mut self, count: usize) -> Vec<String> {
        let start = if self.plain { 0 } else { self.draw.index(names::WORDS.len()) };
        (0..count)
            .map(|at| {
                if self.plain && at < 26 {
                    return char::from(b'a' + at as u8).to_string();
                }
                let word = names::WORDS[(start + at) % names::WORDS.len()];
                format!("{word}.{at}")
            })
            .collect()
    }

    /// A key that the dialect gives no meaning in an entry.
    pub(crate) fn unknown_key(&self) -> String {
        let mut key = "ignored".to_owned();
        while self.dialect.known_entry_keys().any(|known| known == key) {
            key.push('_');
        }
        key
    }

    /// The model of these tensors in the bench's surroundings.
    pub(crate) fn model(&self, tensors: Vec<Tensor>) -> Model {
        Model {
            metadata: self.metadata.clone(),
            metadata_rank: self.metadata_rank,
            tensors,
            style: self.style.clone(),
            keys: self.keys.clone(),
        }
    }

    /// The document of these tensors in the bench's surroundings.
    pub(crate) fn document(&self, tensors: &[Tensor]) -> Document {
        self.model(tensors.to_vec()).document()
    }

    /// The document of these tensors with a byte buffer of its own.
    pub(crate) fn document_with(&self, tensors: &[Tensor], data: Vec<u8>) -> Document {
        Document { data: vec![Segment::Bytes(data)], ..self.document(tensors) }
    }
}

fn style(dialect: &Dialect, rule: &Rule, plain: bool, draw: &mut Draw) -> Style {
    let padding = bounds::padding(dialect);
    let byte = if padding.contains(&b' ') { Some(b' ') } else { padding.first().copied() };
    let aligned =
        byte.map_or(Padding::None, |byte| Padding::Align { byte, to: bounds::alignment(dialect) });
    let plainly = Style { padding: aligned, ..Style::plain() };
    if plain {
        return plainly;
    }
    let spacing = *draw.pick(&[Spacing::Compact, Spacing::Spaced, Spacing::Lines]);
    let escapes =
        *draw.pick(&[Escapes::Least, Escapes::Least, Escapes::NonAscii, Escapes::Everything]);
    let count = draw.below(12);
    // A rule that only warns must not be drowned in the warnings on alignment.
    let padding = match byte {
        Some(byte) if rule.on_violation != OnViolation::Warn && draw.once_in(2) => {
            Padding::Bytes { byte, count }
        }
        _ => aligned,
    };
    Style { spacing, escapes, padding, ..plainly }
}

/// One to three pairs of words.
fn metadata(draw: &mut Draw) -> Vec<(String, String)> {
    let count = draw.from(1, 3) as usize;
    let start = draw.index(names::WORDS.len());
    (0..count)
        .map(|at| {
            let key = names::WORDS[(start + at) % names::WORDS.len()];
            (key.to_owned(), draw.pick(names::WORDS).to_string())
        })
        .collect()
}

fn pick<T: Copy>(draw: &mut Draw, from: &[T]) -> Option<T> {
    (!from.is_empty()).then(|| *draw.pick(from))
}
