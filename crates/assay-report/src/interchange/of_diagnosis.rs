//! From what was found out about a file to a subject.

use super::{Remark, State, Subject};
use crate::diagnostic::{About, Diagnosis};

impl Subject {
    /// The file of a diagnosis; errors first, then in the order of the file.
    pub fn of_diagnosis(group: &str, diagnosis: &Diagnosis<'_>) -> Subject {
        let mut remarks: Vec<Remark> = diagnosis
            .findings
            .iter()
            .map(|finding| Remark {
                rule: Some(finding.rule.to_string()),
                severity: diagnosis.severity(finding),
                message: finding.message.clone(),
                span: Some(finding.span),
                advice: About::of(&finding.rule, diagnosis.dialect)
                    .map_or_else(String::new, |about| about.advice.to_owned()),
            })
            .collect();
        remarks.sort_by_key(|remark| remark.severity);
        Subject {
            group: group.to_owned(),
            name: diagnosis.label.to_owned(),
            path: Some(diagnosis.label.to_owned()),
            state: if diagnosis.passes() { State::Passed } else { State::Failed },
            remarks,
            seconds: Some(diagnosis.seconds),
        }
    }
}
