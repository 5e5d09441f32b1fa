//! Files by the million: valid ones and ones with a single fault, written
//! straight into the caller's buffer.
//!
//! [`valid`] and [`violate`] make a tree of values for each file and write
//! that. A [`Stream`] spells names, keys, dtypes and white space once for a
//! [`Swarm`] and then puts files together from these pieces: whatever differs
//! between the files of a swarm (tensors, shapes, order, numbers, contents) is
//! drawn for each. It covers fewer ways to break a rule than [`violate`] does.

mod fault;
mod plan;
mod spelling;
mod write;

use assay_spec::check::Term;
use assay_spec::{Dialect, Rule};

use crate::bounds::{self, Facts};
use crate::draft::PREFIX_BYTES;
use crate::draw::Draw;
use crate::shapes::{HIGHEST_RANK, Shapes};
use crate::swarm::Swarm;
use crate::{valid, violate};
use fault::{Fault, Kind};
use plan::Plan;
use spelling::Spelling;

/// Seeds that share a swarm. Whoever splits seeds among threads gives each
/// thread whole swarms: it costs less, and the files are the same anyway.
pub const FILES_PER_SWARM: u64 = 1024;

/// No header or byte buffer of a stream has this many bytes.
const ROOM_BYTES: u64 = 1 << 20;

/// No entry of a stream nests deeper.
const DEPTH: u64 = 6;

/// Writes files one after the other; the same dialect and seed give the same
/// file, whatever was written before.
#[derive(Debug)]
pub struct Stream<'d> {
    dialect: &'d Dialect,
    /// Rules that can be broken on the way, each with how.
    faults: Vec<(Kind, &'d Rule)>,
    /// Whether the dialect has room for all that a stream writes. If not, files
    /// come from [`valid`] and [`violate`].
    roomy: bool,
    /// The swarm of all files, instead of one for so many seeds.
    swarm: Option<Swarm>,
    spelling: Option<Spelling>,
    plan: Plan,
}

impl<'d> Stream<'d> {
    /// A stream of files of a dialect.
    pub fn new(dialect: &'d Dialect) -> Stream<'d> {
        let faults = dialect
            .rules()
            .iter()
            .filter_map(|rule| Some((Kind::of(rule)?.bounded(dialect, rule)?, rule)));
        Stream {
            dialect,
            faults: faults.collect(),
            roomy: is_roomy(dialect),
            swarm: None,
            spelling: None,
            plan: Plan::default(),
        }
    }

    /// A stream of files of one swarm, whatever their seeds. Where the dialect
    /// leaves a stream no room, files are of other swarms.
    pub fn in_swarm(dialect: &'d Dialect, swarm: Swarm) -> Stream<'d> {
        Stream { swarm: Some(swarm), ..Stream::new(dialect) }
    }

    /// The rules that [`Stream::broken`] breaks.
    pub fn rules(&self) -> impl Iterator<Item = &'d Rule> {
        self.faults.iter().map(|(_, rule)| *rule)
    }

    /// Appends a valid file.
    pub fn valid(&mut self, seed: u64, out: &mut Vec<u8>) {
        if !self.roomy {
            append(&valid(self.dialect, seed).to_draft(), out);
            return;
        }
        self.spell(seed);
        let spelling = self.spelling.as_ref().expect("it was spelled just now");
        let mut draw = Draw::new(seed, "stream");
        self.plan.draw(spelling, &mut draw);
        write::file(&self.plan, spelling, None, out);
    }

    /// Appends a file that breaks one rule, and says which. Consecutive seeds
    /// go through [`Stream::rules`]; where a file has no place for a rule's
    /// fault, the next rule takes its turn. `None` (and nothing appended) if the
    /// dialect leaves no room for any.
    pub fn broken(&mut self, seed: u64, out: &mut Vec<u8>) -> Option<&'d Rule> {
        if !self.roomy {
            return self.slowly_broken(seed, out);
        }
        self.spell(seed);
        let spelling = self.spelling.as_ref().expect("it was spelled just now");
        let mut draw = Draw::new(seed, "stream");
        self.plan.draw(spelling, &mut draw);
        let (victim, amount) = (draw.any(), draw.any());
        for turn in 0..self.faults.len() as u64 {
            let at = (seed % self.faults.len() as u64 + turn) % self.faults.len() as u64;
            let (kind, rule) = &self.faults[at as usize];
            let texts = spelling.wrong(at as usize);
            let fault = Fault::in_plan(*kind, texts, victim, amount, &mut self.plan);
            if let Some(fault) = fault {
                write::file(&self.plan, spelling, Some(&fault), out);
                return Some(rule);
            }
        }
        None
    }

    /// Makes the pieces of the seed's swarm, if they are not those at hand.
    fn spell(&mut self, seed: u64) {
        let number = seed / FILES_PER_SWARM;
        if self.spelling.as_ref().is_none_or(|spelling| spelling.number != number) {
            let swarm = self.swarm.clone();
            let swarm = swarm.unwrap_or_else(|| Swarm::draw(self.dialect, number));
            self.spelling = Some(Spelling::new(self.dialect, swarm, number, &self.faults));
        }
    }

    fn slowly_broken(&self, seed: u64, out: &mut Vec<u8>) -> Option<&'d Rule> {
        let rules: Vec<&'d Rule> = self.rules().collect();
        let start = usize::try_from(seed.checked_rem(rules.len() as u64)?).ok()?;
        let turn = rules[start..].iter().chain(&rules[..start]);
        let (rule, broken) = turn.into_iter().find_map(|rule| {
            let broken = violate(self.dialect, rule, seed)?.broken;
            broken.len().is_some_and(|len| len <= ROOM_BYTES).then_some((rule, broken))
        })?;
        append(&broken, out);
        Some(rule)
    }
}

fn append(draft: &crate::Draft, out: &mut Vec<u8>) {
    out.extend(draft.to_bytes(u64::MAX).expect("files of a stream are small"));
}

/// Whether every file of a stream is within the dialect's limits. Bounds are
/// linear, so it is enough to look at the corners.
fn is_roomy(dialect: &Dialect) -> bool {
    let ends = |low, high| [low, high];
    let mut corners = Vec::new();
    for n in ends(2, ROOM_BYTES) {
        for buffer in ends(0, ROOM_BYTES) {
            for depth in ends(1, DEPTH) {
                corners.push(Facts {
                    file_len: Some(PREFIX_BYTES + n + buffer),
                    prefix_n: Some(n),
                    buffer_len: Some(buffer),
                    depth: Some(depth),
                    rank: None,
                });
            }
        }
    }
    let fields = [assay_spec::KeyRole::Dtype, assay_spec::KeyRole::Shape];
    let known = fields.map(|role| dialect.key(role));
    let offsets = dialect.key(assay_spec::KeyRole::DataOffsets);
    let required = |key: &str| known.contains(&key) || key == offsets;
    corners.iter().all(|facts| bounds::keeps_all(dialect, facts))
        && dialect.required_entry_keys().all(required)
        && bounds::largest_integer(dialect) >= ROOM_BYTES
        && bounds::largest_size_bits(dialect) >= 8 * ROOM_BYTES
        && bounds::alone(dialect, &Term::TensorRank).low <= 0
        && !dialect.dtypes().is_empty()
        && Shapes::of(dialect).max_rank() >= HIGHEST_RANK.min(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_before_does_not_matter() {
        let dialect = Dialect::latest();
        let mut whole = Stream::new(&dialect);
        let seeds = FILES_PER_SWARM - 5..FILES_PER_SWARM + 5;
        for seed in seeds {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            whole.valid(seed, &mut one);
            Stream::new(&dialect).valid(seed, &mut other);
            assert_eq!(one, other);
            one.clear();
            other.clear();
            let rule = whole.broken(seed, &mut one).map(|rule| &rule.id);
            assert_eq!(rule, Stream::new(&dialect).broken(seed, &mut other).map(|rule| &rule.id));
            assert_eq!(one, other);
        }
    }

    #[test]
    fn narrow_dialects_are_told() {
        assert!(is_roomy(&Dialect::latest()));
        let mut spec = assay_spec::Spec::embedded().clone();
        let limit = spec.tables.limits.get_mut("max_header_bytes").unwrap();
        limit.value = 1000;
        assert!(!is_roomy(&Dialect::resolve(&spec, Dialect::latest().name()).unwrap()));
    }
}
