//! What shrinking keeps: a small language over findings and answers.
//!
//! ```text
//! either = both ("|" both)*
//! both   = not ("&" not)*
//! not    = "!" not | "(" either ")" | test
//! test   = RULE | finding(RULE) | verdict(VERDICT) | verdict=VERDICT
//!        | accepts(IMPL) | rejects(IMPL) | misreads(IMPL) | crashes(IMPL)
//!        | differs(IMPL, IMPL) | signature | signature(ID)
//! ```

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use assay_protocol::record::{Answer, Outcome, ResultLine};
use assay_spec::{Dialect, RuleId, Verdict};
use assay_validator::Validation;

use super::asker::{Shown, rules};
use super::signature::Signature;

/// Deepest nesting of an expression.
const DEPTH: usize = 64;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keep {
    Finding(String),
    Verdict(Verdict),
    Did(Deed, String),
    Differs(String, String),
    /// The signature of the file to begin with.
    Signature,
    SignatureIs(String),
    Not(Box<Keep>),
    Both(Vec<Keep>),
    Either(Vec<Keep>),
}

/// What an implementation can do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Accepts,
    Rejects,
    Misreads,
    /// Its process dies, hangs, or outgrows its memory.
    Crashes,
}

impl Keep {
    /// Reads an expression.
    ///
    /// # Errors
    /// Says what was expected where, and which rules there are.
    pub(crate) fn parse(text: &str, dialect: &Dialect) -> anyhow::Result<Keep> {
        let mut parser = Parser { rest: text, dialect, depth: 0 };
        let keep = parser.either().with_context(|| format!("--keep '{text}'"))?;
        if !parser.rest.trim_start().is_empty() {
            bail!("--keep '{text}': `{}` is left over; `&` or `|` joins tests", parser.rest.trim());
        }
        Ok(keep)
    }

    /// Whether implementations have to be asked at all.
    pub(crate) fn asks(&self) -> bool {
        match self {
            Keep::Finding(_) | Keep::Verdict(_) => false,
            Keep::Did(..) | Keep::Differs(..) | Keep::Signature | Keep::SignatureIs(_) => true,
            Keep::Not(one) => one.asks(),
            Keep::Both(all) | Keep::Either(all) => all.iter().any(Keep::asks),
        }
    }

    /// The implementations that are named; `None` if all that were chosen matter.
    pub(crate) fn named(&self) -> Option<BTreeSet<String>> {
        match self {
            Keep::Finding(_) | Keep::Verdict(_) => Some(BTreeSet::new()),
            Keep::Did(_, id) => Some([id.clone()].into()),
            Keep::Differs(a, b) => Some([a.clone(), b.clone()].into()),
            Keep::Signature | Keep::SignatureIs(_) => None,
            Keep::Not(one) => one.named(),
            Keep::Both(all) | Keep::Either(all) => {
                let sets: Option<Vec<BTreeSet<String>>> = all.iter().map(Keep::named).collect();
                sets.map(|sets| sets.into_iter().flatten().collect())
            }
        }
    }

    /// Whether it holds; `None` if that depends on answers that are not there.
    /// `first` is the signature of the file to begin with.
    pub(crate) fn holds(
        &self,
        seen: &Validation,
        shown: Option<&Shown>,
        first: Option<&Signature>,
    ) -> Option<bool> {
        let line = |id: &String| shown?.lines.iter().find(|line| line.implementation == *id);
        match self {
            Keep::Finding(rule) => {
                Some(seen.findings.iter().any(|finding| finding.rule.as_str() == rule))
            }
            Keep::Verdict(verdict) => Some(seen.verdict == *verdict),
            Keep::Did(deed, id) => line(id).map(|line| did(*deed, line)),
            Keep::Differs(a, b) => Some(differ(line(a)?, line(b)?)),
            Keep::Signature => {
                let first = first?;
                if seen.verdict != first.verdict || !rules(seen).is_subset(&first.rules) {
                    return Some(false);
                }
                shown.map(|shown| first.keeps(&first.deeds, &shown.signature))
            }
            Keep::SignatureIs(id) => shown.map(|shown| shown.signature.id() == *id),
            Keep::Not(one) => one.holds(seen, shown, first).map(|holds| !holds),
            Keep::Both(all) => joined(all.iter().map(|one| one.holds(seen, shown, first)), false),
            Keep::Either(all) => joined(all.iter().map(|one| one.holds(seen, shown, first)), true),
        }
    }
}

/// Of several answers, some of which are not known: one that is `decisive` decides.
fn joined(all: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut unknown = false;
    for one in all {
        match one {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!decisive)
}

fn did(deed: Deed, line: &ResultLine) -> bool {
    match deed {
        Deed::Accepts => line.answer == Some(Answer::Accept),
        Deed::Rejects => line.answer == Some(Answer::Reject),
        Deed::Misreads => line.outcome == Outcome::Misread,
        Deed::Crashes => {
            matches!(line.outcome, Outcome::Crash | Outcome::Hang | Outcome::OutOfMemory)
        }
    }
}

/// Whether two take a file differently, or see different tensors in it.
fn differ(a: &ResultLine, b: &ResultLine) -> bool {
    let tensors = |line: &ResultLine| {
        let view = line.view.as_deref().unwrap_or_default();
        view.split('+').next().map(str::to_owned)
    };
    a.answer != b.answer || (a.answer == Some(Answer::Accept) && tensors(a) != tensors(b))
}

struct Parser<'a> {
    rest: &'a str,
    dialect: &'a Dialect,
    depth: usize,
}

impl Parser<'_> {
    fn either(&mut self) -> anyhow::Result<Keep> {
        let mut all = vec![self.both()?];
        while self.takes('|') {
            all.push(self.both()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Keep::Either(all) })
    }

    fn both(&mut self) -> anyhow::Result<Keep> {
        let mut all = vec![self.not()?];
        while self.takes('&') {
            all.push(self.not()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Keep::Both(all) })
    }

    fn not(&mut self) -> anyhow::Result<Keep> {
        self.depth += 1;
        if self.depth > DEPTH {
            bail!("nested more than {DEPTH} deep");
        }
        let keep = if self.takes('!') {
            Keep::Not(Box::new(self.not()?))
        } else if self.takes('(') {
            let inner = self.either()?;
            self.expect(')')?;
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(keep)
    }

    fn test(&mut self) -> anyhow::Result<Keep> {
        let word = self.word()?;
        if self.takes('=') {
            return match word.as_str() {
                "verdict" => self.verdict(),
                _ => bail!("`{word}=` is no test; `verdict=invalid` is"),
            };
        }
        if !self.takes('(') {
            return match word.as_str() {
                "signature" => Ok(Keep::Signature),
                _ => self.rule(word),
            };
        }
        let keep = match word.as_str() {
            "finding" => {
                let rule = self.word()?;
                self.rule(rule)?
            }
            "verdict" => self.verdict()?,
            "accepts" => Keep::Did(Deed::Accepts, self.word()?),
            "rejects" => Keep::Did(Deed::Rejects, self.word()?),
            "misreads" => Keep::Did(Deed::Misreads, self.word()?),
            "crashes" => Keep::Did(Deed::Crashes, self.word()?),
            "signature" => Keep::SignatureIs(self.word()?),
            "differs" => {
                let first = self.word()?;
                self.expect(',')?;
                Keep::Differs(first, self.word()?)
            }
            _ => bail!(
                "no test `{word}`; there are finding, verdict, accepts, rejects, misreads, \
                 crashes, differs, signature"
            ),
        };
        self.expect(')')?;
        Ok(keep)
    }

    fn rule(&self, word: String) -> anyhow::Result<Keep> {
        if self.dialect.rule(&RuleId::new(&word)).is_none() {
            bail!("no rule `{word}`; `assay explain` lists all rules");
        }
        Ok(Keep::Finding(word))
    }

    fn verdict(&mut self) -> anyhow::Result<Keep> {
        let word = self.word()?;
        let all = [Verdict::Valid, Verdict::Invalid, Verdict::Either];
        let verdict = all.into_iter().find(|verdict| verdict.to_string() == word);
        verdict
            .map(Keep::Verdict)
            .with_context(|| format!("`{word}` is no verdict: valid, invalid or either"))
    }

    fn word(&mut self) -> anyhow::Result<String> {
        let rest = self.rest.trim_start();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            bail!("a test or a name is missing before `{rest}`");
        }
        self.rest = &rest[end..];
        Ok(rest[..end].to_owned())
    }

    fn takes(&mut self, mark: char) -> bool {
        match self.rest.trim_start().strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: char) -> anyhow::Result<()> {
        if !self.takes(mark) {
            bail!("`{mark}` is missing before `{}`", self.rest.trim());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use assay_validator::validate;

    use super::*;

    fn parse(text: &str) -> anyhow::Result<Keep> {
        Keep::parse(text, &Dialect::latest())
    }

    #[test]
    fn expressions_bind_as_written_down() {
        let keep =
            parse("buffer/no-holes & !verdict=valid | accepts(a) & (differs(b, c)|signature)");
        let Keep::Either(all) = keep.unwrap() else { panic!("`|` binds least") };
        let [Keep::Both(left), Keep::Both(right)] = &all[..] else { panic!("{all:?}") };
        assert_eq!(left[0], Keep::Finding("buffer/no-holes".to_owned()));
        assert_eq!(left[1], Keep::Not(Box::new(Keep::Verdict(Verdict::Valid))));
        assert_eq!(right[0], Keep::Did(Deed::Accepts, "a".to_owned()));
        assert!(matches!(&right[1], Keep::Either(two) if two.len() == 2));
    }

    #[test]
    fn faults_are_named() {
        for (text, what) in [
            ("", "is missing"),
            ("no/such-rule", "no rule `no/such-rule`"),
            ("verdict=maybe", "no verdict"),
            ("paints(a)", "no test `paints`"),
            ("buffer/no-holes buffer/no-holes", "left over"),
            ("(buffer/no-holes", "`)` is missing"),
            ("differs(a)", "`,` is missing"),
        ] {
            let message = format!("{:#}", parse(text).unwrap_err());
            assert!(message.contains(what), "{text}: {message}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err(), "nesting is bounded");
    }

    #[test]
    fn what_findings_decide_needs_no_answers() {
        let seen = validate(b"", &Dialect::latest());
        let holds = |text: &str| parse(text).unwrap().holds(&seen, None, None);
        assert_eq!(holds("prefix/complete"), Some(true));
        assert_eq!(holds("accepts(a)"), None);
        assert_eq!(holds("accepts(a) & buffer/no-holes"), Some(false));
        assert_eq!(holds("accepts(a) | verdict=invalid"), Some(true));
        assert_eq!(holds("!accepts(a) & verdict=invalid"), None);
        assert!(parse("signature").unwrap().named().is_none());
        assert_eq!(parse("differs(a, b) & !accepts(a)").unwrap().named().unwrap().len(), 2);
    }
}
