//! What readers must answer when they are asked for parts of tensors:
//! `corpus/slices.json`.
//!
//! The questions are made by the generator, the answers are an array
//! library's own. Nothing here knows what an index means.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::case::ClaimedVerdict;
use crate::message::SliceItem;
use crate::validate::{Faults, is_sha256};

/// The schema word of a table.
pub const SLICES_SCHEMA: &str = "slices/1";

/// Questions about parts of tensors, with their answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SliceTable {
    /// `slices/1`
    pub schema: String,
    /// The edition whose dtypes and rules it uses.
    pub edition: String,
    /// The generator's seed.
    pub seed: u64,
    /// Who answered, with version.
    pub oracle: String,
    /// How the answers came about.
    pub method: String,
    /// The tensors, each in a file of its own.
    pub tensors: Vec<SlicedTensor>,
    /// The questions in order of id.
    pub questions: Vec<SliceQuestion>,
}

/// A tensor of which parts are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlicedTensor {
    /// Its dtype, as the file spells it.
    pub dtype: String,
    /// Its dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Its name in the file.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A part of a tensor that a reader is asked for, and what it must do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SliceQuestion {
    /// `<rule>/<number>`
    pub id: String,
    /// Position of the tensor in the table.
    pub tensor: usize,
    /// Which part.
    pub index: Vec<SliceItem>,
    /// Whether a reader must deliver it, must refuse it, or may do either.
    pub verdict: ClaimedVerdict,
    /// What it delivers, unless it must refuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ExpectedPart>,
}

/// A part of a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPart {
    /// Its dimensions, outermost first.
    pub shape: Vec<u64>,
    /// SHA-256 of its bytes, row-major.
    pub sha256: String,
}

impl SliceQuestion {
    /// The rule it is about.
    pub fn rule(&self) -> &str {
        self.id.rsplit_once('/').map_or(&*self.id, |(rule, _)| rule)
    }

    /// The index as it is written between brackets in Python.
    pub fn index_text(&self) -> String {
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        let item = |item: &SliceItem| match *item {
            SliceItem::Select(position) => position.to_string(),
            SliceItem::Range([start, stop, None]) => format!("{}:{}", number(start), number(stop)),
            SliceItem::Range([start, stop, step]) => {
                format!("{}:{}:{}", number(start), number(stop), number(step))
            }
            SliceItem::Ellipsis(_) => "...".to_owned(),
        };
        self.index.iter().map(item).collect::<Vec<_>>().join(", ")
    }
}

impl SliceTable {
    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if self.schema != SLICES_SCHEMA {
            faults.push(format!("`schema` is {:?}, not {SLICES_SCHEMA:?}", self.schema));
        }
        for (at, tensor) in self.tensors.iter().enumerate() {
            if !is_sha256(&tensor.sha256) {
                faults.push(format!("tensor {at}: `sha256` is no SHA-256"));
            }
        }
        let mut used = BTreeSet::new();
        for pair in self.questions.windows(2) {
            if pair[0].id >= pair[1].id {
                faults.push(format!("question {}: not in order of id, or twice", pair[1].id));
            }
        }
        for question in &self.questions {
            let id = &question.id;
            used.insert(question.tensor);
            if question.tensor >= self.tensors.len() {
                faults.push(format!("question {id}: there is no tensor {}", question.tensor));
            }
            let must_refuse = question.verdict == ClaimedVerdict::Invalid;
            if must_refuse == question.part.is_some() {
                faults.push(format!("question {id}: its verdict and its part do not fit"));
            }
            if question.part.as_ref().is_some_and(|part| !is_sha256(&part.sha256)) {
                faults.push(format!("question {id}: `sha256` is no SHA-256"));
            }
        }
        let unused = (0..self.tensors.len()).filter(|at| !used.contains(at));
        faults.extend(unused.map(|at| format!("tensor {at}: nothing is asked of it")));
        faults
    }

    /// The document: a line for each tensor and question.
    ///
    /// # Panics
    /// Never: it is plain JSON.
    pub fn to_text(&self) -> String {
        let list = |rows: Vec<String>| rows.join(",\n");
        format!(
            "{{\"schema\":{},\n\"edition\":{},\n\"seed\":{},\n\"oracle\":{},\n\"method\":{},\n\
             \"tensors\":[\n{}],\n\"questions\":[\n{}]}}\n",
            json(&self.schema),
            json(&self.edition),
            self.seed,
            json(&self.oracle),
            json(&self.method),
            list(self.tensors.iter().map(json).collect()),
            list(self.questions.iter().map(json).collect()),
        )
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("documents are plain JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Dots, IndexFeature};

    #[test]
    fn items_are_numbers_triples_and_dots() {
        let text = r#"[-1,[null,4,2],[0,null,0],[3,null,-1],"..."]"#;
        let items: Vec<SliceItem> = serde_json::from_str(text).unwrap();
        assert_eq!(items[0], SliceItem::Select(-1));
        assert_eq!(items[1], SliceItem::Range([None, Some(4), Some(2)]));
        assert_eq!(items[4], SliceItem::Ellipsis(Dots::Dots));
        assert_eq!(serde_json::to_string(&items).unwrap(), text);
        let needs: Vec<Vec<IndexFeature>> =
            items.iter().map(|item| item.features().collect()).collect();
        use IndexFeature::{Backwards, Ellipsis, Negative, Step, Still};
        assert_eq!(needs, [[Negative], [Step], [Still], [Backwards], [Ellipsis]]);
        for wrong in ["[1.5]", "[true]", "[\"..\"]", "[[1,2]]", "[[1,2,3,4]]", "[{}]", "[null]"] {
            assert!(serde_json::from_str::<Vec<SliceItem>>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_table_is_consistent_and_written_as_it_is_read() {
        let sha256 = "ab".repeat(32);
        let question = |id: &str, tensor, verdict, part| SliceQuestion {
            id: id.to_owned(),
            tensor,
            index: vec![SliceItem::Range([None, Some(-1), Some(2)]), SliceItem::Select(0)],
            verdict,
            part,
        };
        let part = Some(ExpectedPart { shape: vec![2], sha256: sha256.clone() });
        let tensor =
            SlicedTensor { dtype: "X".to_owned(), shape: vec![4, 2], name: "t".to_owned(), sha256 };
        let mut table = SliceTable {
            schema: SLICES_SCHEMA.to_owned(),
            edition: "e".to_owned(),
            seed: 0,
            oracle: "o".to_owned(),
            method: "m".to_owned(),
            tensors: vec![tensor],
            questions: vec![
                question("a/b/1", 0, ClaimedVerdict::Valid, part.clone()),
                question("a/c/1", 0, ClaimedVerdict::Invalid, None),
            ],
        };
        assert_eq!(table.faults(), [""; 0]);
        assert_eq!(table.questions[1].rule(), "a/c");
        assert_eq!(table.questions[1].index_text(), ":-1:2, 0");
        assert_eq!(serde_json::from_str::<SliceTable>(&table.to_text()).unwrap(), table);

        table.questions.push(question("a/c/1", 1, ClaimedVerdict::Invalid, part));
        table.questions.push(question("a/d/1", 0, ClaimedVerdict::Either, None));
        table.tensors.push(SlicedTensor { sha256: String::new(), ..table.tensors[0].clone() });
        table.tensors.push(table.tensors[0].clone());
        let faults = table.faults().join("\n");
        for what in ["twice", "tensor 1: `sha256`", "verdict and its part", "tensor 2: nothing"] {
            assert!(faults.contains(what), "{what}: {faults}");
        }
    }
}
