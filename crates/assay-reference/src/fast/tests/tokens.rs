//! Headers of random pieces, read both ways.

use assay_spec::Dialect;
use proptest::prelude::*;

use super::{Pair, file};

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 400 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tokens_are_read_alike(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..30),
        data in 0_usize..4,
    ) {
        let mut pair = Pair::usual(&Dialect::latest());
        let text = pieces.concat();
        for header in [
            text.clone(),
            format!("{{{text}}}"),
            format!("{{\"a\":{{{text}}}}}"),
            format!("{{\"__metadata__\":{{{text}}}}}"),
            format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":{text}}}}}"),
        ] {
            pair.compare(&file(header, &vec![0; data]), "tokens");
        }
    }
}

/// Pieces that headers are made of, right and wrong.
const PIECES: [&str; 34] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\"a\":",
    "\"\\u0061\":",
    "\"\\ud800\":",
    "\"b\":",
    "\"dtype\":\"U8\"",
    "\"dtype\": \"F32\"",
    "\"shape\":[1]",
    "\"shape\":[ ]",
    "\"shape\":[0]",
    "\"data_offsets\":[0,1]",
    "\"data_offsets\":[0,4]",
    "\"data_offsets\":[1,1]",
    "\"x\"",
    "-0",
    "1.5e3",
    "1e999",
    "18446744073709551616",
    "null",
    "true",
    "\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}",
    "\"d\": {\"dtype\": \"U8\", \"shape\": [1], \"data_offsets\": [1, 2]}",
    "\"__metadata__\":{\"a\":\"b\"}",
    "\"y\":{\"a\":1,\"b\":[{}]}",
    "é",
    "\\",
    "\0",
];
