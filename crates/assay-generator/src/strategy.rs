//! Strategies for property tests. They shrink to plain files: valid ones by
//! leaving out what does not matter, broken ones by their seed.

use assay_spec::{Dialect, RuleId};
use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

use crate::model::{Model, Style};
use crate::{Violation, kinds, valid, violate};

/// Valid files.
pub fn valid_file(dialect: &Dialect) -> impl Strategy<Value = Model> + use<> {
    ValidFile(dialect.clone())
}

/// Files that break one rule, with that rule. Those whose violation needs a
/// file of megabytes are among them.
pub fn broken_file(dialect: &Dialect) -> impl Strategy<Value = (RuleId, Violation)> + use<> {
    let dialect = dialect.clone();
    let rules: Vec<usize> = (0..dialect.rules().len())
        .filter(|at| {
            let rule = &dialect.rules()[*at];
            (0..kinds(rule)).any(|seed| violate(&dialect, rule, seed).is_some())
        })
        .collect();
    (proptest::sample::select(rules), any::<u64>()).prop_filter_map(
        "the dialect leaves room for each kind",
        move |(at, seed)| {
            let rule = &dialect.rules()[at];
            Some((rule.id.clone(), violate(&dialect, rule, seed)?))
        },
    )
}

#[derive(Debug)]
struct ValidFile(Dialect);

impl Strategy for ValidFile {
    type Tree = ModelTree;
    type Value = Model;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = runner.rng().next_u64();
        let current = valid(&self.0, seed);
        let tensors = current.tensors.len();
        Ok(ModelTree { current, tensors, before: None, step: 0 })
    }
}

/// A model and how far it has been simplified.
#[derive(Debug, Clone)]
struct ModelTree {
    current: Model,
    /// How many tensors it had at first.
    tensors: usize,
    /// The model before the last step, if that can still be taken back.
    before: Option<Model>,
    step: usize,
}

impl ValueTree for ModelTree {
    type Value = Model;

    fn current(&self) -> Model {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        while let Some(simpler) = simpler(&self.current, self.tensors, self.step) {
            self.step += 1;
            if simpler != self.current {
                self.before = Some(std::mem::replace(&mut self.current, simpler));
                return true;
            }
        }
        false
    }

    fn complicate(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        self.current = before;
        true
    }
}

/// A model after a simplification; `None` if there are no more. Every one
/// keeps a file valid.
fn simpler(model: &Model, tensors: usize, step: usize) -> Option<Model> {
    let mut simpler = model.clone();
    match step {
        0 => simpler.style = Style::plain(),
        1 => simpler.metadata = None,
        2 => simpler.tensors.iter_mut().for_each(|tensor| tensor.extra.clear()),
        3 => simpler.tensors.iter_mut().for_each(|tensor| {
            tensor.rank = 0;
            tensor.field_order = 0;
        }),
        _ => {
            // From the last on, so that earlier ones keep their place: first
            // leave a tensor out, then give it a plain name.
            let at = tensors.checked_sub((step - 4) / 2 + 1)?;
            let plain = format!("t{at}");
            let taken = model.tensors.iter().any(|tensor| tensor.name == plain);
            match simpler.tensors.get_mut(at) {
                Some(_) if step.is_multiple_of(2) => {
                    simpler.tensors.remove(at);
                }
                Some(tensor) if !taken => tensor.name = plain,
                _ => {}
            }
        }
    }
    Some(simpler)
}
