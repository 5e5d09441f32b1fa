//! Editions and digests.

use assay_spec::{Dialect, Proposal, Spec, export};

use crate::files;

fn parse(tables: &str, pages: &[(String, String)]) -> Spec {
    let pages: Vec<(&str, &str)> =
        pages.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    // An edition may adopt any of them.
    let overlays = files::overlays();
    let proposals: Vec<Proposal<'_>> = overlays
        .iter()
        .map(|(folder, variant, text)| Proposal { folder, variant, text, pages: &[] })
        .collect();
    Spec::parse(tables, &pages, &proposals).unwrap()
}

#[test]
fn an_edition_knows_what_came_up_to_it() {
    let tables = &Spec::embedded().tables;
    let mut known = 0;
    for edition in &tables.editions {
        known += tables.dtypes.iter().filter(|dtype| dtype.since == edition.name).count();
        let dialect = Dialect::edition(&edition.name).unwrap();
        assert_eq!(dialect.dtypes().len(), known, "edition {}", edition.name);
    }
    assert_eq!(known, tables.dtypes.len());
    assert_eq!(Dialect::latest().dtypes().len(), known);
}

#[test]
fn dtypes_arrive_with_the_edition_that_brought_them() {
    let has =
        |edition: &str, dtype: &str| Dialect::edition(edition).unwrap().dtype(dtype).is_some();
    for (dtype, without, with) in [
        ("F8_E4M3", "0.3", "0.4"),
        ("F8_E5M2", "0.3", "0.4"),
        ("F4", "0.5", "0.6"),
        ("F6_E2M3", "0.5", "0.6"),
        ("F8_E8M0", "0.5", "0.6"),
        ("C64", "0.6", "0.7"),
        ("F8_E4M3FNUZ", "0.7", "0.8"),
        ("F8_E5M2FNUZ", "0.7", "0.8"),
    ] {
        assert!(!has(without, dtype), "{dtype} in {without}");
        assert!(has(with, dtype), "{dtype} in {with}");
    }
    for old in ["BOOL", "U8", "U16", "BF16", "F64", "U64"] {
        assert!(has("0.3", old), "{old} in 0.3");
    }
    assert!(!has("0.8", "U128"));
}

#[test]
fn rules_of_later_editions_are_not_in_earlier_ones() {
    let rules = |edition: &str| Dialect::edition(edition).unwrap().rules().len();
    let later = Spec::embedded().rules.iter().filter(|rule| rule.since == "0.6").count();
    assert!(later > 0);
    assert_eq!(rules("0.5") + later, rules("0.6"));
}

#[test]
fn an_unknown_edition_is_an_error_that_names_the_known_ones() {
    let message = Dialect::edition("9.9").unwrap_err().to_string();
    assert!(message.contains("9.9") && message.contains("0.3") && message.contains("0.8"));
}

#[test]
fn editions_have_different_digests() {
    let digest = |edition: &str| Dialect::edition(edition).unwrap().digest().to_owned();
    assert_ne!(digest("0.6"), digest("0.7"));
    assert_eq!(digest(Dialect::latest().name()), Dialect::latest().digest());
}

#[test]
fn the_files_on_disk_are_those_that_are_embedded() {
    let spec = parse(&files::tables(), &files::pages());
    assert_eq!(export::digest(&spec), export::digest(Spec::embedded()));
}

#[test]
fn formatting_and_comments_do_not_change_the_digest() {
    let tables = reformatted(&files::tables());
    assert_ne!(tables, files::tables());
    let pages: Vec<(String, String)> = files::pages()
        .into_iter()
        .map(|(id, text)| {
            let front = files::front_matter(&text);
            let text = text.replace(front, &format!("{}\n# a comment\n", reformatted(front)));
            (id, text)
        })
        .collect();
    let spec = parse(&tables, &pages);
    assert_eq!(export::digest(&spec), export::digest(Spec::embedded()));
}

#[test]
fn a_value_changes_the_digest() {
    let tables = files::tables();
    let changed = tables.replace("value = 127", "value = 126");
    assert_ne!(changed, tables);
    let spec = parse(&changed, &files::pages());
    assert_ne!(export::digest(&spec), export::digest(Spec::embedded()));
}

#[test]
fn a_word_of_prose_changes_the_digest() {
    let mut pages = files::pages();
    pages[0].1 = pages[0].1.replacen("## Why it matters\n", "## Why it matters\n\nIt does.\n", 1);
    let spec = parse(&files::tables(), &pages);
    assert_ne!(export::digest(&spec), export::digest(Spec::embedded()));
}

/// The same TOML as a program writes it: no comments, keys in another order.
fn reformatted(text: &str) -> String {
    let value: toml::Table = toml::from_str(text).unwrap();
    toml::to_string(&value).unwrap()
}

fn owned((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

/// The tables with one more edition, and what the proposals say.
fn with_edition(row: &str) -> Result<Spec, assay_spec::SpecError> {
    // Without what the tree has ratified itself.
    let (head, rest) = files::tables().split_once("\n[limits]\n").map(owned).unwrap();
    let plain: Vec<&str> =
        head.split("[[editions]]\n").filter(|part| !part.contains("\nadopts = ")).collect();
    let tables = format!("{}\n{row}\n[limits]\n{rest}", plain.join("[[editions]]\n"));
    let pages = files::pages();
    let pages: Vec<(&str, &str)> =
        pages.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let white_space = files::overlay("0001-header-whitespace/overlay.toml");
    let gated = files::overlay("0007-sparse-tensors/overlay-gated.toml");
    let proposal = |folder, variant, text| Proposal { folder, variant, text, pages: &[] };
    let proposals = [
        proposal("0001-header-whitespace", "", white_space.as_str()),
        proposal("0007-sparse-tensors", "gated", gated.as_str()),
    ];
    Spec::parse(&tables, &pages, &proposals)
}

#[test]
fn an_edition_adopts_proposals_and_leaves_older_ones_alone() {
    let spec = with_edition("[[editions]]\nname = \"0.9\"\nadopts = [\"0001\"]\n").unwrap();
    let (old, new) =
        (Dialect::resolve(&spec, "0.8").unwrap(), Dialect::resolve(&spec, "0.9").unwrap());
    assert_eq!(old.digest(), Dialect::edition("0.8").unwrap().digest(), "editions do not change");
    assert_eq!(new.spec().rules, Dialect::by_name("0.8+0001").unwrap().spec().rules);
    let again = new.edited(&[]).unwrap();
    assert_eq!(again.digest(), new.digest(), "what is adopted is adopted once");
    let changelog = export::changelog(&spec);
    let entry = "proposal 0001 (minor): White space around the header is legal";
    assert!(changelog.contains(entry), "{changelog}");
    assert!(changelog.find("## 0.9") < changelog.find("## 0.8"), "the newest first");
}

#[test]
fn what_cannot_be_adopted_is_said_with_the_edition() {
    let error = |adopts: &str| {
        let row = format!("[[editions]]\nname = \"0.9\"\nadopts = [{adopts}]\n");
        with_edition(&row).unwrap_err().to_string()
    };
    assert!(error("\"0042\"").contains("edition 0.9 adopts 0042: it is not there"));
    let lacks = error("\"0007/gated\"");
    assert!(lacks.contains("requires 0006, which is not adopted before it"), "{lacks}");
}
