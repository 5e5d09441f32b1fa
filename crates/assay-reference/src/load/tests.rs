//! Every way to load a file sees the same, whatever the threads and pieces; and
//! what changes meanwhile is refused.

use std::fs;
use std::path::{Path, PathBuf};

use assay_generator::valid;
use assay_spec::{Dialect, Disputed};
use proptest::prelude::*;

use super::{Arena, Load, opened};
use crate::policy::Policy;
use crate::reader::Reader;
use crate::{Error, File, LazyFile};

/// A dialect's policy that accepts what is disputed.
fn policy() -> Policy {
    Policy::new(&Dialect::latest(), Disputed::Accept)
}

/// A file of this name in a folder of its own.
struct OnDisk {
    folder: tempfile::TempDir,
}

impl OnDisk {
    fn new(bytes: &[u8]) -> OnDisk {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.safetensors"), bytes).unwrap();
        OnDisk { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a.safetensors")
    }
}

fn set_len(path: &Path, change: i64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    let len = file.metadata().unwrap().len();
    file.set_len(len.checked_add_signed(change).unwrap()).unwrap();
}

/// A file of seven tensors, 0 to 300 bytes long, one after the other.
fn seven() -> Vec<u8> {
    let mut header = String::from("{");
    let mut begin = 0;
    for (turn, len) in [1, 0, 300, 299, 0, 7, 64].into_iter().enumerate() {
        let comma = if turn == 0 { "" } else { "," };
        let end = begin + len;
        header += &format!(
            "{comma}\"t{turn}\":{{\"dtype\":\"U8\",\"shape\":[{len}],\"data_offsets\":[{begin},{end}]}}"
        );
        begin = end;
    }
    header.push('}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.into_bytes());
    file.extend((0..begin).map(|at| (at * 7 % 251) as u8));
    file
}

fn same(left: &Reader<'_>, right: &Reader<'_>) {
    assert_eq!(left.view(), right.view());
    for (left, right) in left.tensors().zip(right.tensors()) {
        assert_eq!((left.name(), left.data()), (right.name(), right.data()));
    }
}

/// Reads a file in every way and compares with reading it from memory.
fn every_way(bytes: &[u8], policy: &Policy, piece: usize, threads: usize) {
    let on_disk = OnDisk::new(bytes);
    let path = on_disk.path();
    let expected = Reader::from_bytes(bytes, policy).unwrap();
    let load = Load::new().threads(threads).in_pieces_of(piece);
    let mut arena = Arena::new();

    same(File::open(&path, policy).unwrap().reader(), &expected);
    same(File::read(&path, policy).unwrap().reader(), &expected);
    same(load.open(&path, policy).unwrap().reader(), &expected);
    same(&load.open_in(&path, policy, &mut arena).unwrap(), &expected);

    same(&load.clone().past_cache(true).open_in(&path, policy, &mut arena).unwrap(), &expected);

    let lazy = LazyFile::open(&path, policy).unwrap();
    assert_eq!(lazy.header().view(), expected.view());
    for tensor in expected.tensors() {
        assert_eq!(lazy.read(tensor.name()).unwrap(), tensor.data());
    }
    #[cfg(feature = "verify")]
    {
        use super::{Digest, Digests};
        let digests = expected.tensors().map(|tensor| (tensor.name(), Digest::of(tensor.data())));
        let digests: Digests = digests.collect();
        let verify = load.verifying().in_pieces_of(piece);
        assert_eq!(verify.stream(&path, policy).unwrap(), digests);
        let (file, found) = verify.open(&path, policy).unwrap();
        same(file.reader(), &expected);
        assert_eq!(found, digests);
        let verify = verify.expecting(digests.clone());
        let (reader, found) = verify.open_in(&path, policy, &mut arena).unwrap();
        same(&reader, &expected);
        assert_eq!(found, digests);
    }
}

#[test]
fn pieces_and_threads_make_no_difference() {
    let (bytes, policy) = (seven(), policy());
    for threads in 1..=8 {
        for piece in [1, 2, 63, 64, 65, 300, 1000] {
            every_way(&bytes, &policy, piece, threads);
        }
    }
}

#[test]
fn files_without_contents_are_loaded() {
    let policy = policy();
    let empty = "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    for header in ["{}", empty] {
        let file = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
        every_way(&file, &policy, 16, 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn generated_files_are_seen_alike_in_every_way(
        seed in any::<u64>(), piece in 1_usize..5000, threads in 1_usize..5,
    ) {
        let policy = policy();
        let draft = valid(policy.dialect(), seed).to_draft();
        if let Ok(bytes) = draft.to_bytes(1 << 20) {
            every_way(&bytes, &policy, piece, threads);
        }
    }
}

/// Under a dialect that lets tensors lie on the same bytes, and leave some out.
#[test]
fn tensors_that_overlap_are_loaded_as_they_lie() {
    use assay_spec::{Check, Edit};
    let latest = Dialect::latest();
    let tiling = latest.rules().iter().filter(|rule| matches!(rule.check, Check::Tiling { .. }));
    let edits: Vec<Edit> = tiling.map(|rule| Edit::DropRule { rule: rule.id.clone() }).collect();
    let policy = Policy::new(&latest.edited(&edits).unwrap(), Disputed::Accept);
    let tensor = |name, begin: u64, end: u64| {
        let len = end - begin;
        format!(
            "\"{name}\":{{\"dtype\":\"U8\",\"shape\":[{len}],\"data_offsets\":[{begin},{end}]}}"
        )
    };
    for ranges in [[(0, 90), (30, 60), (100, 200)], [(3, 90), (90, 91), (95, 150)]] {
        let tensors: Vec<String> = ["a", "b", "c"]
            .iter()
            .zip(ranges)
            .map(|(name, (begin, end))| tensor(name, begin, end))
            .collect();
        let header = format!("{{{}}}", tensors.join(","));
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.into_bytes());
        file.extend(0..=199);
        for threads in 1..=3 {
            every_way(&file, &policy, 8, threads);
        }
    }
}

/// What a file was loaded as, after it was changed behind its header's back.
fn changed_meanwhile(change: i64) -> Vec<Error> {
    let policy = policy();
    let load = Load::new().threads(2).in_pieces_of(64);
    let begin = || {
        let on_disk = OnDisk::new(&seven());
        let begun = opened(&on_disk.path(), &policy).unwrap();
        set_len(&on_disk.path(), change);
        begun
    };
    let (source, header) = begin();
    let loaded = load.fill(&source, &header, &mut Arena::new()).unwrap_err();
    #[cfg(feature = "verify")]
    {
        let verify = load.verifying().in_pieces_of(64);
        let (source, header) = begin();
        let verified = verify.fill(&source, &header, &mut Arena::new()).unwrap_err();
        let (source, header) = begin();
        vec![loaded, verified, verify.stream_of(&source, &header).unwrap_err()]
    }
    #[cfg(not(feature = "verify"))]
    vec![loaded]
}

#[test]
fn a_file_that_is_cut_short_or_grows_meanwhile_is_refused() {
    for change in [-1, -200, 1, 1000] {
        for error in changed_meanwhile(change) {
            assert!(error.to_string().ends_with("changed its length while it was read"), "{error}");
            assert!(error.rule().is_none());
        }
    }
    let on_disk = OnDisk::new(&seven());
    let lazy = LazyFile::open(on_disk.path(), &policy()).unwrap();
    for change in [-1, 2] {
        set_len(&on_disk.path(), change);
        let error = lazy.read("t0").unwrap_err();
        assert!(error.to_string().ends_with("changed its length while it was read"), "{error}");
    }
}
