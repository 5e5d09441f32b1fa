//! Does an index agree with its shards?

use std::path::Path;

use assay_reference::Policy;
use assay_reference::shards::{Links, ShardsError, verify};
use assay_report::interchange::{Remark, Severity, State, Subject};
use assay_spec::numbers::count;
use serde_json::{Value, json};

/// What was found out about an index.
pub(crate) struct JudgedIndex {
    label: String,
    /// What it holds, if it can be read.
    holds: String,
    faults: Vec<Fault>,
}

struct Fault {
    kind: &'static str,
    message: String,
    advice: &'static str,
}

/// Compares an index with the headers of its shards. Shards that are links are followed:
/// download caches consist of them.
pub(crate) fn judge(path: &Path, policy: &Policy) -> anyhow::Result<JudgedIndex> {
    let label = path.display().to_string();
    let report = match verify(path, policy, Links::Follow) {
        Ok(report) => report,
        // An index that is none is a finding, not a failure of this program.
        Err(error @ ShardsError::Index { .. }) => {
            let (kind, advice) = ("index", "Write it anew: assay shards index FOLDER --force");
            let fault = Fault { kind, message: error.to_string(), advice };
            return Ok(JudgedIndex { label, holds: String::new(), faults: vec![fault] });
        }
        Err(error) => return Err(error.into()),
    };
    let faults = report.faults.iter().map(|fault| Fault {
        kind: fault.id(),
        message: fault.to_string(),
        advice: fault.advice(),
    });
    let shards = count(report.index.shards().len() as u64, "shard");
    let tensors = count(report.index.len() as u64, "tensor");
    Ok(JudgedIndex { label, holds: format!("{shards}, {tensors}"), faults: faults.collect() })
}

impl JudgedIndex {
    /// Whether index and shards agree.
    pub(crate) fn passes(&self) -> bool {
        self.faults.is_empty()
    }

    /// For people; ends with a line end.
    pub(crate) fn to_terminal(&self) -> String {
        let mut text = String::new();
        for Fault { kind, message, advice } in &self.faults {
            text += &format!("error[{kind}]: {message}\n   = help: {advice}\n\n");
        }
        let label = self.label.escape_debug();
        if self.passes() {
            return text
                + &format!("valid: {label}, an index that agrees with its {}\n", self.holds);
        }
        let faults = count(self.faults.len() as u64, "fault");
        text + &format!("invalid: {label}, an index with {faults}\n")
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        let fault = |fault: &Fault| json!({ "kind": fault.kind, "message": fault.message, "advice": fault.advice });
        json!({
            "label": self.label,
            "index": true,
            "passes": self.passes(),
            "faults": self.faults.iter().map(fault).collect::<Vec<_>>(),
        })
    }

    /// For the formats of other programs.
    pub(crate) fn to_subject(&self, group: &str) -> Subject {
        let remark = |fault: &Fault| Remark {
            rule: None,
            severity: Severity::Error,
            message: fault.message.clone(),
            span: None,
            advice: fault.advice.to_owned(),
        };
        Subject {
            group: group.to_owned(),
            name: self.label.clone(),
            path: Some(self.label.clone()),
            state: if self.passes() { State::Passed } else { State::Failed },
            remarks: self.faults.iter().map(remark).collect(),
            seconds: None,
        }
    }
}
