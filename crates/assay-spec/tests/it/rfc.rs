//! Proposals: each fault has its line, each change its class, pairs commute or say why not.

use assay_spec::rfc::{Class, Overlay, commute};
use assay_spec::{Dialect, Edit};

/// An overlay with these tables after its declaration.
/// The edition that the overlays of these tests change, whatever was ratified since.
fn edition() -> Dialect {
    Dialect::edition("0.8").expect("editions stay")
}

fn text(declares: &str, rest: &str) -> String {
    let digest = edition().digest().to_owned();
    format!(
        "schema = \"overlay/1\"\n[rfc]\nid = \"0042\"\ntitle = \"t\"\nphase = \"idea\"\nchampions = []\n\
         base = {{ edition = \"0.8\", digest = \"{digest}\" }}\ndeclares = [{declares}]\nbump = \"minor\"\n{rest}"
    )
}

/// The line on which what follows the declaration begins.
const REST: usize = 10;

fn overlay(declares: &str, rest: &str) -> Overlay {
    Overlay::parse(&text(declares, rest), &[]).expect("it is sound")
}

/// The classes of one change by itself.
fn classes(op: &str) -> Vec<String> {
    let overlay = overlay("", &format!("[[ops]]\n{op}\n"));
    let applied = overlay.apply(&edition()).expect("it can be applied");
    applied.classes.iter().map(ToString::to_string).collect()
}

#[test]
fn each_change_has_its_classes() {
    let key = |role: &str, of: &str, more: &str| {
        format!(
            "op = \"add_key\"\nkey = {{ role = \"{role}\", key = \"k\", of = \"{of}\", required = false{more} }}"
        )
    };
    let rule =
        |op: &str, rule: &str, more: &str| format!("op = \"{op}\"\nrule = \"{rule}\"\n{more}");
    let limit =
        |name: &str, value: u64| format!("op = \"set_limit\"\nlimit = \"{name}\"\nvalue = {value}");
    let check = |rule: &str, check: &str| {
        format!("op = \"set_check\"\nrule = \"{rule}\"\ncheck = {{ {check} }}")
    };
    let table: Vec<(String, &[&str])> = vec![
        (rule("drop_rule", "header/unique-names", ""), &["widen"]),
        (rule("drop_rule", "header/data-alignment", ""), &["advise"]),
        (rule("drop_rule", "access/by-name", ""), &["duty"]),
        (rule("set_on_violation", "header/unique-names", "to = \"either\""), &["widen"]),
        (rule("set_on_violation", "header/padding-is-spaces", "to = \"reject\""), &["narrow"]),
        (rule("set_level", "index/unique-keys", "to = \"MUST\""), &["duty"]),
        (rule("set_level", "header/data-alignment", "to = \"MAY\""), &["editorial"]),
        (rule("set_title", "header/unique-names", "to = \"other words\""), &["editorial"]),
        (
            rule(
                "add_source",
                "header/unique-names",
                "source = { doc = \"readme\", says = \"agrees\" }",
            ),
            &["editorial"],
        ),
        (limit("max_header_bytes", 200_000_000), &["widen"]),
        (limit("max_header_bytes", 1_000), &["narrow"]),
        (limit("max_json_depth", 200), &["widen"]),
        (limit("min_header_bytes", 3), &["narrow"]),
        (limit("max_interoperable_rank", 8), &["narrow"]),
        (limit("data_alignment", 64), &["advise"]),
        (limit("prefix_bytes", 4), &["widen", "narrow", "reinterpret"]),
        (
            check(
                "header/padding-is-spaces",
                "kind = \"trailing_bytes\", judge = \"whitespace\", allowed = \" \\n\"",
            ),
            &["widen"],
        ),
        (
            check(
                "header/padding-is-spaces",
                "kind = \"trailing_bytes\", judge = \"whitespace\", allowed = \"\"",
            ),
            &["narrow"],
        ),
        (
            check(
                "header/padding-is-spaces",
                "kind = \"trailing_bytes\", judge = \"whitespace\", allowed = \"\\n\"",
            ),
            &["widen", "narrow"],
        ),
        (
            check(
                "metadata/is-object",
                "kind = \"value_type\", of = \"metadata\", is = [\"object\", \"null\", \"array\"]",
            ),
            &["widen"],
        ),
        (
            check(
                "shape/matches-offsets",
                "kind = \"size_equation\", demand = \"matches_offsets_rounded_up\"",
            ),
            &[],
        ),
        (check("header/unique-names", "kind = \"foreign_magic\""), &["widen", "narrow"]),
        (
            "op = \"add_dtype\"\ndtype = { name = \"U3\", bits = 3, class = \"uint\" }".to_owned(),
            &["widen"],
        ),
        ("op = \"drop_dtype\"\ndtype = \"F4\"".to_owned(), &["narrow"]),
        ("op = \"set_dtype_bits\"\ndtype = \"F4\"\nbits = 8".to_owned(), &["widen", "narrow"]),
        ("op = \"set_packing\"\ndtype = \"F4\"\nto = \"lsb_first\"".to_owned(), &["duty"]),
        ("op = \"add_feature\"\nfeature = { name = \"f\", title = \"t\" }".to_owned(), &["widen"]),
        ("op = \"set_repeated_names\"\nto = \"last\"".to_owned(), &["widen"]),
        (
            "op = \"rename_key\"\nkey = \"dtype\"\nto = \"type\"".to_owned(),
            &["widen", "narrow", "reinterpret"],
        ),
        ("op = \"set_key_required\"\nkey = \"shape\"\nrequired = false".to_owned(), &["widen"]),
        ("op = \"drop_magic\"\nformat = \"Zip archive\"".to_owned(), &["advise"]),
        (key("note", "metadata", ""), &["annotate"]),
        (key("note", "entry", ""), &["annotate"]),
        (key("meaning", "metadata", ""), &["reinterpret"]),
        (key("meaning", "entry", ""), &["reinterpret"]),
        (key("note", "header", ""), &["widen", "reinterpret"]),
        (key("features", "header", ""), &["widen"]),
    ];
    for (op, expected) in table {
        assert_eq!(classes(&op), expected, "{op}");
    }
}

#[test]
fn rules_about_what_is_new_take_nothing_away() {
    let page = "+++\ntitle = \"t\"\nlevel = \"MUST\"\nsubject = \"file\"\non_violation = \"reject\"\nsince = \"0.3\"\n\
        sources = [{ doc = \"readme\", says = \"silent\" }]\nadvice = \"a\"\n\
        check = { kind = \"in_table\", of = \"feature\", table = \"features\" }\n+++\n# What it requires\n\
        ## Why it matters\n## How implementations differ\n## Examples\n";
    let pages = [("header/features-known".to_owned(), page.to_owned())];
    let ops = "[[ops]]\nop = \"add_key\"\nkey = { role = \"features\", key = \"__f__\", of = \"header\", required = false }\n\
        [[ops]]\nop = \"add_rule\"\nrule = \"header/features-known\"\n";
    let overlay = Overlay::parse(&text("\"widen\"", ops), &pages).expect("it is sound");
    let applied = overlay.apply(&edition()).expect("it can be applied");
    assert_eq!(applied.classes, [Class::Widen].into());
    assert!(overlay.declaration_faults(&applied).is_empty());
    let Edit::AddRule { rule } = &overlay.ops[1].1 else { panic!("it adds a rule") };
    assert_eq!(rule.since, "0.8", "a new rule is of the base edition");
    let unused =
        Overlay::parse(&text("", "[[ops]]\nop = \"drop_dtype\"\ndtype = \"F4\"\n"), &pages);
    assert!(unused.unwrap_err()[0].message.contains("no `add_rule` adds the page"));
}

#[test]
fn every_fault_names_its_line() {
    let dtype =
        "[[ops]]\nop = \"add_dtype\"\ndtype = { name = \"X\", bits = 8, class = \"uint\" }\n";
    let witness = |more: &str| {
        format!(
            "{dtype}[[witnesses]]\nid = \"w\"\ntitle = \"t\"\nbefore = \"invalid\"\nafter = \"valid\"\n{more}"
        )
    };
    let table = [
        ("[[ops]]\nop = \"melt\"\n".to_owned(), REST, "unknown variant `melt`"),
        (format!("{dtype}[[ops]]\nop = \"set_limit\"\nlimit = 3\n"), REST + 3, "invalid type"),
        (
            "[[ops]]\nop = \"add_rule\"\nrule = \"header/none\"\n".to_owned(),
            REST,
            "no page `rules/header/none.md`",
        ),
        (witness("header = \"\\\\x\"\nview = {}\n"), REST + 3, "cut short"),
        (witness("header = \"{}\"\n"), REST + 3, "a view is given exactly"),
        (witness("header = \"{}\"\nview = {}\nodd = 1\n"), REST + 3, "unknown field `odd`"),
        (witness("header = \"{}\"\ndata = \"0\"\nview = {}\n"), REST + 3, "Odd number of digits"),
        ("[[waivers]]\ncriterion = \"c\"\n".to_owned(), REST, "missing field"),
        ("[what]\n".to_owned(), REST, "unknown field `what`"),
        ("= 1\n".to_owned(), REST, ""),
    ];
    for (rest, line, what) in table {
        let faults = Overlay::parse(&text("", &rest), &[]).expect_err(&rest);
        assert_eq!(faults[0].line, Some(line), "{rest}{faults:?}");
        assert!(faults[0].message.contains(what), "{faults:?}");
    }
}

#[test]
fn a_base_that_moved_and_targets_that_are_gone_are_faults() {
    let moved =
        text("", "[[ops]]\nop = \"drop_dtype\"\ndtype = \"F4\"\n").replace("sha256:", "sha256:0");
    let moved = Overlay::parse(&moved, &[]).unwrap().apply(&edition()).unwrap_err();
    assert!(moved[0].message.contains("assay rfc rebase 0042"), "{moved:?}");
    let gone = overlay("", "[[ops]]\nop = \"drop_dtype\"\ndtype = \"X7\"\n").apply(&edition());
    assert_eq!(
        gone.unwrap_err()[0].to_string(),
        "line 10: `drop_dtype` X7: spec data: no dtype `X7` to change"
    );
    let twice = overlay(
        "",
        "[[ops]]\nop = \"add_dtype\"\ndtype = { name = \"U8\", bits = 8, class = \"uint\" }\n",
    );
    let twice = twice.apply(&edition()).unwrap_err();
    assert!(twice[0].message.contains("is there already"), "{twice:?}");
    for huge in [
        "op = \"add_dtype\"\ndtype = { name = \"X\", bits = 1099511627776, class = \"uint\" }",
        "op = \"set_limit\"\nlimit = \"data_alignment\"\nvalue = 1099511627776",
    ] {
        let overlay = overlay("", &format!("[[ops]]\n{huge}\n"));
        let faults = overlay.apply(&edition()).unwrap_err();
        assert!(faults[0].message.contains("must be from 1 to"), "{faults:?}");
    }
    let idle =
        overlay("", "[[ops]]\nop = \"set_level\"\nrule = \"header/unique-names\"\nto = \"MUST\"\n");
    let idle = idle.apply(&edition()).unwrap_err();
    assert!(idle[0].message.contains("changes nothing"), "{idle:?}");
}

#[test]
fn what_is_declared_otherwise_is_told_with_the_line_of_the_change() {
    let applied = |declares: &str, op: &str| {
        let overlay = overlay(declares, &format!("[[ops]]\n{op}\n"));
        let applied = overlay.apply(&edition()).expect("it can be applied");
        overlay.declaration_faults(&applied)
    };
    let narrow = "op = \"set_on_violation\"\nrule = \"header/padding-is-spaces\"\nto = \"reject\"";
    let faults = applied("\"widen\"", narrow);
    assert_eq!(faults[0].line, Some(REST));
    assert!(faults[0].message.contains("is of the class `narrow`"), "{faults:?}");
    assert!(faults[1].message.contains("names `widen`, but no change"), "{faults:?}");
    assert!(applied("\"narrow\"", narrow).is_empty());
}

#[test]
fn pairs_commute_or_say_why_not() {
    let base = edition();
    let dtype = |name: &str| {
        overlay(
            "",
            &format!(
                "[[ops]]\nop = \"add_dtype\"\ndtype = {{ name = \"{name}\", bits = 8, class = \"uint\" }}\n"
            ),
        )
    };
    // The order of rows is no difference.
    commute(&base, &dtype("X1"), &dtype("X2")).unwrap();
    let same = commute(&base, &dtype("X1"), &dtype("X1")).unwrap_err();
    assert!(same.contains("is there already"), "{same}");
    let limit = |value: u64| {
        overlay(
            "",
            &format!("[[ops]]\nop = \"set_limit\"\nlimit = \"max_json_depth\"\nvalue = {value}\n"),
        )
    };
    let limits = commute(&base, &limit(1), &limit(2)).unwrap_err();
    assert!(limits.contains("a table is not the same"), "{limits}");
    let drop = overlay("", "[[ops]]\nop = \"drop_rule\"\nrule = \"header/unique-names\"\n");
    let soften = overlay(
        "",
        "[[ops]]\nop = \"set_on_violation\"\nrule = \"header/unique-names\"\nto = \"either\"\n",
    );
    let gone = commute(&base, &drop, &soften).unwrap_err();
    assert!(gone.contains("line 10") && gone.contains("no rule"), "{gone}");
}

#[test]
fn every_committed_proposal_is_embedded_and_adopted_by_its_name() {
    let overlays = assay_spec::rfc::embedded();
    assert!(overlays.len() >= 15, "{} overlays", overlays.len());
    for overlay in overlays {
        let name = format!("{}+{}", overlay.rfc.base.edition, overlay.name());
        let dialect = Dialect::by_name(&name).unwrap();
        assert_eq!(dialect.edition_name(), overlay.rfc.base.edition);
        assert_ne!(
            dialect.digest(),
            Dialect::edition(dialect.edition_name()).unwrap().digest(),
            "{name}"
        );
        assert_eq!(Dialect::by_name(dialect.name()).unwrap().digest(), dialect.digest(), "{name}");
    }
    // What it requires comes along.
    let gated = Dialect::by_name("0.8+0007/gated").unwrap();
    assert_eq!(gated.name(), "0.8+0006+0007/gated");
    assert!(gated.feature("sparse").is_some());
    assert_eq!(Dialect::by_name("0.8").unwrap().name(), "0.8");
}

#[test]
fn proposals_that_are_not_there_or_do_not_go_together_are_errors() {
    let error = |name: &str| Dialect::by_name(name).unwrap_err().to_string();
    assert!(
        error("0.8+9999").contains("on that edition there are 0001, 0002"),
        "{}",
        error("0.8+9999")
    );
    assert!(error("0.7+0002").contains("unknown proposal"), "{}", error("0.7+0002"));
    assert!(error("1.0+0002").contains("unknown edition"));
    assert!(error("0.8+0007/entry+0007/gated").contains("is there already"));
}

#[test]
fn what_is_not_known_is_told_with_the_proposal_that_would_add_it() {
    let latest = edition();
    let dtype = |name: &'static str| move |edit: &Edit| matches!(edit, Edit::AddDtype { dtype } if dtype.name == name);
    assert_eq!(assay_spec::rfc::hint(&latest, dtype("U3")), ": proposal 0002 would add it");
    assert_eq!(assay_spec::rfc::hint(&latest, dtype("U5")), "");
    // Of another edition.
    assert_eq!(assay_spec::rfc::hint(&latest, dtype("C64")), "");
    assert_eq!(
        assay_spec::rfc::admitting(&Dialect::edition("0.5").unwrap(), dtype("C64")),
        ["0003"]
    );
}
