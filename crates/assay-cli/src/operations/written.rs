//! What writers wrote, judged: the validator's verdict, and tensors, bytes and metadata against
//! the task. The harness knows none of this; it only says whether the writer took the task.

use std::fs;
use std::path::Path;

use assay_protocol::manifest::{ExpectedTensor, ExpectedView};
use assay_protocol::record::{Answer, Outcome, ResultLine};
use assay_spec::{Dialect, Finding, Verdict, View};
use assay_validator::validate;
use sha2::{Digest as _, Sha256};

use super::tasks::{Place, Task};

/// By which signal a process dies that writes more than its limit allows and has not asked
/// for an error instead.
const TOO_LONG: &str = "SIGXFSZ";

/// What stands where a file is to be replaced.
pub(crate) const OLD: &[u8] =
    b"\x40\0\0\0\0\0\0\0{}                                                              ";

/// The view of a valid or disputed file with the digests of its contents; `None` if it is invalid.
pub(crate) fn expected_view(file: &[u8], dialect: &Dialect) -> Option<ExpectedView> {
    let validation = validate(file, dialect);
    if validation.verdict == Verdict::Invalid {
        return None;
    }
    let view = validation.view?;
    let tensors = view.tensors.into_iter().map(|tensor| {
        let bytes = tensor.contents.to_range().and_then(|range| file.get(range));
        ExpectedTensor {
            name: tensor.name,
            dtype: tensor.dtype,
            shape: tensor.shape,
            contents: [tensor.contents.start, tensor.contents.end],
            sha256: hex::encode(Sha256::digest(bytes.unwrap_or_default())),
        }
    });
    Some(ExpectedView { metadata: view.metadata, tensors: tensors.collect() })
}

/// Judges one writer's deed: turns the harness's outcome into the right one.
pub(crate) fn judge(line: &mut ResultLine, task: &Task, path: &Path, dialect: &Dialect) {
    let is_killed = task.place.is_limited()
        && line.outcome == Outcome::Crash
        && line.detail.as_deref().is_some_and(|detail| detail.contains(TOO_LONG));
    if is_killed {
        // The limit's doing, not the writer's: what counts is what is left.
        line.outcome = Outcome::Same;
    }
    let fault = match line.answer {
        Some(Answer::Written) if line.outcome == Outcome::Same => match look(task, path, dialect) {
            Ok(note) => {
                line.detail = note.or(line.detail.take());
                None
            }
            Err((outcome, what)) => Some((outcome, what)),
        },
        Some(Answer::Reject | Answer::OutOfMemory) => left_behind(task.place, path),
        None if is_killed => left_behind(task.place, path),
        _ => None,
    };
    if let Some((outcome, what)) = fault {
        line.outcome = outcome.min(line.outcome);
        line.detail = Some(what);
    }
}

/// What a writer that failed left behind, if that is wrong.
fn left_behind(place: Place, path: &Path) -> Option<(Outcome, String)> {
    let found = read_file(path);
    let what = match (place, found) {
        (Place::Old | Place::LimitOld, Some(bytes)) if bytes == OLD => return None,
        (Place::Old | Place::LimitOld, Some(bytes)) => {
            format!("the old file of {} bytes is gone; {} others are there", OLD.len(), bytes.len())
        }
        (Place::Old | Place::LimitOld, None) => "the old file is gone".to_owned(),
        (Place::New | Place::NoFolder | Place::Limit, Some(bytes)) => {
            format!("a file of {} bytes is left", bytes.len())
        }
        (Place::New | Place::NoFolder | Place::Limit, None) | (Place::Full, _) => return None,
    };
    Some((Outcome::Misread, format!("the write failed, and {what}")))
}

/// Looks at a file that is said to be written. A note, or what is wrong.
fn look(task: &Task, path: &Path, dialect: &Dialect) -> Result<Option<String>, (Outcome, String)> {
    let wrong = |what: String| (Outcome::Misread, what);
    let Some(bytes) = read_file(path) else {
        return Err(wrong("says that it wrote, and there is no file".to_owned()));
    };
    let validation = validate(&bytes, dialect);
    // Of what a file breaks, the gravest comes first here; advice is none of it.
    let mut findings: Vec<&Finding> = validation.findings.iter().collect();
    findings.sort_by_key(|finding| finding.on_violation);
    let first = findings.first();
    if validation.verdict == Verdict::Invalid {
        let (rule, message) = first.map_or(("", ""), |it| (it.rule.as_str(), it.message.as_str()));
        return Err(wrong(format!("wrote a file that is not valid: {rule}: {message}")));
    }
    let view = validation.view.unwrap_or_default();
    let lost = compare_tensors(task, &view, &bytes).map_err(wrong)?;
    let written = view.metadata.unwrap_or_default();
    let given = task.view.metadata.iter().flatten();
    for (key, value) in given.clone() {
        if written.get(key) != Some(value) {
            let found = written.get(key);
            return Err(wrong(format!("metadata: {key:?} is {found:?}, not {value:?}")));
        }
    }
    if let Some(what) = lost {
        return Err((Outcome::Degraded, what));
    }
    Ok(if validation.verdict == Verdict::Either {
        first.map(|finding| format!("disputed: {}: {}", finding.rule, finding.message))
    } else if written.len() > given.count() {
        Some("the writer adds metadata of its own".to_owned())
    } else {
        None
    })
}

/// Names, contents and shapes against the task: what differs first, or which dtype is lost.
fn compare_tensors(task: &Task, view: &View, bytes: &[u8]) -> Result<Option<String>, String> {
    let names: Vec<&str> = view.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let right: Vec<&str> = task.view.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    if names != right {
        return Err(format!("wrote the tensors {names:?}, not {right:?}"));
    }
    let mut lost = None;
    for (tensor, right) in view.tensors.iter().zip(&task.view.tensors) {
        let (name, range) = (&right.name, tensor.contents.to_range());
        let written = range.and_then(|range| bytes.get(range)).unwrap_or_default();
        let given = slice(&task.seen, right.contents);
        if let Some(at) = difference(written, given) {
            let length = given.len();
            return Err(format!("tensor {name:?}: contents differ at byte {at} of {length}"));
        }
        if tensor.shape != right.shape {
            let (shape, of) = (&tensor.shape, &right.shape);
            return Err(format!("tensor {name:?}: shape {shape:?}, not {of:?}"));
        }
        if tensor.dtype != right.dtype {
            let (dtype, of) = (&tensor.dtype, &right.dtype);
            lost.get_or_insert_with(|| format!("tensor {name:?}: dtype {dtype}, not {of}"));
        }
    }
    Ok(lost)
}

/// The bytes of a plain file; a device would never end.
pub(crate) fn read_file(path: &Path) -> Option<Vec<u8>> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file.then(|| fs::read(path).ok()).flatten()
}

fn slice(bytes: &[u8], [start, end]: [u64; 2]) -> &[u8] {
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default()
}

/// Where two texts first differ; the end of the shorter one if it is the other's beginning.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let at = a.iter().zip(b).position(|(a, b)| a != b);
    at.or_else(|| (a.len() != b.len()).then(|| a.len().min(b.len())))
}
