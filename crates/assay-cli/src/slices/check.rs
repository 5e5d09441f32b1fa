//! The table against the generator and the reference: no array library needed.

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::slices::SlicedTensor;
use assay_protocol::{SliceQuestion, SliceTable};
use assay_reference::{Policy, Reader, SliceError};
use assay_spec::{Dialect, Disputed};
use sha2::{Digest as _, Sha256};

use super::table::{Questions, questions};
use crate::commands::adapter::index_of;

/// A part as the reference delivers it: dimensions, bytes.
pub(crate) type Part = (Vec<u64>, Vec<u8>);

/// Asks the reference for parts of tensors of files in memory.
pub(crate) struct Asker {
    policy: Policy,
}

impl Asker {
    pub(crate) fn new(dialect: &Dialect) -> Asker {
        Asker { policy: Policy::new(dialect, Disputed::Reject) }
    }

    /// The part that a question asks for, or why the reference refuses it.
    pub(crate) fn ask(
        &self,
        file: &[u8],
        tensor: &SlicedTensor,
        question: &SliceQuestion,
    ) -> anyhow::Result<Result<Part, SliceError>> {
        let reader = Reader::from_bytes(file, &self.policy)?;
        let Some(whole) = reader.tensor(&tensor.name) else {
            anyhow::bail!("the file of {} has no tensor `{}`", question.id, tensor.name);
        };
        let slice = whole.slice(&index_of(&question.index));
        Ok(slice.and_then(|slice| Ok((slice.shape().to_vec(), slice.to_vec()?))))
    }
}

/// What is wrong with a table, a line each: questions that are not the
/// generator's, answers that are not the reference's.
pub(crate) fn faults(table: &SliceTable, dialect: &Dialect) -> anyhow::Result<Vec<String>> {
    let made = questions(dialect, table.seed)?;
    let mut faults = not_of_generator(table, &made);
    if !faults.is_empty() {
        return Ok(faults);
    }
    let asker = Asker::new(dialect);
    for question in &table.questions {
        let tensor = &table.tensors[question.tensor];
        let answer = asker.ask(&made.files[question.tensor], tensor, question)?;
        let place = || {
            let shape = &tensor.shape;
            format!("{}: {} {shape:?}[{}]", question.id, tensor.dtype, question.index_text())
        };
        match (&question.part, answer) {
            (None, Err(_)) => {}
            (None, Ok(_)) => faults.push(format!("{}: not refused", place())),
            (Some(_), Err(error)) => faults.push(format!("{}: refused: {error}", place())),
            (Some(part), Ok((shape, bytes))) => {
                if part.shape != shape {
                    faults.push(format!("{}: shape {shape:?}, not {:?}", place(), part.shape));
                } else if part.sha256 != hex::encode(Sha256::digest(&bytes)) {
                    faults.push(format!("{}: other bytes", place()));
                }
            }
        }
    }
    Ok(faults)
}

fn not_of_generator(table: &SliceTable, made: &Questions<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    if table.tensors != made.tensors {
        faults.push("its tensors are not those that the generator makes".to_owned());
    }
    if table.questions.len() != made.questions.len() {
        let (has, makes) = (table.questions.len(), made.questions.len());
        faults.push(format!("it has {has} questions, the generator makes {makes}"));
    }
    for (has, makes) in table.questions.iter().zip(&made.questions) {
        let is_same = has.id == makes.id && has.tensor == makes.tensor && has.index == makes.index;
        let verdict = match (&has.part, makes.is_optional()) {
            (None, _) => ClaimedVerdict::Invalid,
            (Some(_), true) => ClaimedVerdict::Either,
            (Some(_), false) => ClaimedVerdict::Valid,
        };
        if !is_same || has.verdict != verdict || (makes.is_fault && has.part.is_some()) {
            faults.push(format!("{}: it is not the generator's question", has.id));
        }
    }
    faults
}
