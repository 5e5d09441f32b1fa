//! Proves a candidate: validator and reference, which share no parsing code,
//! must both see what the case claims.

use std::io::Read as _;

use anyhow::Context as _;
use assay_generator::draft::{Draft, Segment};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{ExpectedTensor, ExpectedView, ManifestCase, Origin};
use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, Finding, OnViolation, Rule, RuleId, Span, Verdict, View};
use assay_validator::{Validation, validate_head};
use sha2::{Digest as _, Sha256};

use super::collect::{Candidate, verdict_of_breaking};
use super::heads::{Head, Shown};

/// Files up to this size are kept in the corpus; larger ones stay recipes.
pub(crate) const KEPT_BYTES: u64 = 64 * 1024;

/// A header may take this much memory while a case is proved.
const HEAD_BYTES: u64 = 1 << 28;

/// What judges cases.
pub(crate) struct Judge<'a> {
    dialect: &'a Dialect,
    interop: Policy,
    strict: Policy,
    /// What judges claims that ratified proposals have superseded.
    before: Option<Box<Judge<'a>>>,
}

/// A case that holds what it claims, and its bytes if they are small enough to keep.
pub(crate) struct Proved {
    pub(crate) case: ManifestCase,
    pub(crate) bytes: Option<Vec<u8>>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(dialect: &'a Dialect) -> Self {
        Judge {
            dialect,
            interop: Policy::new(dialect, Disputed::Accept),
            strict: Policy::new(dialect, Disputed::Reject),
            before: None,
        }
    }

    /// A judge of an edition that adopts proposals on top of another. What is claimed of a file
    /// may then have been written for that one: if it holds there, and not here, the file is
    /// what both judges see here, under the id that it has.
    pub(crate) fn after(self, before: &'a Dialect) -> Self {
        Judge { before: Some(Box::new(Judge::new(before))), ..self }
    }

    /// The manifest's entry for a candidate.
    ///
    /// # Errors
    /// Says in which respect the file is not what the case claims.
    pub(crate) fn prove(&self, candidate: &Candidate) -> anyhow::Result<Proved> {
        let (size, seen, rule) = self.see(candidate, &head(&candidate.draft)?)?;
        let is_superseded = seen.verdict != candidate.verdict;
        let kept = size <= kept_bytes(&candidate.origin);
        let digests = Digests::of(&candidate.draft, seen.view.as_ref())?;
        let case = ManifestCase {
            id: candidate.id.clone(),
            rule: candidate.rule.clone(),
            title: candidate.title.clone(),
            verdict: claimed(seen.verdict),
            origin: candidate.origin.clone(),
            path: kept.then(|| format!("files/{}.safetensors", candidate.id)),
            recipe: (!kept).then(|| super::recipe::recipe(&candidate.draft)),
            size,
            sha256: digests.file,
            // What has become valid needs no valid twin.
            twin: candidate
                .twin
                .clone()
                .filter(|_| !is_superseded || seen.verdict != Verdict::Valid),
            also: candidate.also.clone(),
            boundary_of: candidate.boundary_of.clone(),
            risk: candidate.risk.clone().filter(|_| !is_superseded),
            span: span_of(rule, &seen.findings).map(|span| [span.start, span.end]),
            view: seen.view.map(|view| expected(view, digests.tensors)),
            relation: None,
        };
        let bytes = if kept { Some(candidate.draft.to_bytes(KEPT_BYTES)?) } else { None };
        Ok(Proved { case, bytes })
    }

    /// The dialect that cases are proved under.
    pub(crate) fn dialect(&self) -> &'a Dialect {
        self.dialect
    }

    /// The manifest's entry for a candidate that is kept as a head.
    ///
    /// # Errors
    /// As for [`Judge::prove`].
    pub(crate) fn prove_head(&self, candidate: &Candidate) -> anyhow::Result<Head> {
        let bytes = head(&candidate.draft)?;
        let (size, seen, rule) = self.see(candidate, &bytes)?;
        let shown = Shown {
            id: candidate.id.clone(),
            rule: rule.id.to_string(),
            title: candidate.title.clone(),
            origin: candidate.origin.clone(),
        };
        Ok(Head::new(shown, bytes, size, &seen))
    }

    /// The file's length, what the validator sees, and the candidate's rule, if all claims hold.
    fn see(
        &self,
        candidate: &Candidate,
        head: &[u8],
    ) -> anyhow::Result<(u64, Validation, &'a Rule)> {
        let size = candidate.draft.len().context("longer than 2^64 bytes")?;
        let seen = validate_head(head, size, self.dialect);
        let rule =
            self.rule(&candidate.rule).context("names a rule that the dialect does not have")?;
        if let Err(unlike) = check_claim(candidate, rule, &seen) {
            let held_before =
                self.before.as_ref().is_some_and(|before| before.see(candidate, head).is_ok());
            if !held_before {
                return Err(unlike);
            }
        }
        self.check_reference(head, size, &seen)?;
        Ok((size, seen, rule))
    }

    /// A rule of the dialect, or one that it had before.
    fn rule(&self, id: &str) -> Option<&'a Rule> {
        let own = self.dialect.rule(&RuleId::new(id));
        own.or_else(|| self.before.as_ref().and_then(|before| before.rule(id)))
    }

    /// The reference must take the file exactly if the validator does, and see the same.
    pub(crate) fn check_reference(
        &self,
        head: &[u8],
        size: u64,
        seen: &Validation,
    ) -> anyhow::Result<()> {
        for (policy, name, accepts) in [
            (&self.interop, "interop", seen.verdict != Verdict::Invalid),
            (&self.strict, "strict", seen.verdict == Verdict::Valid),
        ] {
            match Reader::from_head(head, size, policy) {
                Ok(_) if !accepts => anyhow::bail!(
                    "the reference ({name}) accepts it, the validator says {}",
                    seen.verdict
                ),
                Err(error) if accepts => anyhow::bail!(
                    "the reference ({name}) refuses it ({error}), the validator says {}",
                    seen.verdict
                ),
                Ok(reader) => anyhow::ensure!(
                    Some(reader.view()) == seen.view,
                    "reference and validator see different views"
                ),
                Err(error) => {
                    let named = error.rule().is_some_and(|rule| {
                        seen.findings.iter().any(|finding| finding.rule == *rule)
                    });
                    anyhow::ensure!(named, "the validator does not find the reference's: {error}");
                }
            }
        }
        Ok(())
    }
}

/// Files up to this size are kept, by where they come from.
fn kept_bytes(origin: &Origin) -> u64 {
    match origin {
        Origin::Real { .. } => super::real::make::KEPT_BYTES,
        _ => KEPT_BYTES,
    }
}

/// A verdict as the manifest spells it.
pub(crate) fn claimed(verdict: Verdict) -> ClaimedVerdict {
    match verdict {
        Verdict::Valid => ClaimedVerdict::Valid,
        Verdict::Invalid => ClaimedVerdict::Invalid,
        Verdict::Either => ClaimedVerdict::Either,
    }
}

fn check_claim(candidate: &Candidate, rule: &Rule, seen: &Validation) -> anyhow::Result<()> {
    let found = || {
        let list: Vec<String> =
            seen.findings.iter().map(|f| format!("{} ({})", f.rule, f.message)).collect();
        if list.is_empty() { "no finding".to_owned() } else { list.join("; ") }
    };
    anyhow::ensure!(
        seen.verdict == candidate.verdict,
        "claims to be {}, is {}: {}",
        candidate.verdict,
        seen.verdict,
        found()
    );
    if candidate.verdict != Verdict::Valid {
        anyhow::ensure!(
            verdict_of_breaking(rule) == candidate.verdict,
            "breaking {} does not make a file {}",
            rule.id,
            candidate.verdict
        );
    }
    for finding in &seen.findings {
        let tolerated = finding.on_violation == OnViolation::Warn
            || (candidate.verdict != Verdict::Valid && finding.rule == rule.id)
            || candidate.also.iter().any(|also| also == finding.rule.as_str());
        anyhow::ensure!(tolerated, "breaks more than {}: {}", rule.id, found());
    }
    let breaks = seen.findings.iter().any(|finding| finding.rule == rule.id);
    anyhow::ensure!(
        candidate.verdict == Verdict::Valid || breaks,
        "does not break {}: {}",
        rule.id,
        found()
    );
    Ok(())
}

/// The bytes that show the fault: of the first finding of the case's rule.
fn span_of(rule: &Rule, findings: &[Finding]) -> Option<Span> {
    findings.iter().find(|finding| finding.rule == rule.id).map(|finding| finding.span)
}

/// Prefix, header, and the byte buffer if it is small.
pub(crate) fn head(draft: &Draft) -> anyhow::Result<Vec<u8>> {
    if draft.len().is_some_and(|len| len <= KEPT_BYTES) {
        return Ok(draft.to_bytes(KEPT_BYTES)?);
    }
    let without_data =
        Draft { prefix: draft.prefix.clone(), header: draft.header.clone(), data: Vec::new() };
    Ok(without_data.to_bytes(HEAD_BYTES)?)
}

fn expected(view: View, digests: Vec<String>) -> ExpectedView {
    ExpectedView {
        metadata: view.metadata,
        tensors: view
            .tensors
            .into_iter()
            .zip(digests)
            .map(|(tensor, sha256)| ExpectedTensor {
                name: tensor.name,
                dtype: tensor.dtype,
                shape: tensor.shape,
                contents: [tensor.contents.start, tensor.contents.end],
                sha256,
            })
            .collect(),
    }
}

/// SHA-256 of the file and of each tensor, in one pass over the draft.
struct Digests {
    file: String,
    tensors: Vec<String>,
}

impl Digests {
    fn of(draft: &Draft, view: Option<&View>) -> anyhow::Result<Digests> {
        let spans: Vec<Span> =
            view.map(|view| view.tensors.iter().map(|t| t.contents).collect()).unwrap_or_default();
        let mut file = Sha256::new();
        let mut tensors: Vec<Sha256> = vec![Sha256::new(); spans.len()];
        let mut at = 0_u64;
        let mut stream = DraftBytes::new(draft)?;
        let mut buffer = vec![0_u8; 1 << 20];
        loop {
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            let chunk = &buffer[..count];
            file.update(chunk);
            let end = at + count as u64;
            for (span, hasher) in spans.iter().zip(&mut tensors) {
                let (from, to) = (span.start.max(at), span.end.min(end));
                if from < to {
                    hasher.update(&chunk[(from - at) as usize..(to - at) as usize]);
                }
            }
            at = end;
        }
        let text = |hasher: Sha256| hex::encode(hasher.finalize());
        Ok(Digests { file: text(file), tensors: tensors.into_iter().map(text).collect() })
    }
}

/// A draft's bytes as a stream, so that gigabytes of zeros take no memory.
struct DraftBytes {
    segments: std::vec::IntoIter<Segment>,
    current: Option<(Segment, u64)>,
}

impl DraftBytes {
    fn new(draft: &Draft) -> anyhow::Result<DraftBytes> {
        let prefix = Draft { prefix: draft.prefix.clone(), header: Vec::new(), data: Vec::new() };
        let prefix = match &draft.prefix {
            assay_generator::draft::Prefix::HeaderLength => {
                draft.header_len().context("the header is too long")?.to_le_bytes().to_vec()
            }
            _ => prefix.to_bytes(KEPT_BYTES)?,
        };
        let mut segments = vec![Segment::Bytes(prefix)];
        segments.extend(draft.header.iter().chain(&draft.data).cloned());
        Ok(DraftBytes { segments: segments.into_iter(), current: None })
    }
}

impl std::io::Read for DraftBytes {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some((segment, at)) = &mut self.current else {
                match self.segments.next() {
                    Some(segment) => self.current = Some((segment, 0)),
                    None => return Ok(0),
                }
                continue;
            };
            let count = copy_from(segment, *at, out);
            if count > 0 {
                *at += count as u64;
                return Ok(count);
            }
            self.current = None;
        }
    }
}

/// Copies what a segment has from `at` on; 0 at its end.
fn copy_from(segment: &Segment, at: u64, out: &mut [u8]) -> usize {
    let left = |total: u64| usize::try_from(total.saturating_sub(at)).unwrap_or(usize::MAX);
    match segment {
        Segment::Bytes(bytes) => {
            let count = left(bytes.len() as u64).min(out.len());
            let from = bytes.len() - left(bytes.len() as u64).min(bytes.len());
            out[..count].copy_from_slice(&bytes[from..from + count]);
            count
        }
        Segment::Repeat { bytes, times } => {
            let total = (bytes.len() as u64).saturating_mul(*times);
            let count = left(total).min(out.len());
            let start = (at % (bytes.len().max(1) as u64)) as usize;
            for (slot, byte) in out[..count].iter_mut().zip(bytes.iter().cycle().skip(start)) {
                *slot = *byte;
            }
            count
        }
        Segment::Zeros(zeros) => {
            let count = left(*zeros).min(out.len());
            out[..count].fill(0);
            count
        }
    }
}
