//! Rule pages.

use assay_report::explain::{dispute, rule};
use assay_spec::{Dialect, Rule, RuleId};

use crate::support::{dialect, plain, styled};

fn explained(page: &Rule) -> String {
    rule(page, &dialect().spec().tables)
}

#[test]
fn a_page_shows_all_that_is_known() {
    let dialect = dialect();
    let page = dialect.rule(&RuleId::new("header/unique-names")).unwrap();
    insta::assert_snapshot!(plain(&explained(page)));
    insta::assert_snapshot!("explain_styled", styled(&explained(page)));
}

#[test]
fn a_short_page_has_no_empty_sections() {
    let dialect = dialect();
    insta::assert_snapshot!(plain(&explained(dialect.rule(&RuleId::new("shape/scalar")).unwrap())));
}

#[test]
fn a_dispute_shows_who_says_what() {
    let dialect = dialect();
    let page = dialect.rule(&RuleId::new("header/padding-is-spaces")).unwrap();
    assert!(page.is_disputed());
    insta::assert_snapshot!(plain(&dispute(page)));
}

#[test]
fn every_rule_of_the_spec_renders() {
    for page in Dialect::latest().rules() {
        let text = plain(&explained(page));
        assert!(text.contains(page.id.as_str()), "{}", page.id);
        assert!(text.contains("consequence"), "{}", page.id);
    }
}
