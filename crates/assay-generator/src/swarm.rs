//! A swarm: which features and sizes the files of a run have at all. Files
//! that may have everything hardly ever have one thing often or two rare things
//! together; so each swarm switches most features off and draws from the rest.

use assay_spec::check::Term;
use assay_spec::{Dialect, Dtype, KeyObject};

use crate::bounds;
use crate::draw::Draw;
use crate::model::{Escapes, Padding, Spacing, Style};
use crate::names;
use crate::shapes::{FORMS, Form};

/// Long names have up to this many characters.
const LONG_NAME: u64 = 300;

/// Which features and sizes files have at all. [`Swarm::features`] names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swarm {
    /// What tensors are made of.
    pub(crate) dtypes: Vec<Dtype>,
    /// How many tensors: the most in a file of this swarm.
    pub(crate) tensors: u64,
    /// How many different places the header's keys are thrown at; 1 keeps them in order.
    pub(crate) ranks: u64,
    /// Tensors in the order of the usual writer: wide dtypes first, then by name.
    pub(crate) usual_order: bool,
    pub(crate) forms: Vec<Form>,
    pub(crate) odd_names: bool,
    pub(crate) long_names: bool,
    /// Names that differ in case, white space, normal form or after U+0000.
    pub(crate) near_names: bool,
    pub(crate) fields_shuffled: bool,
    pub(crate) unknown_fields: bool,
    pub(crate) metadata_pairs: Option<u64>,
    pub(crate) spacing: Spacing,
    pub(crate) escapes: Escapes,
}

impl Swarm {
    /// The swarm of a seed. The same dialect and seed give the same everywhere.
    pub fn draw(dialect: &Dialect, seed: u64) -> Swarm {
        Swarm::drawn(dialect, &mut Draw::new(seed, "swarm"))
    }

    pub(crate) fn drawn(dialect: &Dialect, draw: &mut Draw) -> Swarm {
        let all = dialect.dtypes();
        let mut dtypes: Vec<Dtype> = all.iter().filter(|_| draw.once_in(2)).cloned().collect();
        if dtypes.is_empty() {
            dtypes.extend_from_slice(all);
        }
        let mut forms: Vec<Form> = FORMS.into_iter().filter(|_| draw.once_in(2)).collect();
        if forms.is_empty() {
            forms.push(Form::Vector);
        }
        let tensors = *draw.pick(&[0, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 12]);
        let long_names = draw.once_in(8);
        // Many tensors, but not many long names.
        let many = draw.once_in(32) && !long_names;
        let tensors = if many { 40 } else { tensors };
        Swarm {
            tensors: if dtypes.is_empty() { 0 } else { tensors },
            dtypes,
            ranks: *draw.pick(&[1, 2, 50]),
            usual_order: draw.once_in(4),
            forms,
            odd_names: draw.once_in(2),
            long_names,
            near_names: draw.once_in(6),
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

    /// The swarm of files as the usual writer makes them: compact, fields in
    /// order, wide dtypes first, ordinary names and shapes.
    pub fn usual(dialect: &Dialect) -> Swarm {
        Swarm {
            dtypes: dialect.dtypes().to_vec(),
            tensors: if dialect.dtypes().is_empty() { 0 } else { 8 },
            ranks: 1,
            usual_order: true,
            forms: vec![Form::Vector, Form::Matrix],
            odd_names: false,
            long_names: false,
            near_names: false,
            fields_shuffled: false,
            unknown_fields: false,
            metadata_pairs: Some(1),
            spacing: Spacing::Compact,
            escapes: Escapes::Least,
        }
    }

    /// The features that are on, in words; dtypes by name.
    pub fn features(&self) -> Vec<String> {
        let forms = self.forms.iter().map(|form| form.words().to_owned());
        let switches = [
            (self.ranks > 1, "entries out of order"),
            (self.usual_order, "tensors as the usual writer orders them"),
            (self.odd_names, "odd names"),
            (self.long_names, "long names"),
            (self.near_names, "names that are nearly the same"),
            (self.fields_shuffled, "fields out of order"),
            (self.unknown_fields, "unknown fields"),
            (self.metadata_pairs.is_some(), "metadata"),
            (self.tensors >= 40, "many tensors"),
        ];
        let on = switches.into_iter().filter(|(on, _)| *on).map(|(_, words)| words.to_owned());
        let text = [format!("{:?} spacing", self.spacing), format!("{:?} escapes", self.escapes)];
        let dtypes = self.dtypes.iter().map(|dtype| dtype.name.clone());
        dtypes.chain(forms).chain(on).chain(text.map(|words| words.to_lowercase())).collect()
    }

    /// How a header is spelled.
    pub(crate) fn style(&self, dialect: &Dialect, draw: &mut Draw) -> Style {
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

    /// Pairs of a metadata object with different keys.
    pub(crate) fn metadata(&self, draw: &mut Draw) -> Option<Vec<(String, String)>> {
        let mut names = Names(Vec::new());
        let mut pair = |_| {
            let key = names.unused(self.name(draw));
            (key, self.name(draw))
        };
        Some((0..self.metadata_pairs?).map(&mut pair).collect())
    }

    /// A string for a name or for metadata.
    pub(crate) fn name(&self, draw: &mut Draw) -> String {
        if self.long_names && draw.once_in(3) {
            let (_, _, part) = draw.pick(names::TELLING);
            let part = if part.is_empty() { "long " } else { part };
            return part.chars().cycle().take(draw.from(1, LONG_NAME) as usize).collect();
        }
        if self.near_names && draw.once_in(2) {
            return (*draw.pick(names::NEAR)).to_owned();
        }
        if self.odd_names && draw.once_in(2) {
            return draw.pick(names::TELLING).2.to_owned();
        }
        let word = *draw.pick(names::WORDS);
        if draw.once_in(2) { word.to_owned() } else { format!("{}.{word}", draw.below(20)) }
    }

    /// A further field of an entry, key and JSON text, if this one has any and
    /// the dialect has room for its nesting.
    pub(crate) fn extra(&self, dialect: &Dialect, draw: &mut Draw) -> Option<(String, String)> {
        if !self.unknown_fields || !draw.once_in(2) {
            return None;
        }
        let room = bounds::alone(dialect, &Term::HeaderDepth).high;
        let value = *draw.pick(&UNKNOWN_VALUES);
        let key = *draw.pick(&UNKNOWN_KEYS);
        let known = dialect.known_entry_keys().any(|known| known == key);
        let depth = value.bytes().filter(|byte| b"[{".contains(byte)).count() as i128;
        (!known && room >= 2 + depth).then(|| (key.to_owned(), value.to_owned()))
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

/// Strings that are taken already.
pub(crate) struct Names(Vec<String>);

impl Names {
    /// Tensors must not take a key with a meaning.
    pub(crate) fn reserving(dialect: &Dialect) -> Names {
        let keys = dialect.spec().tables.keys.iter();
        Names(keys.filter(|key| key.of == KeyObject::Header).map(|key| key.key.clone()).collect())
    }

    /// The name, with a number behind it if it is taken.
    pub(crate) fn unused(&mut self, wanted: String) -> String {
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
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_feature_is_on_in_some_swarms_and_off_in_others() {
        let dialect = Dialect::latest();
        let mut counts = BTreeMap::new();
        for seed in 0..400 {
            for feature in Swarm::draw(&dialect, seed).features() {
                *counts.entry(feature).or_insert(0) += 1;
            }
        }
        // Every dtype, every form of shape, nine switches, four kinds of spacing and of escapes.
        assert_eq!(counts.len(), dialect.dtypes().len() + FORMS.len() + 9 + 4 + 4, "{counts:?}");
        assert!(counts.values().all(|count| (5..350).contains(count)), "{counts:?}");
    }
}
