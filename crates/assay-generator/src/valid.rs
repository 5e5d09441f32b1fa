//! Valid files by construction. A seed first draws which features and sizes
//! are on at all (its [`Swarm`]); then it draws the file.

use assay_spec::Dialect;

use crate::bounds;
use crate::document::Document;
use crate::draft::PREFIX_BYTES;
use crate::draw::Draw;
use crate::model::{Model, Style, Tensor};
use crate::shapes::{Shapes, size_bits};
use crate::swarm::{Names, Swarm};
use crate::text::Value;

/// A valid file. The same dialect and seed give the same file everywhere.
pub fn valid(dialect: &Dialect, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "valid");
    let swarm = Swarm::drawn(dialect, &mut draw);
    file(dialect, &swarm, &mut draw)
}

/// A valid file of a given swarm: for the same swarm, other seeds give other
/// files with the same features.
pub fn valid_in(dialect: &Dialect, swarm: &Swarm, seed: u64) -> Model {
    file(dialect, swarm, &mut Draw::new(seed, "valid in swarm"))
}

fn file(dialect: &Dialect, swarm: &Swarm, draw: &mut Draw) -> Model {
    let mut model = Model::new(dialect, Vec::new());
    model.style = swarm.style(dialect, draw);
    model.metadata = swarm.metadata(draw);
    model.metadata_rank = draw.below(swarm.ranks);
    let mut names = Names::reserving(dialect);
    let shapes = Shapes::of(dialect);
    for _ in 0..swarm.tensors {
        let name = names.unused(swarm.name(draw));
        model.tensors.push(tensor(dialect, swarm, shapes, name, draw));
    }
    if swarm.usual_order {
        let width = |tensor: &Tensor| dialect.dtypes().iter().position(|d| d.name == tensor.dtype);
        model.tensors.sort_by(|a, b| width(b).cmp(&width(a)).then_with(|| a.name.cmp(&b.name)));
    }
    shrink_to_limits(dialect, &mut model);
    model
}

fn tensor(
    dialect: &Dialect,
    swarm: &Swarm,
    shapes: Shapes,
    name: String,
    draw: &mut Draw,
) -> Tensor {
    let dtype = draw.pick(&swarm.dtypes);
    let mut shape = Vec::new();
    shapes.draw(dtype, *draw.pick(&swarm.forms), draw, &mut shape);
    let bits = size_bits(dtype, &shape).expect("shapes are drawn small");
    let mut tensor = Tensor::new(&name, &dtype.name, &shape, draw.bytes((bits / 8) as usize));
    tensor.rank = draw.below(swarm.ranks);
    if swarm.fields_shuffled {
        tensor.field_order = draw.any();
    }
    tensor.extra.extend(swarm.extra(dialect, draw));
    tensor
}

/// Drops what a dialect with narrow limits does not have room for.
fn shrink_to_limits(dialect: &Dialect, model: &mut Model) {
    while !bounds::keeps_all(dialect, &facts(&model.document())) {
        if model.tensors.pop().is_none() && model.metadata.take().is_none() {
            if model.style == Style::plain() {
                return;
            }
            model.style = Style::plain();
        }
    }
}

/// What linear rules see of a document.
fn facts(document: &Document) -> bounds::Facts {
    let draft = document.draft();
    let n = draft.header_len().unwrap_or(u64::MAX);
    let file_len = draft.len().unwrap_or(u64::MAX);
    bounds::Facts {
        file_len: Some(file_len),
        prefix_n: Some(n),
        buffer_len: Some(file_len.saturating_sub(PREFIX_BYTES.saturating_add(n))),
        depth: Some(depth(&document.root)),
        rank: None,
    }
}

/// Nesting of a value; tokens of unknown fields are counted by their brackets.
fn depth(value: &Value) -> u64 {
    let deepest = |values: &mut dyn Iterator<Item = &Value>| values.map(depth).max().unwrap_or(0);
    match value {
        Value::Text(_) => 0,
        Value::Token(token) => token.iter().filter(|byte| b"[{".contains(byte)).count() as u64,
        Value::Array(items) => 1 + deepest(&mut items.iter()),
        Value::Object(members) => 1 + deepest(&mut members.iter().map(|(_, value)| value)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Padding;

    #[test]
    fn seeds_reach_every_feature() {
        let dialect = Dialect::latest();
        let models: Vec<Model> = (0..400).map(|seed| valid(&dialect, seed)).collect();
        let tensors = || models.iter().flat_map(|model| &model.tensors);
        let dtypes: BTreeSet<&str> = tensors().map(|tensor| tensor.dtype.as_str()).collect();
        assert_eq!(dtypes.len(), dialect.dtypes().len());
        let max_rank = dialect.limit("max_interoperable_rank") as usize;
        let features: [(&str, bool); 9] = [
            ("scalar", tensors().any(|t| t.shape.is_empty())),
            ("zeros", tensors().any(|t| t.shape.iter().filter(|d| **d == 0).count() > 1)),
            ("highest rank", tensors().any(|t| t.shape.len() == max_rank)),
            ("NUL in a name", tensors().any(|t| t.name.contains('\0'))),
            ("empty name", tensors().any(|t| t.name.is_empty())),
            ("no tensor", models.iter().any(|m| m.tensors.is_empty())),
            ("empty metadata", models.iter().any(|m| m.metadata == Some(Vec::new()))),
            ("unknown field", tensors().any(|t| !t.extra.is_empty())),
            ("padding", models.iter().any(|m| m.style.padding != Padding::None)),
        ];
        for (feature, reached) in features {
            assert!(reached, "{feature}");
        }
    }

    #[test]
    fn files_are_small() {
        let dialect = Dialect::latest();
        let lengths = (0..400).map(|seed| valid(&dialect, seed).to_draft().len().unwrap());
        assert!(lengths.max().unwrap() < 64 * 1024);
    }
}
