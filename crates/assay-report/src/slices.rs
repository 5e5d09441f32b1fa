//! What implementations did with questions about parts of tensors.

use assay_protocol::record::ResultLine;
use assay_protocol::{SliceQuestion, SliceTable};
use assay_spec::Dialect;

use crate::rules::RuleReport;

/// The report of these results to the table's questions.
pub fn report(results: &[ResultLine], table: &SliceTable, dialect: &Dialect) -> RuleReport {
    let words = |id: &str| {
        let question = table.questions.iter().find(|question| question.id == id);
        question.map_or_else(String::new, |question| asked(question, table))
    };
    RuleReport::new(results, &|line| line.rule.clone(), &words, dialect)
}

/// `F32 [10, 5][9:20]`
fn asked(question: &SliceQuestion, table: &SliceTable) -> String {
    let of = table.tensors.get(question.tensor);
    let of = of.map_or_else(String::new, |of| format!("{} {:?}", of.dtype, of.shape));
    format!("{of}[{}]", question.index_text())
}
