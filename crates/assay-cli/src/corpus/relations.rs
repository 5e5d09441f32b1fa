//! Metamorphic relations as cases: groups of files in which the same must be
//! seen. The generator transforms, this module says which groups there are, and
//! `prove` holds the proved cases to what the relation claims, so that a
//! transformation that does more than it says stops the build.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use assay_generator::Model;
use assay_generator::relate::{Wishes, base, content, shard, style};
use assay_protocol::manifest::{ExpectedView, ManifestCase, Origin};
use assay_protocol::record::{DeliveredTensor, DeliveredView};
use assay_protocol::{Relation, RelationKind};
use assay_report::relations::{Group, difference, groups_of};
use assay_spec::check::{JsonStandard, Place, Probe, Trailing};
use assay_spec::{Check, Dialect, Rule, Verdict};

use super::collect::Candidate;
use super::real::Real;

/// Groups of each kind.
const GROUPS: u64 = 3;
/// Sides that are made of each base of one file.
const SIDES: u64 = 2;
/// Tensors of a shard that a group takes over from a real index.
const PER_SHARD: usize = 3;

/// Places in relations by id of the case.
pub(crate) type Relations = BTreeMap<String, Relation>;

/// The cases of all groups.
pub(crate) fn candidates(
    dialect: &Dialect,
    real: &Real,
) -> anyhow::Result<(Vec<Candidate>, Relations)> {
    let mut candidates = Vec::new();
    let mut relations = Relations::new();
    for kind in RelationKind::ALL {
        let rule = rests_on(dialect, kind)
            .with_context(|| format!("no rule stands behind the relation {}", kind.as_str()))?;
        for number in 1..=GROUPS {
            let sides = sides(dialect, real, kind, number)
                .with_context(|| format!("relation {}, group {number}", kind.as_str()))?;
            for (candidate, relation) in members(rule, kind, number, &sides) {
                relations.insert(candidate.id.clone(), relation);
                candidates.push(candidate);
            }
        }
    }
    Ok((candidates, relations))
}

/// The rule that says that a transformation changes nothing, or the nearest to it.
fn rests_on(dialect: &Dialect, kind: RelationKind) -> Option<&Rule> {
    let says_so = |check: &Check| match kind {
        RelationKind::HeaderKeyOrder
        | RelationKind::EntryKeyOrder
        | RelationKind::MetadataReordered
        | RelationKind::DataPermuted => is_probe(check, Probe::KeyOrder),
        RelationKind::JsonSpacing => {
            *check == Check::JsonGrammar { standard: JsonStandard::Rfc8259 }
        }
        RelationKind::Escapes | RelationKind::Renamed => is_probe(check, Probe::NameIdentity),
        RelationKind::Padding => {
            matches!(check, Check::TrailingBytes { judge: Trailing::Whitespace, .. })
        }
        RelationKind::MetadataAdded | RelationKind::MetadataEdited => {
            matches!(check, Check::ValueType { of: Place::MetadataValue, .. })
        }
        RelationKind::MetadataRemoved => is_probe(check, Probe::EmptyMetadata),
        RelationKind::Split | RelationKind::Merge | RelationKind::Reshard => {
            is_probe(check, Probe::ContentBytes)
        }
    };
    dialect.rules().iter().find(|rule| says_so(&rule.check))
}

fn is_probe(check: &Check, wanted: Probe) -> bool {
    *check == Check::Behaviour { probe: wanted }
}

/// The files of a group: the base, then every side.
fn sides(
    dialect: &Dialect,
    real: &Real,
    kind: RelationKind,
    number: u64,
) -> anyhow::Result<Vec<Vec<Model>>> {
    match kind {
        RelationKind::Split => {
            let whole = draw(dialect, real, kind, number);
            let parts = shard::split(&whole, 2 + (number % 2) as usize, number);
            Ok(vec![vec![whole], parts])
        }
        RelationKind::Merge => {
            // Parts of different writers, so that not only offsets are new in the whole.
            let mut parts = shard::split(&draw(dialect, real, kind, number), 2, number);
            if let Some(last) = parts.last_mut() {
                *last = style::json_spacing(&content::metadata_edited(last, number), number);
            }
            let whole = shard::merge(&parts).context("two parts have a name in common")?;
            Ok(vec![parts, vec![whole]])
        }
        RelationKind::Reshard => reshard(dialect, real, number),
        _ => {
            let base = draw(dialect, real, kind, number);
            let mut sides = vec![vec![base.clone()]];
            let mut seed = SIDES * (number - 1);
            while sides.len() as u64 <= SIDES {
                let made = transformed(dialect, kind, &base, seed)?;
                let is_new =
                    sides.iter().flatten().all(|other| other.to_draft() != made.to_draft());
                if is_new {
                    sides.push(vec![made]);
                }
                seed += 1;
                ensure!(seed < 1000, "the transformation makes too few different files");
            }
            Ok(sides)
        }
    }
}

/// What the kind makes of one file.
fn transformed(
    dialect: &Dialect,
    kind: RelationKind,
    base: &Model,
    seed: u64,
) -> anyhow::Result<Model> {
    Ok(match kind {
        RelationKind::HeaderKeyOrder => style::header_key_order(base, seed),
        RelationKind::EntryKeyOrder => style::entry_key_order(base, seed),
        RelationKind::JsonSpacing => style::json_spacing(base, seed),
        RelationKind::Escapes => style::escapes(base, seed),
        RelationKind::Padding => {
            style::padding(dialect, base, seed).context("the dialect allows no padding")?
        }
        RelationKind::MetadataAdded => content::metadata_added(base, seed),
        RelationKind::MetadataRemoved => content::metadata_removed(base, seed),
        RelationKind::MetadataEdited => content::metadata_edited(base, seed),
        RelationKind::MetadataReordered => content::metadata_reordered(base, seed),
        RelationKind::DataPermuted => content::data_permuted(base, seed),
        RelationKind::Renamed => content::renamed(base, seed),
        RelationKind::Split | RelationKind::Merge | RelationKind::Reshard => {
            bail!("takes more than one file")
        }
    })
}

/// A base for a kind. The first group of each is of plain words, the others of
/// names of published models; the last has a tensor without elements and a scalar.
fn draw(dialect: &Dialect, real: &Real, kind: RelationKind, number: u64) -> Model {
    let tensors = match kind {
        RelationKind::HeaderKeyOrder | RelationKind::DataPermuted => 4,
        RelationKind::Split | RelationKind::Merge => 5,
        RelationKind::MetadataAdded
        | RelationKind::MetadataRemoved
        | RelationKind::MetadataEdited
        | RelationKind::MetadataReordered => 2,
        _ => 3,
    };
    let metadata = match kind {
        RelationKind::MetadataAdded | RelationKind::EntryKeyOrder | RelationKind::Padding => 0,
        RelationKind::MetadataRemoved
        | RelationKind::MetadataEdited
        | RelationKind::MetadataReordered => 3,
        _ => 1,
    };
    let names = match number {
        1 => Vec::new(),
        _ => real_names(real, kind, number, tensors),
    };
    let wishes = Wishes {
        names: &names,
        tensors,
        metadata,
        odd_text: kind == RelationKind::Escapes,
        edge_shapes: number == GROUPS,
    };
    base(dialect, wishes, number)
}

/// Names of one of the real indexes, another for each kind and number.
fn real_names(real: &Real, kind: RelationKind, number: u64, count: usize) -> Vec<String> {
    let large: Vec<_> = real.indexes.iter().filter(|one| one.weight_map.len() > count).collect();
    let turn = kind as usize + number as usize;
    large.get(turn % large.len().max(1)).map(|index| index.sample(count)).unwrap_or_default()
}

/// A model as its publisher split it, and dealt to another number of files.
fn reshard(dialect: &Dialect, real: &Real, number: u64) -> anyhow::Result<Vec<Vec<Model>>> {
    let mut maps: Vec<shard::ShardMap> = Vec::new();
    for map in real.indexes.iter().map(|index| index.shard_map(PER_SHARD)) {
        let count = map.shards.len();
        if (2..=6).contains(&count) && maps.iter().all(|other| other.shards.len() != count) {
            maps.push(map);
        }
    }
    let map = maps.get(number as usize - 1).context("there are too few real indexes")?;
    let names = map.shards.concat();
    let wishes = Wishes {
        names: &names,
        tensors: names.len(),
        metadata: 1,
        odd_text: false,
        edge_shapes: number == GROUPS,
    };
    let published = shard::split_as(&base(dialect, wishes, number), map);
    let count = map.shards.len() % 4 + 2;
    let others = shard::reshard(&published, count, number).context("a name stands twice")?;
    Ok(vec![published, others])
}

/// The cases of a group with their places in it.
fn members(
    rule: &Rule,
    kind: RelationKind,
    number: u64,
    sides: &[Vec<Model>],
) -> Vec<(Candidate, Relation)> {
    let group = format!("{}/{number}", kind.as_str());
    let id = |side: usize, file: usize| {
        let letter = match side {
            0 => "base".to_owned(),
            side => ((b'a' + side as u8 - 1) as char).to_string(),
        };
        let part = if sides[side].len() > 1 { format!("-{}", file + 1) } else { String::new() };
        format!("{}/relation-{}-{number}-{letter}{part}", rule.id, kind.as_str().replace('_', "-"))
    };
    let mut members = Vec::new();
    for (side, files) in sides.iter().enumerate() {
        for (file, model) in files.iter().enumerate() {
            let title = match side {
                0 => format!("base of the relation {group}: {}", kind.title()),
                _ => format!("{}; made of {}", kind.title(), id(0, 0)),
            };
            let candidate = Candidate {
                id: id(side, file),
                rule: rule.id.to_string(),
                title,
                verdict: Verdict::Valid,
                also: Vec::new(),
                boundary_of: Vec::new(),
                risk: None,
                twin: None,
                origin: Origin::Generated { seed: number },
                draft: model.to_draft(),
            };
            let relation = Relation {
                kind,
                group: group.clone(),
                side: side as u32,
                of: (side > 0).then(|| id(0, 0)),
                keeps: kind.keeps().to_vec(),
            };
            members.push((candidate, relation));
        }
    }
    members
}

/// Holds the cases to their relations: on every side of a group validator and
/// reference, which agreed on each file by itself, see the same.
///
/// # Errors
/// Lists all groups that are not what they claim.
pub(crate) fn prove(cases: &[ManifestCase]) -> anyhow::Result<()> {
    let by_id: BTreeMap<&str, &ManifestCase> =
        cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let groups = groups_of(cases);
    let faults: Vec<String> = groups
        .iter()
        .filter_map(|group| Some(format!("{}: {}", group.id, fault(group, &by_id)?)))
        .chain(RelationKind::ALL.into_iter().filter_map(|kind| {
            let count = groups.iter().filter(|group| group.kind == kind).count() as u64;
            (count < GROUPS).then(|| format!("{}: only {count} groups", kind.as_str()))
        }))
        .collect();
    if !faults.is_empty() {
        bail!("relations that do not hold:\n  {}", faults.join("\n  "));
    }
    Ok(())
}

fn fault(group: &Group, by_id: &BTreeMap<&str, &ManifestCase>) -> Option<String> {
    let mut sides = Vec::with_capacity(group.sides.len());
    for ids in &group.sides {
        let mut side = Side::default();
        for case in ids.iter().filter_map(|id| by_id.get(id.as_str())) {
            side.files.push(&case.sha256);
            side.views.extend(case.view.as_ref().map(delivered));
        }
        if side.views.len() != ids.len() {
            return Some("a case has no view".to_owned());
        }
        sides.push(side);
    }
    let (base, others) = sides.split_first()?;
    if others.is_empty() {
        return Some("has no side but its base".to_owned());
    }
    others.iter().find_map(|side| {
        if side.files == base.files {
            return Some("a side is its base, byte for byte".to_owned());
        }
        difference(&group.keeps, &base.refs(), &side.refs())
    })
}

/// The files of a side and what must be seen in them.
#[derive(Default)]
struct Side<'a> {
    files: Vec<&'a str>,
    views: Vec<DeliveredView>,
}

impl Side<'_> {
    fn refs(&self) -> Vec<&DeliveredView> {
        self.views.iter().collect()
    }
}

/// The expected view as if somebody had delivered it.
fn delivered(view: &ExpectedView) -> DeliveredView {
    let tensors = view.tensors.iter().map(|tensor| DeliveredTensor {
        name: tensor.name.clone(),
        dtype: tensor.dtype.clone(),
        shape: tensor.shape.iter().map(|dimension| (*dimension).into()).collect(),
        sha256: tensor.sha256.clone(),
    });
    DeliveredView { metadata: view.metadata.clone(), tensors: tensors.collect() }
}

#[cfg(test)]
mod tests {
    use super::super::prove::Judge;
    use super::super::real::tests::real;
    use super::*;

    fn proved() -> Vec<ManifestCase> {
        let dialect = Dialect::latest();
        let judge = Judge::new(&dialect);
        let (candidates, relations) = candidates(&dialect, &real()).unwrap();
        let mut cases = Vec::new();
        for candidate in &candidates {
            let mut case = judge.prove(candidate).unwrap().case;
            case.relation = relations.get(&case.id).cloned();
            cases.push(case);
        }
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        cases
    }

    #[test]
    fn every_kind_has_groups_that_hold() {
        let cases = proved();
        prove(&cases).unwrap();
        for kind in RelationKind::ALL {
            let groups = groups_of(&cases);
            let count = groups.iter().filter(|group| group.kind == kind).count();
            assert!((3..=6).contains(&count), "{}: {count}", kind.as_str());
        }
    }

    /// What readers get wrong about escapes is in the groups about them.
    #[test]
    fn escapes_are_of_every_sort() {
        let (candidates, _) = candidates(&Dialect::latest(), &real()).unwrap();
        let escapes = candidates.iter().filter(|one| one.id.contains("/relation-escapes-"));
        let texts: Vec<String> = escapes
            .map(|one| one.draft.to_bytes(1 << 20).unwrap())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect();
        for wanted in
            ["\\/", "\\ud83d\\ude00", "\\u005F\\u005F\\u006D", "\\uDBFF\\uDFFF", "\u{1f600}"]
        {
            assert!(texts.iter().any(|text| text.contains(wanted)), "{wanted}");
        }
    }

    #[test]
    fn a_transformation_that_does_more_than_it_says_is_found() {
        let mut cases = proved();
        let at = cases.iter().position(|case| case.id.ends_with("split-1-a-1")).unwrap();
        let right = cases[at].clone();
        cases[at].view.as_mut().unwrap().tensors[0].sha256 = "0".repeat(64);
        let error = format!("{:#}", prove(&cases).unwrap_err());
        assert!(error.contains("split/1") && error.contains("contents differ"), "{error}");
        cases[at].view.as_mut().unwrap().tensors.clear();
        assert!(prove(&cases).is_err());
        cases[at] = right;
        prove(&cases).unwrap();
        cases.retain(|case| !case.id.contains("relation-padding-2"));
        assert!(format!("{:#}", prove(&cases).unwrap_err()).contains("padding: only 2 groups"));
    }
}
