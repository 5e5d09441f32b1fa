//! Loading files as others would: digests, what is refused, many files, holes.

use std::fs;
use std::path::{Path, PathBuf};

use assay_reference::{Arena, Digest, Digests, File, LazyFile, Load};
use assay_spec::Disputed;

use crate::{file, policy};

/// The bytes of a tensor, different for each seed.
fn contents(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + seed * 13) as u8).collect()
}

/// A file of tensors of these lengths, called `t0`, `t1` and so on.
fn tensors(lengths: &[usize]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (turn, len) in lengths.iter().enumerate() {
        let begin = data.len();
        data.extend(contents(*len, turn));
        let end = data.len();
        entries.push(format!(
            "\"t{turn}\":{{\"dtype\":\"U8\",\"shape\":[{len}],\"data_offsets\":[{begin},{end}]}}"
        ));
    }
    file(format!("{{{}}}", entries.join(",")), &data)
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder can be written");
    path
}

/// Several megabytes, so that the real pieces, jobs and threads are at work:
/// long tensors, short ones, and one over the border of each.
const LENGTHS: [usize; 8] = [5, 9_000_000, 0, 1_000_003, 262_144, 11, 17_000_001, 3_000_000];

#[test]
fn megabytes_are_loaded_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = tensors(&LENGTHS);
    let path = written(folder.path(), "a", &bytes);
    let policy = policy(Disputed::Reject);
    let expected: Vec<Vec<u8>> =
        LENGTHS.iter().enumerate().map(|(turn, len)| contents(*len, turn)).collect();
    let digests: Digests = expected
        .iter()
        .enumerate()
        .map(|(turn, data)| (format!("t{turn}"), Digest::of(data)))
        .collect();
    let mut arena = Arena::new();
    for threads in [0, 1, 2, 3, 8] {
        let load = Load::new().threads(threads);
        let verify = load.clone().verifying().expecting(digests.clone());
        let past = load.clone().past_cache(true);
        let readers = [
            load.open(&path, policy).unwrap(),
            verify.open(&path, policy).unwrap().0,
            past.open(&path, policy).unwrap(),
            past.verifying().expecting(digests.clone()).open(&path, policy).unwrap().0,
        ];
        for file in &readers {
            let data = file.reader().tensors().map(|tensor| tensor.data());
            assert!(data.eq(expected.iter().map(Vec::as_slice)), "{threads} threads");
        }
        assert_eq!(verify.stream(&path, policy).unwrap(), digests, "{threads} threads");
        let (reader, found) = verify.open_in(&path, policy, &mut arena).unwrap();
        assert_eq!(reader.tensor("t6").unwrap().data(), expected[6]);
        assert_eq!(found, digests);
    }
}

#[test]
fn an_arena_serves_one_file_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let mut arena = Arena::new();
    for (name, lengths) in [("a", &[3_000_000, 10][..]), ("b", &[7]), ("c", &[]), ("d", &[900, 80])]
    {
        let path = written(folder.path(), name, &tensors(lengths));
        let before = arena.capacity();
        let reader = Load::new().open_in(&path, policy, &mut arena).unwrap();
        for (turn, len) in lengths.iter().enumerate() {
            let data = reader.tensor(&format!("t{turn}")).unwrap().data();
            assert_eq!(data, contents(*len, turn));
        }
        assert!(before == 0 || arena.capacity() == before, "no new memory for {name}");
    }
}

#[test]
fn numbers_lie_aligned_whatever_the_length_of_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let data: Vec<u8> = (0..400_000_u32).flat_map(|at| (at as f32).to_le_bytes()).collect();
    let header = r#"{"a":{"dtype":"F32","shape":[400000],"data_offsets":[0,1600000]}}"#.to_owned();
    for spaces in 0..8 {
        let bytes = file(header.clone() + &" ".repeat(spaces), &data);
        let path = written(folder.path(), "a", &bytes);
        let loaded = Load::new().open(&path, policy(Disputed::Accept)).unwrap();
        let tensor = loaded.reader().tensor("a").unwrap();
        assert!(tensor.is_aligned_to(4096));
        if cfg!(target_endian = "little") {
            assert_eq!(tensor.typed::<f32>().unwrap()[399_999], 399_999.0);
        }
    }
}

#[test]
fn another_digest_is_refused_with_the_first_tensor_that_differs() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let lengths = [40, 0, 70, 30];
    let mut bytes = tensors(&lengths);
    let path = written(folder.path(), "a", &bytes);
    let digests = Load::new().verifying().stream(&path, policy).unwrap();
    assert_eq!(digests.len(), 4);
    assert_eq!(digests.get("t2"), Some(Digest::of(&contents(70, 2))));

    // The first byte of t2 and the last of t3.
    let (t2, end) = (bytes.len() - 100, bytes.len());
    bytes[t2] ^= 1;
    bytes[end - 1] ^= 0x80;
    let path = written(folder.path(), "b", &bytes);
    let verify = Load::new().verifying().expecting(digests.clone());
    let errors = [
        verify.stream(&path, policy).unwrap_err(),
        verify.open(&path, policy).unwrap_err(),
        verify.open_in(&path, policy, &mut Arena::new()).unwrap_err(),
    ];
    for error in errors {
        let span = error.span().unwrap();
        assert_eq!((span.start, span.end), (t2 as u64, t2 as u64 + 70));
        assert!(error.rule().is_none());
        let is = Digest::of(&bytes[t2..t2 + 70]);
        let expected = digests.get("t2").unwrap();
        assert_eq!(
            error.to_string(),
            format!("tensor `t2` has the digest {is}, expected was {expected} (bytes {span})")
        );
    }
}

#[test]
fn what_is_expected_must_be_there_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let path = written(folder.path(), "a", &tensors(&[4, 5]));
    let digests = Load::new().verifying().stream(&path, policy).unwrap();
    let refused = |digests: Digests| {
        Load::new().verifying().expecting(digests).stream(&path, policy).unwrap_err().to_string()
    };
    let one: Digests = digests.iter().filter(|(name, _)| *name != "t1").collect();
    assert!(refused(one).starts_with("no digest is expected of tensor `t1` (bytes "));
    let three: Digests = digests.iter().chain([("t9", Digest::of(b""))]).collect();
    assert_eq!(refused(three), "there is no tensor `t9`, of which a digest is expected");
    assert!(refused(Digests::default()).starts_with("no digest is expected of tensor `t0`"));
}

#[test]
fn digests_are_expected_of_all_shards_together() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let shards = ["a", "b"].map(|name| {
        let bytes = file(
            format!(r#"{{"{name}":{{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}}}"#),
            name.repeat(4).as_bytes(),
        );
        written(folder.path(), name, &bytes)
    });
    let digests: Digests =
        [("a", Digest::of(b"aaaa")), ("b", Digest::of(b"bbbb"))].into_iter().collect();
    let verify = Load::new().threads(2).verifying().expecting(digests);
    assert_eq!(verify.open_all(&shards, policy).unwrap().len(), 2);
    let missing = "there is no tensor `b`, of which a digest is expected";
    assert_eq!(verify.open_all(&shards[..1], policy).unwrap_err().to_string(), missing);
    assert_eq!(verify.open(&shards[0], policy).unwrap_err().to_string(), missing);
    let foreign = written(folder.path(), "c", &tensors(&[4]));
    let error = verify.open_all(&[&shards[0], &shards[1], &foreign], policy).unwrap_err();
    assert!(error.to_string().starts_with("no digest is expected of tensor `t0` (bytes "));
}

#[test]
fn single_tensors_and_parts_of_them_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let path = written(folder.path(), "a", &tensors(&[10, 100_000, 0]));
    let lazy = LazyFile::open(&path, policy).unwrap();
    assert_eq!(lazy.header().len(), 3);
    let t1 = contents(100_000, 1);
    assert_eq!(lazy.read("t1").unwrap(), t1);
    assert_eq!(lazy.read("t2").unwrap(), [0; 0]);
    let mut all = vec![0; 100_000];
    lazy.read_into("t1", &mut all).unwrap();
    assert_eq!(all, t1);
    let mut part = [0; 7];
    for start in [0, 1, 4093, 99_993] {
        lazy.read_range("t1", start..start + 7, &mut part).unwrap();
        assert_eq!(part, t1[start as usize..][..7]);
    }
    lazy.read_range("t1", 100_000..100_000, &mut []).unwrap();

    let backwards = std::ops::Range { start: 9, end: 2 };
    for (error, message) in [
        (lazy.read("t3").unwrap_err(), "there is no tensor `t3`"),
        (
            lazy.read_into("t0", &mut part).unwrap_err(),
            "10 bytes of tensor `t0` do not go into memory of 7",
        ),
        (
            lazy.read_range("t0", 4..11, &mut part).unwrap_err(),
            "bytes 4 to 11 do not lie within tensor `t0`, which has 10",
        ),
        (
            lazy.read_range("t0", backwards, &mut part).unwrap_err(),
            "bytes 9 to 2 do not lie within tensor `t0`, which has 10",
        ),
        (
            lazy.read_range("t0", 1..u64::MAX, &mut part).unwrap_err(),
            "bytes 1 to 18446744073709551615 do not lie within tensor `t0`, which has 10",
        ),
        (
            lazy.read_range("t0", 0..8, &mut part).unwrap_err(),
            "8 bytes of tensor `t0` do not go into memory of 7",
        ),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn several_files_come_in_the_order_of_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let paths: Vec<PathBuf> = (0..12)
        .map(|at| written(folder.path(), &at.to_string(), &tensors(&[at, 100_000 - at * 5000])))
        .collect();
    for threads in 1..=8 {
        let load = Load::new().threads(threads);
        let verified = load.clone().verifying().open_all(&paths, policy).unwrap();
        let opened = File::open_all(&paths, policy).unwrap();
        let loaded = load.open_all(&paths, policy).unwrap();
        assert_eq!((opened.len(), loaded.len(), verified.len()), (12, 12, 12));
        for (at, file) in opened.iter().chain(&loaded).enumerate() {
            let data = file.reader().tensor("t1").unwrap().data();
            assert_eq!(data, contents(100_000 - at % 12 * 5000, 1), "{threads} threads");
        }
        for (at, (_, digests)) in verified.iter().enumerate() {
            assert_eq!(digests.get("t0"), Some(Digest::of(&contents(at, 0))));
        }
        assert!(load.open_all::<PathBuf>(&[], policy).unwrap().is_empty());
    }
}

#[test]
fn of_several_files_the_first_error_counts() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let mut paths: Vec<PathBuf> =
        (0..9).map(|at| written(folder.path(), &at.to_string(), &tensors(&[1000 - at]))).collect();
    paths[4] = written(folder.path(), "broken", b"short");
    paths[7] = folder.path().join("missing");
    for threads in 1..=8 {
        let load = Load::new().threads(threads);
        for error in [
            load.open_all(&paths, policy).unwrap_err(),
            load.clone().verifying().open_all(&paths, policy).unwrap_err(),
            File::open_all(&paths, policy).unwrap_err(),
        ] {
            assert_eq!(error.rule().unwrap().as_str(), "prefix/complete", "{threads} threads");
        }
    }
}

#[test]
fn faults_of_files_are_the_same_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    let mut bytes = tensors(&[1000]);
    bytes.push(0);
    let path = written(folder.path(), "a", &bytes);
    let load = Load::new().threads(2);
    for error in [
        load.open(&path, policy).unwrap_err(),
        load.clone().verifying().stream(&path, policy).unwrap_err(),
        LazyFile::open(&path, policy).unwrap_err(),
    ] {
        assert_eq!(error.rule().unwrap().as_str(), "buffer/no-trailing-bytes");
    }
    for path in [folder.path(), &folder.path().join("missing")] {
        for error in [
            load.open(path, policy).unwrap_err(),
            load.clone().verifying().stream(path, policy).unwrap_err(),
            LazyFile::open(path, policy).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with("cannot read "), "{error}");
        }
    }
}

/// A file of a terabyte that takes a few kilobytes on the disk: what is not
/// looked at is neither read nor given memory.
#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn a_terabyte_is_opened_without_being_read() {
    use std::os::unix::fs::FileExt as _;
    const LEN: u64 = 1_000_000_000_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("terabyte");
    let header = format!(
        r#"{{"a":{{"dtype":"U8","shape":[{}],"data_offsets":[0,{0}]}},"z":{{"dtype":"U8","shape":[9],"data_offsets":[{0},{LEN}]}}}}"#,
        LEN - 9
    );
    let head = file(&header, &[]);
    let sparse = fs::File::create(&path).unwrap();
    sparse.write_all_at(&head, 0).unwrap();
    sparse.write_all_at(b"the end", head.len() as u64 + LEN - 7).unwrap();
    let policy = policy(Disputed::Reject);

    let mut opened = None;
    let used = allocation_counter::measure(|| opened = Some(File::open(&path, policy).unwrap()));
    assert!(used.bytes_max < 1 << 20, "{} bytes allocated", used.bytes_max);
    assert_eq!(mapped(&path), Some(0), "nothing of the mapping is in memory");
    let opened = opened.unwrap();
    assert_eq!(opened.reader().tensor("z").unwrap().data(), b"\0\0the end");
    assert!(mapped(&path).unwrap() < 1 << 20, "{:?} bytes of the mapping", mapped(&path));
    assert_eq!(opened.reader().tensor("a").unwrap().data().len() as u64, LEN - 9);
    drop(opened);

    let used = allocation_counter::measure(|| {
        let lazy = LazyFile::open(&path, policy).unwrap();
        assert_eq!(lazy.read("z").unwrap(), b"\0\0the end");
        let mut byte = [1];
        lazy.read_range("a", LEN / 2..LEN / 2 + 1, &mut byte).unwrap();
        assert_eq!(byte, [0]);
    });
    assert!(used.bytes_max < 1 << 20, "{} bytes allocated", used.bytes_max);
    assert_eq!(mapped(&path), None, "nothing is mapped");
}

/// How many bytes of this file's mapping are in memory; `None` if it is not mapped.
#[cfg(target_os = "linux")]
fn mapped(path: &Path) -> Option<u64> {
    let maps = fs::read_to_string("/proc/self/smaps").expect("this is Linux");
    let path = path.to_str().expect("it is ASCII");
    let mut lines = maps.lines().skip_while(|line| !line.ends_with(path));
    let resident = lines.find(|line| line.starts_with("Rss:"))?;
    let kib = resident.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
    kib.map(|kib| kib * 1024)
}
