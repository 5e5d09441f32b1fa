//! Headers made to hurt: they are refused or read, in bounded time and memory.

use assay_spec::Disputed;

use crate::{file, policy, read, refused_by};

const ENTRY: &str = r#""dtype":"U8","shape":[0],"data_offsets":[0,0]"#;

#[test]
fn depth_does_not_touch_the_stack() {
    let depth = 2_000_000;
    let strict = policy(Disputed::Reject);
    for (open, close) in [("[", "]"), ("{\"\":", "}")] {
        let inner = format!("{}{}{}", open.repeat(depth), 0, close.repeat(depth));
        for header in [
            format!("{{\"a\":{{{ENTRY},\"x\":{inner}}}}}"),
            format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":{inner},\"data_offsets\":[0,0]}}}}"),
            format!("{{\"__metadata__\":{{\"x\":{inner}}}}}"),
        ] {
            assert!(refused_by(&file(&header, b""), strict).is_some());
        }
        let unknown = format!("{{\"a\":{{{ENTRY},\"x\":{inner}}}}}");
        assert_eq!(refused_by(&file(&unknown, b""), strict), Some("header/nesting-depth".into()));
    }
    assert_eq!(
        refused_by(&file("[".repeat(depth), b""), strict),
        Some("header/json-grammar".into())
    );
    let mixed = "[{\"\":".repeat(depth) + "0" + &"]}".repeat(depth);
    assert_eq!(refused_by(&file(mixed, b""), strict), Some("header/json-grammar".into()));
}

#[test]
fn many_of_everything_is_read() {
    let strict = policy(Disputed::Reject);
    let entries: Vec<String> = (0..50_000).map(|n| format!("\"{n}\":{{{ENTRY}}}")).collect();
    let header = format!("{{{}}}", entries.join(","));
    assert_eq!(read(&file(header, b""), strict).unwrap().tensors.len(), 50_000);

    let pairs: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":\"\"")).collect();
    let header = format!("{{\"__metadata__\":{{{}}}}}", pairs.join(","));
    let metadata = read(&file(&header, b""), strict).unwrap().metadata.unwrap();
    assert_eq!(metadata.len(), 100_000);

    let keys: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":{n}")).collect();
    let header = format!("{{\"a\":{{{ENTRY},{},\"x\":{{{}}}}}}}", keys.join(","), keys.join(","));
    assert_eq!(refused_by(&file(header, b""), strict), None);

    let shape = vec!["1"; 500_000].join(",");
    let header =
        format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{shape}],\"data_offsets\":[0,1]}}}}");
    let view = read(&file(header, &[0]), policy(Disputed::Accept)).unwrap();
    assert_eq!(view.tensors[0].shape.len(), 500_000);
}

#[test]
fn floods_of_one_name_are_refused() {
    let strict = policy(Disputed::Reject);
    let flood = |of: &str| vec![of; 200_000].join(",");
    let entry = format!("\"a\":{{{ENTRY}}}");
    for (header, rule) in [
        (format!("{{{}}}", flood(&entry)), "header/unique-names"),
        (format!("{{\"__metadata__\":{{{}}}}}", flood("\"\":\"\"")), "metadata/unique-keys"),
        (format!("{{\"a\":{{{ENTRY},{}}}}}", flood("\"\":0")), "entry/unique-fields"),
        (
            format!("{{\"a\":{{{ENTRY},\"x\":{{{}}}}}}}", flood("\"\":0")),
            "entry/unique-nested-keys",
        ),
    ] {
        assert_eq!(refused_by(&file(header, b""), strict), Some(rule.into()));
    }
}

#[test]
fn long_texts_and_numbers_are_read() {
    let accept = policy(Disputed::Accept);
    let name = "\\u0041".repeat(200_000);
    let header = format!("{{\"{name}\":{{{ENTRY}}}}}");
    assert_eq!(read(&file(header, b""), accept).unwrap().tensors[0].name, "A".repeat(200_000));

    let digits = "9".repeat(500_000);
    let header = format!("{{\"a\":{{{ENTRY},\"x\":{digits}}}}}");
    assert_eq!(refused_by(&file(&header, b""), accept), None);
    let rule = refused_by(&file(&header, b""), policy(Disputed::Reject));
    assert_eq!(rule, Some("header/number-range".into()));
    let header =
        format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{digits}],\"data_offsets\":[0,0]}}}}");
    let error = read(&file(header, b""), accept).unwrap_err();
    assert_eq!(error.rule().unwrap().as_str(), "entry/integer-range");
    assert!(error.to_string().len() < 300, "messages stay short");
}

#[test]
fn offsets_at_the_edge_do_not_overflow() {
    let accept = policy(Disputed::Accept);
    let max = u64::MAX;
    for offsets in [format!("[0,{max}]"), format!("[{max},{max}]"), format!("[{},{max}]", max - 1)]
    {
        for shape in ["[0]", "[1]", "[18446744073709551615]", "[2305843009213693951]"] {
            let header = format!(
                "{{\"a\":{{\"dtype\":\"U8\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}"
            );
            let error = read(&file(header, b"x"), accept).unwrap_err();
            assert!(error.rule().is_some(), "{error}");
        }
    }
}
