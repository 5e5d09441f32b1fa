//! `overlay.toml`: a proposal's changes, declarations and witnesses.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Spanned, Table, Value};

use super::{Class, Fault};
use crate::edit::Edit;
use crate::finding::Verdict;
use crate::integer::{self, IntegerOrText};
use crate::page;
use crate::policy::Bump;
use crate::rule::{Example, Rule};
use crate::spec::{Proposal, Spec};

/// The schema word of an overlay.
const SCHEMA: &str = "overlay/1";

/// A proposal, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// What its author says of it.
    pub rfc: Declaration,
    /// The line on which that begins.
    pub rfc_line: usize,
    /// The changes, in order, each with its line.
    pub ops: Vec<(usize, Edit)>,
    /// The files that show what it does, each with its line.
    pub witnesses: Vec<(usize, Witness)>,
    /// Criteria that it need not meet.
    pub waivers: Vec<Waiver>,
    /// Validators that get it slightly wrong and that no file can tell.
    pub equivalents: Vec<Equivalent>,
}

/// What an author says of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Four digits.
    pub id: String,
    /// Which of several rival forms of one proposal this is; absent if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// One line.
    pub title: String,
    /// The phase that it claims, by name.
    pub phase: String,
    /// Who stands up for it.
    pub champions: Vec<String>,
    /// Where it is discussed: `safetensors#686`.
    #[serde(default)]
    pub upstream: Vec<String>,
    /// What it changes.
    pub base: Base,
    /// Proposals that must be applied before it, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Proposals that it cannot be combined with, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// What it does to files, readers and writers.
    pub declares: BTreeSet<Class>,
    /// The version that it needs.
    pub bump: Bump,
    /// A person's notes on what an attacker gains; absent as long as nobody thought about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
    /// Who of the committee agreed, and where that is recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_offs: Vec<String>,
    /// The day on which the change was announced to users, `YYYY-MM-DD`: a major change waits
    /// for `deprecation_days` of the policy from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<String>,
    /// Questions without an answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_questions: Vec<String>,
}

/// The dialect that a proposal changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Edition.
    pub edition: String,
    /// Digest of the edition with the required proposals applied.
    pub digest: String,
}

/// A file that shows what a proposal does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Kebab-case, unique in the overlay.
    pub id: String,
    /// One line: what the file shows.
    pub title: String,
    /// What it is without the proposal.
    pub before: Verdict,
    /// What it is with it.
    pub after: Verdict,
    /// Whether a reader that does not know the proposal and accepts the file has the right
    /// tensors. Absent where the file means the same with and without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_ignored: Option<IfIgnored>,
    /// The header as text, in which `\xNN` stands for one byte.
    pub header: String,
    /// The byte buffer in hexadecimal, blanks allowed.
    #[serde(default)]
    pub data: String,
    /// Overrides the declared header length.
    #[serde(default, with = "integer::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<IntegerOrText>")]
    pub prefix: Option<u64>,
    /// Length in bytes to which spaces extend the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pad: Option<u64>,
    /// What a reader sees with the proposal; absent if it refuses the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<BTreeMap<String, WitnessTensor>>,
}

/// What a reader sees of one tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessTensor {
    /// Its dtype.
    pub dtype: String,
    /// Its dimensions.
    pub shape: Vec<u64>,
    /// Its bytes in hexadecimal, blanks allowed.
    pub bytes: String,
}

/// What a reader gets that ignores what a proposal adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfIgnored {
    /// The right tensors.
    Harmless,
    /// Others.
    Wrong,
}

/// A neighbour of the proposal that no file can tell from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// `<rule>/<slug>`, as the gate's report names it.
    pub mutant: String,
    /// Why no file can tell.
    pub reason: String,
}

/// A criterion that a proposal need not meet for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Id of the criterion.
    pub criterion: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts: `2027-05-31`.
    pub until: String,
}

impl Witness {
    /// The whole file.
    ///
    /// # Errors
    /// Names what is wrong with the text.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let example = Example {
            title: String::new(),
            verdict: self.after,
            header: self.header.clone(),
            data: unspaced(&self.data),
            prefix: self.prefix,
            prefix_bytes: None,
            pad: self.pad,
        };
        example.to_bytes()
    }
}

impl WitnessTensor {
    /// Its bytes.
    ///
    /// # Errors
    /// If they are not hexadecimal.
    pub fn contents(&self) -> Result<Vec<u8>, String> {
        hex::decode(unspaced(&self.bytes)).map_err(|error| format!("`{}`: {error}", self.bytes))
    }
}

fn unspaced(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Whether a text is the number of a proposal: four digits.
pub fn is_rfc_id(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A rule of a later edition, by id.
type KnownRule<'k> = dyn Fn(&str) -> Option<Rule> + 'k;

/// The document before its parts are looked at, so that each fault has its line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: Spanned<String>,
    rfc: Spanned<Table>,
    #[serde(default)]
    ops: Vec<Spanned<Table>>,
    #[serde(default)]
    witnesses: Vec<Spanned<Table>>,
    #[serde(default)]
    waivers: Vec<Spanned<Table>>,
    #[serde(default)]
    equivalents: Vec<Spanned<Table>>,
}

impl Overlay {
    /// Parses an overlay. `pages` are the rule pages of its folder: id and text.
    ///
    /// # Errors
    /// Every part that is not as it should be, with its line.
    pub fn parse(text: &str, pages: &[(String, String)]) -> Result<Overlay, Vec<Fault>> {
        Overlay::parse_with(text, pages, &|id| {
            Spec::embedded().rules.iter().find(|rule| rule.id.as_str() == id).cloned()
        })
    }

    /// Parses the overlay of a proposal; `known` finds rules of later editions.
    pub(crate) fn of_proposal(
        proposal: &Proposal<'_>,
        known: &KnownRule<'_>,
    ) -> Result<Overlay, Vec<Fault>> {
        let pages: Vec<(String, String)> =
            proposal.pages.iter().map(|(id, text)| (id.to_string(), text.to_string())).collect();
        Overlay::parse_with(proposal.text, &pages, known)
    }

    fn parse_with(
        text: &str,
        pages: &[(String, String)],
        known: &KnownRule<'_>,
    ) -> Result<Overlay, Vec<Fault>> {
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            vec![Fault { line, message: error.message().into() }]
        })?;
        let mut faults = Vec::new();
        let line = |at: usize| line_of(text, at);
        if raw.schema.as_ref() != SCHEMA {
            let message = format!("the schema is `{}`, not `{SCHEMA}`", raw.schema.as_ref());
            faults.push(Fault::at(line(raw.schema.span().start), message));
        }
        let rfc_line = line(raw.rfc.span().start);
        let rfc: Option<Declaration> = part(raw.rfc, text, &mut faults);
        let edition = rfc.as_ref().map_or("", |rfc| &rfc.base.edition);
        let ops: Vec<(usize, Edit)> = raw
            .ops
            .into_iter()
            .filter_map(|raw| {
                let line = line(raw.span().start);
                operation(raw.into_inner(), edition, pages, known)
                    .map_err(|message| faults.push(Fault::at(line, message)))
                    .ok()
                    .map(|edit| (line, edit))
            })
            .collect();
        let with_line = |raw: Spanned<Table>, faults: &mut Vec<Fault>| {
            let line = line_of(text, raw.span().start);
            Some((line, part::<Witness>(raw, text, faults)?))
        };
        let witnesses: Vec<_> =
            raw.witnesses.into_iter().filter_map(|raw| with_line(raw, &mut faults)).collect();
        let waivers =
            raw.waivers.into_iter().filter_map(|raw| part(raw, text, &mut faults)).collect();
        let equivalents =
            raw.equivalents.into_iter().filter_map(|raw| part(raw, text, &mut faults)).collect();
        let Some(rfc) = rfc else { return Err(faults) };
        faults.extend(unused_pages(&ops, pages));
        let overlay = Overlay { rfc, rfc_line, ops, witnesses, waivers, equivalents };
        faults.extend(overlay.own_faults());
        if faults.is_empty() { Ok(overlay) } else { Err(faults) }
    }

    /// The id, and the variant after a slash.
    pub fn name(&self) -> String {
        match &self.rfc.variant {
            Some(variant) => format!("{}/{variant}", self.rfc.id),
            None => self.rfc.id.clone(),
        }
    }

    /// What can be seen to be wrong without a base.
    fn own_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !is_rfc_id(&self.rfc.id) {
            let message = format!("the id is `{}`, not four digits", self.rfc.id);
            faults.push(Fault::at(self.rfc_line, message));
        }
        let mut ids = BTreeSet::new();
        for (line, witness) in &self.witnesses {
            let mut fail = |message: String| {
                faults.push(Fault::at(*line, format!("witness `{}`: {message}", witness.id)));
            };
            if !ids.insert(&witness.id) {
                fail("another one has that id".to_string());
            }
            if let Err(error) = witness.to_bytes() {
                fail(error);
            }
            if witness.view.is_some() == (witness.after == Verdict::Invalid) {
                fail("a view is given exactly for a file that may be accepted".to_string());
            }
            for tensor in witness.view.iter().flat_map(BTreeMap::values) {
                if let Err(error) = tensor.contents() {
                    fail(error);
                }
            }
        }
        faults
    }
}

/// The line, from 1, on which a byte stands.
fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn part<T: DeserializeOwned>(
    raw: Spanned<Table>,
    text: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let line = line_of(text, raw.span().start);
    let read = Value::Table(raw.into_inner()).try_into();
    read.map_err(|error: toml::de::Error| faults.push(Fault::at(line, error.message()))).ok()
}

/// An operation; rows and rules that it adds are of the base edition.
fn operation(
    mut table: Table,
    edition: &str,
    pages: &[(String, String)],
    known: &KnownRule<'_>,
) -> Result<Edit, String> {
    let op = table.get("op").and_then(Value::as_str).unwrap_or_default().to_string();
    if op == "add_rule" {
        let id = table.get("rule").and_then(Value::as_str);
        let id = id.ok_or("`add_rule` names its `rule`, whose page lies in the folder `rules`")?;
        return added_rule(id, edition, pages, known);
    }
    for row in ["dtype", "key"] {
        if let Some(Value::Table(row)) = table.get_mut(row) {
            row.insert("since".to_string(), Value::String(edition.to_string()));
        }
    }
    Value::Table(table).try_into().map_err(|error: toml::de::Error| error.message().to_string())
}

/// The rule of a page in the proposal's folder, or of a later edition.
fn added_rule(
    id: &str,
    edition: &str,
    pages: &[(String, String)],
    known: &KnownRule<'_>,
) -> Result<Edit, String> {
    let page = pages.iter().find(|(page, _)| page == id);
    let mut rule = match page {
        Some((id, text)) => page::parse(id, text).map_err(|error| error.to_string())?,
        None => known(id).ok_or_else(|| format!("there is no page `rules/{id}.md`"))?,
    };
    rule.since = edition.to_string();
    Ok(Edit::AddRule { rule: Box::new(rule) })
}

/// Pages that no operation adds.
fn unused_pages(ops: &[(usize, Edit)], pages: &[(String, String)]) -> Vec<Fault> {
    let is_added = |id: &str| {
        ops.iter().any(|(_, edit)| matches!(edit, Edit::AddRule { rule } if rule.id.as_str() == id))
    };
    let unused = pages.iter().filter(|(id, _)| !is_added(id));
    unused
        .map(|(id, _)| Fault::new(format!("no `add_rule` adds the page `rules/{id}.md`")))
        .collect()
}
