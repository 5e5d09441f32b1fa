//! Findings in words.

use assay_spec::Dialect;
use assay_validator::validate;

use crate::support::{file, latest};

/// Each finding as a line: rule, tensor, message.
fn lines(bytes: &[u8], edition: &str) -> String {
    let dialect = Dialect::edition(edition).expect("it is in the table");
    let findings = validate(bytes, &dialect).findings;
    let line = |f: &assay_spec::Finding| format!("{} {:?} {}\n", f.rule, f.tensor, f.message);
    findings.iter().map(line).collect()
}

#[test]
fn prefix_messages() {
    let limit = latest().limit("max_header_bytes");
    let files = [
        b"abc".to_vec(),
        vec![1, 0, 0, 0, 0, 0, 0, 0, b'{'],
        9_u64.to_le_bytes().to_vec(),
        (limit + 1).to_le_bytes().to_vec(),
        b"PK\x03\x04\0\0\0\0".to_vec(),
    ];
    let all: String = files.iter().map(|bytes| lines(bytes, "0.8")).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn header_messages() {
    let headers: [&[u8]; 9] = [
        b"\n {}\t",
        b"\xEF\xBB\xBF[]",
        b"{\"a\":01}",
        b"{\"a\":",
        b"{'a'}",
        b"\"\xFF\"",
        b"{} {}",
        br#"{"__metadata__":{"k":1,"k":"\ud800"}}"#,
        br#"{"__metadata__":null,"__metadata__":[]}"#,
    ];
    let all: String = headers.iter().map(|header| lines(&file(header, 0), "0.8")).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn entry_messages() {
    let headers = [
        r#"{"a":1,"b\n\u202e":{},"c":{"dtype":"f32","shape":0,"data_offsets":[0,1,2],"x":1e999}}"#,
        r#"{"a":{"dtype":"C64","shape":[-1,"2"],"data_offsets":[18446744073709551616,0]}}"#,
        r#"{"a":{"dtype":"nope","shape":[9007199254740992],"data_offsets":[2,1],"x":{"y":1,"y":2}}}"#,
    ];
    let all: String =
        headers.iter().map(|header| lines(&file(header.as_bytes(), 0), "0.6")).collect();
    insta::assert_snapshot!(all);
}

#[test]
fn buffer_messages() {
    let headers = [
        r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"b":{"dtype":"F32","shape":[2],"data_offsets":[2,9]}}"#,
        r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}"#,
        r#"{"e":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[3,3]}}"#,
        r#"{"e":{"dtype":"F4","shape":[3],"data_offsets":[0,1]},"f":{"dtype":"F4","shape":[4294967296,4294967296],"data_offsets":[1,6]}}"#,
    ];
    let all: String =
        headers.iter().map(|header| lines(&file(header.as_bytes(), 6), "0.8")).collect();
    insta::assert_snapshot!(all);
}
