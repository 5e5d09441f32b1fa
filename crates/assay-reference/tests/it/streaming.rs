//! Writing what is not in memory, at the alignment asked for.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};

use assay_reference::write::{NewTensor, Source, StreamedTensor, WriteError, WriteOptions, Writer};
use assay_reference::{Error, File};
use assay_spec::{Dialect, Disputed, Spec, Verdict};
use assay_validator::validate;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::{LATEST, policy};

fn streamed<'a>(name: &'a str, shape: &'a [u64], source: Source<'a>) -> StreamedTensor<'a> {
    StreamedTensor { name, dtype: "U8", shape, source }
}

/// Gives its bytes a few at a time, then fails or ends.
struct Dripping<'a> {
    bytes: &'a [u8],
    then: Option<io::ErrorKind>,
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.len().min(buffer.len()).min(7);
        let (now, later) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.bytes = later;
        match self.then {
            Some(kind) if count == 0 => Err(kind.into()),
            _ => Ok(count),
        }
    }
}

#[test]
fn every_kind_of_source_gives_the_same_file() {
    let writer = Writer::new(&LATEST);
    let data: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    let shape = [data.len() as u64];
    let whole = NewTensor { name: "a", dtype: "U8", shape: &shape, data: &data };
    let expected = writer.serialize([whole], None).unwrap();
    let in_pieces = |out: &mut dyn Write| data.chunks(1000).try_for_each(|c| out.write_all(c));
    for source in [
        Source::bytes(&data),
        Source::reader(&data[..]),
        Source::reader(Dripping { bytes: &data, then: None }),
        Source::producer(in_pieces),
        Source::producer(|out| io::copy(&mut &data[..], out).map(drop)),
    ] {
        let mut file = Vec::new();
        let len = writer.write_to(&mut file, [streamed("a", &shape, source)], None).unwrap();
        assert_eq!((len, file == expected), (expected.len() as u64, true));
    }
}

/// What becomes of a file whose second tensor comes from this source.
fn write_second(source: Source<'_>) -> WriteError {
    let folder = tempfile::tempdir().expect("the folder can be used");
    let path = folder.path().join("a.safetensors");
    fs::write(&path, b"kept").expect("the folder can be used");
    let first = streamed("a", &[2], Source::bytes(b"12"));
    let second = streamed("b", &[100], source);
    let error =
        Writer::new(&LATEST).write_file(&path, [first, second], None).expect_err("it fails");
    assert_eq!(fs::read(&path).expect("the folder can be used"), b"kept");
    assert_eq!(
        fs::read_dir(folder.path()).expect("the folder can be used").count(),
        1,
        "nothing else is left"
    );
    error
}

#[test]
fn a_source_that_gives_something_else_leaves_no_file() {
    let data = [1; 101];
    for source in [
        Source::reader(&data[..99]),
        Source::producer(|out| out.write_all(&data[..99])),
        Source::producer(|_| Ok(())),
    ] {
        let error = write_second(source);
        let WriteError::SourceTooShort { name, expected: 100, found } = error else {
            panic!("{error}")
        };
        assert!(name == "b" && (found == 99 || found == 0));
    }
    for source in [
        Source::reader(&data[..]),
        Source::reader(io::repeat(0)),
        Source::producer(|out| out.write_all(&data)),
        // Whoever does not care for errors is found out too.
        Source::producer(|out| {
            let _ = out.write_all(&data[..60]);
            let _ = out.write_all(&data[..60]);
            let _ = out.write_all(&data[..40]);
            Ok(())
        }),
    ] {
        let error = write_second(source);
        assert!(matches!(error, WriteError::SourceTooLong { expected: 100, .. }), "{error}");
    }
    for source in [
        Source::reader(Dripping { bytes: &data[..50], then: Some(io::ErrorKind::TimedOut) }),
        Source::producer(|out| {
            out.write_all(&data[..50])?;
            Err(io::ErrorKind::TimedOut.into())
        }),
    ] {
        let error = write_second(source);
        let WriteError::Source { name, source } = error else { panic!("{error}") };
        assert_eq!((name.as_str(), source.kind()), ("b", io::ErrorKind::TimedOut));
    }
    let error = write_second(Source::bytes(&data));
    assert!(matches!(error, WriteError::WrongSize { expected: 100, found: 101, .. }), "{error}");
}

/// Takes so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.checked_sub(bytes.len()) {
            Some(left) => self.0 = left,
            None => return Err(io::ErrorKind::StorageFull.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_not_blamed_on_the_source() {
    let data = [1; 100];
    for room in [0, 100, 150] {
        for source in [
            Source::bytes(&data),
            Source::reader(&data[..]),
            Source::producer(|out| out.write_all(&data)),
        ] {
            let tensor = streamed("a", &[100], source);
            let error = Writer::new(&LATEST).write_to(&mut Full(room), [tensor], None).unwrap_err();
            let WriteError::Io(error) = error else { panic!("{error}") };
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
    }
}

#[test]
fn alignments_are_powers_of_two_within_reason() {
    for asked in [0, 3, 12, 1 << 22, 1 << 63] {
        let options = WriteOptions::default().alignment(asked);
        let error = Writer::with_options(&LATEST, options).unwrap_err();
        assert!(matches!(error, WriteError::Alignment { asked: a, .. } if a == asked), "{error}");
    }
    for asked in [1, 2, 8, 64, 4096, 1 << 21] {
        let options = WriteOptions::default().alignment(asked).durable(false);
        let writer = Writer::with_options(&LATEST, options).unwrap();
        assert_eq!(writer.options(), options);
        let data = [7; 8];
        let tensor = NewTensor { name: "a", dtype: "F64", shape: &[1], data: &data };
        let bytes = writer.serialize([tensor], None).unwrap();
        // Elements are aligned whatever was asked for.
        let start = bytes.len() as u64 - 8;
        assert!(start.is_multiple_of(asked) && start.is_multiple_of(8), "{asked}: {start}");
    }
}

/// An alignment that is asked for does not give way in silence.
#[test]
fn an_alignment_that_the_header_has_no_room_for_is_refused() {
    let mut spec = Spec::embedded().clone();
    spec.tables.limits.get_mut("max_header_bytes").unwrap().value = 100;
    let dialect = Dialect::resolve(&spec, "0.8").unwrap();
    let options = WriteOptions::default().alignment(4096);
    let error = Writer::with_options(&dialect, options).unwrap().serialize([], None).unwrap_err();
    assert!(matches!(error, WriteError::HeaderTooLong { len: 4088, limit: 100 }), "{error}");
    assert!(Writer::new(&dialect).serialize([], None).is_ok());
}

#[test]
fn a_file_on_disk_has_the_length_that_was_said() -> Result<(), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let writer = Writer::new(&LATEST);
    let shape = [1000];
    let tensor = || streamed("a", &shape, Source::producer(|out| out.write_all(&[3; 1000])));
    let expected = writer.file_len([tensor()], None).unwrap();
    assert_eq!(writer.write_file(&path, [tensor()], None).unwrap(), expected);
    assert_eq!(fs::metadata(&path).unwrap().len(), expected);
    assert_eq!(File::open(&path, writer.policy())?.reader().tensor("a").unwrap().data(), [3; 1000]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the order and the way in which tensors are given, at any
    /// alignment: the same bytes, valid without advice on order or alignment.
    #[test]
    fn what_is_written_is_the_same_and_valid(
        tensors in btree_map(".{0,12}", (any::<prop::sample::Index>(), vec(0_u64..4, 0..3)), 0..8),
        metadata in proptest::option::of(btree_map(".{0,8}", ".{0,8}", 0..4)),
        alignment in proptest::option::of(prop::sample::select(vec![8_u64, 64, 4096])),
        turn in any::<prop::sample::Index>(),
    ) {
        let metadata: Option<BTreeMap<String, String>> = metadata;
        let mut owned: Vec<(&str, &str, Vec<u64>, Vec<u8>)> = tensors.iter().map(|(name, (dtype, shape))| {
            let dtype = &LATEST.dtypes()[dtype.index(LATEST.dtypes().len())];
            // Eight elements of any size are whole bytes.
            let shape = [shape.as_slice(), &[8]].concat();
            let bytes = shape.iter().product::<u64>() * dtype.bits / 8;
            let data = (0..bytes).map(|at| (at % 256) as u8 ^ name.len() as u8).collect();
            (name.as_str(), dtype.name.as_str(), shape, data)
        }).collect();
        let options = alignment.map_or_else(WriteOptions::default, |bytes| WriteOptions::default().alignment(bytes));
        let writer = Writer::with_options(&LATEST, options).unwrap();
        let in_memory = owned.iter().map(|(name, dtype, shape, data)| NewTensor { name, dtype, shape, data });
        let bytes = writer.serialize(in_memory, metadata.as_ref()).unwrap();
        if !owned.is_empty() {
            let at = turn.index(owned.len());
            owned.rotate_left(at);
        }
        let streamed = owned.iter().map(|(name, dtype, shape, data)| {
            StreamedTensor { name, dtype, shape, source: Source::reader(&data[..]) }
        });
        let mut again = Vec::new();
        writer.write_to(&mut again, streamed, metadata.as_ref()).unwrap();
        prop_assert_eq!(&again, &bytes);

        let seen = validate(&bytes, &LATEST);
        prop_assert_eq!(seen.verdict, Verdict::Valid);
        prop_assert!(seen.findings.is_empty(), "no advice either: {:?}", seen.findings);
        let read = assay_reference::Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
        prop_assert_eq!(Some(read.view()), seen.view);
        let start = read.header().buffer().start;
        prop_assert!(start.is_multiple_of(alignment.unwrap_or(8)));
        prop_assert_eq!(read.view().metadata, metadata);
        prop_assert_eq!(read.len(), owned.len());
        for (name, dtype, shape, data) in &owned {
            let tensor = read.tensor(name).unwrap();
            prop_assert_eq!((&*tensor.dtype().name, tensor.shape(), tensor.data()), (*dtype, &shape[..], &data[..]));
        }
    }
}
