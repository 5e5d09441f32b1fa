//! Judging one file: by the reference if it is fine, else by the validator.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use assay_reference::{Policy, Reader};
use assay_report::diagnostic::{Diagnosis, Excerpt};
use assay_spec::lint::Lints;
use assay_spec::{Dialect, Disputed, Finding, Profile, Verdict, View};
use assay_validator::{Validation, lint, validate_head};

use super::deep;
use super::head::{Head, excerpts};
use super::targets::STANDARD_INPUT;

/// What files are held to; shared by all threads.
pub(crate) struct Judge<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) profile: &'a Profile,
    looks: Looks,
    strict: Policy,
    /// Bytes of contents that were read.
    read: AtomicU64,
}

/// How closely valid files are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Looks {
    /// For advice: rules that only advise, and lints of the header.
    pub(crate) advice: bool,
    /// For lints of contents, which means reading all of them.
    pub(crate) deep: bool,
}

/// What was found out about a file.
pub(crate) struct Judged {
    label: String,
    validation: Validation,
    head: Head,
    buffer_start: u64,
    excerpts: Vec<Excerpt>,
    seconds: f64,
}

impl Judged {
    /// What the file is called.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Its length in bytes.
    pub(crate) fn file_len(&self) -> u64 {
        self.head.file_len
    }

    /// What a reader sees in it; nothing if it is not valid.
    pub(crate) fn view(&self) -> Option<&View> {
        self.validation.view.as_ref()
    }

    /// What is wrong with it.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.validation.findings
    }

    /// Where the byte buffer begins, or where the part of the file ends that was judged.
    pub(crate) fn buffer_start(&self) -> u64 {
        self.buffer_start
    }
}

impl<'a> Judge<'a> {
    pub(crate) fn new(dialect: &'a Dialect, profile: &'a Profile, looks: Looks) -> Judge<'a> {
        let strict = Policy::new(dialect, Disputed::Reject);
        Judge { dialect, profile, looks, strict, read: AtomicU64::new(0) }
    }

    /// Bytes of contents that were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The policy that refuses whatever is disputed.
    pub(crate) fn strict(&self) -> &Policy {
        &self.strict
    }

    /// Judges a file by its head.
    pub(crate) fn file(&self, path: &Path) -> anyhow::Result<Judged> {
        let start = Instant::now();
        let head = Head::of_file(path, self.dialect)?;
        let mut validation = self.validate(&head);
        if let (true, Some(view)) = (self.looks.deep, &validation.view) {
            validation.findings.extend(deep::lint(path, view, self.dialect, &self.read)?);
        }
        let len = head.bytes.len() as u64;
        let excerpts = excerpts(path, &validation.findings, len, head.file_len)?;
        Ok(self.judged(path.display().to_string(), head, validation, excerpts, start))
    }

    /// Judges what comes on standard input.
    pub(crate) fn standard_input(&self) -> anyhow::Result<Judged> {
        let start = Instant::now();
        let head = Head::of_stream(io::stdin().lock(), self.dialect)?;
        let validation = self.validate(&head);
        Ok(self.judged(STANDARD_INPUT.to_owned(), head, validation, Vec::new(), start))
    }

    fn judged(
        &self,
        label: String,
        mut head: Head,
        validation: Validation,
        excerpts: Vec<Excerpt>,
        start: Instant,
    ) -> Judged {
        let buffer_start = head.bytes.len() as u64;
        // Nothing points into the head of a file without findings; many files are judged at once.
        if validation.findings.is_empty() {
            head.bytes = Vec::new();
        }
        let seconds = start.elapsed().as_secs_f64();
        Judged { label, validation, head, buffer_start, excerpts, seconds }
    }

    /// The reference is quick to say that a file is fine; whatever it does not
    /// like, the validator explains.
    fn validate(&self, head: &Head) -> Validation {
        if !self.looks.advice
            && let Ok(reader) = Reader::from_head(&head.bytes, head.file_len, &self.strict)
        {
            return Validation {
                verdict: Verdict::Valid,
                view: Some(reader.view()),
                findings: Vec::new(),
                omitted: 0,
            };
        }
        let mut validation = validate_head(&head.bytes, head.file_len, self.dialect);
        if let (true, Some(view)) = (self.looks.advice, &validation.view) {
            let file = lint::Head { bytes: &head.bytes, view, dialect: self.dialect };
            validation.findings.extend(lint::head(&file, Lints::embedded()));
        }
        validation
    }

    /// As reports take it.
    pub(crate) fn diagnosis<'d>(&'d self, judged: &'d Judged) -> Diagnosis<'d> {
        let validation = &judged.validation;
        Diagnosis {
            label: &judged.label,
            verdict: validation.verdict,
            findings: &validation.findings,
            omitted: validation.omitted,
            head: &judged.head.bytes,
            excerpts: &judged.excerpts,
            file_len: judged.head.file_len,
            dialect: self.dialect,
            profile: self.profile,
            tensors: validation.view.as_ref().map_or(0, |view| view.tensors.len() as u64),
            seconds: judged.seconds,
        }
    }
}
