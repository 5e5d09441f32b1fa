//! Parts of tensors, against a walk over every element.

use assay_reference::{Header, Index, IndexItem, Reader, Selection, Slice, SliceError};
use assay_spec::Disputed;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{LATEST, file, policy};

/// A file with one tensor `t`, its bytes a pattern in which neighbours differ.
fn one_tensor(dtype: &str, shape: &[u64], len: u64) -> Vec<u8> {
    let header = header(dtype, shape, len);
    let data: Vec<u8> = (0..len).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 7) as u8).collect();
    file(header, &data)
}

fn header(dtype: &str, shape: &[u64], len: u64) -> String {
    format!(r#"{{"t":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[0,{len}]}}}}"#)
}

/// What NumPy's documentation says that an item takes of a dimension, found by
/// trying every position. `None` if the item is refused.
fn positions(item: IndexItem, length: i128) -> Option<(Vec<u64>, bool)> {
    let all = 0..length;
    let from_start = |at: i64| i128::from(at) + if at < 0 { length } else { 0 };
    let chosen: Vec<i128> = match item {
        IndexItem::Ellipsis => all.collect(),
        IndexItem::Select(at) => {
            let at = all.into_iter().find(|position| *position == from_start(at))?;
            return Some((vec![at as u64], false));
        }
        IndexItem::Range { step: 0, .. } => return None,
        IndexItem::Range { start, stop, step } if step > 0 => {
            let start = start.map_or(0, |start| from_start(start).max(0));
            let stop = stop.map_or(length, from_start);
            all.filter(|at| *at >= start && *at < stop && (at - start) % i128::from(step) == 0)
                .collect()
        }
        IndexItem::Range { start, stop, step } => {
            let start = start.map_or(length - 1, |start| from_start(start).min(length - 1));
            let after = stop.map_or(-1, from_start);
            let down = all.rev();
            down.filter(|at| *at <= start && *at > after && (start - at) % i128::from(step) == 0)
                .collect()
        }
        other => panic!("{other:?} is new"),
    };
    Some((chosen.into_iter().map(|at| at as u64).collect(), true))
}

/// Shape and elements of a slice, by number in the tensor; `None` if the index is refused.
fn elements(items: &[IndexItem], shape: &[u64]) -> Option<(Vec<u64>, Vec<u64>)> {
    let ellipses = items.iter().filter(|item| **item == IndexItem::Ellipsis).count();
    let missing = shape.len().checked_sub(items.len() - ellipses)?;
    let whole = IndexItem::Ellipsis;
    let mut dealt = Vec::new();
    match ellipses {
        0 => dealt.extend(items.iter().copied().chain(std::iter::repeat_n(whole, missing))),
        1 => {
            for item in items {
                let times = if *item == IndexItem::Ellipsis { missing } else { 1 };
                dealt.extend(std::iter::repeat_n(*item, times));
            }
        }
        _ => return None,
    }
    let mut result = Vec::new();
    let mut all = vec![0_u64];
    for (item, length) in dealt.iter().zip(shape) {
        let (chosen, is_kept) = positions(*item, (*length).into())?;
        if is_kept {
            result.push(chosen.len() as u64);
        }
        let at = |number: &u64| chosen.iter().map(|at| number * length + at).collect::<Vec<_>>();
        all = all.iter().flat_map(at).collect();
    }
    Some((result, all))
}

/// The bytes of those elements, if every run of elements that follow one
/// another in the tensor begins and ends at a byte.
fn bytes_of(numbers: &[u64], bits: u64, data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for run in numbers.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        let (start, end) = (run[0] * bits, (run[0] + run.len() as u64) * bits);
        if !start.is_multiple_of(8) || !end.is_multiple_of(8) {
            return None;
        }
        bytes.extend(&data[(start / 8) as usize..(end / 8) as usize]);
    }
    Some(bytes)
}

/// A number that is likely to be near an edge of a dimension.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => -7_i64..8,
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),
        1 => any::<i64>(),
    ]
}

fn item() -> impl Strategy<Value = IndexItem> {
    let step = prop_oneof![4 => Just(1), 2 => -4_i64..5, 1 => number()];
    prop_oneof![
        2 => number().prop_map(IndexItem::Select),
        5 => (prop::option::of(number()), prop::option::of(number()), step)
            .prop_map(|(start, stop, step)| IndexItem::Range { start, stop, step }),
        2 => (prop::option::of(-3_i64..1), prop::option::of(0_i64..4))
            .prop_map(|(start, stop)| IndexItem::Range { start, stop, step: 1 }),
        1 => Just(IndexItem::Ellipsis),
    ]
}

/// Shapes of whole bytes for any dtype.
fn shape() -> impl Strategy<Value = Vec<u64>> {
    let dimension = prop_oneof![6 => 1_u64..6, 1 => Just(0), 1 => Just(8)];
    vec(dimension, 0..5)
}

/// All that must hold of a slice's ways to say its bytes.
fn check_slice(slice: &Slice<'_>, whole: &[u8], bytes: &[u8]) -> Result<(), TestCaseError> {
    prop_assert_eq!(slice.len(), bytes.len());
    prop_assert_eq!(&slice.to_vec().expect("there is memory"), bytes);
    prop_assert_eq!(slice.chunks().collect::<Vec<_>>().concat(), bytes);
    if let Some(together) = slice.contiguous() {
        prop_assert_eq!(together, bytes);
    }
    let mut copy = vec![0xa5; bytes.len()];
    slice.copy_into(&mut copy).expect("it has the length");
    prop_assert_eq!(&copy, bytes);
    copy.push(0xa5);
    let refused = slice.copy_into(&mut copy);
    prop_assert_eq!(
        refused,
        Err(SliceError::WrongRoom { len: bytes.len(), room: bytes.len() + 1 })
    );

    let selection = slice.selection();
    let ranges: Vec<_> = selection.ranges().collect();
    prop_assert_eq!(ranges.len() as u64, selection.range_count());
    prop_assert_eq!(selection.is_empty(), bytes.is_empty());
    prop_assert!(ranges.iter().all(|range| !range.is_empty()));
    let fetched = ranges.iter().flat_map(|range| &whole[range.to_range().expect("it fits")]);
    prop_assert!(fetched.eq(bytes));
    prop_assert_eq!(selection.contiguous().is_some(), ranges.len() <= 1);
    for skipped in [0, 1, 2, ranges.len() / 2, ranges.len()] {
        let mut all = selection.ranges();
        prop_assert_eq!(all.nth(skipped), ranges.get(skipped).copied());
        prop_assert_eq!(all.next(), ranges.get(skipped + 1).copied());
        prop_assert_eq!(all.remaining() as usize, ranges.len().saturating_sub(skipped + 2));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slices_are_those_elements(
        dtype in 0..LATEST.dtypes().len(),
        mut shape in shape(),
        items in vec(item(), 0..5),
    ) {
        let dtype = &LATEST.dtypes()[dtype];
        if !(dtype.bits * shape.iter().product::<u64>()).is_multiple_of(8) {
            shape.push(4);
        }
        let whole = one_tensor(&dtype.name, &shape, dtype.bits * shape.iter().product::<u64>() / 8);
        let reader = Reader::from_bytes(&whole, policy(Disputed::Reject)).expect("it is valid");
        let tensor = reader.tensor("t").expect("it is there");
        let index = Index::new(items.iter().copied());
        let slice = tensor.slice(&index);
        let expected = elements(&items, &shape);
        let bytes = expected.as_ref().and_then(|(_, all)| bytes_of(all, dtype.bits, tensor.data()));
        match (&expected, &bytes) {
            (Some((shape, _)), Some(bytes)) => {
                let slice = slice.as_ref().expect("it is asked for rightly");
                prop_assert_eq!(slice.shape(), &shape[..]);
                check_slice(slice, &whole, bytes)?;
            }
            (Some(_), None) => {
                let is_misaligned = matches!(slice, Err(SliceError::Misaligned { .. }));
                prop_assert!(is_misaligned, "{slice:?}");
            }
            (None, _) => {
                let is_refused = matches!(slice, Err(
                    SliceError::TooManyItems { .. } | SliceError::TwoEllipses
                    | SliceError::ZeroStep { .. } | SliceError::OutOfBounds { .. }
                ));
                prop_assert!(is_refused, "{slice:?}");
            }
        }
        // A header alone says the same.
        let selected = reader.header().entry("t").expect("it is there").slice(&index);
        prop_assert_eq!(selected.as_ref().ok(), slice.as_ref().ok().map(Slice::selection));
        prop_assert_eq!(selected.err(), slice.err());
    }

    #[test]
    fn spellings_are_read_back(items in vec(item(), 0..6)) {
        let index = Index::new(items.iter().copied());
        let still = items.iter().any(|item| matches!(item, IndexItem::Range { step: 0, .. }));
        match index.to_string().parse::<Index>() {
            Ok(read) => prop_assert_eq!(read, index),
            Err(error) => prop_assert!(still, "{error}"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-+0-9:., A-z\\[\\]é]{0,40}") {
        match text.parse::<Index>() {
            Ok(index) => prop_assert_eq!(index.to_string().parse::<Index>(), Ok(index)),
            Err(error) => {
                prop_assert!(error.at() <= text.len() && text.is_char_boundary(error.at()));
            }
        }
    }
}

/// Slices of a tensor in a file of which only the header is there.
fn of_head(dtype: &str, shape: &[u64], len: u64, index: &str) -> Result<Selection, SliceError> {
    let head = file(header(dtype, shape, len), &[]);
    let header = Header::from_head(&head, head.len() as u64 + len, policy(Disputed::Accept));
    let header = header.unwrap_or_else(|error| panic!("{shape:?}: {error}"));
    header.entry("t").expect("it is there").slice(&index.parse().expect("an index"))
}

#[test]
fn more_ranges_than_anyone_can_walk_are_counted_at_once() {
    let byte = &LATEST.dtypes().iter().find(|dtype| dtype.bits == 8).expect("there is one").name;
    let wide = of_head(byte, &[1 << 30, 1 << 30], 1 << 60, "..., ::2").unwrap();
    assert_eq!((wide.range_count(), wide.len()), (1 << 59, 1 << 59));
    let mut ranges = wide.ranges();
    let first = ranges.next().expect("there are many").start;
    assert_eq!(ranges.nth((1 << 59) - 3).map(|range| range.start - first), Some((1 << 60) - 4));
    assert_eq!(ranges.remaining(), 1);
    assert_eq!(ranges.next().map(|range| range.start - first), Some((1 << 60) - 2));
    assert_eq!((ranges.next(), ranges.size_hint()), (None, (0, Some(0))));

    let last = of_head(byte, &[1 << 30, 1 << 30], 1 << 60, "-1, -1").unwrap();
    assert_eq!(last.contiguous().map(|range| range.start - first), Some((1 << 60) - 1));
    let down = of_head(byte, &[(1 << 61) - 1], (1 << 61) - 1, "::-1").unwrap();
    assert_eq!(down.range_count(), (1 << 61) - 1);
    let nearest = down.ranges().nth((1 << 61) - 2).expect("the last one").start;
    let two: Vec<u64> = down.ranges().take(2).map(|range| range.start - nearest).collect();
    assert_eq!(two, [(1 << 61) - 2, (1 << 61) - 3]);
}

#[test]
fn empty_tensors_of_huge_dimensions_are_sliced() {
    let byte = &LATEST.dtypes().iter().find(|dtype| dtype.bits == 8).expect("there is one").name;
    let (huge, half) = (u64::MAX, (i64::MAX as u64) + 1);
    for (shape, index, expected) in [
        (&[0, huge, huge][..], "", Some(vec![0, huge, huge])),
        (&[0, huge, huge], ":, 1:", Some(vec![0, huge - 1, huge])),
        (&[0, huge, huge], "..., -1, ::3", Some(vec![0, huge / 3])),
        (&[0, huge], ":, ::-2", Some(vec![0, half])),
        (&[0, huge], ":, 9223372036854775807:", Some(vec![0, half])),
        (&[0, huge], ":, -9223372036854775808:", Some(vec![0, half])),
        (&[0, huge], ":, ::-9223372036854775808", Some(vec![0, 2])),
        (&[0, huge], "0", None),
        (&[0, half], ":, -9223372036854775808", Some(vec![0])),
    ] {
        let selection = of_head(byte, shape, 0, index);
        assert_eq!(
            selection.as_ref().ok().map(|of| of.shape().to_vec()),
            expected,
            "{shape:?}[{index}]"
        );
        if let Ok(selection) = selection {
            assert_eq!(
                (selection.len(), selection.range_count(), selection.ranges().next()),
                (0, 0, None)
            );
            assert!(selection.contiguous().is_some_and(|range| range.is_empty()));
        }
    }
}

#[test]
fn a_very_high_rank_is_sliced_without_a_loop_for_each_dimension() {
    let byte = &LATEST.dtypes().iter().find(|dtype| dtype.bits == 8).expect("there is one").name;
    let mut shape = vec![1_u64; 20_000];
    shape.extend([2, 3]);
    let selection = of_head(byte, &shape, 6, "..., ::-1, ::2").unwrap();
    assert_eq!(selection.shape().len(), 20_002);
    let starts: Vec<u64> = selection.ranges().map(|range| range.start).collect();
    assert_eq!(starts.iter().map(|at| at - starts[2]).collect::<Vec<_>>(), [3, 5, 0, 2]);
    let index = Index::new(std::iter::repeat_n(IndexItem::Select(0), 20_002));
    let head = file(header(byte, &shape, 6), &[0; 6]);
    let reader = Reader::from_bytes(&head, policy(Disputed::Accept)).unwrap();
    let slice = reader.tensor("t").unwrap().slice(&index).unwrap();
    assert_eq!((slice.shape().len(), slice.contiguous().map(<[u8]>::len)), (0, Some(1)));
}

#[test]
fn walking_allocates_once() {
    let byte = &LATEST.dtypes().iter().find(|dtype| dtype.bits == 8).expect("there is one").name;
    let selection = of_head(byte, &[100, 10, 10], 10_000, "::2, ::2, ::2").unwrap();
    let mut walked = 0;
    let cost = allocation_counter::measure(|| walked = selection.ranges().count());
    assert_eq!((walked, cost.count_total), (50 * 5 * 5, 1));
}

#[test]
fn a_refusal_says_what_and_where() {
    let small = LATEST.dtypes().iter().find(|dtype| dtype.bits == 4).expect("there is one");
    let error = of_head(&small.name, &[2, 4], 4, ":, 1:3").unwrap_err();
    let what = format!(
        "the slice is not whole bytes: elements of `{}` have 4 bits, and because of dimension 1 a \
         range begins or ends at bit 4 of the tensor",
        small.name
    );
    assert_eq!(error.to_string(), what);
    let error = of_head(&small.name, &[2, 4], 4, "2").unwrap_err();
    assert_eq!(error.to_string(), "position 2 of dimension 0 is not there: it has 2");
}
