//! An implementation through its versions, from hand-made records.

use assay_protocol::record::Outcome;
use assay_report::trend::{Trend, Turn, trends};

use crate::support::{Lines, dialect, plain};

/// What each of three versions did with each case: right `=`, false accept `A`, crash `C`,
/// unsupported `u`, nothing ` `.
const CASES: [(&str, &str); 9] = [
    ("buffer/no-holes/fixed", "AA="),
    ("buffer/no-holes/still-wrong", "AAA"),
    ("header/unique-names/broke", "==C"),
    ("header/unique-names/lost", "=u "),
    ("prefix/header-limit/crashes-no-more", "CAA"),
    ("prefix/header-limit/still-right", "==="),
    ("shape/scalar/gained", "uu="),
    ("shape/scalar/newly-wrong", "uAA"),
    ("shape/scalar/withdrawn", "A u"),
];

/// In an order that is not that of versions.
const VERSIONS: [(&str, usize); 3] = [("reader@0.10", 1), ("reader", 2), ("reader@0.9", 0)];

const DTYPES: [&[&str]; 3] = [&["U8", "F32"], &["U8", "F32", "BF16", "I16"], &["U8", "BF16"]];

fn record() -> Lines {
    let mut lines = Lines::new(CASES.len() as u64).ran("another").version("3");
    for (id, at) in VERSIONS {
        lines = lines.ran(id).version(["0.9", "0.10", "1.0"][at]);
        lines = lines.dtypes(DTYPES[at]);
        for (case, outcomes) in CASES {
            let outcome = match outcomes.chars().nth(at) {
                Some('=') => Outcome::Same,
                Some('A') => Outcome::FalseAccept,
                Some('C') => Outcome::Crash,
                Some('u') => Outcome::Unsupported,
                _ => continue,
            };
            lines = lines.result(id, case, outcome);
        }
    }
    lines.not_run("reader@0.8", "no wheel for this Python").not_run("another@2", "gone")
}

fn trend() -> Trend {
    let mut found = trends(&record().finish().record(), &dialect());
    assert_eq!(found.len(), 1, "`another` ran in one version");
    found.remove(0)
}

#[test]
fn each_case_is_followed_through_the_versions() {
    let trend = trend();
    let versions: Vec<&str> = trend.versions.iter().map(|it| it.version.as_str()).collect();
    assert_eq!(versions, ["0.9", "0.10", "1.0"]);
    let turns: Vec<Vec<(Turn, String, u64)>> = trend
        .steps
        .iter()
        .map(|step| {
            let all = step.turns.iter().flat_map(|(turn, counts)| {
                counts.iter().map(|count| (*turn, count.rule.clone(), count.cases))
            });
            all.collect()
        })
        .collect();
    let turn = |turn, rule: &str| (turn, rule.to_owned(), 1);
    assert_eq!(
        turns,
        [
            vec![
                turn(Turn::Lost, "header/unique-names"),
                turn(Turn::NewlyWrong, "shape/scalar"),
                turn(Turn::OtherwiseWrong, "prefix/header-limit"),
                turn(Turn::Withdrawn, "shape/scalar"),
            ],
            vec![
                turn(Turn::Broke, "header/unique-names"),
                turn(Turn::Fixed, "buffer/no-holes"),
                turn(Turn::Gained, "shape/scalar"),
            ],
        ]
    );
    assert!(trend.is_regression());
    assert!(trend.rules.iter().all(|row| row.changes && row.cells.len() == 3));
}

#[test]
fn a_trend_in_words() {
    insta::assert_snapshot!(plain(&trend().to_terminal(false, Some(80))));
}

#[test]
fn a_trend_as_markdown() {
    insta::assert_snapshot!(trend().to_markdown(false));
}

#[test]
fn json_has_every_rule_and_step() {
    let json = trend().to_json();
    assert_eq!(json["rules"].as_array().unwrap().len(), 4);
    assert_eq!(json["steps"][1]["cases"]["fixed"][0]["rule"], "buffer/no-holes");
    assert_eq!(json["steps"][1]["dtypes"]["gained"].as_array().unwrap().len(), 0);
    assert_eq!(json["steps"][1]["dtypes"]["lost"][0], "F32");
    assert_eq!(json["versions"][0]["total"]["outcomes"]["crash"], 1);
    assert_eq!(json["not_run"][0]["id"], "reader@0.8");
}

#[test]
fn rules_that_stay_are_shown_on_request_only() {
    let lines = |outcome: Outcome| {
        let mut lines = Lines::new(1);
        for (id, version) in [("r@1", "1"), ("r", "2")] {
            lines = lines.ran(id).version(version).result(id, "buffer/no-holes/a", outcome);
        }
        trends(&lines.finish().record(), &dialect()).remove(0)
    };
    let trend = lines(Outcome::FalseAccept);
    assert!(!trend.is_regression(), "wrong in both is no step back");
    assert!(!plain(&trend.to_terminal(false, None)).contains("buffer/no-holes"));
    assert!(plain(&trend.to_terminal(true, None)).contains("buffer/no-holes"));
    assert!(trend.steps[0].in_words().contains("no case came out otherwise"));
}

#[test]
fn an_unfinished_record_is_no_result() {
    let found = trends(&record().record(), &dialect());
    assert!(plain(&found[0].to_terminal(false, None)).contains("no footer"));
    assert!(found[0].to_markdown(false).contains("no footer"));
}
