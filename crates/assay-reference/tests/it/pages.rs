//! Every example of every rule page is accepted or refused as the page says.

use assay_reference::Policy;
use assay_spec::{Dialect, Disputed, OnViolation, Spec, Verdict};

use crate::read;

#[test]
fn every_example_is_judged_as_its_page_says() {
    let dialect = Dialect::latest();
    let policies =
        [Disputed::Accept, Disputed::Reject].map(|disputed| Policy::new(&dialect, disputed));
    let mut disagreements = Vec::new();
    let mut examples = 0;
    for rule in &Spec::embedded().rules {
        for example in &rule.examples {
            examples += 1;
            let file = example.to_bytes().expect("the spec's own tests hold this");
            for policy in &policies {
                let accepts = match example.verdict {
                    Verdict::Valid => true,
                    Verdict::Invalid => false,
                    Verdict::Either => policy.disputed() == Disputed::Accept,
                };
                let shows_its_rule = match rule.on_violation {
                    OnViolation::Reject => example.verdict == Verdict::Invalid,
                    OnViolation::Either => example.verdict == Verdict::Either,
                    OnViolation::Warn | OnViolation::None => false,
                };
                let right = match read(&file, policy) {
                    Ok(_) => accepts,
                    Err(error) => {
                        let named = error.rule() == Some(&rule.id);
                        !accepts && error.rule().is_some() && (named || !shows_its_rule)
                    }
                };
                if !right {
                    let seen = read(&file, policy).map(|_| "accepted");
                    disagreements.push(format!(
                        "{} `{}` ({}, disputed: {:?}): {seen:?}",
                        rule.id,
                        example.title,
                        example.verdict,
                        policy.disputed(),
                    ));
                }
            }
        }
    }
    assert!(examples > 0, "the pages have examples");
    assert!(disagreements.is_empty(), "of {examples} examples:\n{}", disagreements.join("\n"));
}
