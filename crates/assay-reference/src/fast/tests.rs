//! The fast pass against the explaining one: same verdict, same tables, for the
//! usual dialects in both directions, for any other dialect whenever the fast
//! pass accepts.

mod tokens;

use assay_generator::{boundaries, kinds, mutate, telling, valid, violate};
use assay_spec::check::{
    Aligned, Check, Comparison, IntegerDemand, JsonType, Leading, Place, Probe, Table, Term,
    Trailing,
};
use assay_spec::{Dialect, Disputed, Key, KeyObject, KeyRole, OnViolation, Spec};

use super::{Scratch, accepts};
use crate::{Header, Policy, Reader};

const EDITIONS: [&str; 6] = ["0.3", "0.4", "0.5", "0.6", "0.7", "0.8"];
const SMALL: u64 = 1 << 16;

/// Both policies of a dialect, and memory that is used for one file after the other.
struct Pair {
    policies: [Policy; 2],
    /// The same without what the explaining pass passes over at one go.
    careful: [Policy; 2],
    scratch: Scratch,
    /// Whether the fast pass knows all of the dialect's rules.
    usual: bool,
    clean: usize,
    dirty: usize,
}

impl Pair {
    fn usual(dialect: &Dialect) -> Pair {
        let pair = Pair::any(dialect);
        assert!(pair.policies.iter().all(|policy| policy.terms.is_some()), "{}", dialect.name());
        Pair { usual: true, ..pair }
    }

    fn any(dialect: &Dialect) -> Pair {
        let policies =
            || [Disputed::Accept, Disputed::Reject].map(|disputed| Policy::new(dialect, disputed));
        let careful = policies().map(|mut policy| {
            policy.usual = None;
            policy
        });
        Pair {
            policies: policies(),
            careful,
            scratch: Scratch::default(),
            usual: false,
            clean: 0,
            dirty: 0,
        }
    }

    /// Reads a file both ways under both policies.
    fn compare(&mut self, file: &[u8], what: &str) {
        let len = file.len() as u64;
        for (policy, careful) in self.policies.iter().zip(&self.careful) {
            let shown = || {
                let start = &file[..file.len().min(900)];
                format!("{what} ({:?}): \"{}\"", policy.disputed(), start.escape_ascii())
            };
            let slow = Header::explained(file, len, policy);
            match (&slow, &Header::explained(file, len, careful)) {
                (Ok(slow), Ok(careful)) => same(slow, careful, shown),
                (Err(slow), Err(careful)) => {
                    assert_eq!(slow.to_string(), careful.to_string(), "{}", shown());
                }
                _ => panic!("not the same with more care: {}", shown()),
            }
            let fast = accepts(file, len, policy, &mut self.scratch).is_some();
            match (fast, &slow) {
                (true, Err(error)) => panic!("accepted in spite of {error}: {}", shown()),
                (false, Ok(_)) if self.usual => panic!("clean and not accepted: {}", shown()),
                (false, _) => self.dirty += 1,
                (true, Ok(slow)) => {
                    self.clean += 1;
                    let kept = Header::from_head_in(file, len, policy, &mut self.scratch);
                    same(&kept.expect("it was accepted"), slow, shown);
                    let fresh = Header::from_head(file, len, policy).expect("it was accepted");
                    same(&fresh, slow, shown);
                }
            }
        }
    }
}

/// Two readings of one header say the same, in every way of asking.
fn same(fast: &Header<'_>, slow: &Header<'_>, shown: impl Fn() -> String) {
    assert_eq!(fast.buffer(), slow.buffer(), "{}", shown());
    let lists = [fast, slow]
        .map(|header| header.entries().map(|entry| format!("{entry:?}")).collect::<Vec<_>>());
    assert_eq!(lists[0], lists[1], "{}", shown());
    assert_eq!(fast.view(), slow.view(), "{}", shown());
    for name in slow.names().chain(["", "no such tensor"]) {
        let found = [fast, slow].map(|header| format!("{:?}", header.entry(name)));
        assert_eq!(found[0], found[1], "{}", shown());
    }
    let pairs =
        [fast, slow].map(|header| header.metadata().map(|all| all.iter().collect::<Vec<_>>()));
    assert_eq!(pairs[0], pairs[1], "{}", shown());
    for (key, value) in pairs[1].iter().flatten() {
        let metadata = fast.metadata().expect("it has pairs");
        assert_eq!(metadata.get(key), Some(*value), "{}", shown());
        assert_eq!(metadata.get(&format!("{key}?")), None, "{}", shown());
    }
}

/// A file: the header's length, the header, the data.
fn file(header: impl AsRef<[u8]>, data: &[u8]) -> Vec<u8> {
    let header = header.as_ref();
    [&(header.len() as u64).to_le_bytes(), header, data].concat()
}

/// Everything the generator makes of a dialect: valid files, violations and
/// their twins, boundaries, telling files; and the latter mutated.
fn generated(dialect: &Dialect, rounds: u64) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for seed in 0..rounds * 10 {
        let bytes = valid(dialect, seed).to_draft().to_bytes(SMALL).expect("it is small");
        files.push((format!("valid file {seed}"), bytes));
    }
    for rule in dialect.rules() {
        let mut add = |what: String, draft: &assay_generator::Draft| {
            files.extend(draft.to_bytes(SMALL).ok().map(|bytes| (what, bytes)));
        };
        for seed in 0..kinds(rule) * rounds.div_ceil(40) {
            if let Some(violation) = violate(dialect, rule, seed) {
                add(format!("{}/{}", rule.id, violation.slug), &violation.broken);
                add(format!("twin of {}/{}", rule.id, violation.slug), &violation.twin);
            }
        }
        for boundary in boundaries(dialect, rule) {
            add(format!("boundary of {}", rule.id), &boundary.draft);
        }
        if let Check::Behaviour { probe } = rule.check {
            for telling in telling(dialect, probe) {
                add(format!("{probe:?}"), &telling.draft);
            }
        }
    }
    let mutants = (0..rounds * 40).map(|seed| {
        let (what, bytes) = &files[seed as usize * 7919 % files.len()];
        (format!("{what}, mutation {seed}"), mutate(bytes, seed))
    });
    let mutants: Vec<_> = mutants.collect();
    files.extend(mutants);
    files
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn generated_and_mutated_files_are_read_alike() {
    for edition in EDITIONS {
        let dialect = Dialect::edition(edition).unwrap();
        let mut pair = Pair::usual(&dialect);
        let rounds = if edition == Dialect::latest().name() { 200 } else { 20 };
        for (what, bytes) in generated(&dialect, rounds) {
            pair.compare(&bytes, &format!("{edition}: {what}"));
        }
        assert!(pair.clean > 200 && pair.dirty > 200, "{} and {}", pair.clean, pair.dirty);
    }
}

/// The same against the validator's word, on a million files. Takes minutes:
/// `cargo test --release -p assay-reference --lib -- --ignored a_million_files`
#[test]
#[ignore = "takes minutes; its comment has the command"]
fn a_million_files_are_read_alike() {
    let dialect = Dialect::latest();
    let mut pair = Pair::usual(&dialect);
    for seed in 0..250_000 {
        let bytes = valid(&dialect, seed).to_draft().to_bytes(SMALL).expect("it is small");
        pair.compare(&bytes, &format!("valid file {seed}"));
        for turn in 0..3 {
            let mutant = mutate(&bytes, seed * 3 + turn);
            pair.compare(&mutant, &format!("valid file {seed}, mutation {turn}"));
        }
    }
    assert_eq!(pair.clean + pair.dirty, 2_000_000);
    assert!(pair.clean > 500_000 && pair.dirty > 500_000, "{} and {}", pair.clean, pair.dirty);
}

/// Headers with a bit of everything that the format allows, and their data.
const SEEDS: [(&str, &[u8]); 6] = [
    (
        r#"{"__metadata__":{"format":"pt","é":""},"model.layers.0.a":{"dtype":"U8","shape":[2,1],"data_offsets":[0,2]},"model.layers.0.b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}  "#,
        &[0; 6],
    ),
    (
        r#"{"a": {"dtype": "I16", "shape": [1, 2, 3], "data_offsets": [0, 12]}, "b": {"dtype": "I16", "shape": [], "data_offsets": [12, 14]}}"#,
        &[0; 14],
    ),
    (
        "{ \"b\" :\t{ \"shape\" : [ 0 , 5 ] ,\n\"data_offsets\" : [ 4 , 4 ] , \"dtype\" : \"F8_E4M3\" } ,\r\n \"a\" : { \"data_offsets\" : [ 0 , 4 ] , \"x\" : 1e3 , \"shape\" : [ 4 ] , \"dtype\" : \"BOOL\" } }",
        &[0; 4],
    ),
    (
        r#"{"\u0061\n":{"\u0064type":"\u00558","sh\u0061pe":[1],"data_offsets":[0,1],"x":{"y":[[{}],{"z":-0.5E+7,"w":null}],"y\u0079":"\ud83d\ude00"}},"__metadat\u0061__":{"\u006b":"\"\\\/\b\f\n\r\t"}}"#,
        &[0; 1],
    ),
    (
        r#"{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},"e":{"dtype":"U8","shape":[0,3],"data_offsets":[1,1]},"f":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[1,4]},"__metadata__":null}"#,
        &[0; 4],
    ),
    (
        r#"{"x":{"dtype":"F8_E4M3FNUZ","shape":[12345678,0],"data_offsets":[3,3]},"w":{"dtype":"C64","shape":[0,4294967296],"data_offsets":[3,3]},"v":{"dtype":"U8","shape":[3],"data_offsets":[0,3],"\u0000":true,"":false}}"#,
        &[0; 3],
    ),
];

/// Every byte removed, doubled, and replaced or preceded by each of these.
const ODD: [u8; 24] = *b" \t\n\r\"\\{}[]:,0129-.eExu\x00\xc3";

#[test]
fn every_small_edit_is_read_alike() {
    let mut pair = Pair::usual(&Dialect::latest());
    // A sample, where each is interpreted.
    let step = if cfg!(miri) { 61 } else { 1 };
    for (seed, data) in SEEDS {
        pair.compare(&file(seed, data), seed);
        assert!(Reader::from_bytes(&file(seed, data), &pair.policies[0]).is_ok(), "{seed}");
        let header = seed.as_bytes();
        let mut edited = |from: usize, to: usize, with: &[u8]| {
            let header = [&header[..from], with, &header[to..]].concat();
            pair.compare(&file(&header, data), "edit");
        };
        for at in (0..header.len()).step_by(step) {
            edited(at, at + 1, b"");
            edited(at, at, &header[at..at + 1]);
            for odd in ODD.into_iter().step_by(step.min(7)) {
                edited(at, at, &[odd]);
                edited(at, at + 1, &[odd]);
            }
        }
        for odd in ODD.into_iter().step_by(step.min(7)) {
            edited(header.len(), header.len(), &[odd]);
        }
        for cut in (0..header.len()).step_by(step) {
            pair.compare(&file(&header[..cut], data), "cut");
        }
        for extra in [&data[1..], &[data, &[0]].concat()] {
            pair.compare(&file(header, extra), "length of the buffer");
        }
    }
    let (clean, dirty) = if cfg!(miri) { (10, 100) } else { (1000, 10_000) };
    assert!(pair.clean > clean && pair.dirty > dirty, "{} and {}", pair.clean, pair.dirty);
}

/// Spellings at the edges of what the fast pass looks at at once.
#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn lengths_of_names_and_numbers_do_not_matter() {
    let mut pair = Pair::usual(&Dialect::latest());
    let entry = |name: &str, space: &str, begin: u64, end: u64| {
        format!(
            r#""{name}":{space}{{"dtype":{space}"U8",{space}"shape":{space}[{}],{space}"data_offsets":{space}[{begin},{space}{end}]}}"#,
            end - begin
        )
    };
    for space in ["", " "] {
        for len in 0..70 {
            for pad in [0, 1, 40] {
                let name = "n".repeat(len);
                let header = format!(
                    "{{{},{space}{}}}{}",
                    entry(&name, space, 0, 1),
                    entry(&format!("{name}é"), space, 1, 3),
                    " ".repeat(pad)
                );
                pair.compare(&file(header, &[0; 3]), "names");
            }
        }
    }
    assert_eq!(pair.dirty, 0);
    // Offsets of every number of digits, of files that are not at hand.
    for digits in 1..20 {
        for begin in [10_u64.pow(digits - 1), 10_u64.pow(digits) - 1] {
            for (second, third) in [(begin + 5, begin + 5), (begin + 5, begin + 4), (begin, begin)]
            {
                let header = format!(
                    "{{{},{},{}}}",
                    entry("a", "", 0, begin),
                    entry("b", "", begin, second),
                    entry("c", "", third, second.max(third) + 1)
                );
                let head = file(&header, b"");
                let len = head.len() as u64 + second.max(third) + 1;
                for policy in &pair.policies {
                    let slow = Header::explained(&head, len, policy);
                    let fast = Header::from_head_in(&head, len, policy, &mut pair.scratch);
                    let is_fast = fast.as_ref().is_ok_and(|header| header.is_borrowed());
                    assert_eq!(is_fast, slow.is_ok(), "{header}: {:?}", slow.err());
                    if let (Ok(fast), Ok(slow)) = (fast, slow) {
                        same(&fast, &slow, || header.clone());
                    }
                }
            }
        }
    }
}

/// Spells an entry of a name, offsets and a size.
type Spell = dyn Fn(&str, u64, u64, u64) -> String;

/// An entry that is not usual comes between two that are: the second one's
/// offsets are compared with the first one's, not with the last.
#[test]
fn usual_entries_may_stand_among_others() {
    let mut pair = Pair::usual(&Dialect::latest());
    let usual: &Spell = &|name, begin, end, size| {
        format!(r#""{name}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{begin},{end}]}}"#)
    };
    let other: &Spell = &|name, begin, end, size| {
        format!(r#""{name}":{{"shape":[{size}],"dtype":"U8","data_offsets":[{begin},{end}]}}"#)
    };
    let step = if cfg!(miri) { 5 } else { 1 };
    for [begin, end, size] in
        (0..64).step_by(step).map(|bits| [bits & 3, bits >> 2 & 3, bits >> 4 & 3])
    {
        for [first, second, third] in [[usual, usual, other], [usual, other, usual]] {
            let header = format!(
                "{{{},{},{},{}}}",
                first("a", 0, 1, 1),
                second("b", 1, 2, 1),
                third("c", begin, end, size),
                usual("d", end, 3, 3 - end)
            );
            pair.compare(&file(header, &[0; 3]), "usual and other entries");
        }
    }
    assert!(pair.clean > 0 && pair.dirty > 100 / step);
}

/// Many tensors: the index, the growth of tables, the order.
#[test]
fn many_tensors_are_read_alike() {
    let mut pair = Pair::usual(&Dialect::latest());
    let counts: &[usize] = if cfg!(miri) { &[12, 13, 30] } else { &[11, 12, 13, 14, 100, 3000] };
    for count in counts.iter().copied() {
        let mut entries: Vec<String> = (0..count)
            .map(|at| {
                format!(r#""n{at}":{{"dtype":"U8","shape":[1],"data_offsets":[{at},{}]}}"#, at + 1)
            })
            .collect();
        let mut compare = |entries: &[String], what: &str| {
            pair.compare(&file(format!("{{{}}}", entries.join(",")), &vec![0; count]), what);
        };
        compare(&entries, "in order");
        entries.reverse();
        compare(&entries, "backwards");
        entries.rotate_left(count / 3);
        entries.swap(0, count / 2);
        compare(&entries, "mixed");
        let last = entries[count - 1].replace("\"n", "\"\\u006e");
        compare(&[&entries[..], core::slice::from_ref(&last)].concat(), "twice");
        entries[count - 1] = last;
        compare(&entries, "escaped");
        entries.pop();
        compare(&entries, "one missing");
    }
    assert_eq!((pair.clean, pair.dirty), (counts.len() * 2 * 4, counts.len() * 2 * 2));
}

/// Shapes around the length from which on they stay in the text.
#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn long_shapes_are_read_alike() {
    let mut pair = Pair::usual(&Dialect::latest());
    for rank in [65_534, 65_535, 65_536, 70_001] {
        for (first, space) in [("1", ""), ("3", ""), ("0", ""), ("3", " "), ("300", "\n")] {
            let ones = format!(",{space}1").repeat(rank - 1);
            let size: u64 = first.parse().unwrap();
            let header = format!(
                r#"{{"a":{{"dtype":"U8","shape":[{first}{ones}],"data_offsets":[0,{size}]}}}}"#
            );
            pair.compare(&file(header, &vec![0; size as usize]), "a long shape");
        }
    }
    // Accepted under one policy, refused under the other.
    assert_eq!((pair.clean, pair.dirty), (20, 20));
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn nesting_is_followed_down_to_the_limit() {
    let mut pair = Pair::usual(&Dialect::latest());
    let limit = Dialect::latest().limit("max_json_depth") as usize;
    for depth in (0..5).chain(limit - 4..limit + 6) {
        for (open, close) in [("[", "]"), ("{\"\":", "}"), ("[{\"a\":1,\"\":", "}]")] {
            for inner in [
                "0",
                "[]",
                "{}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"a\":1},\"b\":2,\"\\u0062\":3}",
                "]",
            ] {
                let field = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
                let header = format!(
                    r#"{{"a":{{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":{field},"y":{field}}}}}"#
                );
                pair.compare(&file(header, b""), "nesting");
            }
        }
    }
    assert!(pair.clean > 50 && pair.dirty > 50, "{} and {}", pair.clean, pair.dirty);
}

/// The files that tell dialects apart.
fn probes() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = generated(&Dialect::latest(), 8).into_iter().step_by(4).collect();
    for (seed, data) in SEEDS {
        files.push((seed.to_owned(), file(seed, data)));
        for (from, to) in [
            ("[0,", "[1,"),
            ("}  ", "}\t "),
            ("{\"", " {\""),
            ("U8", "F32"),
            ("}}", "},\"n\":[1]}"),
        ] {
            files.push((seed.to_owned(), file(seed.replacen(from, to, 1), data)));
        }
    }
    files
}

/// Judges all probes under a changed dialect; says whether the fast pass is used.
fn changed(probes: &[(String, Vec<u8>)], what: &str, change: impl FnOnce(&mut Spec)) -> bool {
    let mut spec = Spec::embedded().clone();
    change(&mut spec);
    let dialect = Dialect::resolve(&spec, Dialect::latest().name()).unwrap();
    let mut pair = Pair::any(&dialect);
    for (name, bytes) in probes {
        pair.compare(bytes, &format!("{what}: {name}"));
    }
    pair.policies.iter().any(|policy| policy.terms.is_some())
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn every_rule_may_be_missing_or_of_any_consequence() {
    let probes = probes();
    for at in 0..Spec::embedded().rules.len() {
        let id = &Spec::embedded().rules[at].id;
        assert!(changed(&probes, &format!("without {id}"), |spec| drop(spec.rules.remove(at))));
        for consequence in [OnViolation::Reject, OnViolation::Either, OnViolation::Warn] {
            let what = format!("{id}: {consequence:?}");
            changed(&probes, &what, |spec| spec.rules[at].on_violation = consequence);
        }
    }
}

/// Parameters other than the usual ones: followed, or left to the other pass.
#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn every_parameter_may_be_another() {
    use JsonType::{Array, Boolean, Null, Number, Object, String as Text};
    let probes = probes();
    let c = Term::Constant;
    let linear = |left: &[Term], op, right: &[Term]| Check::Linear {
        left: left.to_vec(),
        op,
        right: right.to_vec(),
    };
    let at_most = |of: &[Place], term| Check::UnsignedIntegers {
        of: of.to_vec(),
        demand: IntegerDemand::AtMost(term),
    };
    let known = [
        linear(&[Term::PrefixN], Comparison::AtMost, &[c(200)]),
        linear(&[Term::BufferLen, c(1)], Comparison::AtLeast, &[c(4)]),
        linear(&[Term::FileLen], Comparison::Equal, &[Term::PrefixN, Term::BufferLen, c(8)]),
        linear(&[Term::FileLen, c(u64::MAX)], Comparison::AtMost, &[c(u64::MAX), c(300)]),
        linear(&[Term::HeaderDepth], Comparison::AtMost, &[c(3)]),
        linear(&[Term::HeaderDepth], Comparison::AtMost, &[c(2)]),
        linear(&[Term::TensorRank, Term::TensorRank], Comparison::AtMost, &[c(3)]),
        linear(&[Term::TensorRank], Comparison::Equal, &[c(0)]),
        Check::LeadingBytes { judge: Leading::Whitespace, allowed: " \n".into() },
        Check::LeadingBytes { judge: Leading::ByteOrderMark, allowed: "\u{feff}".into() },
        Check::TrailingBytes { judge: Trailing::Whitespace, allowed: "\t\r".into() },
        Check::TrailingBytes { judge: Trailing::Content, allowed: "x\0".into() },
        Check::ValueType { of: Place::Metadata, is: vec![Object] },
        Check::ValueType { of: Place::Metadata, is: vec![Object, Null, Array] },
        at_most(&[Place::Shape, Place::DataOffsets], c(5)),
        at_most(&[Place::Shape], Term::BufferLen),
        Check::Alignment { of: Aligned::DataStart },
        Check::ForeignMagic {},
        Check::Behaviour { probe: Probe::Scalar },
    ];
    for check in known {
        assert!(added(&probes, &check), "{check:?}");
    }
    let foreign = [
        linear(&[Term::HeaderDepth], Comparison::AtLeast, &[c(3)]),
        linear(&[Term::TensorRank], Comparison::AtMost, &[Term::PrefixN]),
        linear(&[Term::TensorRank], Comparison::Equal, &[c(1)]),
        linear(&[Term::TensorRank, Term::HeaderDepth], Comparison::AtMost, &[c(5)]),
        Check::ValueType { of: Place::Metadata, is: vec![Null] },
        Check::ValueType { of: Place::MetadataValue, is: vec![Number] },
        Check::ValueType { of: Place::Entry, is: vec![Boolean] },
        Check::ValueType { of: Place::Dtype, is: vec![Object] },
        Check::ValueType { of: Place::Shape, is: vec![Text] },
        Check::ValueType { of: Place::ShapeElement, is: vec![] },
        Check::ArrayLength { of: Place::DataOffsets, length: 3 },
        Check::ArrayLength { of: Place::Shape, length: 2 },
        Check::OrderedPair { of: Place::Shape },
        Check::InTable { of: Place::MetadataValue, table: Table::Dtypes },
        Check::Alignment { of: Aligned::TensorBegin },
        at_most(&[Place::Dtype], c(5)),
    ];
    for check in foreign {
        assert!(!added(&probes, &check), "{check:?}");
    }
}

/// Judges all probes under a dialect with one more rule, which refuses.
fn added(probes: &[(String, Vec<u8>)], check: &Check) -> bool {
    changed(probes, &format!("{check:?}"), |spec| {
        let mut rule = spec.rules[0].clone();
        rule.id = assay_spec::RuleId::new("test/added");
        rule.depends = Vec::new();
        rule.on_violation = OnViolation::Reject;
        rule.check = check.clone();
        spec.rules.push(rule);
    })
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
fn tables_may_be_others() {
    let probes = probes();
    let note = |key: &str, of, required| Key {
        role: KeyRole::Note,
        key: key.into(),
        of,
        required,
        since: "0.3".into(),
        feature: None,
    };
    let used = [
        changed(&probes, "keys", |spec| {
            spec.tables.keys.push(note("x", KeyObject::Entry, false));
            spec.tables.keys.push(note("a", KeyObject::Header, false));
        }),
        changed(&probes, "a required key", |spec| {
            spec.tables.keys.push(note("x", KeyObject::Entry, true));
        }),
        changed(&probes, "no dtypes", |spec| spec.tables.dtypes.clear()),
        changed(&probes, "small sizes", |spec| {
            spec.tables.limits.get_mut("max_size_bits").unwrap().value = 40;
        }),
        changed(&probes, "small integers", |spec| {
            spec.tables.limits.get_mut("max_integer").unwrap().value = 3;
        }),
    ];
    assert_eq!(used, [true; 5]);
    let long = "k".repeat(16);
    for key in [long.as_str(), "a\"b", "a\\", "\n"] {
        for turn in 1..4 {
            let renamed = |spec: &mut Spec| spec.tables.keys[turn].key = key.into();
            assert!(!changed(&probes, key, renamed), "{key}");
        }
        assert!(!changed(&probes, key, |spec| spec.tables.dtypes[0].name = key.into()));
    }
}
