//! Transformations of files of every kind: validator and reference see in the
//! result what they saw before, as far as the transformation says so.

use std::collections::BTreeMap;

use assay_generator::relate::{content, shard, style};
use assay_generator::{Model, valid};
use assay_spec::{Dialect, Verdict};

use crate::judge::{Judge, SMALL_BYTES, describe};

/// Dtype, shape and bytes of each tensor by name; and the metadata, of which
/// absent and empty are the same.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    tensors: BTreeMap<String, (String, Vec<u64>, Vec<u8>)>,
    metadata: BTreeMap<String, String>,
}

/// What is seen in all files together.
fn seen(judge: &Judge, models: &[Model], what: &str) -> Seen {
    let mut all = Seen::default();
    for model in models {
        let bytes = model.to_draft().to_bytes(SMALL_BYTES).expect("ordinary files are small");
        let judged = judge.judge(&bytes, what);
        assert_eq!(judged.verdict, Verdict::Valid, "{what} is {}", describe(&bytes, &judged));
        let view = judged.view.expect("a valid file has a view");
        for tensor in view.tensors {
            let contents = tensor.contents.start as usize..tensor.contents.end as usize;
            let of = (tensor.dtype, tensor.shape, bytes[contents].to_vec());
            assert!(all.tensors.insert(tensor.name, of).is_none(), "{what}: a name twice");
        }
        all.metadata.extend(view.metadata.into_iter().flatten());
    }
    all
}

#[test]
fn what_is_kept_is_kept_in_files_of_every_kind() {
    let judge = Judge::new(Dialect::latest());
    for seed in 0..300 {
        let model = valid(&judge.dialect, seed);
        let one =
            |model: Model, what: &str| seen(&judge, &[model], &format!("{what}, seed {seed}"));
        let before = one(model.clone(), "the base");
        let same_view = [
            ("header keys", style::header_key_order(&model, seed)),
            ("entry keys", style::entry_key_order(&model, seed)),
            ("spacing", style::json_spacing(&model, seed)),
            ("escapes", style::escapes(&model, seed)),
            ("padding", style::padding(&judge.dialect, &model, seed).expect("spaces are allowed")),
            ("metadata order", content::metadata_reordered(&model, seed)),
            ("data", content::data_permuted(&model, seed)),
        ];
        for (what, made) in same_view {
            assert_eq!(one(made, what), before, "{what}, seed {seed}");
        }
        let same_tensors = [
            ("added", content::metadata_added(&model, seed)),
            ("removed", content::metadata_removed(&model, seed)),
            ("edited", content::metadata_edited(&model, seed)),
        ];
        for (what, made) in same_tensors {
            assert_eq!(one(made, what).tensors, before.tensors, "{what}, seed {seed}");
        }
        let renamed = one(content::renamed(&model, seed), "renamed");
        let nameless = |seen: &Seen| {
            let mut all: Vec<_> = seen.tensors.values().cloned().collect();
            all.sort();
            all
        };
        assert_eq!(nameless(&renamed), nameless(&before), "renamed, seed {seed}");
        let parts = shard::split(&model, 1 + (seed % 3) as usize, seed);
        let others = shard::reshard(&parts, 2, seed).expect("names are unique");
        assert_eq!(seen(&judge, &parts, "parts").tensors, before.tensors, "split, seed {seed}");
        assert_eq!(seen(&judge, &others, "others").tensors, before.tensors, "reshard, seed {seed}");
    }
}
