//! Validator and reference side by side.

use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, OnViolation, Rule, Verdict, View};
use assay_validator::{Validation, validate};

/// Files above this size are judged by a test of their own.
pub(crate) const SMALL_BYTES: u64 = 1 << 20;

/// A dialect as both sides read it.
pub(crate) struct Judge {
    pub(crate) dialect: Dialect,
    accepting: Policy,
    refusing: Policy,
}

impl Judge {
    pub(crate) fn new(dialect: Dialect) -> Judge {
        let accepting = Policy::new(&dialect, Disputed::Accept);
        let refusing = Policy::new(&dialect, Disputed::Reject);
        Judge { dialect, accepting, refusing }
    }

    /// What the validator says, after the reference has agreed with it: on the
    /// decision under both policies, on a broken rule, on the view.
    pub(crate) fn judge(&self, bytes: &[u8], what: &str) -> Validation {
        let seen = validate(bytes, &self.dialect);
        for (policy, name, accepts) in [
            (&self.accepting, "accepting", seen.verdict != Verdict::Invalid),
            (&self.refusing, "refusing", seen.verdict == Verdict::Valid),
        ] {
            let context = || format!("{what}, {name} policy\n{}", describe(bytes, &seen));
            match Reader::from_bytes(bytes, policy) {
                Ok(reader) => {
                    assert!(accepts, "the reference accepts {}", context());
                    let view: View = reader.view();
                    assert_eq!(Some(&view), seen.view.as_ref(), "views differ: {}", context());
                }
                Err(error) => {
                    assert!(!accepts, "the reference refuses ({error}) {}", context());
                    let rule = error.rule().expect("bytes in memory break rules, nothing else");
                    let found = seen.findings.iter().any(|finding| finding.rule == *rule);
                    assert!(found, "the reference names {rule}: {}", context());
                }
            }
        }
        assert_eq!(seen.view.is_some(), seen.verdict != Verdict::Invalid, "{what}");
        seen
    }
}

/// A file and its findings, to be read by whoever looks for the fault.
pub(crate) fn describe(bytes: &[u8], seen: &Validation) -> String {
    let findings: Vec<String> = seen
        .findings
        .iter()
        .map(|finding| format!("  {} at {}: {}", finding.rule, finding.span, finding.message))
        .collect();
    let start = &bytes[..bytes.len().min(600)];
    format!("{}: \"{}\"\n{}", seen.verdict, start.escape_ascii(), findings.join("\n"))
}

/// Whether the findings are the rule's own, or of lesser consequence: advice.
pub(crate) fn breaks_only(rule: &Rule, seen: &Validation) -> bool {
    let own = seen.findings.iter().any(|finding| finding.rule == rule.id);
    let others = seen.findings.iter().filter(|finding| finding.rule != rule.id);
    let advice =
        |consequence| consequence == OnViolation::Warn && rule.on_violation != OnViolation::Warn;
    own && others.into_iter().all(|finding| advice(finding.on_violation))
}

/// The verdict of a file that breaks this rule and no graver one.
pub(crate) fn verdict_of(rule: &Rule) -> Verdict {
    match rule.on_violation {
        OnViolation::Reject => Verdict::Invalid,
        OnViolation::Either => Verdict::Either,
        OnViolation::Warn | OnViolation::None => Verdict::Valid,
    }
}
