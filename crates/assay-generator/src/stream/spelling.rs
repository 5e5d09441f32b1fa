//! The pieces that the files of a swarm are put together from, spelled once.

use assay_spec::{Dialect, KeyRole, Rule};

use super::fault::Kind;
use crate::draw::Draw;
use crate::model::{Padding, Spacing, Style};
use crate::shapes::{Shapes, TENSOR_BYTES};
use crate::swarm::{Names, Swarm};
use crate::text::{self, Value};

/// How many names a swarm has; a power of two, and no file has as many tensors.
pub(super) const NAMES: usize = 64;

/// How many contents a swarm has to draw from; half of it is enough for a file.
pub(super) const NOISE_BYTES: usize = 1 << 14;

/// Metadata objects and further fields of a swarm, each.
const MEMBERS: usize = 8;

/// Pieces of text: JSON, with the white space that belongs to it.
#[derive(Debug)]
pub(super) struct Spelling {
    pub(super) number: u64,
    pub(super) swarm: Swarm,
    pub(super) shapes: Shapes,
    pub(super) leading: Vec<u8>,
    pub(super) padding: Padding,
    /// `"name`, without the quotation mark at the end: a number may follow.
    pub(super) names: Vec<Vec<u8>>,
    /// `"F4"` and the like, for each dtype of the swarm.
    pub(super) dtypes: Vec<Vec<u8>>,
    /// `"dtype":`, `"shape":`, `"data_offsets":`
    pub(super) keys: [Vec<u8>; 3],
    /// `"__metadata__":`
    pub(super) metadata_key: Vec<u8>,
    /// Metadata objects.
    pub(super) metadata: Vec<Vec<u8>>,
    /// Further fields: key, colon, value.
    pub(super) extras: Vec<Vec<u8>>,
    /// A key that means nothing, and its colon.
    pub(super) unknown_key: Vec<u8>,
    pub(super) colon: Vec<u8>,
    /// Of the header, of an entry, of an array of numbers.
    pub(super) levels: [Level; 3],
    /// Contents of tensors.
    pub(super) noise: Vec<u8>,
    /// What stands where a fault puts something wrong, by fault.
    wrong: Vec<Vec<Vec<u8>>>,
}

/// The brackets and commas of a level.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) open: Vec<u8>,
    pub(super) comma: Vec<u8>,
    pub(super) close: Vec<u8>,
    pub(super) empty: Vec<u8>,
}

impl Spelling {
    pub(super) fn new(
        dialect: &Dialect,
        swarm: Swarm,
        number: u64,
        faults: &[(Kind, &Rule)],
    ) -> Spelling {
        let mut draw = Draw::new(number, "spelling");
        let style = swarm.style(dialect, &mut draw);
        let white = White { spacing: style.spacing, style: &style };
        let colon = white.colon(&mut draw);
        let key = |key: &str| [white.text(key).as_slice(), &colon].concat();
        let unknown_key = key("ignored");
        let mut extra = || {
            let (name, value) = swarm.extra(dialect, &mut draw)?;
            Some([key(&name).as_slice(), value.as_bytes()].concat())
        };
        let extras = (0..MEMBERS).filter_map(|_| extra()).collect();
        let metadata = (0..MEMBERS).filter_map(|_| metadata(&swarm, &style, &mut draw)).collect();
        let half = NOISE_BYTES / 2;
        assert!(NAMES as u64 * 2 * TENSOR_BYTES < 2 * half as u64, "any file's contents fit");
        Spelling {
            number,
            shapes: Shapes::of(dialect),
            names: names(dialect, &swarm, &white, &mut draw),
            dtypes: swarm.dtypes.iter().map(|dtype| white.text(&dtype.name)).collect(),
            keys: [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets]
                .map(|role| key(dialect.key(role))),
            metadata_key: key(dialect.key(KeyRole::Metadata)),
            metadata,
            extras,
            unknown_key,
            levels: [(b"{}", 1), (b"{}", 2), (b"[]", 3)]
                .map(|(brackets, level)| white.level(*brackets, level, &mut draw)),
            noise: draw.bytes(NOISE_BYTES),
            wrong: faults.iter().map(|(kind, rule)| kind.texts(dialect, rule)).collect(),
            colon,
            leading: style.leading.clone(),
            padding: style.padding,
            swarm,
        }
    }

    /// What a fault may put in place of what is right; empty for faults that put nothing.
    pub(super) fn wrong(&self, fault: usize) -> &[Vec<u8>] {
        &self.wrong[fault]
    }
}

/// Different names, whatever numbers follow them.
fn names(dialect: &Dialect, swarm: &Swarm, white: &White<'_>, draw: &mut Draw) -> Vec<Vec<u8>> {
    let mut taken = Names::reserving(dialect);
    let mut names = Vec::with_capacity(NAMES);
    while names.len() < NAMES {
        let name = taken.unused(swarm.name(draw));
        // A name that ends like a numbered one might be the same as one.
        let number = name.rsplit_once('.').map(|(_, end)| end);
        if number.is_some_and(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit())) {
            continue;
        }
        let mut spelled = white.text(&name);
        spelled.pop();
        names.push(spelled);
    }
    names
}

fn metadata(swarm: &Swarm, style: &Style, draw: &mut Draw) -> Option<Vec<u8>> {
    let pairs = swarm.metadata(draw)?;
    let pairs = pairs.iter().map(|(key, value)| (Value::text(key), Value::text(value)));
    Some(text::write(&Value::Object(pairs.collect()), style))
}

/// White space between tokens, drawn once for a swarm.
struct White<'a> {
    spacing: Spacing,
    style: &'a Style,
}

impl White<'_> {
    fn text(&self, text: &str) -> Vec<u8> {
        text::write(&Value::text(text), self.style)
    }

    fn colon(&self, draw: &mut Draw) -> Vec<u8> {
        match self.spacing {
            Spacing::Compact => b":".to_vec(),
            Spacing::Spaced | Spacing::Lines => b": ".to_vec(),
            Spacing::Irregular => [some(draw), b":".to_vec(), some(draw)].concat(),
        }
    }

    fn level(&self, [open, close]: [u8; 2], level: usize, draw: &mut Draw) -> Level {
        let line = |level: usize| [b"\n".as_slice(), &b"  ".repeat(level)].concat();
        let (after_open, before_comma, after_comma, before_close, inside) = match self.spacing {
            Spacing::Compact => Default::default(),
            Spacing::Spaced => (vec![], vec![], b" ".to_vec(), vec![], vec![]),
            Spacing::Lines => (line(level), vec![], line(level), line(level - 1), vec![]),
            Spacing::Irregular => (some(draw), some(draw), some(draw), some(draw), some(draw)),
        };
        Level {
            empty: [&[open], inside.as_slice(), &[close]].concat(),
            open: [&[open], after_open.as_slice()].concat(),
            comma: [before_comma.as_slice(), b",", &after_comma].concat(),
            close: [before_close.as_slice(), &[close]].concat(),
        }
    }
}

fn some(draw: &mut Draw) -> Vec<u8> {
    (0..draw.below(4)).map(|_| *draw.pick(b" \t\n\r")).collect()
}
