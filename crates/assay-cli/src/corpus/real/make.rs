//! Real headers as cases of the corpus, or, where the file is large or built
//! like another, as heads.
//!
//! Which rule a valid file proves is decided by what a reader most easily gets
//! wrong about it: keys in another order than contents; else a tensor without
//! elements; else a scalar; else contents that do not lie aligned; else simply
//! contents. A file that is not valid shows the rule it breaks.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context as _, bail};
use assay_generator::draft::{Draft, Prefix, Segment};
use assay_protocol::manifest::Origin;
use assay_spec::check::{KeyScope, Place, Probe};
use assay_spec::{Check, Dialect, KeyRole, OnViolation, Rule, Span, Verdict, View};
use assay_validator::{Validation, validate_head};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::contents::contents;
use super::{Header, Real, Source};
use crate::corpus::collect::Candidate;
use crate::corpus::heads::{Head, Shown};
use crate::corpus::prove::Judge;

/// Files above this size are heads: each case is read by every implementation.
const CASE_BYTES: u64 = 256 * 1024;

/// Length of the header length: it is a 64-bit integer.
const PREFIX_BYTES: usize = size_of::<u64>();

/// Cases made of real headers up to this size are kept as files; larger ones
/// are recipes, which cost no more than their header.
pub(crate) const KEPT_BYTES: u64 = 8 * 1024;

/// What becomes of real headers.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) heads: Vec<Head>,
}

/// Makes a case or a head of every header.
///
/// # Errors
/// If validator and reference disagree about one, or if one is not valid and
/// no valid neighbour of it can be made.
pub(crate) fn make(real: &Real, judge: &Judge<'_>) -> anyhow::Result<Made> {
    let mut made = Made::default();
    let mut structures = BTreeSet::new();
    for header in &real.headers {
        let Source { repo, path, .. } = &header.source;
        let one = One::new(header, judge).with_context(|| format!("{repo}: {path}"))?;
        let is_new = structures.insert(one.structure());
        if is_new && header.file_size <= CASE_BYTES {
            made.candidates.extend(one.cases().with_context(|| format!("{repo}: {path}"))?);
        } else {
            made.heads.push(one.head());
        }
    }
    Ok(made)
}

/// A header, and what it was found to be.
struct One<'a> {
    header: &'a Header,
    dialect: &'a Dialect,
    head: Vec<u8>,
    seen: Validation,
    rule: &'a Rule,
    /// Keys of the header object in their order.
    keys: Vec<String>,
}

impl<'a> One<'a> {
    fn new(header: &'a Header, judge: &Judge<'a>) -> anyhow::Result<One<'a>> {
        let dialect = judge.dialect();
        let head = header.head();
        let seen = validate_head(&head, header.file_size, dialect);
        judge.check_reference(&head, header.file_size, &seen)?;
        let Keys(keys) = serde_json::from_str(&header.text).context("no JSON object")?;
        let rule = shown_rule(dialect, &seen, &keys, head.len() as u64)?;
        Ok(One { header, dialect, head, seen, rule, keys })
    }

    fn id(&self) -> String {
        let Source { repo, path, blob } = &self.header.source;
        let name = repo.rsplit('/').next().unwrap_or(repo);
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.strip_suffix(".safetensors").unwrap_or(file);
        let slug = kebab(&format!("{name} {stem} {}", &blob[..8]));
        format!("{}/real-{slug}", self.rule.id)
    }

    fn title(&self) -> String {
        let Source { repo, path, .. } = &self.header.source;
        let metadata = self.dialect.key(KeyRole::Metadata);
        let tensors = self.keys.iter().filter(|key| *key != metadata).count();
        let s = if tensors == 1 { "" } else { "s" };
        format!("the header of {path} in {repo}, {tensors} tensor{s}")
    }

    fn origin(&self) -> Origin {
        let Source { repo, path, blob } = self.header.source.clone();
        Origin::Real { repo, path, blob }
    }

    /// Files of one structure say the same of a reader: dtypes and shapes in
    /// the order of the header, and how the header ends.
    fn structure(&self) -> String {
        let Some(view) = &self.seen.view else { return self.header.text.clone() };
        let mut structure = format!("{:?} {}", self.seen.verdict, self.head.len() % PREFIX_BYTES);
        for key in &self.keys {
            let at = view.tensors.binary_search_by(|tensor| tensor.name.cmp(key));
            match at.ok().map(|at| &view.tensors[at]) {
                Some(tensor) => {
                    structure.push_str(&format!(" {}{:?}", tensor.dtype, tensor.shape));
                }
                None => structure.push_str(" metadata"),
            }
        }
        structure
    }

    /// The case, and its valid twin if it is not valid itself.
    fn cases(&self) -> anyhow::Result<Vec<Candidate>> {
        let case = self.candidate(self.id(), self.title(), &self.header.text, &self.seen);
        if self.seen.verdict == Verdict::Valid {
            return Ok(vec![case]);
        }
        let text = self.mended()?;
        let mut head = self.head[..PREFIX_BYTES].to_vec();
        head.extend(text.as_bytes());
        let seen = validate_head(&head, self.header.file_size, self.dialect);
        let title = format!("nearest valid file to: {}", case.title);
        let twin = self.candidate(format!("{}-twin", case.id), title, &text, &seen);
        Ok(vec![Candidate { twin: Some(twin.id.clone()), ..case }, twin])
    }

    fn candidate(&self, id: String, title: String, text: &str, seen: &Validation) -> Candidate {
        let start = self.head.len() as u64;
        let len = self.header.file_size - start;
        let risk = self.rule.risk.as_ref().map(|risk| risk.effect.clone());
        Candidate {
            id,
            rule: self.rule.id.to_string(),
            title,
            verdict: seen.verdict,
            also: Vec::new(),
            boundary_of: Vec::new(),
            risk: risk.filter(|_| seen.verdict != Verdict::Valid),
            twin: None,
            origin: self.origin(),
            draft: Draft {
                prefix: Prefix::HeaderLength,
                header: vec![Segment::Bytes(text.as_bytes().to_vec())],
                data: contents(self.dialect, seen.view.as_ref(), start, len),
            },
        }
    }

    /// The header's text with its fault mended, as long as it was.
    fn mended(&self) -> anyhow::Result<String> {
        let mut text = self.header.text.clone();
        let findings = self.seen.findings.iter().filter(|finding| finding.rule == self.rule.id);
        for (turn, Span { start, end }) in findings.map(|finding| finding.span).enumerate() {
            let place = within_header(start).zip(within_header(end));
            let (from, to) = place.context("its fault is not in its header")?;
            let len = to - from;
            match &self.rule.check {
                // What is no object becomes an empty one.
                Check::ValueType { of: Place::Metadata, .. } if len >= 2 => {
                    text.replace_range(from..to, &format!("{{}}{}", " ".repeat(len - 2)));
                }
                // A key that stands again becomes another key: its last character a letter.
                Check::UniqueKeys { scope: KeyScope::Header } if len > 2 && turn < 26 => {
                    let letter = (b'A' + turn as u8) as char;
                    text.replace_range(to - 2..to - 1, &letter.to_string());
                }
                _ => bail!("breaks {}; say how to mend that", self.rule.id),
            }
        }
        Ok(text)
    }

    fn head(&self) -> Head {
        let shown = Shown {
            id: self.id(),
            rule: self.rule.id.to_string(),
            title: self.title(),
            origin: self.origin(),
        };
        Head::new(shown, self.head.clone(), self.header.file_size, &self.seen)
    }
}

/// A place in the file as a place in the header's text.
fn within_header(at: u64) -> Option<usize> {
    usize::try_from(at).ok()?.checked_sub(PREFIX_BYTES)
}

/// The rule that a real file shows.
fn shown_rule<'d>(
    dialect: &'d Dialect,
    seen: &Validation,
    keys: &[String],
    start: u64,
) -> anyhow::Result<&'d Rule> {
    if seen.verdict != Verdict::Valid {
        let worst = match seen.verdict {
            Verdict::Invalid => OnViolation::Reject,
            _ => OnViolation::Either,
        };
        let finding = seen.findings.iter().find(|finding| finding.on_violation == worst);
        let finding = finding.context("is not valid, and nothing was found")?;
        return dialect.rule(&finding.rule).context("breaks a rule that the dialect lacks");
    }
    let probe = told(dialect, seen.view.as_ref().context("is valid and has no view")?, keys, start);
    let is_it = |rule: &&Rule| rule.check == (Check::Behaviour { probe });
    dialect.rules().iter().find(is_it).with_context(|| format!("no rule has the probe {probe:?}"))
}

/// What a reader most easily gets wrong about a valid file.
fn told(dialect: &Dialect, view: &View, keys: &[String], start: u64) -> Probe {
    let place = |key: &String| {
        let at = view.tensors.binary_search_by(|tensor| tensor.name.cmp(key)).ok()?;
        let Span { start, end } = view.tensors[at].contents;
        Some((start, end))
    };
    let in_order = keys.iter().filter_map(place).is_sorted();
    let aligned = view.tensors.iter().all(|tensor| {
        let width = dialect.dtype(&tensor.dtype).and_then(|dtype| dtype.bytes()).unwrap_or(1);
        tensor.contents.start.is_multiple_of(width.max(1))
    });
    let any = |wanted: &dyn Fn(&[u64]) -> bool| view.tensors.iter().any(|t| wanted(&t.shape));
    if !in_order {
        Probe::KeyOrder
    } else if any(&|shape| shape.contains(&0)) {
        Probe::EmptyTensor
    } else if any(&<[u64]>::is_empty) {
        Probe::Scalar
    } else if !aligned || !start.is_multiple_of(dialect.limit("data_alignment").max(1)) {
        Probe::UnalignedRead
    } else {
        Probe::ContentBytes
    }
}

/// Lower-case letters and digits, words parted by hyphens.
fn kebab(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    plain.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The keys of an object, in its order.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::real;
    use assay_protocol::ClaimedVerdict;

    use super::*;

    #[test]
    fn every_header_is_a_case_or_a_head() {
        let dialect = Dialect::latest();
        let made = make(&real(), &Judge::new(&dialect)).unwrap();
        let twins = made.candidates.iter().filter(|one| one.id.ends_with("-twin")).count();
        assert_eq!(made.candidates.len() - twins + made.heads.len(), 100);
        let mut blobs = BTreeSet::new();
        let origins = made.candidates.iter().map(|one| &one.origin);
        for origin in origins.chain(made.heads.iter().map(|head| &head.entry.origin)) {
            let Origin::Real { blob, .. } = origin else { panic!("{origin:?}") };
            blobs.insert(blob.clone());
        }
        assert_eq!(blobs.len(), 100);
    }

    /// As the README of the rows counts them.
    #[test]
    fn what_is_not_valid_breaks_the_rule_that_it_should() {
        let dialect = Dialect::latest();
        let made = make(&real(), &Judge::new(&dialect)).unwrap();
        let cases = made.candidates.iter().map(|one| (one.verdict, one.rule.as_str()));
        let heads = made.heads.iter().map(|head| {
            let verdict = match head.entry.verdict {
                ClaimedVerdict::Valid => Verdict::Valid,
                ClaimedVerdict::Invalid => Verdict::Invalid,
                ClaimedVerdict::Either => Verdict::Either,
            };
            (verdict, head.entry.rule.as_str())
        });
        let all: Vec<(Verdict, &str)> = cases.chain(heads).collect();
        let of = |verdict: Verdict| {
            let rules: BTreeSet<&str> =
                all.iter().filter(|(v, _)| *v == verdict).map(|(_, rule)| *rule).collect();
            (all.iter().filter(|(v, _)| *v == verdict).count(), rules)
        };
        assert_eq!(of(Verdict::Either), (9, BTreeSet::from(["metadata/not-null"])));
        assert_eq!(of(Verdict::Invalid), (1, BTreeSet::from(["header/unique-names"])));
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(kebab("SafeTensors.jl model_1 0a--"), "safetensors-jl-model-1-0a");
    }
}
