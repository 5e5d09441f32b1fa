//! What each transformation keeps, on files drawn from many seeds.

use std::collections::BTreeMap;

use super::content::*;
use super::shard::*;
use super::style::*;
use super::*;

/// Tensors by name, with what belongs to them; and the metadata.
type Meaning = (BTreeMap<String, (String, Vec<u64>, Vec<u8>)>, BTreeMap<String, String>);

fn meaning(models: &[Model]) -> Meaning {
    let mut all: Meaning = Default::default();
    for model in models {
        for tensor in &model.tensors {
            let of = (tensor.dtype.clone(), tensor.shape.clone(), tensor.contents.clone());
            assert!(all.0.insert(tensor.name.clone(), of).is_none(), "{} twice", tensor.name);
        }
        all.1.extend(model.metadata.iter().flatten().cloned());
    }
    all
}

fn bases() -> Vec<Model> {
    let dialect = Dialect::latest();
    let names = ["model.layers.0.weight".to_owned()];
    (0..24)
        .map(|seed| {
            let wishes = Wishes {
                names: &names,
                tensors: 3 + (seed % 3) as usize,
                metadata: 3,
                odd_text: seed % 2 == 1,
                edge_shapes: seed % 3 == 2,
            };
            base(&dialect, wishes, seed)
        })
        .collect()
}

fn bytes(model: &Model) -> Vec<u8> {
    model.to_draft().to_bytes(1 << 20).unwrap()
}

#[test]
fn spellings_keep_everything_and_change_the_bytes() {
    let dialect = Dialect::latest();
    for (model, seed) in bases().into_iter().zip(0..) {
        let made = [
            header_key_order(&model, seed),
            entry_key_order(&model, seed),
            json_spacing(&model, seed),
            escapes(&model, 1 + 3 * seed),
            padding(&dialect, &model, seed).unwrap(),
            metadata_reordered(&model, seed),
            data_permuted(&model, seed),
        ];
        for (kind, made) in made.iter().enumerate() {
            assert_eq!(meaning(std::slice::from_ref(made)), meaning(std::slice::from_ref(&model)));
            assert_ne!(bytes(made), bytes(&model), "kind {kind}, seed {seed}");
        }
    }
}

#[test]
fn moved_contents_move_no_key() {
    for (model, seed) in bases().into_iter().zip(0..) {
        let made = data_permuted(&model, seed);
        let keys = |model: &Model| {
            let mut document = model.document();
            let members = document.members();
            members.iter().map(|(key, _)| format!("{key:?}")).collect::<Vec<_>>()
        };
        assert_eq!(keys(&made), keys(&model));
    }
}

#[test]
fn metadata_changes_leave_the_tensors_alone() {
    for (model, seed) in bases().into_iter().zip(0..) {
        let before = meaning(std::slice::from_ref(&model));
        for made in [
            metadata_added(&model, seed),
            metadata_removed(&model, seed),
            metadata_edited(&model, seed),
        ] {
            let after = meaning(std::slice::from_ref(&made));
            assert_eq!(after.0, before.0);
            assert_ne!(after.1, before.1);
        }
    }
}

#[test]
fn renaming_keeps_all_but_the_names() {
    for (model, seed) in bases().into_iter().zip(0..) {
        let made = renamed(&model, seed);
        let nameless = |model: &Model| {
            let mut all: Vec<_> = meaning(std::slice::from_ref(model)).0.into_values().collect();
            all.sort();
            all
        };
        assert_eq!(nameless(&made), nameless(&model));
        assert_eq!(made.metadata, model.metadata);
        for (after, before) in made.tensors.iter().zip(&model.tensors) {
            assert_ne!(after.name, before.name);
        }
    }
}

#[test]
fn parts_hold_together_what_the_whole_holds() {
    for (model, seed) in bases().into_iter().zip(0..) {
        let whole = meaning(std::slice::from_ref(&model)).0;
        for count in 1..=3 {
            let parts = split(&model, count, seed);
            assert_eq!(parts.len(), count);
            assert!(parts.iter().all(|part| !part.tensors.is_empty()));
            assert_eq!(meaning(&parts).0, whole);
            let others = reshard(&parts, 2, seed + 1).unwrap();
            assert_eq!(meaning(&others).0, whole);
            assert_eq!(meaning(&[merge(&others).unwrap()]).0, whole);
        }
        let first = model.tensors[0].name.clone();
        let map = ShardMap { shards: vec![Vec::new(), vec![first.clone()]] };
        let parts = split_as(&model, &map);
        assert_eq!(parts[1].tensors[0].name, first);
        assert_eq!(meaning(&parts).0, whole);
        assert_eq!(merge(&[model.clone(), model]), None, "no file holds a name twice");
    }
    assert_eq!(merge(&[]), None);
}

#[test]
fn seeds_reach_every_spelling() {
    let model = &bases()[1];
    let texts = |of: &dyn Fn(u64) -> Model| {
        let all: std::collections::BTreeSet<Vec<u8>> =
            (0..12).map(|seed| bytes(&of(seed))).collect();
        all.len()
    };
    assert!(texts(&|seed| json_spacing(model, seed)) >= 3);
    assert!(texts(&|seed| escapes(model, seed)) >= 3);
    assert!(texts(&|seed| header_key_order(model, seed)) >= 6);
    let dialect = Dialect::latest();
    assert!(texts(&|seed| padding(&dialect, model, seed).unwrap()) >= 4);
    let mixed = (0..30).map(|seed| bytes(&escapes(model, 2 + 3 * seed)));
    let texts: Vec<String> = mixed.map(|b| String::from_utf8_lossy(&b).into_owned()).collect();
    assert!(texts.iter().any(|text| text.contains("\\/")), "an escaped slash");
    assert!(texts.iter().any(|text| text.to_lowercase().contains("\\ud83d\\ude00")));
}
