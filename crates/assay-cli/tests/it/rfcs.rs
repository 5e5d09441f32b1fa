//! `assay rfc`: the worked proposals come out as recorded, wrong ones are refused by line.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{assay, assay_in, tree};

/// Each form with what files alone say of it, and what the committed report says.
///
/// Written here and not read from anywhere: this is what the suite is expected to say.
const EXPECTED: [(&str, &str, &str, &str); 15] = [
    // form, classes, verdict, earned phase
    ("0001", "widen", "passed", "validated"),
    ("0002", "widen", "passed", "draft"),
    ("0003", "widen", "passed", "validated"),
    ("0004/gaps", "widen", "passed", "draft"),
    ("0004/header", "advise", "passed", "validated"),
    ("0004/padding", "reinterpret", "blocked", "draft"),
    ("0005/footer", "widen", "passed", "draft"),
    ("0005/metadata", "annotate", "passed", "validated"),
    ("0006", "widen", "passed", "validated"),
    ("0007/companions", "annotate", "passed", "validated"),
    ("0007/entry", "reinterpret", "blocked", "draft"),
    ("0007/gated", "widen", "passed", "validated"),
    ("0008", "annotate", "passed", "validated"),
    ("0009", "widen", "blocked", "draft"),
    ("0010", "reinterpret", "blocked", "draft"),
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn joined(value: &Value) -> String {
    let words: Vec<&str> = value.as_array().expect("a list").iter().map(text).collect();
    words.join(", ")
}

/// The forms of reports with what is expected of them, in order.
fn forms(reports: &[Value]) -> Vec<&Value> {
    let forms: Vec<&Value> =
        reports.iter().flat_map(|report| report["overlays"].as_array().expect("a list")).collect();
    let names: Vec<&str> = forms.iter().map(|form| text(&form["name"])).collect();
    let expected: Vec<&str> = EXPECTED.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, expected);
    forms
}

#[test]
fn committed_reports_say_what_is_expected_of_the_proposals() {
    let mut paths: Vec<_> = fs::read_dir(tree().join("reports/rfcs"))
        .expect("the reports are committed")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| -> Value {
        serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("a report")
    };
    let reports: Vec<Value> = paths.iter().map(read).collect();
    for (form, (name, classes, verdict, earned)) in forms(&reports).into_iter().zip(EXPECTED) {
        assert_eq!(joined(&form["observed_classes"]), classes, "{name}");
        assert_eq!(text(&form["verdict"]), verdict, "{name}");
        assert_eq!(text(&form["earned_phase"]), earned, "{name}");
        let readers = form["forward"]["readers"].as_array().expect("readers were run").len();
        assert!(readers >= 20, "{name}: {readers} readers");
        assert_eq!(form["metrics"]["classes_disagreeing"], 0, "{name}");
    }
    assay(["rfc", "status"]).exits(0);
}

/// What needs no implementation is the same in every run; so are the negative control and the
/// other form that changes meanings without a gate, which files alone block.
#[test]
fn files_alone_say_the_same_again() {
    let called =
        assay(["rfc", "gate", "--all", "--files-only", "--seeded", "600", "--format", "json"])
            .exits(1);
    let reports: Vec<Value> = serde_json::from_str(&called.stdout).expect("a list of reports");
    for (form, (name, classes, verdict, _)) in forms(&reports).into_iter().zip(EXPECTED) {
        assert_eq!(joined(&form["observed_classes"]), classes, "{name}");
        let of_data: Vec<&str> =
            form["static_classes"].as_array().unwrap().iter().map(text).collect();
        let of_files: Vec<&str> = of_data
            .iter()
            .copied()
            .filter(|class| !["duty", "editorial"].contains(class))
            .collect();
        assert_eq!(of_files.join(", "), classes, "{name}");
        if classes == "reinterpret" {
            assert_eq!((text(&form["verdict"]), verdict), ("blocked", "blocked"), "{name}");
        }
        let engines = form["metrics"]["engines_disagreeing"].as_u64().expect("it was counted");
        assert_eq!(engines > 0, name == "0009", "{name}: {engines} files");
        assert_eq!(form["coverage"]["survivors"].as_array().map(Vec::len), Some(0), "{name}");
        assert!(form["backward"]["files"]["real"].as_u64() > Some(90), "{name}");
        assert_eq!(form["backward"]["real_changed"].as_array().map(Vec::len), Some(0), "{name}");
        assert!(form["forward"].is_null(), "{name}");
    }
}

/// A tree with proposals of its own.
fn home() -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    let spec = home.path().join("spec");
    fs::create_dir(&spec).expect("it can be made");
    for name in ["spec.toml", "policy.toml", "lints.toml", "rules"] {
        std::os::unix::fs::symlink(tree().join("spec").join(name), spec.join(name))
            .expect("a link");
    }
    for name in ["corpus", "harness"] {
        std::os::unix::fs::symlink(tree().join(name), home.path().join(name)).expect("a link");
    }
    home
}

/// A sound proposal: white space may stand behind the header. The line of its change is 11.
fn sound(id: &str) -> String {
    let digest = assay_spec::Dialect::latest().digest().to_owned();
    format!(
        "schema = \"overlay/1\"\n\n[rfc]\nid = \"{id}\"\ntitle = \"t\"\nphase = \"idea\"\nchampions = []\n\
         base = {{ edition = \"0.8\", digest = \"{digest}\" }}\ndeclares = [\"widen\"]\nbump = \"minor\"\n\
         [[ops]]\nop = \"drop_rule\"\nrule = \"header/padding-is-spaces\"\n\
         [[witnesses]]\nid = \"w\"\ntitle = \"t\"\nbefore = \"either\"\nafter = \"valid\"\nheader = \"{{}}\\n\"\nview = {{}}\n"
    )
}

fn propose(home: &Path, id: &str, overlay: &str) {
    let folder = home.join(format!("spec/rfcs/{id}-test"));
    fs::create_dir_all(&folder).expect("it can be made");
    fs::write(folder.join("overlay.toml"), overlay).expect("it can be written");
}

#[test]
fn wrong_proposals_are_refused_by_line() {
    let good = sound("0001");
    let narrowing = good.replace(
        "op = \"drop_rule\"\nrule = \"header/padding-is-spaces\"\n",
        "op = \"drop_rule\"\nrule = \"header/padding-is-spaces\"\n\
         [[ops]]\nop = \"set_on_violation\"\nrule = \"header/begins-with-brace\"\nto = \"reject\"\n",
    );
    let without_witness = good.split("[[witnesses]]").next().expect("there is one").to_owned();
    let table = [
        (
            "missing target",
            good.replace("header/padding-is-spaces", "header/padding"),
            11,
            "no rule `header/padding` to change",
        ),
        ("wrong class", good.replace("\"widen\"", "\"annotate\""), 11, "is of the class `widen`"),
        ("no witness", without_witness, 11, "which no witness shows"),
        ("narrowing undeclared", narrowing, 14, "is of the class `narrow`"),
        ("wrong version", good.replace("\"minor\"", "\"major\""), 3, "widen needs `minor`"),
        ("wrong phase", good.replace("\"idea\"", "\"dream\""), 3, "there is no phase `dream`"),
        (
            "verdict before",
            good.replace("before = \"either\"", "before = \"invalid\""),
            14,
            "the file is either: header/padding-is-spaces",
        ),
        (
            "verdict after",
            good.replace("after = \"valid\"", "after = \"either\""),
            14,
            "the file is valid",
        ),
        (
            "other tensors",
            good.replace("view = {}", "view.a = { dtype = \"U8\", shape = [], bytes = \"00\" }"),
            14,
            "names other tensors",
        ),
        (
            "a mark",
            good.replace("view = {}", "if_ignored = \"wrong\"\nview = {}"),
            14,
            "by the roles of the keys",
        ),
        (
            "another number",
            good.replace("id = \"0001\"", "id = \"0002\""),
            3,
            "but the folder is of 0001",
        ),
        (
            "a requirement that is not there",
            good.replace("bump =", "requires = [\"0009\"]\nbump ="),
            3,
            "which is not there",
        ),
        (
            "an announcement on no day",
            good.replace("bump =", "announced = \"soon\"\nbump ="),
            3,
            "`announced`",
        ),
        (
            "a waiver until no day",
            format!(
                "{good}[[waivers]]\ncriterion = \"upstream\"\nowner = \"o\"\nreason = \"r\"\nuntil = \"soon\"\n"
            ),
            3,
            "the waiver of `upstream`",
        ),
        (
            "an idle waiver",
            format!(
                "{good}[[waivers]]\ncriterion = \"no-misread\"\nowner = \"o\"\nreason = \"r\"\nuntil = \"2999-01-01\"\n"
            ),
            3,
            "cannot be waived",
        ),
    ];
    let home = home();
    propose(home.path(), "0001", &good);
    assay_in(home.path(), ["rfc", "gate", "1", "--files-only", "--seeded", "0"]).exits(0);
    for (what, overlay, line, why) in table {
        propose(home.path(), "0001", &overlay);
        let called = assay_in(home.path(), ["rfc", "gate", "1", "--files-only", "--seeded", "0"]);
        let place = format!("0001-test/overlay.toml:{line}: ");
        called.exits(1).complains(&place).complains(why);
        println!("{what} is refused");
    }
}

#[test]
fn proposals_that_do_not_go_together_say_so() {
    let home = home();
    let other =
        sound("0002").replace("op = \"drop_rule\"", "op = \"set_on_violation\"\nto = \"warn\"");
    // A MUST whose breach only warns is no consistent data, so the level goes first.
    let other = other.replace(
        "[[ops]]",
        "[[ops]]\nop = \"set_level\"\nrule = \"header/padding-is-spaces\"\nto = \"SHOULD\"\n[[ops]]",
    );
    propose(home.path(), "0001", &sound("0001"));
    propose(home.path(), "0002", &other);
    let gate =
        |name: &str| assay_in(home.path(), ["rfc", "gate", name, "--files-only", "--seeded", "0"]);
    gate("0001").exits(1).complains("0001-test/overlay.toml:3: it does not go with proposal 0002");
    propose(
        home.path(),
        "0001",
        &sound("0001").replace("bump =", "conflicts = [\"0002\"]\nbump ="),
    );
    gate("0001").exits(0);
    gate("0002").exits(0);
    // All that is wrong is told at once.
    propose(home.path(), "0002", &other.replace("\"widen\"", "\"narrow\""));
    propose(home.path(), "0001", &sound("0001").replace("\"minor\"", "\"major\""));
    assay_in(home.path(), ["rfc", "gate", "--all", "--files-only", "--seeded", "0"])
        .exits(1)
        .complains("0001-test/overlay.toml:3: `bump`")
        .complains("0002-test/overlay.toml:");
    propose(
        home.path(),
        "0001",
        &sound("0001").replace("bump =", "conflicts = [\"0002\"]\nbump ="),
    );
    // A conflict that is none is refused too.
    propose(
        home.path(),
        "0002",
        &sound("0002")
            .replace("header/padding-is-spaces", "header/begins-with-brace")
            .replace("{}\\n", " {}"),
    );
    gate("0001").exits(1).complains("with which it goes in both orders");
}

#[test]
fn a_new_proposal_passes_as_it_is_and_is_pinned_again() {
    let home = home();
    assay_in(home.path(), ["rfc", "list"]).exits(0).prints("no proposals");
    assay_in(home.path(), ["rfc", "gate", "--all"]).exits(2).complains("assay rfc new SLUG");
    assay_in(home.path(), ["rfc", "new", "Odd Name"]).exits(2).complains("lower case letters");
    assay_in(home.path(), ["rfc", "new", "tensor-notes"]).exits(0).prints("assay rfc gate 0001");
    assay_in(home.path(), ["rfc", "gate", "tensor-notes"]).exits(2).complains("0001-tensor-notes");
    assay_in(home.path(), ["rfc", "gate", "0001-tensor-notes", "--files-only", "--seeded", "100"])
        .exits(0)
        .prints("claims and earns the phase idea")
        .prints("2 of 2 slightly wrong validators told");
    assay_in(home.path(), ["rfc", "diff", "1"]).exits(0).prints("key example.tensor-notes");
    assay_in(home.path(), ["rfc", "status"]).exits(1).prints("it was never judged");
    let path = home.path().join("spec/rfcs/0001-tensor-notes/overlay.toml");
    let text = fs::read_to_string(&path).expect("it was made");
    let digest = assay_spec::Dialect::latest().digest().to_owned();
    fs::write(&path, text.replace(&digest, "sha256:00")).expect("it can be written");
    assay_in(home.path(), ["rfc", "diff", "1"]).exits(1).complains("assay rfc rebase 0001");
    assay_in(home.path(), ["rfc", "rebase"]).exits(0).prints("now pinned to");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), text, "nothing else changed");
}

/// In retrospect the proposal for the dtypes of 0.6 to 0.8 makes of 0.5 what really came.
#[test]
fn the_retrospect_has_the_dtypes_that_came() {
    let document = assay(["rfc", "show", "3", "--format", "json"]).exits(0).json();
    let ops = document[0]["ops"].as_array().expect("a list").clone();
    let edits: Vec<assay_spec::Edit> =
        ops.into_iter().map(|op| serde_json::from_value(op).expect("edits are data")).collect();
    let merged = assay_spec::Dialect::edition("0.5").unwrap().edited(&edits).unwrap();
    let sizes = |dialect: &assay_spec::Dialect| -> std::collections::BTreeMap<String, u64> {
        dialect.dtypes().iter().map(|dtype| (dtype.name.clone(), dtype.bits)).collect()
    };
    assert_eq!(sizes(&merged), sizes(&assay_spec::Dialect::edition("0.8").unwrap()));
}

#[test]
fn reports_come_in_the_formats_that_were_promised() {
    let sarif = assay(["rfc", "gate", "10", "--files-only", "--seeded", "0", "--format", "sarif"])
        .exits(1)
        .json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["level"], "error");
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "spec/rfcs/0010-byte-order-metadata/overlay.toml");
    assay(["rfc", "gate", "0010", "--files-only", "--seeded", "0", "--format", "markdown"])
        .exits(1)
        .prints("# RFC 0010: A metadata key gives the byte order of all tensors")
        .prints("| reinterpret |");
    let folder = TempDir::new().expect("a temporary folder");
    let out = folder.path().to_str().expect("UTF-8");
    assay(["rfc", "gate", "6", "--files-only", "--seeded", "0", "--out", out]).exits(1);
    assay(["rfc", "gate", "6", "--files-only", "--seeded", "0", "--check", out]).exits(0);
    let path = folder.path().join("0006-required-features.json");
    let text = fs::read_to_string(&path).expect("it was written");
    fs::write(
        &path,
        text.replace("\"earned_phase\": \"draft\"", "\"earned_phase\": \"validated\""),
    )
    .expect("written");
    assay(["rfc", "gate", "6", "--files-only", "--seeded", "0", "--check", out])
        .exits(1)
        .complains("the earned phase was validated and is draft");
}

/// Ratifying writes one row; without the evidence, or a second time, it writes nothing.
#[test]
fn a_proposal_is_ratified_once_it_has_earned_that() {
    let home = home();
    let tables = home.path().join("spec/spec.toml");
    let before = fs::read_to_string(&tables).expect("readable");
    fs::remove_file(&tables).expect("it is a link");
    fs::write(&tables, &before).expect("it can be written");
    propose(home.path(), "0001", &sound("0001"));
    let reports = home.path().join("reports/rfcs");
    let out = reports.to_str().expect("UTF-8");
    let call = |arguments: &[&str]| assay_in(home.path(), [&["rfc"], arguments].concat());
    call(&["ratify", "1"]).exits(2).complains("assay rfc gate 0001 --out reports/rfcs");
    let gate = ["gate", "1", "--files-only", "--seeded", "0", "--out", out];
    call(&gate).exits(0);
    call(&["ratify", "1"]).exits(1).complains("has earned the phase idea, not ratified");
    assert_eq!(fs::read_to_string(&tables).expect("readable"), before);
    // A policy that asks for nothing.
    let policy = fs::read_to_string(tree().join("spec/policy.toml")).expect("readable");
    let policy = policy.split("[[criteria]]").next().expect("there is a beginning");
    fs::remove_file(home.path().join("spec/policy.toml")).expect("it is a link");
    let policy = policy.replace("[versions]", "criteria = []\n[versions]");
    fs::write(home.path().join("spec/policy.toml"), policy).expect("it can be written");
    call(&gate).exits(0);
    call(&["ratify", "1", "--edition", "0.8"]).exits(2).complains("editions do not change");
    call(&["ratify", "1", "--edition", "new"]).exits(2).complains("two numbers");
    call(&["ratify", "1", "--dry-run"]).exits(0).prints("could be: edition 0.9 adopts 0001");
    assert_eq!(fs::read_to_string(&tables).expect("readable"), before);
    call(&["ratify", "1"]).exits(0).prints("edition 0.9 adopts 0001, a minor change");
    let after = fs::read_to_string(&tables).expect("readable");
    let row = "[[editions]]\nname = \"0.9\"\nadopts = [\"0001\"]\n";
    assert!(after.contains(row), "{after}");
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(lines(&after.replacen(row, "", 1)), lines(&before), "nothing else changed");
    call(&["ratify", "1", "--edition", "0.10"]).exits(2).complains("adopted already");
}
