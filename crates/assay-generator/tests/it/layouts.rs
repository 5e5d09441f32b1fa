//! Layouts are the published models': as many parameters, as many bytes, and
//! every file of them valid.

use std::collections::BTreeSet;

use assay_generator::Layout;
use assay_generator::draft::Segment;
use assay_generator::layout::{LayoutError, Shard, index};
use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, Verdict};
use assay_validator::validate_head;

fn layouts() -> impl Iterator<Item = Layout> {
    Layout::names().map(|name| Layout::named(name).expect("it is listed"))
}

/// Prefix and header of a file, and the file's length.
fn head(shard: &Shard) -> (Vec<u8>, u64) {
    let mut head = shard.draft.clone();
    head.data.clear();
    (head.to_bytes(1 << 27).expect("it is small"), shard.draft.len().expect("it is a file"))
}

/// Validator and reference find a shard right and see its tensors.
fn is_valid(shard: &Shard, dialect: &Dialect) {
    let (head, len) = head(shard);
    let seen = validate_head(&head, len, dialect);
    assert_eq!(seen.verdict, Verdict::Valid, "{}: {:?}", shard.file_name, seen.findings);
    let view = seen.view.expect("valid files have one");
    let names: BTreeSet<&str> = view.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, shard.tensors.iter().map(String::as_str).collect());
    for disputed in [Disputed::Accept, Disputed::Reject] {
        let policy = Policy::new(dialect, disputed);
        let header = Reader::from_head(&head, len, &policy).expect("it is valid");
        assert_eq!(header.view(), view, "{}", shard.file_name);
    }
}

#[test]
fn every_file_of_a_layout_is_valid() {
    let dialect = Dialect::latest();
    for layout in layouts() {
        for count in [1, layout.shards, 7] {
            let shards = layout.shards(&dialect, count).unwrap();
            assert_eq!(shards.len() as u64, count, "{}", layout.name);
            shards.iter().for_each(|shard| is_valid(shard, &dialect));
            let sum: u64 = shards.iter().map(|shard| shard.bytes).sum();
            assert_eq!(sum, layout.total_bytes(&dialect).unwrap());
            let tensors: usize = shards.iter().map(|shard| shard.tensors.len()).sum();
            assert_eq!(tensors, layout.tensors.len());
        }
    }
}

#[test]
fn layouts_have_the_published_numbers_of_parameters() {
    // Name, parameters, tensors in the published files.
    let published = [
        ("gpt2", 124_439_808, 160),
        ("gpt-oss-20b-mxfp4", 20_914_757_184, 459),
        ("llama-3-8b", 8_030_261_248, 291),
        ("mixtral-8x7b", 46_702_792_704, 995),
        ("qwen3-8b-fp8", 8_190_735_360, 651),
        ("sdxl-unet", 2_567_463_684, 1680),
    ];
    assert_eq!(Layout::names().count(), published.len());
    for (name, parameters, tensors) in published {
        let layout = Layout::named(name).unwrap();
        assert_eq!(layout.count_parameters(), Some(parameters), "{name}");
        assert_eq!(layout.parameters, parameters, "{name} says what it has");
        assert_eq!(layout.tensors.len(), tensors, "{name}");
    }
}

#[test]
fn layouts_have_the_published_sizes() {
    let dialect = Dialect::latest();
    let bytes = |name| Layout::named(name).unwrap().total_bytes(&dialect).unwrap();
    assert_eq!(bytes("llama-3-8b"), 16_060_522_496);
    assert_eq!(bytes("gpt-oss-20b-mxfp4"), 13_761_264_768);
}

#[test]
fn shards_are_about_equal_and_cost_next_to_nothing() {
    let dialect = Dialect::latest();
    let layout = Layout::named("llama-3-8b").unwrap();
    for shard in layout.shards(&dialect, 4).unwrap() {
        assert!((3_000_000_000..5_100_000_000).contains(&shard.bytes), "{}", shard.bytes);
        assert!(shard.draft.header_len().unwrap() < 20_000);
        assert_eq!(shard.draft.data, [Segment::Zeros(shard.bytes)]);
    }
}

#[test]
fn an_index_names_the_file_of_every_tensor() {
    let dialect = Dialect::latest();
    let layout = Layout::named("mixtral-8x7b").unwrap();
    let shards = layout.shards(&dialect, 19).unwrap();
    let text = index(&shards);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["metadata"]["total_size"], 93_405_585_408_u64);
    let map = value["weight_map"].as_object().unwrap();
    assert_eq!(map.len(), layout.tensors.len());
    for shard in &shards {
        assert!(shard.tensors.iter().all(|name| map[name] == shard.file_name));
    }
    // Spelled like the usual writers' indexes: indented, sorted, ends with a line end.
    assert_eq!(text, format!("{:#}\n", value));
}

#[test]
fn small_versions_can_be_filled() {
    let dialect = Dialect::latest();
    for layout in layouts() {
        let tensors = layout.tensors.len();
        let small = layout.scaled_down(&dialect, 512);
        let shards = small.shards(&dialect, 2).unwrap();
        shards.iter().for_each(|shard| is_valid(shard, &dialect));
        assert!(small.total_bytes(&dialect).unwrap() < 4 << 20, "{}", small.name);
        assert_eq!(small.tensors.len(), tensors);
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let old = Dialect::edition("0.5").unwrap();
    let mixed = Layout::named("gpt-oss-20b-mxfp4").unwrap();
    assert!(matches!(mixed.shards(&old, 1), Err(LayoutError::Dtype { .. })));
    let gpt2 = Layout::named("gpt2").unwrap();
    for count in [0, 161, u64::MAX] {
        assert!(matches!(gpt2.shards(&old, count), Err(LayoutError::Shards { tensors: 160 })));
    }
    assert_eq!(gpt2.shards(&old, 160).unwrap().len(), 160);
    assert_eq!(Layout::named("no such layout"), None);
}
