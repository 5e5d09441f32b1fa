//! The generated JSON Schema of headers.

use assay_spec::{Check, Dialect, OnViolation, Verdict, export};
use serde_json::{Value, json};

fn accepts(dialect: &Dialect, header: &Value) -> bool {
    let schema = export::header_schema(dialect);
    assert!(jsonschema::meta::is_valid(&schema), "the schema itself is at fault");
    jsonschema::draft202012::new(&schema).unwrap().is_valid(header)
}

fn tensor(dtype: &str) -> Value {
    json!({ "t": { "dtype": dtype, "shape": [2], "data_offsets": [0, 2] } })
}

#[test]
fn it_knows_exactly_the_dtypes_of_its_edition() {
    let latest = Dialect::latest();
    for edition in ["0.3", "0.6", "0.8"] {
        let dialect = Dialect::edition(edition).unwrap();
        for dtype in latest.dtypes() {
            let known = dialect.dtype(&dtype.name).is_some();
            assert_eq!(accepts(&dialect, &tensor(&dtype.name)), known, "{} {edition}", dtype.name);
        }
    }
}

#[test]
fn it_corrects_the_published_schema() {
    let latest = Dialect::latest();
    for name in ["BOOL", "F4", "F6_E2M3", "F6_E3M2", "C64"] {
        assert!(accepts(&latest, &tensor(name)), "{name} is a dtype");
    }
    for name in ["U128", "F128", "F256", "F8", "xF32x", "f32", ""] {
        assert!(!accepts(&latest, &tensor(name)), "{name} is no dtype");
    }
    for offsets in [json!([]), json!([0]), json!([0, 2, 9])] {
        let mut header = tensor("U8");
        header["t"]["data_offsets"] = offsets;
        assert!(!accepts(&latest, &header), "{header}");
    }
    let mut header = tensor("U8");
    header["t"]["note"] = json!({ "readers": "ignore it" });
    assert!(accepts(&latest, &header), "unknown fields are allowed");
}

#[test]
fn it_accepts_and_refuses_this_table() {
    let latest = Dialect::latest();
    let entry = |shape: Value, offsets: Value| json!({ "t": { "dtype": "U8", "shape": shape, "data_offsets": offsets } });
    for header in [
        json!({}),
        json!({ "__metadata__": {} }),
        json!({ "__metadata__": { "format": "pt" } }),
        json!({ "": { "dtype": "U8", "shape": [], "data_offsets": [0, 1] } }),
        entry(json!([0, 9_007_199_254_740_991_u64]), json!([0, 0])),
        entry(json!(vec![1; 64]), json!([0, 1])),
    ] {
        assert!(accepts(&latest, &header), "{header}");
    }
    for header in [
        json!([]),
        json!(null),
        json!({ "__metadata__": null }),
        json!({ "__metadata__": [] }),
        json!({ "__metadata__": { "step": 7 } }),
        json!({ "t": ["U8", [2], [0, 2]] }),
        json!({ "t": null }),
        json!({ "t": { "dtype": { "U8": null }, "shape": [], "data_offsets": [0, 1] } }),
        json!({ "t": { "dtype": "U8", "data_offsets": [0, 1] } }),
        entry(json!(2), json!([0, 2])),
        entry(json!(["2"]), json!([0, 2])),
        entry(json!([-1]), json!([0, 2])),
        entry(json!([1.5]), json!([0, 2])),
        entry(json!([0, 9_007_199_254_740_992_u64]), json!([0, 0])),
        entry(json!([0, u64::MAX]), json!([0, 0])),
        entry(json!(vec![1; 65]), json!([0, 1])),
        entry(json!([2]), json!({ "begin": 0, "end": 2 })),
    ] {
        assert!(!accepts(&latest, &header), "{header}");
    }
}

/// The pages' examples: what is valid passes, and what breaks a rule about
/// types, keys, tables or bounds does not.
#[test]
fn it_agrees_with_the_examples_of_the_pages() {
    let latest = Dialect::latest();
    let schema = jsonschema::draft202012::new(&export::header_schema(&latest)).unwrap();
    let (mut passed, mut refused) = (0, 0);
    for rule in latest.rules() {
        let sees = matches!(
            rule.check,
            Check::ValueType { .. }
                | Check::Keys { .. }
                | Check::InTable { .. }
                | Check::ArrayLength { .. }
        ) && rule.on_violation != OnViolation::Warn;
        for example in &rule.examples {
            let bytes = example.header_bytes().unwrap();
            // Byte order mark, white space and depth are the parser's business.
            let Ok(header) = serde_json::from_slice::<Value>(&bytes) else { continue };
            let shown = format!("{}: {}", rule.id, example.title);
            if example.verdict == Verdict::Valid {
                assert!(schema.is_valid(&header), "{shown}");
                passed += 1;
            } else if sees {
                assert!(!schema.is_valid(&header), "{shown}");
                refused += 1;
            }
        }
    }
    assert!(passed > 80 && refused > 20, "{passed} passed, {refused} refused");
}
