//! Makes the table: the generator's questions, an array library's answers.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use assay_harness::{Ready, RunOptions};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::record::{Answer, ResultLine};
use assay_protocol::slices::{ExpectedPart, SLICES_SCHEMA};
use assay_protocol::{SliceQuestion, SliceTable};
use assay_spec::Dialect;
use indicatif::ProgressBar;

use super::ask::{self, Asked, Put};
use super::table::{Question, Questions, SEED, questions};

/// How the answers come about, for whoever reads the table.
const METHOD: &str = "NumPy indexes each tensor whole. Elements of whole bytes are opaque to it: \
    byte strings of their length, so that dtypes which it does not have are indexed like others. \
    Of elements smaller than a byte it indexes the numbers; the part is the bytes of each run of \
    numbers that follow one another, and is refused if a run does not begin and end at a byte.";

/// The table that the oracle's answers make.
pub(crate) fn build(
    dialect: &Dialect,
    oracle: Ready,
    work: &Path,
    cancel: &AtomicBool,
    bar: &ProgressBar,
) -> anyhow::Result<SliceTable> {
    let made = questions(dialect, SEED)?;
    let puts = made.questions.iter().map(unanswered).collect();
    let options = RunOptions::default();
    let asked = ask::ask(puts, &made, &[oracle], work, &options, cancel, bar)?;
    let name = match asked.identities.values().next() {
        Some(identity) => format!("{} {}", identity.name, identity.version),
        None => bail!("the oracle did not start: {:?}", asked.not_run),
    };
    let questions = answered(&made, &asked)?;
    Ok(SliceTable {
        schema: SLICES_SCHEMA.to_owned(),
        edition: dialect.name().to_owned(),
        seed: SEED,
        oracle: name,
        method: METHOD.to_owned(),
        tensors: made.tensors,
        questions,
    })
}

/// A question to which any answer is right.
fn unanswered<'q>(question: &'q Question<'_>) -> Put<'q> {
    Put {
        id: &question.id,
        rule: question.rule.id.as_str(),
        tensor: question.tensor,
        index: &question.index,
        verdict: ClaimedVerdict::Either,
        part: None,
    }
}

/// The questions with their answers. Both sides are in order of id.
fn answered(made: &Questions<'_>, asked: &Asked) -> anyhow::Result<Vec<SliceQuestion>> {
    let of = |question: &Question<'_>| {
        let at = asked.results.binary_search_by(|line| line.case.cmp(&question.id));
        let line = &asked.results[at.map_err(|_| anyhow::anyhow!("{}: no answer", question.id))?];
        let part = part(line).with_context(|| question.id.clone())?;
        if question.is_fault && part.is_some() {
            bail!("{}: NumPy takes what the generator holds for faulty", question.id);
        }
        let verdict = match (&part, question.is_optional()) {
            (None, _) => ClaimedVerdict::Invalid,
            (Some(_), true) => ClaimedVerdict::Either,
            (Some(_), false) => ClaimedVerdict::Valid,
        };
        Ok(SliceQuestion {
            id: question.id.clone(),
            tensor: question.tensor,
            index: question.index.clone(),
            verdict,
            part,
        })
    };
    made.questions.iter().map(of).collect()
}

/// What was delivered; `None` if it was refused.
fn part(line: &ResultLine) -> anyhow::Result<Option<ExpectedPart>> {
    let delivered = match (line.answer, &line.delivered) {
        (Some(Answer::Reject), _) => return Ok(None),
        (Some(Answer::Accept), Some(delivered)) => delivered,
        _ => bail!("the oracle neither delivers nor refuses: {line:?}"),
    };
    let [tensor] = delivered.tensors.as_slice() else { bail!("the oracle delivers no one tensor") };
    let shape: Option<Vec<u64>> = tensor.shape.iter().map(serde_json::Number::as_u64).collect();
    let shape = shape.context("the oracle delivers a dimension that is no integer")?;
    Ok(Some(ExpectedPart { shape, sha256: tensor.sha256.clone() }))
}
