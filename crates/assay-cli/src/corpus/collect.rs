//! Gathers the cases: examples of rule pages, hand-made cases, the generator's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use assay_generator::draft::Draft;
use assay_protocol::case::{Case, CaseFile, ClaimedVerdict, Twin};
use assay_protocol::manifest::Origin;
use assay_spec::{Check, Dialect, Example, OnViolation, Rule, Verdict};

use super::recipe;

/// A case before it is proved: claims and bytes.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) id: String,
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) verdict: Verdict,
    pub(crate) also: Vec<String>,
    pub(crate) boundary_of: Vec<String>,
    pub(crate) risk: Option<String>,
    pub(crate) twin: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) draft: Draft,
}

/// Candidates by id.
pub(crate) type Candidates = BTreeMap<String, Candidate>;

/// All candidates of a dialect, and of the rules that `newest` has beyond it; `more` are those
/// that come from elsewhere.
pub(crate) fn collect(
    dialect: &Dialect,
    newest: &Dialect,
    cases: &Path,
    more: Vec<Candidate>,
) -> anyhow::Result<Candidates> {
    let mut all = Candidates::new();
    for candidate in more {
        add(&mut all, candidate)?;
    }
    // Rules about parts of tensors are proved by `corpus/slices.json`, those about other
    // operations by `corpus/operations/`: to read their pages' files whole proves nothing.
    let own = dialect.rules().iter().map(|rule| (dialect, rule));
    let is_new = |rule: &&Rule| dialect.rule(&rule.id).is_none();
    let new = newest.rules().iter().filter(is_new).map(|rule| (newest, rule));
    for (of, rule) in own.chain(new).filter(|(_, rule)| rule.check.is_of_files()) {
        for candidate in examples(rule)? {
            add(&mut all, candidate)?;
        }
        for candidate in generated(of, rule) {
            add(&mut all, candidate)?;
        }
    }
    for candidate in hand_made([dialect, newest], cases)? {
        add(&mut all, candidate)?;
    }
    drop_repeated_giants(&mut all);
    for candidate in all.values() {
        check_twin(candidate, &all)?;
    }
    Ok(all)
}

/// Files above this size cost every implementation a noticeable part of a second.
const GIANT_BYTES: u64 = 8 << 20;

/// A giant of the generator is left out where one was made by hand for the
/// same rule and verdict: it would cost much and prove nothing new.
fn drop_repeated_giants(all: &mut Candidates) {
    let is_giant = |one: &Candidate| one.draft.len().is_none_or(|len| len > GIANT_BYTES);
    let by_hand: BTreeSet<(String, bool)> = all
        .values()
        .filter(|one| matches!(one.origin, Origin::Hand) && is_giant(one))
        .map(|one| (one.rule.clone(), one.verdict == Verdict::Valid))
        .collect();
    all.retain(|_, one| {
        let key = (one.rule.clone(), one.verdict == Verdict::Valid);
        let generated = matches!(one.origin, Origin::Generated { .. });
        !(generated && is_giant(one) && by_hand.contains(&key))
    });
}

fn add(all: &mut Candidates, candidate: Candidate) -> anyhow::Result<()> {
    match all.insert(candidate.id.clone(), candidate) {
        None => Ok(()),
        Some(other) => bail!("two cases have the id {}", other.id),
    }
}

fn check_twin(candidate: &Candidate, all: &Candidates) -> anyhow::Result<()> {
    let id = &candidate.id;
    match (&candidate.twin, candidate.verdict) {
        (None, Verdict::Valid) => Ok(()),
        (None, _) => bail!("{id} is not valid and names no twin"),
        (Some(twin), _) => match all.get(twin) {
            None => bail!("{id}: its twin {twin} does not exist"),
            Some(twin) if twin.verdict != Verdict::Valid => {
                bail!("{id}: its twin {} is not valid", twin.id)
            }
            Some(_) => Ok(()),
        },
    }
}

/// The examples of a rule's page; the first valid one is the others' twin.
fn examples(rule: &Rule) -> anyhow::Result<Vec<Candidate>> {
    let id = |at: usize| format!("{}/example-{}", rule.id, at + 1);
    let valid = rule.examples.iter().position(|example| example.verdict == Verdict::Valid);
    let mut candidates = Vec::new();
    for (at, example) in rule.examples.iter().enumerate() {
        let mut candidate = Candidate {
            id: id(at),
            rule: rule.id.to_string(),
            title: title_of(example, at),
            verdict: example.verdict,
            also: Vec::new(),
            boundary_of: Vec::new(),
            risk: rule.risk.as_ref().map(|risk| risk.effect.clone()),
            twin: None,
            origin: Origin::Page,
            draft: recipe::example_draft(example).with_context(|| id(at))?,
        };
        if example.verdict != Verdict::Valid {
            candidate.twin = valid.map(id);
        }
        candidates.push(candidate);
    }
    Ok(candidates)
}

fn title_of(example: &Example, at: usize) -> String {
    if example.title.is_empty() {
        return format!("example {} of the rule's page", at + 1);
    }
    example.title.trim_end_matches(['.', ':']).to_owned()
}

/// What the generator makes for a rule: each kind of violation with its twin,
/// boundaries, and files that tell right readers from wrong ones.
fn generated(dialect: &Dialect, rule: &Rule) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let candidate = |slug: &str, title: &str, verdict, seed, draft| Candidate {
        id: format!("{}/generated-{slug}", rule.id),
        rule: rule.id.to_string(),
        title: title.to_owned(),
        verdict,
        also: Vec::new(),
        boundary_of: Vec::new(),
        risk: rule.risk.as_ref().map(|risk| risk.effect.clone()),
        twin: None,
        origin: Origin::Generated { seed },
        draft,
    };
    for seed in 0..assay_generator::kinds(rule) {
        let Some(violation) = assay_generator::violate(dialect, rule, seed) else { continue };
        let verdict = verdict_of_breaking(rule);
        let title = format!("nearest valid file to: {}", violation.title);
        let twin_slug = format!("{}-twin", violation.slug);
        let twin = candidate(&twin_slug, &title, Verdict::Valid, seed, violation.twin);
        let mut broken =
            candidate(&violation.slug, &violation.title, verdict, seed, violation.broken);
        broken.twin = Some(twin.id.clone());
        candidates.extend([broken, twin]);
    }
    let (others, boundary_of) = match rule.check {
        Check::Behaviour { probe } => (assay_generator::telling(dialect, probe), Vec::new()),
        _ => (assay_generator::boundaries(dialect, rule), vec![rule.id.to_string()]),
    };
    let first_valid = others
        .iter()
        .find(|boundary| boundary.verdict == Verdict::Valid)
        .map(|boundary| format!("{}/generated-{}", rule.id, boundary.slug));
    for boundary in others {
        let mut made =
            candidate(&boundary.slug, &boundary.title, boundary.verdict, 0, boundary.draft);
        made.boundary_of.clone_from(&boundary_of);
        if boundary.verdict != Verdict::Valid {
            made.twin = first_valid.clone();
        }
        candidates.push(made);
    }
    candidates
}

/// What a file is that breaks this rule and no graver one.
pub(crate) fn verdict_of_breaking(rule: &Rule) -> Verdict {
    match rule.on_violation {
        OnViolation::Reject => Verdict::Invalid,
        OnViolation::Either => Verdict::Either,
        OnViolation::Warn | OnViolation::None => Verdict::Valid,
    }
}

/// The hand-made cases of a folder, with the twins that they bring along.
fn hand_made(dialects: [&Dialect; 2], folder: &Path) -> anyhow::Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let file: CaseFile =
            toml::from_str(&text).with_context(|| format!("{} is faulty", path.display()))?;
        for case in file.cases {
            let id = format!("{}/{}", case.rule, case.slug);
            let rule = assay_spec::RuleId::new(&case.rule);
            if dialects.iter().all(|dialect| dialect.rule(&rule).is_none()) {
                bail!("{}: case {id} names a rule that does not exist", path.display());
            }
            candidates
                .extend(from_case(case).with_context(|| format!("{}: case {id}", path.display()))?);
        }
    }
    Ok(candidates)
}

/// A hand-made case, with the twin that it brings along.
pub(crate) fn from_case(case: Case) -> anyhow::Result<Vec<Candidate>> {
    let id = format!("{}/{}", case.rule, case.slug);
    let draft = recipe::draft(&case.recipe())?;
    let mut made = Vec::new();
    let twin = match case.twin {
        None => None,
        Some(Twin::Case(twin)) => Some(twin),
        Some(Twin::Recipe(recipe)) => {
            let twin_id = format!("{id}-twin");
            made.push(Candidate {
                id: twin_id.clone(),
                rule: case.rule.clone(),
                title: format!("nearest valid file to: {}", case.title),
                verdict: Verdict::Valid,
                also: Vec::new(),
                boundary_of: Vec::new(),
                risk: None,
                twin: None,
                origin: Origin::Hand,
                draft: recipe::draft(&recipe).context("twin")?,
            });
            Some(twin_id)
        }
    };
    made.push(Candidate {
        id,
        boundary_of: if case.boundary { vec![case.rule.clone()] } else { Vec::new() },
        rule: case.rule,
        title: case.title,
        verdict: match case.verdict {
            ClaimedVerdict::Valid => Verdict::Valid,
            ClaimedVerdict::Invalid => Verdict::Invalid,
            ClaimedVerdict::Either => Verdict::Either,
        },
        also: case.also,
        risk: case.risk,
        twin,
        origin: Origin::Hand,
        draft,
    });
    Ok(made)
}
