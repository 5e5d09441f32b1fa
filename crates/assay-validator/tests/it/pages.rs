//! The examples of the rule pages are what the pages say they are.

use assay_spec::{Example, OnViolation, Rule, Spec, Subject, Verdict};
use assay_validator::validate;

use crate::support::latest;

#[test]
fn every_example_has_its_verdict() {
    assert!(examples().count() > 100, "the pages have their examples");
    let wrong: Vec<String> =
        examples().filter_map(|(rule, example)| fault(rule, example)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn examples() -> impl Iterator<Item = (&'static Rule, &'static Example)> {
    let rules = Spec::embedded().rules.iter();
    rules.flat_map(|rule| rule.examples.iter().map(move |example| (rule, example)))
}

/// What the page claims and the validator does not find.
fn fault(rule: &Rule, example: &Example) -> Option<String> {
    let bytes = example.to_bytes().expect("the page was parsed");
    let validation = validate(&bytes, latest());
    let fail = |why: &str| {
        let (id, title) = (&rule.id, &example.title);
        Some(format!("{id}, `{title}`: {why}\n{}\n{:#?}", example.header, validation.findings))
    };
    if validation.verdict != example.verdict {
        return fail(&format!("claimed {}, is {}", example.verdict, validation.verdict));
    }
    if rule.subject != Subject::File || example.verdict != breaking_verdict(rule.on_violation) {
        return None;
    }
    let is_own = |finding: &&assay_spec::Finding| finding.rule == rule.id;
    // Advice leaves a file valid, so a page of advice has valid examples without a fault.
    if rule.on_violation != OnViolation::Warn && !validation.findings.iter().any(|f| is_own(&f)) {
        return fail("the page's rule is not broken");
    }
    let mut others = validation.findings.iter().filter(|finding| !is_own(finding));
    match others.find(|finding| finding.on_violation <= rule.on_violation) {
        Some(other) if rule.on_violation != OnViolation::Warn => {
            fail(&format!("{} is broken as well", other.rule))
        }
        _ => None,
    }
}

fn breaking_verdict(consequence: OnViolation) -> Verdict {
    match consequence {
        OnViolation::Reject => Verdict::Invalid,
        OnViolation::Either => Verdict::Either,
        OnViolation::Warn | OnViolation::None => Verdict::Valid,
    }
}
