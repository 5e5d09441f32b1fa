//! Entries, dimensions and ranges that are changed together, so that what
//! fitted still fits.

use std::ops::Range;

use assay_spec::{Dialect, KeyRole};

use super::engine::{Engine, Units};
use super::outline::{Kind, Outline};
use super::parts::{Edit, Mode, Parts};

/// The byte buffer is cut in runs of at least this part of it.
const FINEST: usize = 2_048;
/// Ranges longer than this many bytes are not mended.
const MENDED: usize = 1 << 16;

/// What an entry says of its bytes, with the places where it says so.
#[derive(Debug, Clone)]
struct Entry {
    /// The range it declares in the byte buffer, and where.
    range: [u64; 2],
    range_at: [Range<usize>; 2],
    dtype: Option<(Range<usize>, u64)>,
    shape: Option<(Range<usize>, Vec<u64>)>,
}

/// A number in the header that is a place in the byte buffer.
#[derive(Debug, Clone)]
struct Offset {
    at: Range<usize>,
    value: u64,
}

/// All of a header's entries, as far as they are like entries.
#[derive(Debug)]
pub(super) struct Layout {
    outline: Outline,
    /// For each item of the header object.
    entries: Vec<Option<Entry>>,
    offsets: Vec<Offset>,
}

impl Layout {
    pub(super) fn of(parts: &Parts, dialect: &Dialect) -> Layout {
        let outline = Outline::of(&parts.header);
        let mut offsets = Vec::new();
        let read = |item: &usize| entry(&parts.header, &outline, *item, dialect, &mut offsets);
        let entries = outline.root_items().iter().map(read).collect();
        Layout { outline, entries, offsets }
    }

    /// Cuts ranges out of the byte buffer and moves all offsets along.
    fn cut(&self, mut ranges: Vec<[u64; 2]>) -> Edit {
        ranges.retain(|[start, end]| start < end);
        ranges.sort_unstable();
        let mut apart: Vec<[u64; 2]> = Vec::new();
        for [start, end] in ranges {
            match apart.last_mut() {
                Some(last) if start <= last[1] => last[1] = last[1].max(end),
                _ => apart.push([start, end]),
            }
        }
        let gone_before = |place: u64| {
            apart.iter().map(|[start, end]| (*end).min(place).saturating_sub(*start)).sum::<u64>()
        };
        let moved = self.offsets.iter().filter_map(|offset| {
            let gone = gone_before(offset.value);
            (gone > 0).then(|| (offset.at.clone(), (offset.value - gone).to_string().into_bytes()))
        });
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        Edit {
            header: moved.collect(),
            data: apart.iter().map(|[start, end]| index(*start)..index(*end)).collect(),
        }
    }

    /// Moves an entry's range to the start of the byte buffer.
    fn to_the_start(&self, entry: &Entry) -> Option<Edit> {
        let [start, end] = entry.range;
        let moved = [0, end.checked_sub(start).filter(|_| start > 0)?];
        let places = entry.range_at.iter().cloned().zip(moved);
        let header = places.map(|(at, value)| (at, value.to_string().into_bytes())).collect();
        Some(Edit { header, data: Vec::new() })
    }

    /// The file with every range as long as dtype and shape say, one after the
    /// other in the order in which they lie, and a byte buffer that ends with
    /// the last. `None` if an entry does not say how long it is.
    pub(super) fn tidied(&self, parts: &Parts) -> Option<Vec<u8>> {
        let mut order: Vec<&Entry> = self.entries.iter().flatten().collect();
        order.sort_by_key(|entry| entry.range);
        let mut data = Vec::new();
        let mut header = Vec::new();
        for entry in order {
            let (_, bits) = entry.dtype.as_ref()?;
            let (_, dims) = entry.shape.as_ref()?;
            let length = usize::try_from(size(dims, *bits)?).ok().filter(|l| *l <= MENDED)?;
            let start = usize::try_from(entry.range[0]).unwrap_or(usize::MAX);
            let old = parts.data.get(start..).unwrap_or_default();
            let begin = data.len();
            data.extend_from_slice(&old[..length.min(old.len())]);
            data.resize(begin + length, 0);
            for (at, place) in entry.range_at.iter().zip([begin, data.len()]) {
                header.push((at.clone(), place.to_string().into_bytes()));
            }
        }
        Some(parts.with_data(&Edit { header, data: Vec::new() }, &data))
    }

    /// Removes a run of entries, and what bytes only they have.
    fn without_entries(&self, run: Range<usize>) -> Edit {
        let kept = |range: &[u64; 2]| {
            self.entries.iter().enumerate().any(|(at, entry)| {
                let other = entry.as_ref().map(|entry| entry.range);
                !run.contains(&at) && other.is_some_and(|o| o[0] < range[1] && range[0] < o[1])
            })
        };
        let gone = self.entries[run.clone()].iter().flatten().map(|entry| entry.range);
        // With many entries a look at all others for each is too much.
        let many = self.entries.len() > 4_096;
        let mut edit = self.cut(gone.filter(|range| many || !kept(range)).collect());
        let from_header = self.outline.run(self.outline.root_items(), run);
        edit.header
            .retain(|(range, _)| range.end <= from_header.start || range.start >= from_header.end);
        edit.header.push((from_header, Vec::new()));
        edit
    }
}

/// Reads an item of the header object as an entry; notes its offsets.
fn entry(
    header: &[u8],
    outline: &Outline,
    item: usize,
    dialect: &Dialect,
    offsets: &mut Vec<Offset>,
) -> Option<Entry> {
    let node = &outline.nodes[item];
    let mut range = None;
    let (mut dtype, mut shape) = (None, None);
    for field in node.items.iter().map(|field| &outline.nodes[*field]) {
        let Some(key) = &field.key else { continue };
        let key = text(&header[key.clone()]);
        let numbers = || -> Vec<Option<u64>> {
            let items = field.items.iter().map(|item| &outline.nodes[*item]);
            items.map(|item| number(&header[item.value.clone()])).collect()
        };
        if key == dialect.key(KeyRole::DataOffsets).as_bytes() {
            if let [Some(start), Some(end)] = numbers()[..] {
                let at = [0, 1].map(|item| outline.nodes[field.items[item]].value.clone());
                for (at, value) in at.iter().cloned().zip([start, end]) {
                    offsets.push(Offset { at, value });
                }
                range = Some(([start, end], at));
            }
        } else if key == dialect.key(KeyRole::Shape).as_bytes() && field.kind == Kind::Array {
            let dims: Option<Vec<u64>> = numbers().into_iter().collect();
            shape = dims.map(|dims| (field.value.clone(), dims));
        } else if key == dialect.key(KeyRole::Dtype).as_bytes() {
            let name = std::str::from_utf8(text(&header[field.value.clone()])).ok();
            let known = name.and_then(|name| dialect.dtype(name));
            dtype = known.map(|dtype| (field.value.clone(), dtype.bits));
        }
    }
    let (range, range_at) = range?;
    Some(Entry { range, range_at, dtype, shape })
}

/// What stands between quotes.
fn text(token: &[u8]) -> &[u8] {
    let inner = token.strip_prefix(b"\"").unwrap_or(token);
    inner.strip_suffix(b"\"").unwrap_or(inner)
}

fn number(token: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(token).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Bytes of a tensor, if they are whole.
fn size(dims: &[u64], bits: u64) -> Option<u64> {
    let product = dims.iter().try_fold(bits, |product, dim| product.checked_mul(*dim))?;
    product.is_multiple_of(8).then_some(product / 8)
}

/// Removes entries with their bytes.
pub(super) fn entries(engine: &mut Engine<'_>, mode: Mode) {
    engine.remove_runs(1, &|file, dialect| {
        let parts = mode.parts(file)?;
        let layout = Layout::of(&parts, dialect);
        Some(Units {
            count: layout.entries.len(),
            without: Box::new(move |run| parts.with(&layout.without_entries(run))),
        })
    });
}

/// Makes tensors smaller: fewer and smaller dimensions, narrower dtypes, and
/// as many bytes less. All at once, then one by one.
pub(super) fn sizes(engine: &mut Engine<'_>, mode: Mode) {
    engine.try_edits(mode, &|parts, dialect| {
        let layout = Layout::of(parts, dialect);
        let mut edits = Vec::new();
        for dims in [vec![], vec![0], vec![1]] {
            let all = layout.entries.iter().flatten();
            let changed = all.filter_map(|entry| resized(entry, Some(&dims), None));
            edits.extend(together(&layout, changed.collect()));
        }
        for dtype in dialect.dtypes() {
            edits.extend(scaled(&layout, parts.data.len() as u64, &dtype.name, dtype.bits));
        }
        for entry in layout.entries.iter().flatten() {
            edits.extend(layout.to_the_start(entry));
            let Some((_, old)) = &entry.shape else { continue };
            let mut one = |dims: Option<&[u64]>, dtype: Option<(&str, u64)>| {
                edits.extend(together(&layout, resized(entry, dims, dtype).into_iter().collect()));
            };
            for dims in smaller(old) {
                one(Some(&dims), None);
            }
            for dtype in dialect.dtypes() {
                one(None, Some((&dtype.name, dtype.bits)));
                one(Some(&[]), Some((&dtype.name, dtype.bits)));
            }
        }
        edits
    });
}

/// One dtype for all entries that have a dtype of one width, with every place
/// in the byte buffer scaled: ranges that overlap go on doing so.
fn scaled(layout: &Layout, buffer: u64, name: &str, bits: u64) -> Option<Edit> {
    let dtypes: Vec<&(Range<usize>, u64)> =
        layout.entries.iter().flatten().filter_map(|entry| entry.dtype.as_ref()).collect();
    let old = dtypes.first()?.1;
    if bits >= old || dtypes.iter().any(|(_, other)| *other != old) {
        return None;
    }
    let scale = |place: u64| {
        let scaled = place.checked_mul(bits)?;
        scaled.is_multiple_of(old).then_some(scaled / old)
    };
    let mut edit = layout.cut(vec![[scale(buffer)?, buffer]]);
    edit.header.clear();
    for offset in &layout.offsets {
        edit.header.push((offset.at.clone(), scale(offset.value)?.to_string().into_bytes()));
    }
    let names = dtypes.into_iter();
    edit.header.extend(names.map(|(at, _)| (at.clone(), format!("\"{name}\"").into_bytes())));
    Some(edit)
}

/// Shapes to try in a shape's place.
fn smaller(old: &[u64]) -> Vec<Vec<u64>> {
    // Shapes of very many dimensions are the business of other passes.
    let old = &old[..old.len().min(64)];
    let mut all = vec![vec![], vec![0], vec![1]];
    for at in 0..old.len() {
        let mut fewer = old.to_vec();
        fewer.remove(at);
        all.push(fewer);
        for dim in [0, 1, old[at] / 2, old[at].saturating_sub(1)] {
            let mut less = old.to_vec();
            less[at] = dim;
            all.push(less);
        }
    }
    all
}

/// What changes when an entry gets another shape or dtype: places in the header,
/// and the bytes that are not needed any more.
type Resized = (Vec<(Range<usize>, Vec<u8>)>, [u64; 2]);

fn resized(entry: &Entry, dims: Option<&[u64]>, dtype: Option<(&str, u64)>) -> Option<Resized> {
    let (shape_at, old_dims) = entry.shape.as_ref()?;
    let (dtype_at, old_bits) = entry.dtype.as_ref()?;
    let new_dims = dims.unwrap_or(old_dims);
    let new_bits = dtype.map_or(*old_bits, |(_, bits)| bits);
    let (old, new) = (size(old_dims, *old_bits)?, size(new_dims, new_bits)?);
    let less = old.checked_sub(new)?;
    let [start, end] = entry.range;
    // A range that does not fit stays wrong by as much.
    let from = end.checked_sub(less).filter(|from| *from >= start)?;
    let mut header = Vec::new();
    if new_dims != old_dims {
        let dims: Vec<String> = new_dims.iter().map(u64::to_string).collect();
        header.push((shape_at.clone(), format!("[{}]", dims.join(",")).into_bytes()));
    }
    if let Some((name, _)) = dtype {
        header.push((dtype_at.clone(), format!("\"{name}\"").into_bytes()));
    }
    Some((header, [from, end]))
}

fn together(layout: &Layout, changes: Vec<Resized>) -> Option<Edit> {
    if changes.is_empty() {
        return None;
    }
    let mut edit = layout.cut(changes.iter().map(|(_, cut)| *cut).collect());
    edit.header.extend(changes.into_iter().flat_map(|(header, _)| header));
    Some(edit)
}

/// Cuts the byte buffer, with and without moving what follows.
pub(super) fn buffer(engine: &mut Engine<'_>, mode: Mode) {
    for moving in [false, true] {
        let least = engine.parts(mode).map_or(1, |parts| parts.data.len() / FINEST);
        engine.remove_runs(least, &|file, dialect| {
            let parts = mode.parts(file)?;
            let layout = Layout::of(&parts, dialect);
            Some(Units {
                count: parts.data.len(),
                without: Box::new(move |run| {
                    let edit = if moving {
                        layout.cut(vec![[run.start as u64, run.end as u64]])
                    } else {
                        Edit { header: Vec::new(), data: vec![run] }
                    };
                    parts.with(&edit)
                }),
            })
        });
    }
}
