//! A record read back: JSON lines in, one checked [`Record`] out.
//!
//! Nothing is repaired. A line that is not understood, a duplicate, or a footer
//! that does not count what the lines hold makes the whole record an error that
//! names the line. Only a missing footer is no error: the run did not finish,
//! and [`Record::is_finished`] says so.

use std::collections::{BTreeMap, HashMap, HashSet};

use assay_protocol::Line;
use assay_protocol::record::{
    Footer, Header, ImplementationLine, Outcome, RECORD_SCHEMA, ResultLine,
};

/// The record of a run, checked to be consistent.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What was run, where.
    pub header: Header,
    /// The implementations, in the order of the record.
    pub implementations: Vec<ImplementationLine>,
    /// The results, in the order of the record.
    pub results: Vec<ResultLine>,
    /// The end of the run; absent if it did not finish.
    pub footer: Option<Footer>,
}

impl Record {
    /// Whether the run came to its end. An unfinished record is no result.
    pub fn is_finished(&self) -> bool {
        self.footer.is_some()
    }

    /// The record as JSON lines, in the order of a finished one: header,
    /// implementations by id, results by implementation and case, footer.
    pub fn to_text(&self) -> String {
        let mut implementations: Vec<&ImplementationLine> = self.implementations.iter().collect();
        implementations.sort_by(|a, b| a.id.cmp(&b.id));
        let mut results: Vec<&ResultLine> = self.results.iter().collect();
        results.sort_by(|a, b| (&a.implementation, &a.case).cmp(&(&b.implementation, &b.case)));
        let implementations = implementations.into_iter().cloned().map(Line::Implementation);
        let results = results.into_iter().cloned().map(Line::Result);
        let footer = self.footer.iter().cloned().map(Line::Footer);
        let header = std::iter::once(Line::Header(self.header.clone()));
        header
            .chain(implementations)
            .chain(results)
            .chain(footer)
            .map(|line| serde_json::to_string(&line).expect("a line is plain JSON") + "\n")
            .collect()
    }

    /// What the results of one implementation would be, had it run alone. Its footer is that of
    /// the whole run, for it says whether that came to its end.
    pub(crate) fn alone(&self, id: &str) -> Record {
        let implementations = self.implementations.iter().filter(|line| line.id == id);
        let results = self.results.iter().filter(|line| line.implementation == id);
        Record {
            header: self.header.clone(),
            implementations: implementations.cloned().collect(),
            results: results.cloned().collect(),
            footer: self.footer.clone(),
        }
    }

    /// An implementation's line, by its id.
    pub fn implementation(&self, id: &str) -> Option<&ImplementationLine> {
        self.implementations.iter().find(|line| line.id == id)
    }
}

/// What is wrong with a record, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct RecordError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a line of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text holds no line.
    #[error("the record is empty")]
    Empty,
    /// The line is not JSON, or no line of a record.
    #[error("not a line of a record: {0}")]
    Unreadable(String),
    /// The last line has no end and is not whole.
    #[error("cut short; the run was interrupted while it wrote this line")]
    CutShort,
    /// The record is of a version that is not known.
    #[error("unknown schema {0:?}; known is {RECORD_SCHEMA:?}")]
    UnknownSchema(String),
    /// The first line is not a header.
    #[error("a record begins with its header")]
    NoHeader,
    /// There is another header.
    #[error("a second header")]
    SecondHeader,
    /// Something follows the footer.
    #[error("the footer is the last line, but this line follows it")]
    AfterFooter,
    /// An implementation is announced again.
    #[error("implementation {0:?} is announced a second time")]
    SecondImplementation(String),
    /// A result of an implementation that no line before it announces.
    #[error("a result of implementation {0:?}, which is not announced before it")]
    UnknownImplementation(String),
    /// A result of an implementation that was not run.
    #[error("a result of implementation {0:?}, which was not run")]
    ResultOfNotRun(String),
    /// The same case of the same implementation again.
    #[error("a second result of {implementation:?} for case {case:?}")]
    SecondResult {
        /// The implementation.
        implementation: String,
        /// The case.
        case: String,
    },
    /// An implementation has more results than the header plans.
    #[error("implementation {0:?} has more results than the header plans cases")]
    TooManyResults(String),
    /// The footer contradicts the lines before it.
    #[error("the footer says {says} {what}, but the lines before it hold {held}")]
    FooterDisagrees {
        /// What is counted.
        what: String,
        /// What the footer says.
        says: u64,
        /// What the lines hold.
        held: u64,
    },
}

/// Reads a record. Blank lines are skipped; unknown fields are ignored.
///
/// # Errors
/// The first fault, with the number of its line.
pub fn parse(text: &str) -> Result<Record, RecordError> {
    let mut reader = Reader::default();
    let mut header = None;
    for (at, text) in text.split_inclusive('\n').enumerate() {
        let number = at + 1;
        if text.trim().is_empty() {
            continue;
        }
        let fail = |fault| RecordError { line: number, fault };
        let line = read_line(text).map_err(fail)?;
        match (&header, line) {
            (None, Line::Header(line)) => header = Some(check_header(line).map_err(fail)?),
            (None, _) => return Err(fail(Fault::NoHeader)),
            (Some(header), line) => reader.take(header, line).map_err(fail)?,
        }
    }
    match header {
        Some(header) => Ok(reader.into_record(header)),
        None => Err(RecordError { line: 1, fault: Fault::Empty }),
    }
}

fn read_line(text: &str) -> Result<Line, Fault> {
    serde_json::from_str(text).map_err(|error| {
        if error.is_eof() && !text.ends_with('\n') {
            Fault::CutShort
        } else {
            // The words may quote the line.
            Fault::Unreadable(crate::text::visible::line(&error.to_string(), 200))
        }
    })
}

fn check_header(header: Header) -> Result<Header, Fault> {
    if header.schema == RECORD_SCHEMA {
        Ok(header)
    } else {
        Err(Fault::UnknownSchema(header.schema))
    }
}

/// What has been read after the header.
#[derive(Default)]
struct Reader {
    implementations: Vec<ImplementationLine>,
    results: Vec<ResultLine>,
    footer: Option<Footer>,
    /// Where each implementation stands, and how many results it has.
    known: HashMap<String, (usize, u64)>,
    seen: HashSet<(usize, String)>,
    outcomes: BTreeMap<Outcome, u64>,
}

impl Reader {
    fn take(&mut self, header: &Header, line: Line) -> Result<(), Fault> {
        if self.footer.is_some() {
            return Err(Fault::AfterFooter);
        }
        match line {
            Line::Header(_) => Err(Fault::SecondHeader),
            Line::Implementation(line) => self.take_implementation(line),
            Line::Result(line) => self.take_result(header, line),
            Line::Footer(footer) => self.take_footer(footer),
        }
    }

    fn take_implementation(&mut self, line: ImplementationLine) -> Result<(), Fault> {
        if self.known.insert(line.id.clone(), (self.implementations.len(), 0)).is_some() {
            return Err(Fault::SecondImplementation(line.id));
        }
        self.implementations.push(line);
        Ok(())
    }

    fn take_result(&mut self, header: &Header, line: ResultLine) -> Result<(), Fault> {
        let Some((at, results)) = self.known.get_mut(&line.implementation) else {
            return Err(Fault::UnknownImplementation(line.implementation));
        };
        if self.implementations[*at].not_run.is_some() {
            return Err(Fault::ResultOfNotRun(line.implementation));
        }
        if !self.seen.insert((*at, line.case.clone())) {
            let (implementation, case) = (line.implementation, line.case);
            return Err(Fault::SecondResult { implementation, case });
        }
        *results += 1;
        if *results > header.cases {
            return Err(Fault::TooManyResults(line.implementation));
        }
        *self.outcomes.entry(line.outcome).or_default() += 1;
        self.results.push(line);
        Ok(())
    }

    fn take_footer(&mut self, footer: Footer) -> Result<(), Fault> {
        let agree = |what: &str, says: u64, held: u64| {
            let disagreement = || Fault::FooterDisagrees { what: what.to_owned(), says, held };
            if says == held { Ok(()) } else { Err(disagreement()) }
        };
        let ran = self.implementations.iter().filter(|line| line.not_run.is_none()).count();
        agree("results", footer.results, self.results.len() as u64)?;
        agree("implementations that ran", footer.ran, ran as u64)?;
        for outcome in Outcome::ALL {
            let count =
                |counts: &BTreeMap<Outcome, u64>| counts.get(&outcome).copied().unwrap_or(0);
            let what = format!("results of outcome {}", outcome.as_str());
            agree(&what, count(&footer.outcomes), count(&self.outcomes))?;
        }
        self.footer = Some(footer);
        Ok(())
    }

    fn into_record(self, header: Header) -> Record {
        let Reader { implementations, results, footer, .. } = self;
        Record { header, implementations, results, footer }
    }
}
