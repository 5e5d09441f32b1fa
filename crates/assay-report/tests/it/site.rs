//! The site of a hand-made record: hostile text, evidence, what a page says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{
    DialectName, ExpectedTensor, ExpectedView, Manifest, ManifestCase, Origin,
};
use assay_protocol::record::Outcome;
use assay_report::diagnostic::Excerpt;
use assay_report::record::Record;
use assay_report::site::{Document, Inside, Source, pages};
use assay_spec::{Finding, OnViolation, RuleId, Span, TensorView, View};

use crate::support::{Lines, dialect};

const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[31m\u{202e}\"'&";

fn case(id: &str, verdict: ClaimedVerdict) -> ManifestCase {
    let (rule, slug) = id.rsplit_once('/').unwrap();
    let tensor = ExpectedTensor {
        name: "t".to_owned(),
        dtype: "U8".to_owned(),
        shape: vec![2],
        contents: [20, 22],
        sha256: "11".repeat(32),
    };
    ManifestCase {
        id: id.to_owned(),
        rule: rule.to_owned(),
        title: format!("title of {slug}"),
        verdict,
        origin: Origin::Hand,
        path: Some(format!("files/{id}.safetensors")),
        recipe: None,
        size: 22,
        sha256: "00".repeat(32),
        twin: None,
        also: Vec::new(),
        boundary_of: Vec::new(),
        risk: None,
        span: None,
        view: Some(ExpectedView { metadata: None, tensors: vec![tensor] }),
        relation: None,
    }
}

fn manifest() -> Manifest {
    Manifest {
        schema: "manifest/1".to_owned(),
        dialect: DialectName { edition: "0.8".to_owned(), digest: "sha256:00".to_owned() },
        cases: vec![
            case("buffer/no-holes/gap", ClaimedVerdict::Invalid),
            case("buffer/no-holes/none", ClaimedVerdict::Valid),
            case("shape/scalar/one", ClaimedVerdict::Valid),
        ],
        heads: Vec::new(),
    }
}

fn record(suspect: Outcome) -> Record {
    Lines::new(3)
        .ran("good")
        .result("good", "buffer/no-holes/gap", Outcome::Same)
        .result("good", "buffer/no-holes/none", Outcome::Same)
        .result("good", "shape/scalar/one", Outcome::Unsupported)
        .ran("suspect")
        .result("suspect", "buffer/no-holes/gap", suspect)
        .detail(HOSTILE)
        .result("suspect", "buffer/no-holes/none", Outcome::Same)
        .result("suspect", "shape/scalar/one", Outcome::FalseReject)
        .error(HOSTILE, HOSTILE)
        .not_run("absent", HOSTILE)
        .finish()
        .record()
}

fn inside(case: &ManifestCase) -> Option<Inside> {
    if case.id.starts_with("shape/") {
        return None;
    }
    let bytes = b"\x0c\0\0\0\0\0\0\0<b>\"&  {}...ab".to_vec();
    let tensor = TensorView {
        name: HOSTILE.to_owned(),
        dtype: "U8".to_owned(),
        shape: vec![2],
        contents: Span::new(20, 22),
    };
    let finding = Finding {
        rule: RuleId::new("buffer/no-holes"),
        on_violation: OnViolation::Reject,
        span: Span::new(9, 12),
        message: HOSTILE.to_owned(),
        tensor: None,
    };
    Some(Inside {
        file_len: 22,
        buffer_start: 20,
        view: Some(View { metadata: None, tensors: vec![tensor], marks: Vec::new() }),
        findings: vec![finding],
        loaded: vec![Excerpt { start: 0, bytes }],
        download: Some(format!("corpus/{}", case.id)),
    })
}

fn site(record: &Record, earlier: &[Record]) -> BTreeMap<String, String> {
    let document = |path: &str, text: &str| Document {
        path: path.to_owned(),
        title: format!("title of {path}"),
        about: "what it is for".to_owned(),
        text: text.to_owned(),
    };
    let documents = [
        document(
            "a/ONE.md",
            "# One\n\nSee [two](../b/two.md#part), [a rule](../spec/rules/shape/scalar.md), [none](x.rs).\n",
        ),
        document("b/two.md", "# Two\n\n## Part\n\n<img src=x onerror=alert(1)>\n"),
    ];
    let (manifest, dialect) = (manifest(), dialect());
    let source = Source {
        record,
        operations: None,
        earlier,
        manifest: &manifest,
        dialect: &dialect,
        documents: &documents,
        inside: &inside,
    };
    let made = RefCell::new(BTreeMap::new());
    let Ok(()) = pages(&source, &mut |page| {
        assert!(
            made.borrow_mut().insert(page.path.clone(), page.text).is_none(),
            "{} twice",
            page.path
        );
        Ok::<(), Infallible>(())
    });
    made.into_inner()
}

#[test]
fn hostile_text_is_text() {
    for (path, text) in site(&record(Outcome::Misread), &[]) {
        if path.starts_with("assets/") {
            continue;
        }
        let scripts = text.matches("<script").count();
        let own = text.matches("<script src=").count();
        assert_eq!(scripts, own, "{path}");
        assert!(!text.contains("<img") && !text.contains("<b>\""), "{path}");
        let is_control = |one: char| (one.is_control() && one != '\n') || one == '\u{202e}';
        assert_eq!(text.find(is_control), None, "{path}");
    }
}

#[test]
fn every_page_is_there_and_every_cell_leads_to_its_evidence() {
    let site = site(&record(Outcome::Misread), &[]);
    let has =
        |path: &str| site.get(path).unwrap_or_else(|| panic!("no page {path}: {:?}", site.keys()));
    let index = has("index.html");
    for cell in
        ["implementation/suspect.html#buffer/no-holes", "implementation/good.html#shape/scalar"]
    {
        assert!(index.contains(&format!("<a href=\"{cell}\">")), "{cell}\n{index}");
    }
    assert!(index.contains("<td class=\"M\" data-o=\"M\"><a href=\"implementation/suspect.html#buffer/no-holes\">1M</a>"));
    assert!(index.contains("<td class=\"no\" data-o=\"u\">"), "not executed is not right");
    assert!(index.contains("1 implementation") || index.contains("2 implementations"), "{index}");
    let suspect = has("implementation/suspect.html");
    assert!(suspect.contains("id=\"buffer/no-holes\""), "{suspect}");
    assert!(suspect.contains("href=\"../case/buffer/no-holes/gap.html\""), "{suspect}");
    assert!(
        has("rule/buffer/no-holes.html").contains("href=\"../../case/buffer/no-holes/gap.html\"")
    );
    assert!(has("case/shape/scalar/one.html").contains("made by its recipe"));
    assert!(has("history.html").contains("one record"));
}

#[test]
fn a_case_shows_its_bytes_and_every_answer() {
    let site = site(&record(Outcome::Misread), &[]);
    let page = &site["case/buffer/no-holes/gap.html"];
    let start = page.find("<h2 id=\"bytes\">").unwrap();
    let end = page.find("<h2 id=\"reproduce\">").unwrap();
    insta::assert_snapshot!(&page[start..end]);
}

#[test]
fn what_changed_since_an_earlier_run_is_told() {
    let page = &site(&record(Outcome::Same), &[record(Outcome::Misread)])["history.html"];
    assert!(page.contains("1 fixed"), "{page}");
    assert!(page.contains("fixed: <a href=\"case/buffer/no-holes/gap.html\">"), "{page}");
    assert!(page.contains("misread → same"), "{page}");
}

#[test]
fn documents_lead_to_each_other_and_to_rules() {
    let site = site(&record(Outcome::Same), &[]);
    let one = &site["documents/a-one.html"];
    assert!(one.contains("<a href=\"../documents/b-two.html#part\">two</a>"), "{one}");
    assert!(one.contains("<a href=\"../rule/shape/scalar.html\">a rule</a>"), "{one}");
    assert!(!one.contains("x.rs"), "{one}");
    assert!(site["documents/b-two.html"].contains("<h2 id=\"part\">Part</h2>"));
}

#[test]
fn an_unfinished_run_says_so_on_every_page() {
    let mut unfinished = record(Outcome::Same);
    unfinished.footer = None;
    let site = site(&unfinished, &[]);
    let pages = site.iter().filter(|(path, _)| path.ends_with(".html"));
    assert!(pages.clone().count() > 10);
    for (path, text) in pages {
        assert!(text.contains("this is no result"), "{path}");
    }
}
