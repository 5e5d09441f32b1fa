//! The symbols of a matrix and what they mean; shared by its renderings.

use assay_protocol::record::Outcome;

use super::{Cell, Matrix};
use crate::text::units::{count, thousands};

/// Stands in a cell where nothing was executed.
pub(crate) const NOTHING: &str = "-";

/// A space that no line ends at: between a letter and its meaning.
pub(crate) const NO_BREAK: &str = "\u{a0}";

/// The letter of an outcome: upper case for a bad one, lower case for what was
/// not executed. `None` for what is right.
pub(crate) fn letter(outcome: Outcome) -> Option<char> {
    Some(match outcome {
        Outcome::Misread => 'M',
        Outcome::Crash => 'C',
        Outcome::Hang => 'H',
        Outcome::OutOfMemory => 'O',
        Outcome::FalseAccept => 'A',
        Outcome::FalseReject => 'R',
        Outcome::Degraded => 'D',
        Outcome::ProtocolError => 'P',
        Outcome::Deferred => 'd',
        Outcome::Unsupported => 'u',
        Outcome::NotRun => 'n',
        Outcome::Same => return None,
    })
}

/// What an outcome means, in a few words.
pub(crate) fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Misread => "misread (accepted, wrong view)",
        Outcome::Crash => "crash",
        Outcome::Hang => "hang",
        Outcome::OutOfMemory => "out of memory",
        Outcome::FalseAccept => "false accept (invalid file accepted)",
        Outcome::FalseReject => "false reject (valid file refused)",
        Outcome::Degraded => "degraded (bytes right, dtype lost)",
        Outcome::ProtocolError => "protocol error",
        Outcome::Deferred => "deferred (passed on unread)",
        Outcome::Unsupported => "unsupported (declared)",
        Outcome::NotRun => "not run",
        Outcome::Same => "right",
    }
}

/// `41/43`, or a dash where nothing was executed.
pub(crate) fn ratio(cell: &Cell) -> String {
    match cell.executed() {
        0 => NOTHING.to_owned(),
        executed => format!("{}/{executed}", cell.right()),
    }
}

/// Every outcome of a cell that is not right, worst first: `2A`.
pub(crate) fn marks(cell: &Cell) -> impl Iterator<Item = (Outcome, String)> + '_ {
    cell.outcomes()
        .filter_map(|(outcome, count)| Some((outcome, format!("{count}{}", letter(outcome)?))))
}

/// What the cells say, for the outcomes that occur in the matrix.
pub(crate) fn sentences(matrix: &Matrix) -> Vec<String> {
    let occurs = |outcome: &Outcome| matrix.rows.iter().any(|row| row.total.count(*outcome) > 0);
    let explain = |bad: bool| {
        let outcomes = Outcome::ALL.into_iter().filter(|outcome| outcome.is_bad() == bad);
        let explain = |outcome| Some(format!("{}{NO_BREAK}{}", letter(outcome)?, meaning(outcome)));
        outcomes.filter(occurs).filter_map(explain).collect::<Vec<_>>().join(", ")
    };
    let mut sentences = vec!["41/43: 41 right of 43 executed".to_owned()];
    for (heading, symbols) in [("Wrong", explain(true)), ("Not executed", explain(false))] {
        if !symbols.is_empty() {
            sentences.push(format!("{heading}: {symbols}"));
        }
    }
    sentences
}

/// Whose numbers rest on less than the others', in words; not escaped.
pub(crate) fn weaker(matrix: &Matrix) -> Option<String> {
    let ids = matrix.rows.iter().filter(|row| row.verdict_only).map(|row| row.id.as_str());
    let ids = ids.collect::<Vec<_>>().join(", ");
    (!ids.is_empty())
        .then(|| format!("Verdict only, which is weaker evidence, no view was compared: {ids}"))
}

/// The line above the table: how much was planned, under which edition.
pub(crate) fn heading(matrix: &Matrix) -> String {
    let ran = count(matrix.rows.len() as u64, "implementation");
    format!("{ran}, {}, edition {}", count(matrix.cases, "case"), matrix.edition)
}

/// What a reader of the numbers must know before using them.
pub(crate) fn warnings(matrix: &Matrix) -> Vec<String> {
    let mut warnings = Vec::new();
    if !matrix.finished {
        warnings.push(
            "The record has no footer: the run did not finish, and this is no result.".to_owned(),
        );
    }
    // An unfinished run lacks results everywhere; that is said already.
    for row in matrix.rows.iter().filter(|row| matrix.finished && row.missing > 0) {
        let cases = count(matrix.cases, "planned case");
        let (missing, verb) =
            (thousands(row.missing), if row.missing == 1 { "has" } else { "have" });
        warnings.push(format!("{}: {missing} of {cases} {verb} no result.", row.id));
    }
    warnings
}
