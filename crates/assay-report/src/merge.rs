//! Shards of one run, put together.
//!
//! What comes out is the record that the run would have left on one machine,
//! times aside. Nothing is guessed: shards of different runs, a shard that is
//! missing or there twice, an implementation that was not run everywhere or is
//! not the same everywhere, a case that is missing or decided twice: each stops
//! the merge.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::record::{Footer, Header, ImplementationLine, ResultLine};

use crate::record::Record;

/// Why records are not shards of one run. The numbers are those of the records, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("there is no record")]
    Nothing,
    /// A record has no footer.
    #[error("record {0} has no footer: its run did not finish")]
    Unfinished(usize),
    /// A record is no shard.
    #[error("record {0} is a whole run and no shard")]
    Whole(usize),
    /// Records are of different runs.
    #[error("records 1 and {record} are of different runs: {}", what.join("; "))]
    Different {
        /// Which one.
        record: usize,
        /// What differs.
        what: Vec<String>,
    },
    /// A shard is there twice.
    #[error("shard {number} is there twice: records {first} and {second}")]
    Overlap {
        /// The shard.
        number: u32,
        /// The record that has it.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// A shard is missing.
    #[error("shards are missing: {}", numbers(.0))]
    Gap(Vec<u32>),
    /// An implementation was not run in every shard.
    #[error("{id} ran in {ran} of {of} shards{}; run the others again or leave it out of all", because(.why))]
    NotEverywhere {
        /// The implementation.
        id: String,
        /// Shards in which it ran.
        ran: usize,
        /// Shards.
        of: usize,
        /// Why it did not run in another one.
        why: Option<String>,
    },
    /// An implementation was not the same in every shard.
    #[error(
        "{id} is not the same in records {first} and {second}: version, runtime or capabilities differ"
    )]
    OtherIdentity {
        /// The implementation.
        id: String,
        /// The record with one identity.
        first: usize,
        /// The record with the other.
        second: usize,
    },
    /// An implementation lacks results.
    #[error("{id} has {results} results in record {record}, which planned {cases} cases")]
    Missing {
        /// The implementation.
        id: String,
        /// The record.
        record: usize,
        /// Results that are there.
        results: u64,
        /// Cases that were planned.
        cases: u64,
    },
    /// A case is decided twice.
    #[error("{id} has two results for case {case}")]
    Twice {
        /// The implementation.
        id: String,
        /// The case.
        case: String,
    },
}

fn numbers(of: &[u32]) -> String {
    of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn because(why: &Option<String>) -> String {
    why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default()
}

/// What differs between the headers of two runs beside shard, time and
/// machine; empty if they are of one run.
pub fn different(a: &Header, b: &Header) -> Vec<String> {
    let mut what = Vec::new();
    let mut compare = |name: &str, a: &str, b: &str| {
        if a != b {
            what.push(format!("{name} is {a}, not {b}"));
        }
    };
    compare("the schema", &a.schema, &b.schema);
    compare("the suite's version", &a.suite, &b.suite);
    compare("the manifest", short(&a.manifest_sha256), short(&b.manifest_sha256));
    compare("the dialect", &a.dialect.edition, &b.dialect.edition);
    compare("the dialect's digest", &a.dialect.digest, &b.dialect.digest);
    compare("the seed", &a.seed.to_string(), &b.seed.to_string());
    let ids = |header: &Header| header.cases_sha256.clone().unwrap_or_else(|| "unknown".to_owned());
    compare("the digest of the chosen cases", short(&ids(a)), short(&ids(b)));
    what
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Puts the shards of a run together.
///
/// # Errors
/// The first thing because of which they are not all shards of one run.
pub fn merge(records: &[Record]) -> Result<Record, MergeError> {
    let header = header(records)?;
    let implementations = implementations(records)?;
    let results = results(records)?;
    let mut footer = Footer {
        results: results.len() as u64,
        outcomes: BTreeMap::new(),
        ran: implementations.iter().filter(|line| line.not_run.is_none()).count() as u64,
        restarts: 0,
        seconds: 0,
    };
    for result in &results {
        *footer.outcomes.entry(result.outcome).or_default() += 1;
    }
    for part in records.iter().filter_map(|record| record.footer.as_ref()) {
        footer.restarts = footer.restarts.saturating_add(part.restarts);
        footer.seconds = footer.seconds.saturating_add(part.seconds);
    }
    Ok(Record { header, implementations, results, footer: Some(footer) })
}

fn header(records: &[Record]) -> Result<Header, MergeError> {
    let first = records.first().ok_or(MergeError::Nothing)?;
    let mut header = Header { shard: None, cases: 0, ..first.header.clone() };
    let mut shards: BTreeMap<u32, usize> = BTreeMap::new();
    let mut of = 0;
    for (record, number) in records.iter().zip(1..) {
        if !record.is_finished() {
            return Err(MergeError::Unfinished(number));
        }
        let shard = record.header.shard.ok_or(MergeError::Whole(number))?;
        let mut what = different(&first.header, &record.header);
        if number > 1 && of != shard.of {
            what.push(format!("it was split into {of}, not {}", shard.of));
        }
        if !what.is_empty() {
            return Err(MergeError::Different { record: number, what });
        }
        of = shard.of;
        if let Some(first) = shards.insert(shard.number, number) {
            return Err(MergeError::Overlap { number: shard.number, first, second: number });
        }
        header.cases = header.cases.saturating_add(record.header.cases);
        header.started = header.started.min(record.header.started.clone());
        for (key, value) in &record.header.machine {
            let known = header.machine.entry(key.clone()).or_insert_with(|| value.clone());
            if !known.split(" | ").any(|one| one == value) {
                known.push_str(&format!(" | {value}"));
            }
        }
    }
    let missing = (1..=of).filter(|number| !shards.contains_key(number));
    // A header may say that there are billions; a few tell enough.
    let missing: Vec<u32> = missing.take(20).collect();
    if missing.is_empty() { Ok(header) } else { Err(MergeError::Gap(missing)) }
}

fn implementations(records: &[Record]) -> Result<Vec<ImplementationLine>, MergeError> {
    let lines = records.iter().flat_map(|record| &record.implementations);
    let ids: BTreeSet<&str> = lines.map(|line| line.id.as_str()).collect();
    ids.into_iter().map(|id| implementation(id, records)).collect()
}

fn implementation(id: &str, records: &[Record]) -> Result<ImplementationLine, MergeError> {
    let lines: Vec<Option<&ImplementationLine>> =
        records.iter().map(|record| record.implementation(id)).collect();
    let has_run = |line: &Option<&ImplementationLine>| line.is_some_and(|l| l.not_run.is_none());
    let ran = lines.iter().filter(|line| has_run(line)).count();
    if ran == 0
        && let Some(line) = lines.iter().flatten().next()
    {
        return Ok((*line).clone());
    }
    if ran < records.len() {
        let why = lines.iter().flatten().find_map(|line| line.not_run.clone());
        return Err(MergeError::NotEverywhere { id: id.to_owned(), ran, of: records.len(), why });
    }
    for (line, number) in lines.iter().zip(1..) {
        if *line != lines[0] {
            return Err(MergeError::OtherIdentity { id: id.to_owned(), first: 1, second: number });
        }
    }
    for (record, number) in records.iter().zip(1..) {
        let results = record.results.iter().filter(|line| line.implementation == id).count() as u64;
        if results != record.header.cases {
            let (id, cases) = (id.to_owned(), record.header.cases);
            return Err(MergeError::Missing { id, record: number, results, cases });
        }
    }
    Ok(lines[0].expect("it ran in every shard").clone())
}

/// All results, by implementation and case.
fn results(records: &[Record]) -> Result<Vec<ResultLine>, MergeError> {
    let mut results: Vec<ResultLine> =
        records.iter().flat_map(|record| record.results.iter().cloned()).collect();
    results.sort_by(|a, b| (&a.implementation, &a.case).cmp(&(&b.implementation, &b.case)));
    for pair in results.windows(2) {
        let [a, b] = pair else { continue };
        if (&a.implementation, &a.case) == (&b.implementation, &b.case) {
            let (id, case) = (a.implementation.clone(), a.case.clone());
            return Err(MergeError::Twice { id, case });
        }
    }
    Ok(results)
}
