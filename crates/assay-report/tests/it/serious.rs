//! The ranked list of what is worst.

use assay_protocol::record::Outcome;
use assay_report::serious::{Kind, Serious, most_serious, to_json, to_markdown, to_terminal};
use assay_report::split::split_views;

use crate::support::{Lines, dialect, plain, styled, widest};

/// Something of every kind.
fn lines() -> Lines {
    Lines::new(50)
        .ran("alpha")
        .ran("beta")
        .ran("gamma")
        .result("alpha", "header/unique-names/twice", Outcome::FalseAccept)
        .view("aaaaaaaaaaaa")
        .result("alpha", "header/unique-names/thrice", Outcome::FalseAccept)
        .view("aaaaaaaaaaaa")
        .result("alpha", "shape/scalar/one", Outcome::Same)
        .view("1111111111")
        .result("alpha", "buffer/no-holes/wide", Outcome::Hang)
        .result("beta", "header/unique-names/twice", Outcome::FalseAccept)
        .view("bbbbbbbbbbbb+dddddddddddd")
        .result("beta", "shape/scalar/one", Outcome::Misread)
        .detail("tensor `x`: shape [1], expected []")
        .view("2222222222")
        .result("beta", "shape/scalar/two", Outcome::FalseReject)
        .error("ValueError", "scalars are \u{1b}[31mnot supported | here")
        .result("beta", "buffer/tensor-alignment/odd", Outcome::FalseAccept)
        .result("gamma", "header/unique-names/twice", Outcome::FalseAccept)
        .view("bbbbbbbbbbbb")
        .result("gamma", "shape/scalar/one", Outcome::Same)
        .view("1111111111+3333333333")
        .result("gamma", "prefix/header-limit/huge", Outcome::OutOfMemory)
        .result("gamma", "prefix/header-limit/max", Outcome::Crash)
        .detail("signal SIGSEGV")
        .result("gamma", "shape/scalar/two", Outcome::Degraded)
        .result("gamma", "unknown/rule/case", Outcome::ProtocolError)
        .result("gamma", "shape/scalar/three", Outcome::Unsupported)
}

fn serious(most: usize) -> Vec<Serious> {
    most_serious(&lines().finish().record(), &dialect(), most)
}

#[test]
fn the_worst_comes_first() {
    let kinds: Vec<Kind> = serious(99).iter().map(|serious| serious.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Misread,
            Kind::SplitView,
            Kind::Crash,
            Kind::Hang,
            Kind::OutOfMemory,
            Kind::FalseAccept,
            Kind::FalseAccept,
            Kind::FalseAccept,
            Kind::FalseReject,
            Kind::FalseAccept,
            Kind::Degraded,
            Kind::ProtocolError,
        ]
    );
}

#[test]
fn the_same_fault_of_a_rule_counts_once() {
    let all = serious(99);
    let of_alpha: Vec<&Serious> = all
        .iter()
        .filter(|one| one.kind == Kind::FalseAccept && one.implementations == ["alpha"])
        .collect();
    let [one] = of_alpha.as_slice() else { panic!("{of_alpha:?}") };
    assert_eq!((one.cases, one.example.as_str()), (2, "header/unique-names/thrice"));
}

#[test]
fn split_views_say_who_sees_what() {
    let splits = split_views(&lines().finish().record());
    let [twice, scalar] = splits.as_slice() else { panic!("{splits:?}") };
    assert_eq!(twice.case, "header/unique-names/twice");
    let seen: Vec<(&[String], bool)> =
        twice.views.iter().map(|seen| (seen.implementations.as_slice(), seen.right)).collect();
    // Without metadata gamma does not contradict beta, whose contents it shares.
    assert_eq!(
        seen,
        [(&["beta".to_owned(), "gamma".to_owned()][..], false), (&["alpha".to_owned()], false)]
    );
    // Both that were judged right saw the same, whatever their digests.
    assert_eq!(scalar.case, "shape/scalar/one");
    assert_eq!(scalar.views[0].implementations, ["alpha", "gamma"]);
    assert!(scalar.views[0].right);
    assert_eq!(scalar.views[1].implementations, ["beta"]);
}

#[test]
fn metadata_alone_can_split() {
    let accept = |lines: Lines, id: &str, view: &str| {
        lines.result(id, "header/unique-names/twice", Outcome::FalseAccept).view(view)
    };
    let lines = Lines::new(1).ran("alpha").ran("beta").ran("gamma");
    let lines = accept(lines, "alpha", "aa");
    let lines = accept(lines, "beta", "aa+11");
    assert_eq!(split_views(&lines.record()), []);
    let lines = accept(lines, "gamma", "aa+22");
    let splits = split_views(&lines.record());
    let views: Vec<&[String]> =
        splits[0].views.iter().map(|seen| seen.implementations.as_slice()).collect();
    assert_eq!(views, [["beta".to_owned()], ["gamma".to_owned()]]);
}

#[test]
fn one_implementation_does_not_fill_the_list() {
    let mut lines = Lines::new(99).ran("many").ran("few");
    for number in 0..20 {
        lines = lines.result("many", &format!("shape/rule-{number:02}/case"), Outcome::Misread);
    }
    for rule in ["buffer/no-holes", "shape/scalar"] {
        lines = lines.result("few", &format!("{rule}/case"), Outcome::FalseReject);
    }
    let record = lines.finish().record();
    let of = |most: usize, id: &str| {
        let serious = most_serious(&record, &dialect(), most);
        assert_eq!(serious.len(), most);
        serious.iter().filter(|one| one.implementations == [id]).count()
    };
    assert_eq!((of(6, "many"), of(6, "few")), (4, 2));
    assert_eq!((of(3, "many"), of(3, "few")), (2, 1));
    assert_eq!(of(1, "many"), 1);
    assert_eq!(of(22, "many"), 20);
    assert_eq!(most_serious(&record, &dialect(), 0), []);
}

#[test]
fn it_renders_for_terminals() {
    let text = to_terminal(&serious(99), Some(80));
    insta::assert_snapshot!(plain(&text));
    assert!(widest(&text) <= 80, "{}", widest(&text));
    insta::assert_snapshot!("serious_narrow", plain(&to_terminal(&serious(3), Some(50))));
    insta::assert_snapshot!("serious_styled", styled(&to_terminal(&serious(2), None)));
}

#[test]
fn it_renders_as_markdown() {
    insta::assert_snapshot!(to_markdown(&serious(99)));
}

#[test]
fn it_renders_as_json() {
    insta::assert_snapshot!(format!("{:#}", to_json(&serious(2))));
}

#[test]
fn nothing_serious_is_said() {
    let record = Lines::new(1).ran("a").result("a", "shape/scalar/one", Outcome::Same);
    let serious = most_serious(&record.finish().record(), &dialect(), 10);
    assert_eq!(to_terminal(&serious, None), "Nothing serious was found.\n");
    assert_eq!(to_markdown(&serious), "Nothing serious was found.\n");
}
