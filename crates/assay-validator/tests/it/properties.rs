//! What holds for every file, be it noise or nearly right.

use assay_spec::{Dialect, Verdict};
use assay_validator::{Validation, head_len, validate, validate_head};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{file, latest};

/// Holds what must hold of the judgement of any file, and returns it.
fn judge(bytes: &[u8], dialect: &Dialect) -> Validation {
    let validation = validate(bytes, dialect);
    assert_eq!(validation, validate(bytes, dialect), "not the same twice");
    let len = bytes.len() as u64;
    let head = usize::try_from(head_len(&bytes[..bytes.len().min(8)], len, dialect))
        .expect("it is in memory");
    assert_eq!(validation, validate_head(&bytes[..head], len, dialect), "the head is not enough");

    let rule_at = |id: &assay_spec::RuleId| {
        dialect.rules().iter().position(|rule| rule.id == *id).expect("a rule")
    };
    let place = |f: &assay_spec::Finding| (f.span.start, f.span.end, rule_at(&f.rule));
    assert!(validation.findings.is_sorted_by_key(place), "{:#?}", validation.findings);
    for finding in &validation.findings {
        assert!(finding.span.start <= finding.span.end, "{finding:?}");
        // Only what is declared to be left out can lie beyond the file's end.
        let is_gap = finding.rule.as_str() == "buffer/no-holes";
        assert!(is_gap || finding.span.end <= len, "{finding:?}");
        assert_eq!(
            finding.on_violation,
            dialect.rule(&finding.rule).expect("its rule").on_violation
        );
        assert!(!finding.message.is_empty() && !finding.message.contains('\n'), "{finding:?}");
    }
    assert_eq!(validation.verdict, Verdict::of(&validation.findings));
    assert_eq!(validation.view.is_some(), validation.verdict != Verdict::Invalid);
    view_is_sound(&validation, len, dialect);
    validation
}

fn view_is_sound(validation: &Validation, file_len: u64, dialect: &Dialect) {
    let Some(view) = &validation.view else { return };
    assert!(view.tensors.is_sorted_by(|a, b| a.name < b.name), "{view:?}");
    let mut covered: Vec<(u64, u64)> = Vec::new();
    for tensor in &view.tensors {
        let bits = dialect.dtype(&tensor.dtype).expect("a dtype of the dialect").bits;
        let is_empty = tensor.shape.contains(&0);
        let elements = if is_empty { 0 } else { tensor.shape.iter().product() };
        assert_eq!(tensor.contents.len() * 8, elements * bits, "{tensor:?}");
        covered.push((tensor.contents.start, tensor.contents.end));
    }
    covered.sort_unstable();
    assert!(covered.windows(2).all(|pair| pair[0].1 == pair[1].0), "{covered:?}");
    assert!(covered.last().is_none_or(|last| last.1 == file_len), "{covered:?}");
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    let editions: Vec<Dialect> = latest()
        .spec()
        .tables
        .editions
        .iter()
        .map(|edition| Dialect::edition(&edition.name).expect("it is in the table"))
        .collect();
    prop::sample::select(editions)
}

/// A valid header with the length of its buffer.
fn valid_file() -> impl Strategy<Value = Vec<u8>> {
    let tensor = (
        prop::sample::select(vec![("U8", 1), ("F32", 4), ("I64", 8), ("BF16", 2), ("BOOL", 1)]),
        prop::collection::vec(0_u64..4, 0..4),
        any::<bool>(),
    );
    let metadata = prop::sample::select(vec![
        "",
        r#""__metadata__":{},"#,
        r#""__metadata__":{"format":"pt","n\u0061me":"é"},"#,
        r#""__metadata__":null,"#,
    ]);
    (metadata, prop::collection::vec(tensor, 0..5), 0_usize..9).prop_map(
        |(metadata, tensors, padding)| {
            let (mut begin, mut entries) = (0, Vec::new());
            for (at, ((dtype, size), shape, front)) in tensors.into_iter().enumerate() {
                let end = begin + size * shape.iter().product::<u64>();
                let entry = format!(
                    r#""t{at}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{begin},{end}]}}"#
                );
                entries.insert(if front { 0 } else { entries.len() }, entry);
                begin = end;
            }
            let mut header = format!("{{{metadata}{}}}", entries.join(","));
            if entries.is_empty() {
                header = header.replace(",}", "}");
            }
            header.push_str(&" ".repeat(padding));
            file(header.as_bytes(), usize::try_from(begin).expect("small"))
        },
    )
}

/// Texts that turn one kind of file into another when they come in the way.
const SCRAPS: [&str; 34] = [
    "",
    " ",
    "\n",
    ",",
    "{",
    "}",
    "[",
    "]",
    "[]",
    "{}",
    "null",
    "0",
    "1",
    "-1",
    "1.0",
    "1e999",
    "18446744073709551615",
    "18446744073709551616",
    "9007199254740993",
    "\"U8\"",
    "\"F4\"",
    "\"f32\"",
    "\"a\"",
    "\"x\":0,",
    "\"t0\":",
    "\"dtype\":\"U8\",",
    "\"shape\":[2],",
    "\"data_offsets\":[0,1],",
    "\\ud800",
    "\u{feff}",
    "é",
    "\\u0000",
    "[0,0]",
    "{\"a\":1,\"a\":2}",
];

/// One edit: where, how many bytes go, what comes.
fn edit() -> impl Strategy<Value = (Index, usize, Vec<u8>)> {
    let scrap = prop_oneof![
        6 => prop::sample::select(&SCRAPS[..]).prop_map(|scrap| scrap.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..3),
    ];
    (any::<Index>(), 0_usize..4, scrap)
}

/// Edits the header and puts its length right, so that the edit is what is judged.
fn edit_header(bytes: &[u8], edits: Vec<(Index, usize, Vec<u8>)>) -> Vec<u8> {
    let end = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let mut header = bytes[8..end].to_vec();
    for (at, removed, scrap) in edits {
        let at = at.index(header.len() + 1);
        let end = (at + removed).min(header.len());
        header.splice(at..end, scrap);
    }
    file(&header, bytes.len() - end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), dialect in any_dialect()) {
        judge(&bytes, &dialect);
    }

    #[test]
    fn any_bytes_behind_a_right_prefix(
        header in prop::collection::vec(any::<u8>(), 0..200),
        buffer in 0_usize..9,
        dialect in any_dialect(),
    ) {
        judge(&file(&header, buffer), &dialect);
    }

    #[test]
    fn scraps_behind_a_right_prefix(
        scraps in prop::collection::vec(prop::sample::select(&SCRAPS[..]), 0..20),
        buffer in 0_usize..9,
    ) {
        judge(&file(scraps.concat().as_bytes(), buffer), latest());
    }

    #[test]
    fn valid_files_are_not_invalid(bytes in valid_file()) {
        let validation = judge(&bytes, latest());
        prop_assert_ne!(validation.verdict, Verdict::Invalid, "{:#?}", validation.findings);
    }

    #[test]
    fn mutated_headers(
        bytes in valid_file(),
        edits in prop::collection::vec(edit(), 1..4),
        dialect in any_dialect(),
    ) {
        judge(&edit_header(&bytes, edits), &dialect);
    }

    #[test]
    fn mutated_files(bytes in valid_file(), at in any::<Index>(), byte in any::<u8>()) {
        let mut bytes = bytes;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        judge(&bytes, latest());
        bytes.truncate(at);
        judge(&bytes, latest());
    }
}
