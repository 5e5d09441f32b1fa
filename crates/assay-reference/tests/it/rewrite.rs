//! Rewriting: what was asked for changes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use assay_reference::rewrite::{Change, Names, Plan, Progress, RewriteError, Step, quietly};
use assay_reference::shards::{Links, ShardedModel, verify};
use assay_reference::write::{WriteError, WriteOptions, Writer};
use assay_reference::{File, Reader};
use assay_spec::{Disputed, Verdict};
use assay_validator::validate;
use proptest::prelude::*;

use crate::{LATEST, file, policy};

const ENTRY: &str = r#""dtype":"U8","shape":[2],"data_offsets":"#;

/// Three tensors out of order, white space, metadata.
fn sample() -> Vec<u8> {
    let header = format!(
        " {{\"m.c\": {{{ENTRY}[0,2]}}, \"__metadata__\":{{\"k\":\"v\"}}, \"m.a\":{{{ENTRY}[4,6]}}, \"b\":{{{ENTRY}[2,4]}} }}"
    );
    file(header, b"ccbbaa")
}

type Contents = BTreeMap<String, (String, Vec<u64>, Vec<u8>)>;

/// Everything that a file shows but where it lies.
fn contents(reader: &Reader<'_>) -> Contents {
    let of = |tensor: assay_reference::Tensor<'_>| {
        let about = (tensor.dtype().name.clone(), tensor.shape().to_vec(), tensor.data().to_vec());
        (tensor.name().to_owned(), about)
    };
    reader.tensors().map(of).collect()
}

fn writer() -> Writer {
    Writer::with_options(&LATEST, WriteOptions::default().durable(false))
        .expect("a valid file can be rewritten")
}

fn names(exact: &[&str], prefixes: &[&str]) -> Names {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Names { exact: owned(exact), prefixes: owned(prefixes) }
}

fn rename(from: &str, to: &str) -> Change {
    Change::Rename { from: from.to_owned(), to: to.to_owned() }
}

fn rename_prefix(from: &str, to: &str) -> Change {
    Change::RenamePrefix { from: from.to_owned(), to: to.to_owned() }
}

fn set(key: &str, value: &str) -> Change {
    Change::SetMetadata { key: key.to_owned(), value: value.to_owned() }
}

/// Applies changes to a file and reads what comes out.
fn rewritten(bytes: &[u8], changes: &[Change]) -> Result<Vec<u8>, RewriteError> {
    let folder = tempfile::tempdir().expect("a valid file can be rewritten");
    let input =
        Reader::from_bytes(bytes, policy(Disputed::Accept)).expect("a valid file can be rewritten");
    let mut plan = Plan::of(&input);
    for change in changes {
        plan.change(change.clone())?;
    }
    let path = folder.path().join("out.safetensors");
    let written = plan.write_file(&path, &writer(), &mut quietly)?;
    let bytes = fs::read(&path).expect("a valid file can be rewritten");
    assert_eq!((written.bytes, written.tensors), (bytes.len() as u64, plan.tensors().len()));
    assert_eq!(plan.file_len(&writer()).expect("a valid file can be rewritten"), written.bytes);
    assert_eq!(fs::read_dir(folder.path()).expect("a valid file can be rewritten").count(), 1);
    Ok(bytes)
}

#[test]
fn changes_do_what_they_say() {
    let bytes = sample();
    let names_of = |changes: &[Change]| {
        let bytes = rewritten(&bytes, changes).unwrap();
        let reader = Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
        let data = |name: &str| reader.tensor(name).unwrap().data()[0];
        let mut names: Vec<(String, char)> =
            reader.names().map(|name| (name.to_owned(), char::from(data(name)))).collect();
        names.sort();
        let names: Vec<String> =
            names.into_iter().map(|(name, content)| format!("{name}={content}")).collect();
        (names.join(" "), reader.view().metadata)
    };
    let kv = |pairs: &[(&str, &str)]| -> Option<BTreeMap<String, String>> {
        Some(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    let same = "b=b m.a=a m.c=c".to_owned();
    for (changes, expected) in [
        (vec![], (same.clone(), kv(&[("k", "v")]))),
        (vec![set("k", "w"), set("a", "")], (same.clone(), kv(&[("a", ""), ("k", "w")]))),
        (vec![Change::RemoveMetadata { key: "k".to_owned() }], (same.clone(), kv(&[]))),
        (vec![Change::ClearMetadata], (same.clone(), None)),
        (vec![Change::ClearMetadata, set("n", "1")], (same, kv(&[("n", "1")]))),
        (vec![rename("b", "z")], ("m.a=a m.c=c z=b".to_owned(), kv(&[("k", "v")]))),
        (vec![rename_prefix("m.", "")], ("a=a b=b c=c".to_owned(), kv(&[("k", "v")]))),
        // Two tensors exchange their names by way of a third.
        (
            vec![rename("b", "t"), rename("m.a", "b"), rename("t", "m.a")],
            ("b=a m.a=b m.c=c".to_owned(), kv(&[("k", "v")])),
        ),
        (vec![Change::Drop(names(&["b"], &[]))], ("m.a=a m.c=c".to_owned(), kv(&[("k", "v")]))),
        (vec![Change::Drop(names(&[], &["m."]))], ("b=b".to_owned(), kv(&[("k", "v")]))),
        (vec![Change::Keep(names(&["b"], &["m.a"]))], ("b=b m.a=a".to_owned(), kv(&[("k", "v")]))),
    ] {
        assert_eq!(names_of(&changes), expected, "{changes:?}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let bytes = sample();
    let refused = |change: Change| rewritten(&bytes, &[change]).unwrap_err();
    for (change, because) in [
        (rename("x", "y"), "there is no tensor `x`"),
        (rename_prefix("x.", "y"), "no tensor's name begins with `x.`"),
        (Change::Drop(names(&["b", "x"], &[])), "there is no tensor `x`"),
        (Change::Keep(names(&["b"], &["x"])), "no tensor's name begins with `x`"),
        (Change::RemoveMetadata { key: "x".to_owned() }, "no metadata under `x`"),
        (rename("b", "m.a"), "tensors `b` and `m.a` would both be named `m.a`"),
        (rename("b", "__metadata__"), "the format reserves this name"),
    ] {
        let error = refused(change.clone()).to_string();
        assert!(error.contains(because), "{change:?}: {error}");
    }
    let same = [Change::ClearMetadata, rename_prefix("m", "m")];
    assert!(rewritten(&bytes, &same).is_ok(), "to rename to the same name is no collision");
}

#[test]
fn a_failed_change_leaves_the_plan_as_it_was() {
    let bytes = sample();
    let input = Reader::from_bytes(&bytes, policy(Disputed::Accept)).unwrap();
    let mut plan = Plan::of(&input);
    assert!(matches!(plan.change(rename("b", "m.a")), Err(RewriteError::Collision { .. })));
    assert_eq!(
        plan.tensors().iter().map(|tensor| &*tensor.name).collect::<Vec<_>>(),
        ["m.c", "b", "m.a"]
    );
    assert_eq!(plan.bytes(), 6);
}

/// A file is rewritten in place by a file that takes its name.
#[test]
fn a_file_may_replace_its_own_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let large = vec![9; 300_000];
    let header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[300000],\"data_offsets\":[0,300000]}}";
    fs::write(&path, file(header, &large)).unwrap();
    let input = File::open(&path, policy(Disputed::Accept)).unwrap();
    let mut plan = Plan::of(input.reader());
    plan.change(rename("a", "b")).unwrap();
    plan.write_file(&path, &writer(), &mut quietly).unwrap();
    // Who has mapped the old file sees it still.
    assert_eq!(input.reader().tensor("a").unwrap().data(), large);
    let output = File::open(&path, policy(Disputed::Reject)).unwrap();
    assert_eq!(output.reader().tensor("b").unwrap().data(), large);
}

#[test]
fn breaking_off_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    fs::write(&path, b"kept").unwrap();
    let bytes = sample();
    let input = Reader::from_bytes(&bytes, policy(Disputed::Accept)).unwrap();
    let plan = Plan::of(&input);
    for at in [Step::Writing, Step::Comparing] {
        let mut seen = Vec::new();
        let mut observer = |progress: Progress| {
            seen.push(progress);
            if progress.step == at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let error = plan.write_file(&path, &writer(), &mut observer).unwrap_err();
        assert!(matches!(error, RewriteError::Interrupted), "{error}");
        let shards = folder.path().join("shards");
        fs::create_dir_all(&shards).unwrap();
        let error = plan.write_shards(&shards, "m", 2, &writer(), &mut observer).unwrap_err();
        assert!(matches!(error, RewriteError::Interrupted), "{error}");
        assert_eq!(fs::read_dir(&shards).unwrap().count(), 0);
        assert!(seen.iter().all(|progress| progress.of == 6 && progress.done <= 6));
    }
    assert_eq!(fs::read(&path).unwrap(), b"kept");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// What the disk makes of the bytes is looked at before it counts.
#[test]
fn a_damaged_output_never_takes_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    fs::write(&path, b"kept").unwrap();
    let bytes = sample();
    let input = Reader::from_bytes(&bytes, policy(Disputed::Accept)).unwrap();
    let plan = Plan::of(&input);
    let damaged = |damage: &dyn Fn(&mut Vec<u8>)| {
        let mut observer = |progress: Progress| {
            if progress.step == Step::Comparing && progress.done == 0 {
                let paths = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
                let partial = paths.into_iter().find(|other| *other != path).unwrap();
                let mut bytes = fs::read(&partial).unwrap();
                damage(&mut bytes);
                fs::write(&partial, bytes).unwrap();
            }
            ControlFlow::Continue(())
        };
        let error = plan.write_file(&path, &writer(), &mut observer).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"kept");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        error
    };
    let error = damaged(&|bytes| *bytes.last_mut().unwrap() ^= 1);
    assert!(
        matches!(&error, RewriteError::NotPreserved(what) if what.contains("other contents")),
        "{error}"
    );
    let error = damaged(&|bytes| bytes.truncate(bytes.len() - 1));
    let RewriteError::NotReadable(error) = error else { panic!("{error}") };
    assert_eq!(error.rule().unwrap().as_str(), "buffer/within-file");
}

#[test]
fn shards_are_filled_in_order_and_large_tensors_stand_alone() {
    let header = concat!(
        r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[9],"data_offsets":[4,13]},"#,
        r#""c":{"dtype":"U8","shape":[0],"data_offsets":[13,13]},"d":{"dtype":"U8","shape":[3],"data_offsets":[13,16]},"#,
        r#""e":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}"#
    );
    let bytes = file(header, &[1; 19]);
    let input = Reader::from_bytes(&bytes, policy(Disputed::Accept)).unwrap();
    let plan = Plan::of(&input);
    let parts = |max| -> Vec<(usize, u64)> {
        plan.parts(max).iter().map(|part| (part.tensors.len(), part.bytes)).collect()
    };
    assert_eq!(parts(6), [(1, 4), (1, 9), (3, 6)]);
    assert_eq!(parts(100), [(5, 19)]);
    assert_eq!(parts(0).len(), 5);
    let empty = file("{}", b"");
    let empty = Reader::from_bytes(&empty, policy(Disputed::Accept)).unwrap();
    assert!(Plan::of(&empty).parts(1).is_empty());
}

#[test]
fn shards_are_refused_where_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = sample();
    let input = Reader::from_bytes(&bytes, policy(Disputed::Accept)).unwrap();
    let split =
        |stem: &str| Plan::of(&input).write_shards(folder.path(), stem, 2, &writer(), &mut quietly);
    assert_eq!(split("model").unwrap().len(), 4);
    let error = split("model").unwrap_err();
    assert!(matches!(error, RewriteError::Occupied { .. }), "{error}");
    assert_eq!(split("other").unwrap().len(), 4);
    for stem in ["a/b", "../x", "/x"] {
        assert!(matches!(split(stem), Err(RewriteError::Stem { .. })), "{stem}");
    }
    let gone = folder.path().join("none");
    let error = Plan::of(&input).write_shards(gone, "m", 2, &writer(), &mut quietly).unwrap_err();
    assert!(matches!(error, RewriteError::Write(WriteError::Disk { .. })), "{error}");
}

#[test]
fn files_that_disagree_are_not_merged() {
    let one = file(
        format!("{{\"__metadata__\":{{\"k\":\"v\",\"x\":\"1\"}},\"a\":{{{ENTRY}[0,2]}}}}"),
        b"12",
    );
    let two = file(format!("{{\"__metadata__\":{{\"k\":\"w\"}},\"b\":{{{ENTRY}[0,2]}}}}"), b"12");
    let three = file(format!("{{\"a\":{{{ENTRY}[0,2]}}}}"), b"12");
    let read = |bytes| Reader::from_bytes(bytes, policy(Disputed::Accept)).unwrap();
    let (one, two, three) = (read(&one), read(&two), read(&three));
    let error = Plan::merge([&one, &two]).unwrap_err();
    assert!(matches!(&error, RewriteError::MetadataDiffers { key, .. } if key == "k"), "{error}");
    let error = Plan::merge([&one, &three]).unwrap_err();
    assert!(matches!(&error, RewriteError::Collision { name, .. } if name == "a"), "{error}");
    let merged = Plan::merge([&two, &three]).unwrap();
    assert_eq!((merged.tensors().len(), merged.metadata().unwrap().len()), (2, 1));
    assert!(Plan::merge([]).unwrap().metadata().is_none());
}

/// Splits a file, verifies the shards, merges them.
fn there_and_back(input: &Reader<'_>, max: u64, folder: &Path) -> Vec<u8> {
    let written = Plan::of(input)
        .write_shards(folder, "m", max, &writer(), &mut quietly)
        .expect("a valid file can be rewritten");
    let report = verify(folder, policy(Disputed::Reject), Links::Within)
        .expect("a valid file can be rewritten");
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert_eq!(report.index.shards().len() + 1, written.len());
    let model = ShardedModel::open(folder, policy(Disputed::Reject), Links::Within)
        .expect("a valid file can be rewritten");
    let merged = Plan::merge(model.shards().map(|(_, file)| file.reader()))
        .expect("a valid file can be rewritten");
    let path = folder.join("merged");
    merged.write_file(&path, &writer(), &mut quietly).expect("a valid file can be rewritten");
    fs::read(path).expect("a valid file can be rewritten")
}

/// A change drawn for a file: one that can be made if the file has a tensor.
fn drawn(which: u8, names: &[String]) -> Option<Change> {
    let some = names.get(usize::from(which / 8) % names.len().max(1));
    let prefix = |name: &String| name.chars().take(2).collect::<String>();
    let set = |name: &String| Names { exact: BTreeSet::from([name.clone()]), ..Names::default() };
    match which % 8 {
        0 => Some(Change::ClearMetadata),
        1 => Some(self::set("a key", "a\n\"text\"")),
        2 => Some(rename(some?, "a name that nobody has")),
        3 => Some(rename_prefix(&prefix(some?), &format!("{}…", prefix(some?)))),
        4 => Some(rename_prefix("", "all.")).filter(|_| some.is_some()),
        5 => Some(Change::Drop(set(some?))),
        6 => Some(Change::Keep(set(some?))),
        _ => Some(Change::Keep(self::names(&[], &[""]))).filter(|_| some.is_some()),
    }
}

/// What a change makes of a file's contents, worked out the plain way.
fn expected(change: &Change, before: Contents) -> Contents {
    let after = |name: &str| match change {
        Change::Rename { from, to } if name == from => Some(to.clone()),
        Change::RenamePrefix { from, to } if name.starts_with(from.as_str()) => {
            Some(to.clone() + &name[from.len()..])
        }
        Change::Drop(names) if names.exact.contains(name) => None,
        Change::Keep(names) if !names.exact.contains(name) && names.prefixes.is_empty() => None,
        _ => Some(name.to_owned()),
    };
    before.into_iter().filter_map(|(name, about)| Some((after(&name)?, about))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// On files of every spelling, whatever valid files hold.
    #[test]
    fn rewriting_preserves_all_but_the_change(seed in any::<u64>(), which in any::<u8>(), max in 0_u64..400) {
        let model = assay_generator::valid(&LATEST, seed);
        let bytes = model.to_draft().to_bytes(1 << 20).expect("ordinary files are small");
        let input = Reader::from_bytes(&bytes, policy(Disputed::Accept)).expect("it is valid");
        let before = contents(&input);
        let names: Vec<String> = before.keys().cloned().collect();

        let canonical = rewritten(&bytes, &[]).expect("valid files can be written");
        let seen = validate(&canonical, &LATEST);
        prop_assert_eq!(seen.verdict, Verdict::Valid);
        let read = Reader::from_bytes(&canonical, policy(Disputed::Reject)).unwrap();
        prop_assert_eq!(&contents(&read), &before);
        prop_assert_eq!(read.view().metadata, input.view().metadata);
        prop_assert_eq!(&rewritten(&canonical, &[]).unwrap(), &canonical, "once is enough");

        let folder = tempfile::tempdir().unwrap();
        if names.is_empty() {
            let split = Plan::of(&input).write_shards(folder.path(), "m", max, &writer(), &mut quietly);
            prop_assert!(matches!(split, Err(RewriteError::NoTensors)), "{:?}", split);
        } else {
            prop_assert_eq!(&there_and_back(&input, max, folder.path()), &canonical);
        }

        let Some(change) = drawn(which, &names) else { return Ok(()) };
        match rewritten(&bytes, std::slice::from_ref(&change)) {
            Ok(bytes) => {
                let read = Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
                prop_assert_eq!(contents(&read), expected(&change, before));
                prop_assert_eq!(read.view().metadata, change.metadata(input.view().metadata));
            }
            // A change of names may make two of them the same.
            Err(RewriteError::Collision { .. }) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
