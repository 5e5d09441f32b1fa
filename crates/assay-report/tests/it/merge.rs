//! Shards put together, and everything that stops it.

use assay_protocol::record::{Outcome, Shard};
use assay_report::merge::{MergeError, merge};
use assay_report::record::{Record, parse};

use crate::support::Lines;

/// A shard with the given cases, all right; `b` was not run.
fn shard(number: u32, of: u32, cases: &[&str]) -> Record {
    let lines = Lines::new(cases.len() as u64).ran("a").not_run("b", "no compiler");
    let lines = cases.iter().fold(lines, |lines, case| lines.result("a", case, Outcome::Same));
    let mut record = lines.finish().record();
    record.header.shard = Some(Shard { number, of });
    record.header.machine.insert("processors".to_owned(), number.to_string());
    record
}

fn shards() -> Vec<Record> {
    vec![shard(2, 2, &["buffer/no-holes/one"]), shard(1, 2, &["a/b/z", "a/b/c"])]
}

#[test]
fn shards_make_the_whole() {
    let whole = merge(&shards()).expect("they are shards of one run");
    assert_eq!((whole.header.cases, whole.header.shard), (3, None));
    assert_eq!(whole.header.machine["processors"], "2 | 1");
    let cases: Vec<&str> = whole.results.iter().map(|result| result.case.as_str()).collect();
    assert_eq!(cases, ["a/b/c", "a/b/z", "buffer/no-holes/one"]);
    let footer = whole.footer.clone().expect("it is finished");
    assert_eq!((footer.results, footer.ran, footer.seconds), (3, 1, 18));
    assert_eq!(parse(&whole.to_text()).expect("it is a record"), whole);
    let mut backwards = shards();
    backwards.reverse();
    let other = merge(&backwards).expect("their order is nobody's");
    assert_eq!((other.results, other.footer), (whole.results, whole.footer));
}

#[test]
fn what_is_not_one_run_is_refused() {
    let refused = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut records = shards();
        change(&mut records);
        merge(&records).expect_err("it is refused")
    };
    assert_eq!(refused(&|all| all.clear()), MergeError::Nothing);
    assert_eq!(refused(&|all| all[1].footer = None), MergeError::Unfinished(2));
    assert_eq!(refused(&|all| all[0].header.shard = None), MergeError::Whole(1));
    assert_eq!(refused(&|all| drop(all.pop())), MergeError::Gap(vec![1]));
    let twice = |all: &mut Vec<Record>| all.push(shard(1, 2, &["x/y/z"]));
    assert_eq!(refused(&twice), MergeError::Overlap { number: 1, first: 2, second: 3 });
    for change in [
        (&|all: &mut Vec<Record>| all[1].header.seed = 7) as &dyn Fn(&mut Vec<Record>),
        &|all| all[1].header.manifest_sha256 = "1".repeat(64),
        &|all| all[1].header.suite = "0.0.9".to_owned(),
        &|all| all[1].header.cases_sha256 = Some("2".repeat(64)),
        &|all| all[1].header.shard = Some(Shard { number: 1, of: 3 }),
    ] {
        let error = refused(change);
        assert!(matches!(error, MergeError::Different { record: 2, .. }), "{error}");
    }
}

#[test]
fn an_implementation_must_be_the_same_and_whole_everywhere() {
    let refused = |change: &dyn Fn(&mut Record)| {
        let mut records = shards();
        change(&mut records[1]);
        merge(&records).expect_err("it is refused")
    };
    let absent = refused(&|one| {
        one.implementations[0].implementation = None;
        one.implementations[0].not_run = Some("no disk".to_owned());
        one.results.clear();
    });
    assert!(absent.to_string().contains("ran in 1 of 2 shards (no disk)"), "{absent}");
    let other = refused(&|one| {
        let said = one.implementations[0].implementation.as_mut().expect("it ran");
        said.version = "9".to_owned();
    });
    assert!(matches!(other, MergeError::OtherIdentity { .. }), "{other}");
    let missing = refused(&|one| drop(one.results.pop()));
    assert!(matches!(missing, MergeError::Missing { results: 1, cases: 2, .. }), "{missing}");
    let twice = refused(&|one| one.results[0].case = "buffer/no-holes/one".to_owned());
    assert!(matches!(twice, MergeError::Twice { .. }), "{twice}");
}
