//! Hand-made rules and records.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use assay_protocol::Operation;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::DialectName;
use assay_protocol::message::{Capabilities, ErrorText, Implementation};
use assay_protocol::record::{
    Answer, DeliveredView, Footer, Header, ImplementationLine, Line, Outcome, RECORD_SCHEMA,
    ResultLine,
};
use assay_report::record::{Record, parse};
use assay_spec::{Dialect, Spec, page};

/// Rules of our own, so that no page of the spec changes a snapshot.
const PAGES: [(&str, &str); 6] = [
    ("header/unique-names", include_str!("pages/unique-names.md")),
    ("header/padding-is-spaces", include_str!("pages/padding-is-spaces.md")),
    ("prefix/header-limit", include_str!("pages/header-limit.md")),
    ("buffer/no-holes", include_str!("pages/no-holes.md")),
    ("buffer/tensor-alignment", include_str!("pages/tensor-alignment.md")),
    ("shape/scalar", include_str!("pages/scalar.md")),
];

/// The tables of the spec with the rules of these tests.
pub(crate) fn dialect() -> Dialect {
    static DIALECT: OnceLock<Dialect> = OnceLock::new();
    let resolve = || {
        let rules = PAGES.iter().map(|(id, text)| page::parse(id, text).unwrap()).collect();
        let spec = Spec { rules, ..Spec::embedded().clone() };
        Dialect::resolve(&spec, "0.8").unwrap()
    };
    DIALECT.get_or_init(resolve).clone()
}

/// Rendered text without its styling.
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Rendered text with its styling made visible.
pub(crate) fn styled(text: &str) -> String {
    text.replace('\u{1b}', "␛")
}

/// The widest line, in columns of these tests' own text.
pub(crate) fn widest(text: &str) -> usize {
    plain(text).lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Lines of a record, one after the other.
#[derive(Clone)]
pub(crate) struct Lines {
    lines: Vec<Line>,
}

impl Lines {
    pub(crate) fn new(cases: u64) -> Lines {
        Lines {
            lines: vec![Line::Header(Header {
                schema: RECORD_SCHEMA.to_owned(),
                suite: "0.1.0".to_owned(),
                manifest_sha256: "00".repeat(32),
                dialect: DialectName { edition: "0.8".to_owned(), digest: "sha256:00".to_owned() },
                cases,
                cases_sha256: None,
                seed: 0,
                shard: None,
                started: "2026-01-02T03:04:05Z".to_owned(),
                machine: BTreeMap::from([("os".to_owned(), "linux".to_owned())]),
            })],
        }
    }

    pub(crate) fn ran(mut self, id: &str) -> Lines {
        self.lines.push(Line::Implementation(ImplementationLine {
            id: id.to_owned(),
            implementation: Some(Implementation {
                name: id.to_owned(),
                version: "1.2.3".to_owned(),
                language: "C".to_owned(),
                lineage: format!("{id} parser"),
                runtime: None,
                homepage: None,
            }),
            capabilities: Some(Capabilities::default()),
            not_run: None,
        }));
        self
    }

    /// The version of the implementation that was added last.
    pub(crate) fn version(mut self, version: &str) -> Lines {
        match self.lines.last_mut() {
            Some(Line::Implementation(ImplementationLine { implementation: Some(it), .. })) => {
                it.version = version.to_owned();
            }
            other => panic!("not an implementation that ran: {other:?}"),
        }
        self
    }

    /// The dtypes that the implementation added last delivers.
    pub(crate) fn dtypes(mut self, dtypes: &[&str]) -> Lines {
        match self.lines.last_mut() {
            Some(Line::Implementation(ImplementationLine { capabilities: Some(all), .. })) => {
                all.dtypes = Some(dtypes.iter().map(ToString::to_string).collect());
            }
            other => panic!("not an implementation that ran: {other:?}"),
        }
        self
    }

    /// The implementation added last only takes or refuses files.
    pub(crate) fn without_views(mut self) -> Lines {
        if let Some(Line::Implementation(line)) = self.lines.last_mut() {
            line.capabilities = Some(Capabilities { views: false, ..Capabilities::default() });
        }
        self
    }

    pub(crate) fn not_run(mut self, id: &str, reason: &str) -> Lines {
        self.lines.push(Line::Implementation(ImplementationLine {
            id: id.to_owned(),
            implementation: None,
            capabilities: None,
            not_run: Some(reason.to_owned()),
        }));
        self
    }

    /// A result with nothing but its outcome; the rule is the case's id without its last part.
    pub(crate) fn result(mut self, id: &str, case: &str, outcome: Outcome) -> Lines {
        self.lines.push(Line::Result(ResultLine {
            operation: Operation::Read,
            implementation: id.to_owned(),
            case: case.to_owned(),
            rule: case.rsplit_once('/').unwrap().0.to_owned(),
            verdict: match outcome {
                Outcome::FalseAccept => ClaimedVerdict::Invalid,
                _ => ClaimedVerdict::Valid,
            },
            outcome,
            answer: match outcome {
                Outcome::Same | Outcome::Misread | Outcome::FalseAccept => Some(Answer::Accept),
                _ => None,
            },
            detail: None,
            error: None,
            view: None,
            delivered: None,
            stderr: None,
            attempts: 1,
        }));
        self
    }

    /// The last result was of this operation.
    pub(crate) fn asked_to(self, operation: Operation) -> Lines {
        self.last(|line| line.operation = operation)
    }

    /// Changes the line that was added last, which is a result.
    fn last(mut self, change: impl FnOnce(&mut ResultLine)) -> Lines {
        match self.lines.last_mut() {
            Some(Line::Result(result)) => change(result),
            other => panic!("not a result: {other:?}"),
        }
        self
    }

    pub(crate) fn view(self, digest: &str) -> Lines {
        self.last(|result| result.view = Some(digest.to_owned()))
    }

    pub(crate) fn delivered(self, delivered: DeliveredView) -> Lines {
        self.last(|result| {
            result.answer = Some(Answer::Accept);
            result.delivered = Some(delivered);
        })
    }

    pub(crate) fn refused(self) -> Lines {
        self.last(|result| result.answer = Some(Answer::Reject))
    }

    /// Changes the line that was added last, which is an implementation that ran.
    pub(crate) fn without_metadata(mut self) -> Lines {
        match self.lines.last_mut() {
            Some(Line::Implementation(ImplementationLine { capabilities: Some(all), .. })) => {
                all.metadata = false;
            }
            other => panic!("not an implementation: {other:?}"),
        }
        self
    }

    pub(crate) fn detail(self, text: &str) -> Lines {
        self.last(|result| result.detail = Some(text.to_owned()))
    }

    pub(crate) fn error(self, class: &str, message: &str) -> Lines {
        let error = ErrorText { class: class.to_owned(), message: message.to_owned() };
        self.last(|result| result.error = Some(error))
    }

    /// The footer that counts what is there.
    pub(crate) fn finish(mut self) -> Lines {
        let mut footer =
            Footer { results: 0, outcomes: BTreeMap::new(), ran: 0, restarts: 0, seconds: 9 };
        for line in &self.lines {
            match line {
                Line::Result(result) => {
                    footer.results += 1;
                    *footer.outcomes.entry(result.outcome).or_default() += 1;
                }
                Line::Implementation(line) => footer.ran += u64::from(line.not_run.is_none()),
                Line::Header(_) | Line::Footer(_) => {}
            }
        }
        self.lines.push(Line::Footer(footer));
        self
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
    }

    pub(crate) fn record(&self) -> Record {
        parse(&self.text()).unwrap()
    }
}
