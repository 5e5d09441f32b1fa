//! Smaller files that still show something.
//!
//! [`shrink`] takes a file and asks again and again whether a simpler one still
//! holds what is to be kept. What it tries comes from a rough idea of where
//! things are ([`outline`], [`layout`]): entries go with their bytes, dimensions
//! with the ranges that follow from them, the prefix follows the header. Where
//! the file is no safetensors at all, removing runs of bytes is left.
//!
//! The idea is this crate's own: it shares nothing with validator or reference.

mod bytes;
mod engine;
mod layout;
mod outline;
mod parts;
mod repair;
mod spelling;
mod structure;

use assay_spec::Dialect;

use engine::Engine;
use parts::Mode;

pub use repair::repairs;

/// How much may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShrinkBudget {
    /// Candidates that may be asked about.
    pub candidates: u64,
    /// Bytes of all candidates that are made, so that large files come to an end too.
    pub bytes: u64,
}

impl Default for ShrinkBudget {
    fn default() -> Self {
        ShrinkBudget { candidates: 200_000, bytes: 4 << 30 }
    }
}

/// What shrinking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    /// The simplest file found for which the property holds.
    pub bytes: Vec<u8>,
    /// How many candidates were asked about.
    pub candidates: u64,
    /// Whether nothing simpler was left to try; else the budget ran out, or the
    /// property stopped the search.
    pub finished: bool,
}

/// Answers a batch of candidates in order: does what is to be kept still hold?
/// `None` stops the search.
pub type Holds<'a> = dyn FnMut(&[Vec<u8>]) -> Option<Vec<bool>> + 'a;

/// Makes a file smaller, and then simpler, as long as a property holds. The
/// property is taken to hold for the file itself. Deterministic if the property
/// is: the same calls in the same order, and of a batch the first that holds is
/// taken. Files are simpler if they are shorter; of equal lengths, the one with
/// plainer bytes.
pub fn shrink(
    dialect: &Dialect,
    bytes: &[u8],
    budget: ShrinkBudget,
    holds: &mut Holds<'_>,
) -> Shrunk {
    let mut engine = Engine::new(dialect, bytes, budget, holds);
    engine.try_in_order(smallest_files().into_iter());
    bytes::coarse(&mut engine);
    loop {
        let before = engine.best().to_vec();
        for mode in Mode::ALL {
            pass(&mut engine, mode);
        }
        bytes::whole_file(&mut engine);
        if engine.is_over() || engine.best() == before {
            break;
        }
    }
    engine.finish()
}

/// All passes under one way to treat the prefix: the coarse ones first.
fn pass(engine: &mut Engine<'_>, mode: Mode) {
    if mode.parts(engine.best()).is_none() {
        return;
    }
    layout::entries(engine, mode);
    structure::items(engine, mode);
    layout::sizes(engine, mode);
    layout::buffer(engine, mode);
    structure::values(engine, mode);
    spelling::strings(engine, mode);
    spelling::numbers(engine, mode);
    spelling::spaces_and_escapes(engine, mode);
    bytes::header(engine, mode);
    bytes::prefix(engine, mode);
    bytes::plainer(engine, mode);
}

/// What a file can hardly be smaller than.
fn smallest_files() -> Vec<Vec<u8>> {
    let with = |header: &[u8]| [&(header.len() as u64).to_le_bytes(), header].concat();
    vec![Vec::new(), with(b""), with(b"{}"), with(b"0"), with(br#"{"":{}}"#)]
}
