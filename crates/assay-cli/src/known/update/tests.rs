//! Tests of bringing a `known.toml` up to date.

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::message::Operation;

use super::*;

const RULE: &str = "buffer/no-holes";

fn result(rule: &str, slug: &str, verdict: ClaimedVerdict, outcome: Outcome) -> ResultLine {
    ResultLine {
        implementation: "x".to_owned(),
        operation: Operation::Read,
        case: format!("{rule}/{slug}"),
        rule: rule.to_owned(),
        verdict,
        outcome,
        answer: None,
        detail: None,
        error: None,
        view: None,
        delivered: None,
        stderr: None,
        attempts: 1,
    }
}

fn invalid(slug: &str, outcome: Outcome) -> ResultLine {
    result(RULE, slug, ClaimedVerdict::Invalid, outcome)
}

/// Brings a text up to date with results; `more` are ids of cases that were not run.
fn updated(text: &str, results: &[ResultLine], more: &[&str]) -> Option<String> {
    let file: KnownFile = toml::from_str(text).expect("it is a known.toml");
    let lines: Vec<&ResultLine> = results.iter().collect();
    let ids = results.iter().map(|line| line.case.clone());
    let cases: BTreeSet<String> = ids.chain(more.iter().map(|id| (*id).to_owned())).collect();
    let seen =
        Seen { results: &lines, version: "2.0", cases: &cases, is_complete: more.is_empty() };
    let new = update((!text.is_empty()).then_some(text), &file, &seen).expect("it is TOML")?;
    let parsed: KnownFile = toml::from_str(&new).expect("the new text is a known.toml");
    assert_eq!(parsed.faults(), [""; 0], "{new}");
    // What is up to date stays as it is.
    assert_eq!(update(Some(&new), &parsed, &seen).expect("it is TOML"), None, "{new}");
    Some(new)
}

#[test]
fn a_new_file_says_what_the_rule_lets_one_say() {
    let results = [
        invalid("one", Outcome::FalseAccept),
        invalid("two", Outcome::FalseAccept),
        result("shape/size-fits", "big", ClaimedVerdict::Valid, Outcome::Degraded),
        result("shape/size-fits", "small", ClaimedVerdict::Valid, Outcome::Same),
    ];
    insta::assert_snapshot!(updated("", &results, &[]).expect("it is written"), @r#"
    # What this implementation is known to do otherwise than the rules ask. An entry excuses
    # nothing: the cases are run, and whatever comes out otherwise is a finding.
    # `assay run --update-known` brings the file up to date; what people wrote is kept.

    [[known]]
    rule = "buffer/no-holes"
    outcome = "false_accept"
    cases = "all"
    reason = "spec_disputed"
    since = "2.0"

    [[known]]
    rule = "shape/size-fits"
    outcome = "degraded"
    cases = ["big"]
    reason = "unsupported"
    since = "2.0"
    "#);
    assert_eq!(updated("", &[invalid("one", Outcome::Same)], &[]), None);
}

#[test]
fn what_people_wrote_stays_as_long_as_it_is_true() {
    let text = "# ours\n[[known]] # asked on the list\nrule = \"buffer/no-holes\"\n\
                outcome = \"false_accept\"\ncases = [\"fixed\", \"other\", \"still\"] # three\n\
                reason = \"wont_fix\" # they said so\nlink = \"https://example.org/1\"\nsince = \"1.0\"\n\n\
                [[known]]\nrule = \"buffer/no-overlaps\"\noutcome = \"false_accept\"\ncases = [\"gone\"]\n\
                reason = \"bug\"\nsince = \"1.0\"\n";
    let results = [
        invalid("fixed", Outcome::Same),
        invalid("other", Outcome::ProtocolError),
        invalid("still", Outcome::FalseAccept),
        invalid("new", Outcome::FalseAccept),
        result("buffer/no-overlaps", "gone", ClaimedVerdict::Invalid, Outcome::Same),
    ];
    insta::assert_snapshot!(updated(text, &results, &[]).expect("it changes"), @r##"
    # ours
    [[known]] # asked on the list
    rule = "buffer/no-holes"
    outcome = "false_accept"
    cases = ["still"] # three
    reason = "wont_fix" # they said so
    link = "https://example.org/1"
    since = "1.0"

    [[known]]
    rule = "buffer/no-holes"
    outcome = "false_accept"
    cases = ["new"]
    reason = "spec_disputed"
    since = "2.0"

    [[known]]
    rule = "buffer/no-holes"
    outcome = "protocol_error"
    cases = ["other"]
    reason = "spec_disputed"
    since = "2.0"
    "##);
}

#[test]
fn cases_that_were_not_run_are_left_alone() {
    let text = "[[known]]\nrule = \"buffer/no-holes\"\noutcome = \"false_accept\"\n\
                cases = [\"absent\", \"one\"]\nreason = \"spec_disputed\"\nsince = \"1.0\"\n";
    let results = [invalid("one", Outcome::Same), invalid("two", Outcome::FalseAccept)];
    let new = updated(text, &results, &["buffer/no-holes/absent"]).expect("it changes");
    assert!(new.contains("cases = [\"absent\", \"two\"]"), "{new}");
    // A case that there is not any more goes.
    let new = updated(text, &results, &["buffer/no-overlaps/one"]).expect("it changes");
    assert!(new.contains("cases = [\"two\"]"), "{new}");
}

#[test]
fn all_becomes_a_list_when_it_is_not_all_any_more() {
    let text = "[[known]]\nrule = \"buffer/no-holes\"\noutcome = \"false_accept\"\ncases = \"all\"\n\
                reason = \"bug\"\nsince = \"1.0\"\n";
    let some = [invalid("one", Outcome::FalseAccept), invalid("two", Outcome::Same)];
    let new = updated(text, &some, &[]).expect("it changes");
    assert!(new.contains("cases = [\"one\"]"), "{new}");
    let all = [invalid("one", Outcome::FalseAccept), invalid("two", Outcome::FalseAccept)];
    assert_eq!(updated(text, &all, &[]), None);
    let none = [invalid("one", Outcome::Same)];
    assert_eq!(updated(text, &none, &[]).as_deref(), Some(""));
}

#[test]
fn rules_without_cases_in_the_corpus_are_somebody_elses() {
    let of = |cases: &str| {
        format!(
            "[[known]]\nrule = \"buffer/no-overlaps\"\noutcome = \"false_accept\"\ncases = {cases}\n\
             reason = \"bug\"\nsince = \"1.0\"\n"
        )
    };
    for cases in ["\"all\"", "[\"task\"]"] {
        assert_eq!(updated(&of(cases), &[invalid("one", Outcome::Same)], &[]), None);
        let gone = of(cases).replace("no-overlaps", "no-such-rule");
        assert_eq!(updated(&gone, &[invalid("one", Outcome::Same)], &[]).as_deref(), Some(""));
    }
}

#[test]
fn deaths_are_told_to_owners_first() {
    let results = [invalid("one", Outcome::Crash), invalid("two", Outcome::Crash)];
    let new = updated("", &results, &[]).expect("it is written");
    assert!(new.contains("outcome = \"crash\"\ncases = 2\n"), "{new}");
    assert!(new.contains("embargo_until = \"2"), "{new}");
    assert!(!new.contains("no-holes") && !new.contains("\"one\""), "{new}");
    let one = [invalid("one", Outcome::Crash), invalid("two", Outcome::Same)];
    let fewer = updated(&new, &one, &[]).expect("it changes");
    assert!(fewer.contains("cases = 1\n"), "{fewer}");
    let none = [invalid("one", Outcome::Same), invalid("two", Outcome::Same)];
    let gone = updated(&new, &none, &[]).expect("it changes");
    assert!(!gone.contains("[[known]]"), "{gone}");
}

#[test]
fn long_lists_have_a_line_for_each_case() {
    let slugs: Vec<String> = (0..9).map(|number| format!("a-case-with-a-name-{number}")).collect();
    let mut results: Vec<ResultLine> =
        slugs.iter().map(|slug| invalid(slug, Outcome::FalseAccept)).collect();
    results.push(invalid("right", Outcome::Same));
    let new = updated("", &results, &[]).expect("it is written");
    assert!(new.contains("cases = [\n    \"a-case-with-a-name-0\",\n"), "{new}");
    assert!(new.contains("-8\",\n]\n"), "{new}");
}
