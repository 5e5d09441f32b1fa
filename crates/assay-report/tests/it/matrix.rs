//! The matrix, from wide to narrow, with everything that can stand in it.

use assay_protocol::record::Outcome;
use assay_report::matrix::{Matrix, matrix};

use crate::support::{Lines, plain, styled, widest};

const IDS: [&str; 10] = [
    "safetensors-rust",
    "safetensors-py",
    "candle",
    "mlx-cpp",
    "llama-cpp",
    "tinygrad",
    "transformers-js",
    "nerdstank-go",
    "burn",
    "syft-safetensors",
];

/// Rules, one of each area, with their numbers of cases.
const RULES: [(&str, usize); 7] = [
    ("prefix/header-limit", 12),
    ("header/unique-names", 140),
    ("metadata/not-null", 15),
    ("entry/is-object", 44),
    ("dtype/known", 20),
    ("shape/scalar", 18),
    ("buffer/no-holes", 130),
];

/// Ten implementations, seven areas, every outcome.
fn large() -> Matrix {
    let cases: usize = RULES.iter().map(|(_, cases)| cases).sum();
    let mut lines = Lines::new(cases as u64);
    for (row, id) in IDS.iter().enumerate() {
        lines = lines.ran(id);
        for (area, (rule, cases)) in RULES.iter().enumerate() {
            for case in 0..*cases {
                // The first is always right; the others err the more often, the later they come.
                let errs = row > 0 && (case * 7 + area * 3 + row * 5) % 100 < row * 2;
                let outcome = if errs {
                    Outcome::ALL[(case + area + row) % Outcome::ALL.len()]
                } else {
                    Outcome::Same
                };
                lines = lines.result(id, &format!("{rule}/{case}"), outcome);
            }
        }
    }
    let lines =
        lines.not_run("jax-cpp", "needs the build tool `bazel`; install version 7 or later");
    matrix(&lines.finish().record())
}

#[test]
fn a_large_matrix_is_wide_where_there_is_room() {
    insta::assert_snapshot!(plain(&large().to_terminal(None)));
}

#[test]
fn a_large_matrix_fits_eighty_columns() {
    let text = large().to_terminal(Some(80));
    insta::assert_snapshot!(plain(&text));
    assert!(widest(&text) <= 80, "{}", widest(&text));
}

#[test]
fn a_large_matrix_fits_other_terminals() {
    for width in [40, 60, 66, 72, 80, 100, 120, 160, 250] {
        let text = large().to_terminal(Some(width));
        assert!(widest(&text) <= width, "{} > {width}", widest(&text));
        for id in IDS {
            assert!(plain(&text).contains(id), "{id} at {width}");
        }
    }
    insta::assert_snapshot!("large_matrix_66_columns", plain(&large().to_terminal(Some(66))));
}

/// Two implementations, two areas, an unsupported case, a missing one.
fn small() -> Lines {
    Lines::new(4)
        .ran("right")
        .ran("wrong")
        .result("right", "shape/scalar/one", Outcome::Same)
        .result("right", "shape/scalar/two", Outcome::Same)
        .result("right", "buffer/no-holes/gap", Outcome::Same)
        .result("right", "zoo/odd/one", Outcome::Unsupported)
        .result("wrong", "shape/scalar/one", Outcome::Misread)
        .result("wrong", "shape/scalar/two", Outcome::NotRun)
        .result("wrong", "buffer/no-holes/gap", Outcome::FalseAccept)
        .not_run("absent", "needs a\u{1b}[31m compiler | and <more>")
}

#[test]
fn only_what_was_executed_counts() {
    let matrix = matrix(&small().finish().record());
    assert_eq!(matrix.areas, ["shape", "buffer", "zoo"]);
    let [right, wrong] = matrix.rows.as_slice() else { panic!("{:?}", matrix.rows) };
    assert_eq!((right.total.right(), right.total.executed(), right.missing), (3, 3, 0));
    assert_eq!((wrong.total.right(), wrong.total.executed(), wrong.missing), (0, 2, 1));
    assert_eq!(wrong.total.bad(), 2);
    assert_eq!(right.total.count(Outcome::Unsupported), 1);
}

#[test]
fn a_small_matrix_has_a_legend_of_what_occurs() {
    insta::assert_snapshot!(plain(&matrix(&small().finish().record()).to_terminal(None)));
}

#[test]
fn styling_comes_on_top() {
    insta::assert_snapshot!(styled(&matrix(&small().finish().record()).to_terminal(Some(80))));
}

#[test]
fn the_narrowest_terminal_gets_a_list() {
    insta::assert_snapshot!(plain(&matrix(&small().finish().record()).to_terminal(Some(20))));
}

#[test]
fn an_unfinished_record_is_no_result() {
    let matrix = matrix(&small().record());
    insta::assert_snapshot!(plain(&matrix.to_terminal(Some(80))));
    assert!(matrix.to_markdown().contains("did not finish"));
    assert_eq!(matrix.to_json()["finished"], false);
}

#[test]
fn a_record_without_implementations_renders() {
    let matrix = matrix(&Lines::new(3).not_run("a", "needs a compiler").finish().record());
    insta::assert_snapshot!(plain(&matrix.to_terminal(Some(80))), @"
    0 implementations, 3 cases, edition 0.8

    Not run
      a  needs a compiler
    ");
}

#[test]
fn markdown_is_a_table() {
    insta::assert_snapshot!(matrix(&small().finish().record()).to_markdown());
}

#[test]
fn json_has_all_numbers() {
    let json = matrix(&small().finish().record()).to_json();
    insta::assert_snapshot!(format!("{json:#}"));
}

#[test]
fn weaker_evidence_is_said_to_be_weaker() {
    let lines = Lines::new(1).ran("whole").ran("tool").without_views();
    let matrix = matrix(&lines.finish().record());
    for text in [plain(&matrix.to_terminal(Some(100))), matrix.to_markdown()] {
        let line = text.lines().find(|line| line.starts_with("Verdict only")).unwrap();
        assert!(line.contains("weaker evidence") && line.contains("tool"), "{line}");
        assert!(!line.contains("whole"), "{line}");
    }
    assert_eq!(matrix.to_json()["implementations"][0]["verdict_only"], true);
}
