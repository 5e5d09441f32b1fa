//! Rule pages, and every kind of check in words.

use assay_report::explain::{dispute, in_words, rule};
use assay_spec::{Check, Dialect, RuleId};
use serde_json::json;

use crate::support::{dialect, plain, styled};

#[test]
fn a_page_shows_all_that_is_known() {
    let dialect = dialect();
    let page = dialect.rule(&RuleId::new("header/unique-names")).unwrap();
    insta::assert_snapshot!(plain(&rule(page)));
    insta::assert_snapshot!("explain_styled", styled(&rule(page)));
}

#[test]
fn a_short_page_has_no_empty_sections() {
    let dialect = dialect();
    insta::assert_snapshot!(plain(&rule(dialect.rule(&RuleId::new("shape/scalar")).unwrap())));
}

#[test]
fn a_dispute_shows_who_says_what() {
    let dialect = dialect();
    let page = dialect.rule(&RuleId::new("header/padding-is-spaces")).unwrap();
    assert!(page.is_disputed());
    insta::assert_snapshot!(plain(&dispute(page)));
}

#[test]
fn every_kind_of_check_has_words() {
    let checks = json!([
        { "kind": "linear", "left": [8, "prefix.n"], "op": "at_most", "right": ["file.len"] },
        { "kind": "linear", "left": [], "op": "equal", "right": ["limits.max_json_depth"] },
        { "kind": "encoding", "of": "header", "is": "utf8" },
        { "kind": "encoding", "of": "strings", "is": "unicode_scalars" },
        { "kind": "leading_bytes", "judge": "whitespace", "allowed": "" },
        { "kind": "leading_bytes", "judge": "byte_order_mark", "allowed": "" },
        { "kind": "trailing_bytes", "judge": "whitespace", "allowed": " \t" },
        { "kind": "trailing_bytes", "judge": "content", "allowed": "\u{0}" },
        { "kind": "foreign_magic" },
        { "kind": "json_grammar", "standard": "rfc8259" },
        { "kind": "number_range", "of": "ignored", "is": "finite_double" },
        { "kind": "unique_keys", "scope": "nested" },
        { "kind": "value_type", "of": "metadata", "is": ["object", "array", "null"] },
        { "kind": "keys", "of": "entry", "demand": "required" },
        { "kind": "keys", "of": "entry", "demand": "known" },
        { "kind": "in_table", "of": "dtype", "table": "dtypes" },
        { "kind": "unsigned_integers", "of": ["shape", "data_offsets"], "demand": "plain_spelling" },
        { "kind": "unsigned_integers", "of": ["shape"], "demand": { "at_most": "limits.max_integer" } },
        { "kind": "array_length", "of": "data_offsets", "length": 2 },
        { "kind": "ordered_pair", "of": "data_offsets" },
        { "kind": "size_equation", "demand": "matches_offsets" },
        { "kind": "tiling", "forbid": "overlap" },
        { "kind": "alignment", "of": "data_start" },
        { "kind": "behaviour", "probe": "scalar" },
    ]);
    let checks: Vec<Check> = serde_json::from_value(checks).unwrap();
    let words: Vec<String> = checks.iter().map(in_words).collect();
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn every_rule_of_the_spec_renders() {
    for page in Dialect::latest().rules() {
        let text = plain(&rule(page));
        assert!(text.contains(page.id.as_str()), "{}", page.id);
        assert!(text.contains("consequence"), "{}", page.id);
    }
}
