//! Applies a proposal to its base.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::class::{Class, classes};
use super::{Fault, Overlay, classes_in_words};
use crate::dialect::Dialect;

/// A proposal applied.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What it changes.
    pub base: Dialect,
    /// What comes of it.
    pub merged: Dialect,
    /// Each change with what it does.
    pub ops: Vec<AppliedOp>,
    /// What the changes do together.
    pub classes: BTreeSet<Class>,
}

/// A change with what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedOp {
    /// Its line in the overlay.
    pub line: usize,
    /// `add_dtype`
    pub op: String,
    /// What it changes.
    pub target: String,
    /// What it does, seen from the data alone.
    pub classes: BTreeSet<Class>,
}

impl Overlay {
    /// Applies the changes one after the other. `base` has the proposals that this one
    /// requires applied. What does not depend on the declaration is left to
    /// [`Overlay::declaration_faults`].
    ///
    /// # Errors
    /// A base that is not the pinned one; a change that does not find what it changes or
    /// leaves data that contradicts itself.
    pub fn apply(&self, base: &Dialect) -> Result<Applied, Vec<Fault>> {
        let mut faults = Vec::new();
        if self.rfc.base.digest != base.digest() {
            let message = format!(
                "the base is pinned to {}, but edition {} is {}; look at what changed, then run \
                 `assay rfc rebase {}`",
                self.rfc.base.digest,
                base.name(),
                base.digest(),
                self.rfc.id,
            );
            faults.push(Fault::at(self.rfc_line, message));
        }
        if self.ops.is_empty() {
            faults.push(Fault::new("the proposal changes nothing: it has no `[[ops]]`"));
        }
        let mut spec = base.spec().clone();
        let mut ops = Vec::new();
        for (line, edit) in &self.ops {
            let before = spec.clone();
            let done = edit.apply(&mut spec).and_then(|()| spec.check_consistency());
            if let Err(error) = done {
                let message = format!("`{}` {}: {error}", edit.op(), edit.target());
                faults.push(Fault::at(*line, message));
                spec = before;
                continue;
            }
            if spec == before {
                let message = format!("`{}` {} changes nothing", edit.op(), edit.target());
                faults.push(Fault::at(*line, message));
            }
            ops.push(AppliedOp {
                line: *line,
                op: edit.op(),
                target: edit.target().to_string(),
                classes: classes(edit, base.spec(), &before, &spec),
            });
        }
        let name = format!("{}+{}", base.name(), self.name());
        let merged = match Dialect::resolve(&spec, base.edition_name()) {
            Ok(dialect) => dialect.named(&name),
            Err(error) => {
                faults.push(Fault::new(error.to_string()));
                base.clone()
            }
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut classes: BTreeSet<Class> =
            ops.iter().flat_map(|op| op.classes.iter().copied()).collect();
        if classes.len() > 1 {
            classes.remove(&Class::Editorial);
        }
        Ok(Applied { base: base.clone(), merged, ops, classes })
    }

    /// What is declared otherwise than the changes are.
    pub fn declaration_faults(&self, applied: &Applied) -> Vec<Fault> {
        let mut faults = Vec::new();
        let declared = &self.rfc.declares;
        for class in applied.classes.difference(declared) {
            let op = applied.ops.iter().find(|op| op.classes.contains(class));
            let (line, what) = op.map_or((self.rfc_line, String::new()), |op| {
                (op.line, format!("`{}` {}", op.op, op.target))
            });
            let message = format!(
                "{what} is of the class `{class}`, which `declares` does not name (it says {})",
                classes_in_words(declared)
            );
            faults.push(Fault::at(line, message));
        }
        for class in declared.difference(&applied.classes) {
            let message = format!("`declares` names `{class}`, but no change is of that class");
            faults.push(Fault::at(self.rfc_line, message));
        }
        faults
    }
}
