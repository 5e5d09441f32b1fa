//! Changes to given bytes, with a rough idea of where things are. What comes
//! of it may be valid or not: others judge.
//!
//! A change is a value, a [`Mutation`]: a seed draws it, a fuzzer derives it
//! from its input, and applied to the same bytes it does the same everywhere.

mod header;
mod pieces;

use arbitrary::{Arbitrary, Unstructured};
use assay_spec::Dialect;

use crate::draft::PREFIX_BYTES;
use crate::draw::Draw;

/// Most changes at once.
const CHANGES: u64 = 4;

/// Headers above this length are changed like other bytes, not token by token.
const HEADER_BYTES: usize = 1 << 16;

/// A drawn mutation uses no more of these bytes.
const DRAWN_BYTES: usize = 64;

/// One change to a file.
#[derive(Debug, Clone, PartialEq, Eq, Arbitrary)]
pub struct Mutation {
    /// What is changed. Where a file has no such thing, nothing is.
    pub change: Change,
    /// Whether the prefix keeps the old length when the header's changes.
    #[arbitrary(with = rarely)]
    pub stale_prefix: bool,
}

/// What a mutation changes. Places are 16-bit numbers, scaled to what there is.
#[derive(Debug, Clone, PartialEq, Eq, Arbitrary)]
pub enum Change {
    /// The header length.
    Prefix(PrefixChange),
    /// A token of the header.
    Token {
        /// Which.
        at: u16,
        /// How.
        change: TokenChange,
    },
    /// A member of the header object, of an entry, of the metadata.
    Member {
        /// Which.
        at: u16,
        /// How.
        change: MemberChange,
    },
    /// Any number of the header.
    Number {
        /// Which.
        at: u16,
        /// How.
        change: NumberChange,
    },
    /// A number of a tensor's range.
    Offset {
        /// Which tensor.
        at: u16,
        /// Its end instead of its beginning.
        end: bool,
        /// How.
        change: NumberChange,
    },
    /// A tensor's shape.
    Shape {
        /// Which tensor.
        at: u16,
        /// How.
        change: ShapeChange,
    },
    /// A tensor's dtype becomes another of the dialect.
    Dtype {
        /// Which tensor.
        at: u16,
        /// Which dtype.
        to: u16,
    },
    /// A string of the header.
    Text {
        /// Which.
        at: u16,
        /// Where in it.
        inside: u16,
        /// How.
        change: TextChange,
    },
    /// White space between tokens.
    Space {
        /// Before which token; the last number stands for the end.
        at: u16,
        /// Which of space, tab, line feed, carriage return.
        which: u8,
        /// How often, modulo a few.
        count: u8,
    },
    /// White space around the header's JSON text.
    Around {
        /// Before it instead of after it.
        before: bool,
        /// Which of space, tab, line feed, carriage return.
        which: u8,
        /// How often, modulo a few.
        count: u8,
    },
    /// A field more in an entry, with a value of a list.
    Field {
        /// Which tensor.
        at: u16,
        /// Which value.
        value: u8,
    },
    /// A metadata object more, or something else in its place.
    Metadata {
        /// Which value.
        value: u8,
    },
    /// The byte buffer, or the end of the file.
    Buffer(BufferChange),
    /// The file is cut to this part of its length, in 65536ths.
    Length(u16),
    /// A bit anywhere.
    Flip {
        /// Which byte.
        at: u16,
        /// Which bit, modulo 8.
        bit: u8,
    },
    /// Members of the header of a generated valid file.
    Splice {
        /// The seed of that file.
        seed: u64,
        /// In place of the header instead of at its end.
        whole: bool,
    },
}

/// Changes of the header length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PrefixChange {
    Add(i8),
    Flip(u8),
    Swapped,
    FileLength,
    RestOfFile,
    Small(u8),
}

/// Changes of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum TokenChange {
    /// It goes.
    Remove,
    /// It stands twice.
    Repeat,
    /// Another token of the header takes its place.
    Copy(u16),
    /// Another token of its kind takes its place: a string for a string, a number for a number.
    CopyKind(u16),
    /// A token of a list takes its place.
    Replace(u16),
    /// A token of a list comes before it.
    Insert(u16),
}

/// Changes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum MemberChange {
    /// It goes, with a comma.
    Remove,
    /// It stands twice, one after the other.
    Repeat,
    /// It stands again before another member.
    Copy(u16),
    /// It stands before another member instead.
    Move(u16),
}

/// Changes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum NumberChange {
    /// A small number is added.
    Add(i8),
    /// It becomes zero.
    Zero,
    /// It doubles.
    Double,
    /// It becomes a power of two, up to 2^65, or a neighbour of one.
    PowerOfTwo(u8, i8),
    /// It becomes a limit of the dialect, or a neighbour of one.
    Limit(u8, i8),
    /// It becomes another number of the header.
    Copy(u16),
    /// A digit more.
    Digit(u8),
    /// Another spelling: `-`, `.0`, `e0`, a zero before, a number after.
    Spelling(u8),
}

/// Changes of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum ShapeChange {
    /// A dimension is changed.
    Dimension(u16, NumberChange),
    /// A dimension more, at the end.
    Append(u8),
    /// The shape of a scalar.
    Clear,
    /// The shape of another tensor.
    Copy(u16),
}

/// Changes of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub enum TextChange {
    /// A character is escaped, if it is one that may be.
    Escape,
    /// A byte more.
    Insert(u8),
    /// A byte less.
    Remove,
    /// Another case, if it is a letter.
    Case,
    /// An escape of a UTF-16 unit more.
    Unit(u16),
}

/// Changes of the byte buffer.
#[derive(Debug, Clone, PartialEq, Eq, Arbitrary)]
pub enum BufferChange {
    /// Bytes at the end.
    Append([u8; 4]),
    /// So many bytes less.
    Cut(u8),
    /// As many zeros at the end as bring the file to a multiple of 8 bytes.
    Align,
}

/// True once in sixteen times.
fn rarely(input: &mut Unstructured<'_>) -> arbitrary::Result<bool> {
    input.ratio(1, 16)
}

impl Mutation {
    /// The mutation of a seed; the same everywhere.
    pub fn draw(seed: u64) -> Mutation {
        Mutation::drawn(&mut Draw::new(seed, "mutation"))
    }

    fn drawn(draw: &mut Draw) -> Mutation {
        let bytes = draw.bytes(DRAWN_BYTES);
        Mutation::arbitrary(&mut Unstructured::new(&bytes)).expect("there are bytes enough")
    }

    /// Changes a file.
    pub fn apply(&self, file: &mut Vec<u8>, dialect: &Dialect) {
        match &self.change {
            Change::Prefix(change) => prefix(file, *change),
            Change::Buffer(change) => buffer(file, change),
            Change::Length(part) => {
                let len = (file.len() as u64 * u64::from(*part)) >> 16;
                file.truncate(len as usize);
            }
            Change::Flip { at, bit } => flip(file, *at, *bit),
            in_header => {
                let Some((old, data)) = parts(file) else {
                    // Nothing is known of such a file.
                    let len = file.len();
                    return flip(file, (len * 7) as u16, len as u8);
                };
                let new = header::changed(old, in_header, dialect);
                let data = data.to_vec();
                if self.stale_prefix {
                    file.truncate(PREFIX_BYTES as usize);
                } else {
                    *file = (new.len() as u64).to_le_bytes().to_vec();
                }
                file.extend(new);
                file.extend(data);
            }
        }
    }
}

/// The mutations of a seed: one to four of them, mostly one, as many changes at
/// once are only ever one thing, no JSON.
pub fn mutations(seed: u64) -> Vec<Mutation> {
    let mut draw = Draw::new(seed, "mutate");
    let count = 1 + draw.below(CHANGES) * draw.below(2);
    (0..count).map(|_| Mutation::drawn(&mut draw)).collect()
}

/// The bytes with [`mutations`] of a seed. Dtypes, limits and keys are the dialect's.
pub fn mutate_in(dialect: &Dialect, bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut file = bytes.to_vec();
    for mutation in mutations(seed) {
        mutation.apply(&mut file, dialect);
    }
    file
}

/// The bytes with one to four changes: to the prefix, to tokens, members,
/// numbers, strings and white space of the header, to offsets, shapes and
/// dtypes, to the byte buffer, to the length. Deterministic. Dtypes, limits and
/// keys are those of the newest edition: [`mutate_in`] takes any.
pub fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    mutate_in(&Dialect::latest(), bytes, seed)
}

/// The same for a fuzzer that owns the buffer (libFuzzer's custom mutator):
/// changes the first `size` bytes of `data` and says how many there are now,
/// at most `max_size`.
pub fn mutate_in_place(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let made = mutate(&data[..size.min(data.len())], u64::from(seed));
    let len = made.len().min(max_size).min(data.len());
    data[..len].copy_from_slice(&made[..len]);
    len
}

/// Header and byte buffer, if the prefix tells them apart.
fn parts(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = file.split_first_chunk::<{ PREFIX_BYTES as usize }>()?;
    let length = usize::try_from(u64::from_le_bytes(*prefix)).ok()?;
    (length <= rest.len().min(HEADER_BYTES)).then(|| rest.split_at(length))
}

fn prefix(file: &mut [u8], change: PrefixChange) {
    let len = file.len() as u64;
    let Some(prefix) = file.first_chunk_mut::<{ PREFIX_BYTES as usize }>() else { return };
    let old = u64::from_le_bytes(*prefix);
    let new = match change {
        PrefixChange::Add(more) => old.wrapping_add_signed(i64::from(more)),
        PrefixChange::Flip(bit) => old ^ (1 << (bit % 64)),
        PrefixChange::Swapped => old.swap_bytes(),
        PrefixChange::FileLength => len,
        PrefixChange::RestOfFile => len.saturating_sub(PREFIX_BYTES),
        PrefixChange::Small(length) => u64::from(length % 16),
    };
    *prefix = new.to_le_bytes();
}

fn buffer(file: &mut Vec<u8>, change: &BufferChange) {
    match change {
        BufferChange::Append(bytes) => file.extend_from_slice(&bytes[..1 + bytes[0] as usize % 4]),
        BufferChange::Cut(count) => {
            file.truncate(file.len().saturating_sub(1 + usize::from(count % 16)));
        }
        BufferChange::Align => file.resize(file.len().next_multiple_of(8), 0),
    }
}

fn flip(file: &mut [u8], at: u16, bit: u8) {
    if let Some(at) = pieces::scaled(at, file.len()) {
        file[at] ^= 1 << (bit % 8);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn anything_can_be_mutated() {
        let file = crate::Draft::from_text(r#"{"a":{"n":[12]}}"#, b"data").to_bytes(100).unwrap();
        for start in [&b""[..], b"\x01", b"\x02\0\0\0\0\0\0\0\"\\", &file] {
            let made: Vec<Vec<u8>> = (0..500).map(|seed| mutate(start, seed)).collect();
            assert_eq!(made[7], mutate(start, 7));
            assert!(made.iter().any(|bytes| bytes != start));
        }
    }

    #[test]
    fn seeds_reach_every_kind_of_change_and_each_does_something() {
        let dialect = Dialect::latest();
        let file = crate::valid(&dialect, 3).to_draft().to_bytes(1 << 16).unwrap();
        let (mut drawn, mut effective) = (BTreeSet::new(), BTreeSet::new());
        for seed in 0..2000 {
            let mutation = Mutation::draw(seed);
            assert_eq!(mutation, Mutation::draw(seed));
            let kind = format!("{:?}", std::mem::discriminant(&mutation.change));
            let mut changed = file.clone();
            mutation.apply(&mut changed, &dialect);
            if changed != file {
                effective.insert(kind.clone());
            }
            drawn.insert(kind);
        }
        assert_eq!(drawn.len(), 16);
        assert_eq!(effective, drawn);
    }

    #[test]
    fn a_fuzzers_buffer_is_kept_within() {
        for (size, max) in [(0, 4), (20, 24), (24, 24), (24, 10)] {
            for seed in 0..200 {
                let mut data = [b'{'; 24];
                let len = mutate_in_place(&mut data, size, max, seed);
                assert!(len <= max);
            }
        }
    }
}
