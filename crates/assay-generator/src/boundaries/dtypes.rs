//! Edges of the dtype table: each dtype, alone and beside each other, in its
//! smallest tensors.

use assay_spec::neighbours::near_dtypes;
use assay_spec::{Dtype, Verdict};

use super::{Boundary, slug};
use crate::bounds;
use crate::model::Tensor;
use crate::violate::Bench;

/// Each dtype of the dialect; each of other editions; each in the wrong case.
pub(super) fn known(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let dialect = bench.dialect;
    let outside = bounds::verdict_of(bench.rule);
    let mut made = Vec::new();
    for dtype in dialect.dtypes() {
        let tensors = bench.shaped(dtype, &[vec![2 * bounds::whole(dtype)]]);
        let document = bench.document(&tensors);
        let slug = slug(&dtype.name);
        made.push(Boundary::valid(
            format!("knows-{slug}"),
            format!("dtype {}", dtype.name),
            document.draft(),
        ));
    }
    for dtype in near_dtypes(dialect) {
        let tensors = bench.shaped(&dtype, &[vec![2 * bounds::whole(&dtype)]]);
        let is_lower = dtype.name.chars().any(|char| char.is_ascii_lowercase());
        let case = if is_lower { "lower-case" } else { "no" };
        made.push(Boundary::new(
            format!("{case}-{}", slug(&dtype.name)),
            format!("dtype {}, which no edition knows", dtype.name),
            outside,
            bench.document(&tensors).draft(),
        ));
    }
    let all = &assay_spec::Spec::embedded().tables.dtypes;
    for dtype in all.iter().filter(|dtype| dialect.dtype(&dtype.name).is_none()) {
        let tensors = bench.shaped(dtype, &[vec![2 * bounds::whole(dtype)]]);
        let title = format!("dtype {}, which another edition knows", dtype.name);
        let draft = bench.document(&tensors).draft();
        made.push(Boundary::new(
            format!("other-edition-{}", slug(&dtype.name)),
            title,
            outside,
            draft,
        ));
    }
    Some(made)
}

/// Tensors of one element and of none, of each dtype of whole bytes: a scalar,
/// a vector of one, a vector of none. Those of less than a byte are the matter
/// of the rule on whole bytes.
pub(super) fn smallest(bench: &mut Bench<'_>) -> Vec<Boundary> {
    let mut made = Vec::new();
    let shapes: [(&str, &str, &[u64]); 3] = [
        ("scalar", "a scalar", &[]),
        ("one-element", "a vector of one element", &[1]),
        ("empty", "a vector of no element", &[0]),
    ];
    for dtype in bounds::whole_dtypes(bench.dialect) {
        for (kind, words, shape) in shapes {
            let tensors = bench.shaped(dtype, &[shape.to_vec()]);
            let title = format!("{words} of dtype {}", dtype.name);
            let draft = bench.document(&tensors).draft();
            made.push(Boundary::valid(format!("{kind}-{}", slug(&dtype.name)), title, draft));
        }
    }
    made
}

/// A scalar of a dtype smaller than a byte.
pub(super) fn scalar(bench: &mut Bench<'_>, dtype: &Dtype) -> Option<Boundary> {
    let [name] = bench.names(1).try_into().ok()?;
    let contents = (0..dtype.bits.div_ceil(8)).map(|at| at as u8 + 1).collect();
    let tensor = Tensor::new(&name, &dtype.name, &[], contents);
    Some(Boundary::new(
        format!("{}-scalar", slug(&dtype.name)),
        format!("a scalar of {} bits", dtype.bits),
        if dtype.bits.is_multiple_of(8) { Verdict::Valid } else { bounds::verdict_of(bench.rule) },
        bench.document(&[tensor]).draft(),
    ))
}

/// A tensor of each dtype of several bytes, one byte after where it is aligned.
pub(super) fn after_one_byte(bench: &mut Bench<'_>, narrow: &Dtype) -> Vec<Boundary> {
    let outside = bounds::verdict_of(bench.rule);
    let several = bounds::whole_dtypes(bench.dialect);
    let several = several.into_iter().filter(|dtype| dtype.bits > narrow.bits);
    let mut made = Vec::new();
    for dtype in several {
        let tensors = side_by_side(bench, &[narrow, dtype]);
        let title = format!("a tensor of dtype {} that begins at byte 1", dtype.name);
        let draft = bench.document(&tensors).draft();
        made.push(Boundary::new(
            format!("after-one-byte-{}", slug(&dtype.name)),
            title,
            outside,
            draft,
        ));
    }
    made
}

/// Every dtype right before every dtype, at whatever offset that comes to: once
/// for those that were there from the first edition on, once for all.
pub(super) fn every_pair(bench: &mut Bench<'_>, narrow: &Dtype) -> Vec<Boundary> {
    let dialect = bench.dialect;
    let first = dialect.spec().tables.editions.first().map(|edition| edition.name.as_str());
    let old = |dtype: &&Dtype| Some(dtype.since.as_str()) == first;
    let all: Vec<&Dtype> = dialect.dtypes().iter().collect();
    let old: Vec<&Dtype> = all.iter().copied().filter(old).collect();
    let outside = bounds::verdict_of(bench.rule);
    let mut made = Vec::new();
    for (slug, words, dtypes) in [
        ("every-pair-of-old-dtypes", "each dtype of the first edition", old),
        ("every-pair-of-dtypes", "each dtype", all),
    ] {
        let mut row = vec![narrow];
        row.extend(pairs(&dtypes));
        let tensors = side_by_side(bench, &row);
        let title = format!("{words} after each, the first at byte 1");
        made.push(Boundary::new(slug, title, outside, bench.document(&tensors).draft()));
    }
    made
}

/// The shortest row in which each of the items stands right after each.
fn pairs<'a, T>(items: &[&'a T]) -> Vec<&'a T> {
    let mut row = Vec::new();
    for (at, one) in items.iter().enumerate() {
        row.push(*one);
        row.extend(items[at + 1..].iter().flat_map(|other| [*one, *other]));
    }
    // The last is followed by the first.
    row.extend(items.first());
    row
}

/// The fewest elements that are whole bytes of each, one after the other.
fn side_by_side(bench: &mut Bench<'_>, dtypes: &[&Dtype]) -> Vec<Tensor> {
    let names = bench.names(dtypes.len());
    let tensors = names.iter().zip(dtypes).map(|(name, dtype)| {
        let mut tensor = bench.shaped(dtype, &[vec![bounds::whole(dtype)]]).remove(0);
        tensor.name.clone_from(name);
        tensor
    });
    tensors.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_pair_stands_in_the_row_once() {
        for count in 0..6_u64 {
            let items: Vec<u64> = (0..count).collect();
            let row = pairs(&items.iter().collect::<Vec<_>>());
            let found: BTreeSet<(u64, u64)> = row.windows(2).map(|w| (*w[0], *w[1])).collect();
            assert_eq!(found.len() as u64, count * count);
            assert_eq!(row.len() as u64, if count == 0 { 0 } else { count * count + 1 });
        }
    }
}
