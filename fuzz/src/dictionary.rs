//! The tokens of the format for a fuzzer, `fuzz/dictionary`, made from the dialect.
//!
//! `ASSAY_BLESS=1 cargo test --manifest-path fuzz/Cargo.toml` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use assay_spec::{Dialect, KeyRole};

/// JSON that matters in headers, whatever the dialect.
const JSON: [&str; 22] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "[0,0]",
    "-1",
    "-0",
    "1e0",
    "1.0",
    "1E400",
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "\\ud83d\\ude00",
    "\"\"",
];

/// The dictionary in libFuzzer's form.
pub fn dictionary(dialect: &Dialect) -> String {
    let mut tokens: BTreeSet<Vec<u8>> =
        JSON.iter().map(|token| token.as_bytes().to_vec()).collect();
    for dtype in dialect.dtypes() {
        tokens.insert(format!("\"{}\"", dtype.name).into_bytes());
    }
    for role in [KeyRole::Metadata, KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets] {
        tokens.insert(format!("\"{}\":", dialect.key(role)).into_bytes());
    }
    for magic in dialect.magics() {
        tokens.insert(magic.bytes.clone());
    }
    for number in numbers(dialect) {
        tokens.insert(number.to_string().into_bytes());
        tokens.insert(u64::try_from(number).unwrap_or(u64::MAX).to_le_bytes().to_vec());
    }
    tokens.insert(entry(dialect).into_bytes());
    let mut text = String::from(
        "# Made from the spec by fuzz/src/dictionary.rs: ASSAY_BLESS=1 cargo test --manifest-path fuzz/Cargo.toml\n",
    );
    for token in tokens {
        text.push('"');
        for byte in token {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                other => write!(text, "\\x{other:02X}").expect("writing to memory does not fail"),
            }
        }
        text.push_str("\"\n");
    }
    text
}

/// Limits and word sizes, and their neighbours.
fn numbers(dialect: &Dialect) -> BTreeSet<u128> {
    let limits = dialect.spec().tables.limits.values().map(|limit| u128::from(limit.value));
    let words = [8, 16, 31, 32, 53, 63, 64].map(|bits| 1 << bits);
    limits.chain(words).flat_map(|number| [number - 1, number, number + 1]).collect()
}

/// A whole entry, to begin with.
fn entry(dialect: &Dialect) -> String {
    let key = |role| dialect.key(role);
    let dtype = dialect.dtypes().iter().find(|dtype| dtype.bytes() == Some(1));
    format!(
        r#""a":{{"{}":"{}","{}":[0],"{}":[0,0]}}"#,
        key(KeyRole::Dtype),
        dtype.map_or("", |dtype| &dtype.name),
        key(KeyRole::Shape),
        key(KeyRole::DataOffsets)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_one_is_the_dialects() {
        let made = dictionary(&Dialect::latest());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/dictionary");
        if std::env::var_os("ASSAY_BLESS").is_some() {
            std::fs::write(path, &made).expect("it can be written");
        }
        let committed = std::fs::read_to_string(path).expect("it is there");
        assert!(made == committed, "fuzz/dictionary is not the spec's; ASSAY_BLESS=1 writes it");
    }

    #[test]
    fn its_lines_have_libfuzzers_form() {
        let made = dictionary(&Dialect::latest());
        for line in made.lines().skip(1) {
            assert!(line.len() > 2 && line.starts_with('"') && line.ends_with('"'), "{line}");
            assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
        }
        assert!(made.contains("\\\"data_offsets\\\":") && made.contains("9007199254740992"));
    }
}
