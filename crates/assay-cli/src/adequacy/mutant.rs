//! The mutants: every slightly wrong validator that the corpus must tell from the true one.

use std::borrow::Cow;

use assay_spec::neighbours::{Neighbour, neighbours};
use assay_spec::{Dialect, OnViolation, Rule, RuleId, Spec};
use assay_validator::slip::Slip;
use assay_validator::{validate_head, validate_slipping};

use super::rewrite::{self, Rewrite};
use super::trial::Seen;

/// A validator that is slightly wrong.
pub(crate) struct Mutant {
    /// The rule that it gets wrong.
    pub(crate) rule: RuleId,
    /// Kebab-case name, unique for the rule.
    pub(crate) slug: String,
    /// One line: what is different.
    pub(crate) title: String,
    /// `dropped`, `looser`, `tighter`, `other`, `slip` or `rewrite`.
    pub(crate) kind: String,
    /// Whether the rule only advises, so that only advice can tell.
    pub(crate) advises: bool,
    dialect: Dialect,
    fault: Fault,
}

/// What is wrong with a validator besides its dialect.
enum Fault {
    None,
    Slip(Slip),
    Rewrite(Rewrite),
}

impl Mutant {
    /// `<rule>/<slug>`
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.rule, self.slug)
    }

    /// What the mutant says of a file of `file_len` bytes that begins with `head`.
    /// `None` if it reads the file as the true validator does.
    pub(crate) fn judge(&self, head: &[u8], file_len: u64) -> Option<Seen> {
        let dialect = &self.dialect;
        match &self.fault {
            Fault::None => Some(Seen::of(validate_head(head, file_len, dialect), head)),
            Fault::Slip(slip) => {
                Some(Seen::of(validate_slipping(head, file_len, dialect, *slip), head))
            }
            Fault::Rewrite(rewrite) => {
                let Cow::Owned(bytes) = rewrite.apply(head, dialect) else { return None };
                let buffer = file_len.saturating_sub(head.len() as u64);
                let file_len = (bytes.len() as u64).saturating_add(buffer);
                Some(Seen::of(validate_head(&bytes, file_len, dialect), &bytes))
            }
        }
    }
}

/// All mutants of a dialect's validator, by rule in the order of the spec.
///
/// # Errors
/// If a rewriting names a rule that the dialect does not have.
pub(crate) fn mutants(dialect: &Dialect) -> anyhow::Result<Vec<Mutant>> {
    let mut all = neighbouring(dialect, |_| true)?;
    for (slip, title) in Slip::ALL {
        let of = |rule: &&Rule| slip.concerns(&rule.check);
        for rule in dialect.rules().iter().filter(of) {
            all.push(Mutant {
                rule: rule.id.clone(),
                slug: slug(title),
                title: (*title).to_owned(),
                kind: "slip".to_owned(),
                advises: false,
                dialect: dialect.clone(),
                fault: Fault::Slip(*slip),
            });
        }
    }
    for rewrite in rewrite::all() {
        let rule = RuleId::new(rewrite.rule);
        if dialect.rule(&rule).is_none() {
            // A ratified proposal may have dropped it.
            let was_there = Spec::embedded().rules.iter().any(|known| known.id == rule);
            anyhow::ensure!(was_there, "no rule {rule} to rewrite for");
            continue;
        }
        all.push(Mutant {
            advises: advises(dialect, &rule),
            rule,
            slug: slug(rewrite.title),
            title: rewrite.title.to_owned(),
            kind: "rewrite".to_owned(),
            dialect: dialect.clone(),
            fault: Fault::Rewrite(rewrite),
        });
    }
    let place = |rule: &RuleId| dialect.rules().iter().position(|other| other.id == *rule);
    all.sort_by_key(|mutant| place(&mutant.rule));
    Ok(all)
}

/// The mutants of a dialect that only its data is wrong in: its neighbours, of which `wanted`
/// says which.
///
/// # Errors
/// If a neighbour cannot be made.
pub(crate) fn neighbouring(
    dialect: &Dialect,
    wanted: impl Fn(&Neighbour) -> bool,
) -> anyhow::Result<Vec<Mutant>> {
    let of = |neighbour: Neighbour| {
        Ok(Mutant {
            advises: advises(dialect, &neighbour.rule),
            rule: neighbour.rule,
            slug: neighbour.slug,
            title: neighbour.title,
            kind: neighbour.direction.to_string(),
            dialect: dialect.edited(&neighbour.edits)?,
            fault: Fault::None,
        })
    };
    neighbours(dialect).into_iter().filter(wanted).map(of).collect()
}

/// A title as a name.
fn slug(title: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '-' };
    let words: String = title.to_lowercase().chars().map(plain).collect();
    words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn advises(dialect: &Dialect, rule: &RuleId) -> bool {
    dialect.rule(rule).is_some_and(|rule| rule.on_violation == OnViolation::Warn)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn mutants_have_unique_ids() {
        let all = mutants(&Dialect::latest()).unwrap();
        let ids: BTreeSet<String> = all.iter().map(Mutant::id).collect();
        assert_eq!(ids.len(), all.len());
        assert!(all.len() > 400, "{}", all.len());
    }

    #[test]
    fn every_slip_concerns_a_rule() {
        let dialect = Dialect::latest();
        for (slip, title) in Slip::ALL {
            let concerned = dialect.rules().iter().filter(|rule| slip.concerns(&rule.check));
            assert_eq!(concerned.count(), 1, "{title}");
        }
    }
}
