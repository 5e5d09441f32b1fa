//! Large files with one planted property each, and how small they can get.

use assay_generator::{Draft, ShrinkBudget, Shrunk, kinds, mutate, repairs, shrink, violate};
use assay_spec::{Dialect, OnViolation, Verdict, View};
use assay_validator::{Validation, validate};

/// A result may be longer than the smallest known file by this many bytes.
const A_FEW: usize = 2;

/// Whether a file has what is to be kept: its bytes, and what the validator says.
type Property = fn(&[u8], &Validation) -> bool;

/// Shrinks as long as a property holds, and checks that it still does.
fn shrink_while(what: &str, file: &[u8], budget: ShrinkBudget, property: Property) -> Shrunk {
    let dialect = Dialect::latest();
    let mut asked = 0;
    let mut holds = |files: &[Vec<u8>]| {
        asked += files.len() as u64;
        Some(files.iter().map(|file| property(file, &validate(file, &dialect))).collect())
    };
    assert_eq!(holds(&[file.to_vec()]), Some(vec![true]), "{what}: holds at the start");
    let shrunk = shrink(&dialect, file, budget, &mut holds);
    assert_eq!(holds(std::slice::from_ref(&shrunk.bytes)), Some(vec![true]), "{what}: at the end");
    assert_eq!(shrunk.candidates + 2, asked, "{what}: candidates are counted");
    shrunk
}

/// A valid file of many tensors, metadata, odd spelling and padding, around
/// further members of the header object and bytes for them.
fn around(members: &str, data: &[u8]) -> Vec<u8> {
    let filler = |number: usize| {
        let begin = data.len() + number * 24;
        let end = begin + 24;
        format!(
            "\"model.layers.{number}.we\\u0069ght\": {{\"dtype\": \"F32\", \"shape\": [3, 2], \
             \"data_offsets\": [{begin}, {end}]}}"
        )
    };
    let mut all = vec![r#""__metadata__": {"format": "pt", "note": "caf\u00e9"}"#.to_owned()];
    all.extend((0..40).map(filler));
    if !members.is_empty() {
        all.push(members.to_owned());
    }
    all.extend((40..80).map(filler));
    let header = format!("{{{}}}      ", all.join(", "));
    let buffer: Vec<u8> = (0..80 * 24).map(|at| (at % 251) as u8 + 1).collect();
    Draft::from_text(&header, &[data, &buffer].concat()).to_bytes(1 << 20).expect("it is small")
}

fn found(seen: &Validation, rule: &str) -> bool {
    seen.findings.iter().any(|finding| finding.rule.as_str() == rule)
}

/// Breaks the rule and, advice aside, no other.
fn only(seen: &Validation, rule: &str) -> bool {
    let graver = |f: &&assay_spec::Finding| f.on_violation != OnViolation::Warn;
    found(seen, rule) && seen.findings.iter().filter(graver).all(|f| f.rule.as_str() == rule)
}

/// A valid file that a reader with a fault sees otherwise.
fn differs(seen: &Validation, fault: impl Fn(&mut View)) -> bool {
    let Some(right) = seen.view.as_ref().filter(|_| seen.verdict == Verdict::Valid) else {
        return false;
    };
    let mut wrong = right.clone();
    fault(&mut wrong);
    wrong != *right
}

/// A planted example: what it is, the file, what is kept, and the size of the
/// smallest file known to have it.
type Example = (&'static str, Vec<u8>, Property, usize);

fn examples() -> Vec<Example> {
    vec![
        (
            "bytes after the object",
            around("", b"").iter().copied().chain(*b"x").collect(),
            |_, seen| only(seen, "buffer/no-trailing-bytes"),
            11,
        ),
        (
            "a hole before a tensor",
            around(r#""hole": {"dtype": "I64", "shape": [2], "data_offsets": [4, 20]}"#, &[7; 20]),
            |_, seen| only(seen, "buffer/no-holes"),
            61,
        ),
        (
            "a hole, whatever else",
            around(r#""hole": {"dtype": "I64", "shape": [2], "data_offsets": [4, 20]}"#, &[7; 20]),
            |_, seen| found(seen, "buffer/no-holes"),
            35,
        ),
        (
            "tensors that overlap",
            around(
                r#""one": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]},
                   "two": {"dtype": "F64", "shape": [2], "data_offsets": [8, 24]}"#,
                &[7; 24],
            ),
            |_, seen| only(seen, "buffer/no-overlaps"),
            111,
        ),
        (
            "a name twice, in two spellings",
            around(
                r#""same": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]},
                   "s\u0061me": {"dtype": "F64", "shape": [2], "data_offsets": [16, 32]}"#,
                &[7; 32],
            ),
            |_, seen| only(seen, "header/unique-names"),
            111,
        ),
        (
            "a dimension with a fraction",
            around(r#""odd": {"dtype": "U8", "shape": [7.0], "data_offsets": [0, 7]}"#, &[7; 7]),
            |_, seen| only(seen, "entry/integer-spelling"),
            62,
        ),
        (
            "a range that the shape does not give",
            around(r#""odd": {"dtype": "F32", "shape": [5, 7], "data_offsets": [0, 144]}"#, &[7; 144]),
            |_, seen| only(seen, "shape/matches-offsets"),
            59,
        ),
        (
            "a dtype that nobody knows",
            around(r#""odd": {"dtype": "Q17_K", "shape": [5], "data_offsets": [0, 20]}"#, &[7; 20]),
            |_, seen| only(seen, "dtype/known"),
            57,
        ),
        (
            "a lone surrogate",
            around(r#""odd\ud800 name": {"dtype": "U8", "shape": [5], "data_offsets": [0, 5]}"#, &[7; 5]),
            |_, seen| only(seen, "header/no-lone-surrogates"),
            66,
        ),
        (
            "metadata that is no string",
            Draft::from_text(
                r#"{"__metadata__": {"one": "1", "two": 2, "three": "3"}, "t": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}"#,
                &[7; 16],
            )
            .to_bytes(1 << 20)
            .expect("it is small"),
            |_, seen| only(seen, "metadata/values-are-strings"),
            31,
        ),
        (
            "an entry without a shape",
            around(r#""odd": {"dtype": "F32", "data_offsets": [0, 4]}"#, &[7; 4]),
            |_, seen| only(seen, "entry/required-fields"),
            15,
        ),
        (
            "a header that ends after the file",
            [&9_999_u64.to_le_bytes(), &around("", b"")[8..]].concat(),
            |_, seen| only(seen, "prefix/header-within-file"),
            8,
        ),
        (
            "a valid file with a byte in it",
            around("", b""),
            |_, seen| {
                seen.verdict == Verdict::Valid
                    && seen.view.iter().any(|v| v.tensors.iter().any(|t| !t.contents.is_empty()))
            },
            60,
        ),
        (
            "dimensions in reverse",
            around("", b""),
            |_, seen| differs(seen, |v| v.tensors.iter_mut().for_each(|t| t.shape.reverse())),
            62,
        ),
        (
            "names cut at NUL",
            around(r#""odd\u0000name": {"dtype": "U8", "shape": [5], "data_offsets": [0, 5]}"#, &[7; 5]),
            |_, seen| {
                differs(seen, |view| {
                    for tensor in &mut view.tensors {
                        tensor.name = tensor.name.split('\0').next().unwrap_or_default().to_owned();
                    }
                })
            },
            66,
        ),
        (
            "contents in order of name",
            around("", b""),
            |_, seen| {
                differs(seen, |view| {
                    let mut at = view.tensors.iter().map(|t| t.contents.start).min().unwrap_or(0);
                    for tensor in &mut view.tensors {
                        let len = tensor.contents.len();
                        tensor.contents = assay_spec::Span::new(at, at + len);
                        at += len;
                    }
                })
            },
            112,
        ),
        (
            "metadata lost",
            around("", b""),
            |_, seen| differs(seen, |view| view.metadata = None),
            27,
        ),
    ]
}

#[test]
fn planted_examples_shrink_to_about_the_smallest_file_known() {
    let mut faults = Vec::new();
    for (what, file, property, smallest) in examples() {
        let shrunk = shrink_while(what, &file, ShrinkBudget::default(), property);
        let len = shrunk.bytes.len();
        let text = shrunk.bytes.escape_ascii();
        if !shrunk.finished || len > smallest + A_FEW {
            faults.push(format!("{what}: {len} bytes, {smallest} are known: {text}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_same_file_and_property_give_the_same_result() {
    let file = around("", b"");
    let run = || {
        shrink_while("names", &file, ShrinkBudget::default(), |_, seen| {
            differs(seen, |v| v.tensors.iter_mut().for_each(|t| t.shape.reverse()))
        })
    };
    assert_eq!(run(), run());
}

/// Whatever the file and the property, what comes out has the property and is no longer.
#[test]
fn anything_can_be_shrunk() {
    let dialect = Dialect::latest();
    let start = around("", b"");
    for seed in 0..60 {
        let file = mutate(&start, seed);
        let rules = |seen: &Validation| {
            seen.findings.iter().map(|finding| finding.rule.clone()).collect::<Vec<_>>()
        };
        let first = rules(&validate(&file, &dialect)).into_iter().next();
        let mut holds = |files: &[Vec<u8>]| {
            let all = files.iter().map(|file| rules(&validate(file, &dialect)));
            Some(all.map(|rules| rules.first() == first.as_ref()).collect())
        };
        let budget = ShrinkBudget { candidates: 300, ..ShrinkBudget::default() };
        let shrunk = shrink(&dialect, &file, budget, &mut holds);
        assert!(shrunk.candidates <= 300 && shrunk.bytes.len() <= file.len(), "seed {seed}");
        assert_eq!(holds(&[shrunk.bytes]), Some(vec![true]), "seed {seed}");
    }
}

#[test]
fn a_budget_and_a_property_can_end_the_search() {
    let dialect = Dialect::latest();
    let file = around("", b"");
    let budget = ShrinkBudget { candidates: 1 << 20, bytes: 50_000 };
    let shrunk = shrink_while("bytes", &file, budget, |_, seen| seen.verdict == Verdict::Valid);
    assert!(shrunk.candidates < 10_000);
    let shrunk = shrink(&dialect, &file, ShrinkBudget::default(), &mut |_| None);
    assert_eq!((shrunk.bytes, shrunk.finished), (file, false));
}

/// A header as long as may be costs a bounded number of looks at it.
#[test]
fn a_header_at_the_limit_comes_to_an_end() {
    let dialect = Dialect::latest();
    let limit = usize::try_from(dialect.limit("max_header_bytes")).unwrap();
    let mut file = (limit as u64 + 1).to_le_bytes().to_vec();
    file.extend_from_slice(b"{}");
    file.resize(8 + limit + 1, b' ');
    let shrunk = shrink_while("limit", &file, ShrinkBudget::default(), |_, seen| {
        found(seen, "prefix/header-limit")
    });
    assert_eq!(shrunk.bytes.len(), 8, "the prefix alone says it");
}

/// Near a file with one fault there is a valid one.
#[test]
fn most_faults_can_be_repaired() {
    let dialect = Dialect::latest();
    let mut repaired = (0, 0);
    for rule in dialect.rules() {
        for seed in 0..kinds(rule) {
            let Some(violation) = violate(&dialect, rule, seed) else { continue };
            let Ok(file) = violation.broken.to_bytes(4_096) else { continue };
            if validate(&file, &dialect).verdict == Verdict::Valid {
                continue;
            }
            let all = repairs(&dialect, &file);
            let is_valid = |file: &&Vec<u8>| validate(file, &dialect).verdict == Verdict::Valid;
            // Everybody is near to the file without tensors; that does not count.
            let mended = all.iter().filter(|file| file.len() > 10).any(|file| is_valid(&file));
            repaired.0 += u32::from(mended);
            repaired.1 += 1;
        }
    }
    let (mended, of) = repaired;
    assert!(of > 100 && mended * 10 >= of * 8, "{mended} of {of} files are repaired");
}
