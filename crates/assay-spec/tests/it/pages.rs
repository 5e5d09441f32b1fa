//! Every rule page is complete, and its examples fit its rule.

use assay_spec::page::HEADINGS;
use assay_spec::{OnViolation, Rule, Spec, Subject, Verdict};

fn rules() -> &'static [Rule] {
    &Spec::embedded().rules
}

fn count(rule: &Rule, verdict: Verdict) -> usize {
    rule.examples.iter().filter(|example| example.verdict == verdict).count()
}

#[test]
fn file_rules_show_files_that_keep_them_and_files_that_break_them() {
    for rule in rules().iter().filter(|rule| rule.subject == Subject::File) {
        let id = &rule.id;
        let (valid, breaking) = match rule.on_violation {
            OnViolation::Reject => (1, Verdict::Invalid),
            OnViolation::Either => (1, Verdict::Either),
            OnViolation::Warn | OnViolation::None => (2, Verdict::Valid),
        };
        assert!(count(rule, Verdict::Valid) >= valid, "{id}: too few valid examples");
        assert!(count(rule, breaking) >= 1, "{id}: no example that is {breaking}");
        for example in &rule.examples {
            assert!(
                [Verdict::Valid, breaking].contains(&example.verdict),
                "{id}: breaking it makes no file {}",
                example.verdict
            );
        }
        assert_eq!(rule.examples[0].verdict, Verdict::Valid, "{id}: the twin comes first");
    }
}

#[test]
fn reader_and_writer_rules_show_valid_files_only() {
    for rule in rules().iter().filter(|rule| rule.subject != Subject::File) {
        assert!(count(rule, Verdict::Valid) >= 1, "{}: no example", rule.id);
        assert_eq!(count(rule, Verdict::Valid), rule.examples.len(), "{}", rule.id);
    }
}

#[test]
fn examples_differ_and_say_what_they_show() {
    for rule in rules() {
        let mut seen = Vec::new();
        for example in &rule.examples {
            assert!(example.title.ends_with('.'), "{}: title `{}`", rule.id, example.title);
            let bytes = example.to_bytes().unwrap();
            assert!(!seen.contains(&bytes), "{}: `{}` stands twice", rule.id, example.title);
            seen.push(bytes);
        }
    }
}

#[test]
fn every_section_has_text() {
    for rule in rules() {
        let mut rest = rule.prose.as_str();
        for (at, heading) in HEADINGS[..3].iter().enumerate() {
            let mark = if at == 0 { "# " } else { "## " };
            rest = rest.strip_prefix(&format!("{mark}{heading}\n")).unwrap_or_else(|| {
                panic!("{}: expected the heading {heading}, found {rest:.40}", rule.id)
            });
            let end = rest.find("\n## ").map_or(rest.len(), |end| end + 1);
            let text = rest[..end].trim();
            assert!(text.ends_with('.'), "{}: `{heading}` is empty or unfinished", rule.id);
            rest = &rest[end..];
        }
        assert!(rest.is_empty(), "{}: {rest:.40}", rule.id);
    }
}

#[test]
fn advice_risk_and_sources_are_written() {
    for rule in rules() {
        let id = &rule.id;
        assert!(rule.advice.len() > 10 && rule.advice.ends_with('.'), "{id}: {}", rule.advice);
        let first = rule.advice.chars().next().unwrap();
        assert!(first.is_uppercase(), "{id}: {}", rule.advice);
        if let Some(risk) = &rule.risk {
            assert!(risk.effect.ends_with('.'), "{id}: {}", risk.effect);
        }
        for source in &rule.sources {
            assert!(source.text.as_ref().is_some_and(|text| !text.is_empty()), "{id}: {source:?}");
        }
        let whole = format!("{rule:?}");
        assert!(!whole.contains("TODO") && !whole.contains("FIXME"), "{id}");
    }
}

#[test]
fn a_disputed_consequence_has_a_dispute_or_a_silence_behind_it() {
    for rule in rules().iter().filter(|rule| rule.on_violation == OnViolation::Either) {
        assert!(rule.is_disputed(), "{}: no source says otherwise", rule.id);
    }
}
