//! What a writer makes that knows a proposal: the reference's, with and without using it.
//!
//! Without using it, it must make files that whoever does not know the proposal reads; using it,
//! files that say what was asked for. The reader that fetches what to write, the writer and the
//! validator that judges are three programs.

use assay_protocol::gate::AwareWriter;
use assay_reference::write::{NewTensor, WriteError, Writer};
use assay_reference::{Policy, Reader};
use assay_spec::rfc::{Applied, Overlay};
use assay_spec::{Dialect, Disputed, Mark, Verdict, View};
use assay_validator::validate;

use super::samples::Sample;

/// Longer files are not written again: what matters is in the header.
const MAX_BYTES: usize = 1 << 16;

/// Writes what is read without the proposal, and the witnesses.
pub(crate) fn judge(applied: &Applied, overlay: &Overlay, samples: &[&Sample]) -> AwareWriter {
    let mut report = AwareWriter::default();
    let policy = |dialect: &Dialect| Policy::new(dialect, Disputed::Reject);
    let (base, merged) = (policy(&applied.base), policy(&applied.merged));
    let writer = Writer::new(&applied.merged);
    let is_small = |sample: &&&Sample| sample.is_whole() && sample.head.len() <= MAX_BYTES;
    for sample in samples.iter().filter(is_small) {
        let Ok(reader) = Reader::from_bytes(&sample.head, &base) else { continue };
        // What the proposal takes away, it does not write.
        let Ok(bytes) = again(&writer, &reader) else { continue };
        report.off += 1;
        if !says(&bytes, &applied.base, &reader.view(), &[]) {
            report.off_broken.push(format!("{} {}", sample.kind, sample.id));
        }
    }
    for (_, witness) in &overlay.witnesses {
        let bytes = witness.to_bytes().expect("parsing holds it");
        let Ok(reader) = Reader::from_bytes(&bytes, &merged) else { continue };
        let view = reader.view();
        let saying = Writer::new(&applied.merged).saying(&view.marks);
        match saying.and_then(|writer| again(&writer, &reader)) {
            Ok(bytes) => {
                report.on += 1;
                if !says(&bytes, &applied.merged, &view, &view.marks) {
                    report.on_broken.push(witness.id.clone());
                }
            }
            Err(error) => {
                report.refused.insert(witness.id.clone(), error.to_string());
            }
        }
    }
    report
}

fn again(writer: &Writer, reader: &Reader<'_>) -> Result<Vec<u8>, WriteError> {
    let metadata = reader.metadata().map(|metadata| {
        metadata.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    });
    writer.serialize(reader.tensors().map(NewTensor::from), metadata.as_ref())
}

/// Whether a file is valid, has the tensors and metadata of a view, and says these marks.
fn says(bytes: &[u8], dialect: &Dialect, view: &View, marks: &[Mark]) -> bool {
    let seen = validate(bytes, dialect);
    let (Verdict::Valid, Some(seen)) = (seen.verdict, seen.view) else { return false };
    let sorted = |marks: &[Mark]| {
        let mut said: Vec<(String, Option<String>, String)> = marks
            .iter()
            .map(|mark| (mark.key.clone(), mark.tensor.clone(), mark.value.clone()))
            .collect();
        said.sort();
        said
    };
    let tensors = |view: &View| -> Vec<(String, String, Vec<u64>)> {
        let of = view.tensors.iter();
        of.map(|one| (one.name.clone(), one.dtype.clone(), one.shape.clone())).collect()
    };
    tensors(&seen) == tensors(view)
        && seen.metadata.unwrap_or_default() == view.metadata.clone().unwrap_or_default()
        && sorted(&seen.marks) == sorted(marks)
}
