//! Headers just under the limit of 100 MB, made to hurt.

use std::fmt::Write as _;

use assay_spec::{Dialect, DtypeClass, KeyRole};

/// Names of the headers.
pub(crate) const ALL: [&str; 8] = [
    "tensors",
    "dimensions",
    "metadata pairs",
    "one name",
    "padding",
    "escapes",
    "nesting",
    "nested in an entry",
];

/// A file whose header has about this length, of an empty byte buffer unless
/// its tensor takes a byte.
pub(crate) fn file(which: &str, len: usize) -> Vec<u8> {
    let dialect = Dialect::latest();
    let (header, data) = header(which, len, &dialect);
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(data);
    file
}

fn header(which: &str, len: usize, dialect: &Dialect) -> (String, &'static [u8]) {
    let [dtype_key, shape_key, offsets_key] =
        [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets].map(|role| dialect.key(role));
    let byte =
        dialect.dtypes().iter().find(|dtype| dtype.bits == 8 && dtype.class == DtypeClass::Uint);
    let dtype = &byte.expect("there are bytes").name;
    let entry = |shape: &str, end: u64| {
        format!(
            "{{\"{dtype_key}\":\"{dtype}\",\"{shape_key}\":[{shape}],\"{offsets_key}\":[0,{end}]}}"
        )
    };
    let empty = entry("0", 0);
    let mut header = String::with_capacity(len + 200);
    header.push('{');
    match which {
        "tensors" | "one name" => {
            let mut turn = 0;
            while header.len() + empty.len() + 12 < len {
                let before = if turn == 0 { "" } else { "," };
                let name = if which == "tensors" { turn } else { 0 };
                write!(header, "{before}\"{name:x}\":{empty}").expect("it takes all text");
                turn += 1;
            }
            header.push('}');
        }
        "dimensions" => {
            let many = vec!["1"; (len - 100) / 2].join(",");
            write!(header, "\"a\":{}}}", entry(&many, 1)).expect("it takes all text");
            return (header, b"x");
        }
        "metadata pairs" => {
            write!(header, "\"{}\":{{", dialect.key(KeyRole::Metadata)).expect("it takes all text");
            let mut turn = 0;
            while header.len() + 18 < len {
                let before = if turn == 0 { "" } else { "," };
                write!(header, "{before}\"{turn:x}\":\"\"").expect("it takes all text");
                turn += 1;
            }
            header.push_str("}}");
        }
        "padding" => {
            header.push('}');
            header.extend(std::iter::repeat_n(' ', len - 2));
        }
        "escapes" => {
            let name = "\\u0041".repeat((len - 100) / 6);
            write!(header, "\"{name}\":{empty}}}").expect("it takes all text");
        }
        "nesting" => header = "[".repeat(len),
        "nested in an entry" => {
            let depth = (len - 200) / 2;
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            write!(header, "\"a\":{},\"x\":{open}{close}}}}}", empty.trim_end_matches('}'))
                .expect("it takes all text");
        }
        other => panic!("there is no header called {other}"),
    }
    (header, b"")
}
