//! The demands of `harness/PROTOCOL.md`, each with the way to try it.

use std::path::Path;
use std::time::{Duration, Instant};

use assay_protocol::KeyedSum;
use assay_protocol::message::{BENCH, BenchWork, Operation, PROTOCOL_MAX, PROTOCOL_MIN, Reply};
use assay_protocol::record::Outcome;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::conversation::{Request, Spelling};
use super::{Examination, Finding};
use crate::bench;
use crate::run::PlannedCase;
use crate::session::greeting::in_words;
use crate::session::{Session, Stop};
use crate::staged;
use crate::text::quoted;

/// A way to try a demand.
pub(super) type Try = fn(&mut Examination<'_>) -> Result<Finding, Stop>;

/// All demands: what, under which heading, how it is tried.
pub(super) const ALL: &[(&str, &str, Try)] = &[
    ("it introduces itself in time", "hello", introduces_itself),
    ("it echoes ids byte for byte", "The channel", echoes_ids),
    ("it chooses a version that there is", "hello", chooses_a_version),
    ("it claims no version that it cannot know", "hello", claims_no_version),
    ("it refuses an operation that nobody knows", "The channel", refuses_the_unknown),
    ("it reads a valid file right", "read", reads_right),
    ("it refuses an invalid file, and lives", "read", refuses_an_invalid_file),
    ("it delivers a tensor of more than 64 KiB", "read", delivers_much),
    ("it puts long contents into the scratch file", "read", uses_the_scratch_file),
    ("it ignores keys that it does not know", "The channel", ignores_keys),
    ("it takes keys in any order", "The channel", takes_any_order),
    ("it waits for the end of a line", "The channel", waits_for_a_line),
    ("it answers a full window in order", "The channel", answers_in_order),
    ("it is silent when nothing is asked", "The process", is_silent),
    ("it leaves the files alone", "read", leaves_files_alone),
    ("it does not call a missing file refused", "read", exits_without_a_file),
    ("it does not call a missing scratch folder refused", "read", exits_without_scratch),
    ("it proves what it loads", "bench", proves_what_it_loads),
    ("it is itself again after it was killed", "The process", restarts),
    ("it is replaced when it does not answer", "What is made of it", is_replaced),
    ("it ends after `bye`", "bye", ends_after_bye),
    ("it ends at the end of its input", "The process", ends_at_the_end),
];

fn right() -> Result<Finding, Stop> {
    Ok(Finding::Right(None))
}

fn wrong(what: impl Into<String>) -> Result<Finding, Stop> {
    Ok(Finding::Wrong(what.into()))
}

fn not_tried(why: &str) -> Result<Finding, Stop> {
    Ok(Finding::NotTried(why.to_owned()))
}

fn introduces_itself(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let start = Instant::now();
    let session = on.session()?;
    let (took, allowed) = (start.elapsed(), session.patience());
    Ok(Finding::Right(Some(format!(
        "after {:.0} ms; {} s are allowed",
        took.as_secs_f64() * 1000.0,
        allowed.as_secs()
    ))))
}

fn hello(on: &Examination<'_>, id: &str, min: u32, max: u32) -> Request {
    let text = format!(
        r#"{{"op":"hello","id":"{id}","protocol":{{"min":{min},"max":{max}}},"inline_limit":{}}}"#,
        on.options.inline_limit
    );
    Request { id: id.to_owned(), text }
}

/// Asks the first request of a process.
fn first(on: &mut Examination<'_>, request: &Request) -> Result<Reply, Stop> {
    let mut session = Session::launch(on.terms)?;
    let patience = session.patience();
    session.ask(&request.text, &request.id, patience)
}

fn echoes_ids(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let request = hello(on, "Id.of_any-kind:007 ~", PROTOCOL_MIN, PROTOCOL_MAX);
    match first(on, &request)? {
        Reply::Hello { .. } => right(),
        other => wrong(format!("answered `hello` with {}", in_words(&other))),
    }
}

fn chooses_a_version(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let request = hello(on, "hello", PROTOCOL_MIN, PROTOCOL_MAX + 98);
    match first(on, &request)? {
        Reply::Hello { protocol, .. } if (PROTOCOL_MIN..=PROTOCOL_MAX).contains(&protocol) => {
            right()
        }
        Reply::Hello { protocol, .. } => wrong(format!(
            "offered versions {PROTOCOL_MIN} to {}, it chose {protocol}; choose the latest that \
             the adapter was written for",
            PROTOCOL_MAX + 98
        )),
        other => wrong(format!("answered `hello` with {}", in_words(&other))),
    }
}

fn claims_no_version(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let versions = PROTOCOL_MAX + 1000..=PROTOCOL_MAX + 1001;
    let request = hello(on, "hello", *versions.start(), *versions.end());
    match first(on, &request) {
        Ok(Reply::Hello { protocol, .. }) if versions.contains(&protocol) => {
            wrong(format!("offered versions that nobody knows, it chose {protocol}"))
        }
        Err(Stop::Cancelled) => Err(Stop::Cancelled),
        // It may answer, or fail, as it likes.
        _ => right(),
    }
}

fn refuses_the_unknown(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let deadline = on.options.deadline;
    on.session()?.probe(deadline)?;
    right()
}

fn reads_right(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    judged(on, &samples.valid)
}

fn refuses_an_invalid_file(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    judged(on, &samples.invalid)
}

fn delivers_much(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    match on.operation() {
        Some(Operation::Read) if on.has_views() => judged(on, &samples.large),
        _ => not_tried("it delivers no contents"),
    }
}

/// A case as in a run. What is wrong there is the library's doing or the adapter's;
/// with files as plain as these it is mostly the adapter's.
fn judged(on: &mut Examination<'_>, planned: &PlannedCase) -> Result<Finding, Stop> {
    if on.operation().is_none() {
        return not_tried("it declares neither `read` nor `inspect`");
    }
    let line = match on.judged(planned)? {
        Ok(line) => line,
        Err(why) => return wrong(why),
    };
    let detail = line.detail.map(|text| format!(": {text}")).unwrap_or_default();
    let error = line.error.map(|error| format!(" ({}: {})", error.class, error.message));
    let said = format!(
        "{}{detail}{} (case {})",
        line.outcome.as_str(),
        error.unwrap_or_default(),
        planned.case.id
    );
    Ok(match line.outcome {
        Outcome::Same if line.attempts == 1 => Finding::Right(None),
        Outcome::Unsupported | Outcome::Deferred => Finding::NotTried(said),
        _ => Finding::Wrong(said),
    })
}

fn uses_the_scratch_file(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    if on.operation() != Some(Operation::Read) || !on.has_views() {
        return not_tried("it delivers no contents");
    }
    let request = on.request(&samples.large, Spelling::Usual);
    let limit = on.options.inline_limit;
    match on.ask_once(&request)? {
        Reply::Accept { tensors, .. } => {
            // Two digits a byte.
            let is_long = |data: &String| data.len() as u64 > limit.saturating_mul(2);
            match tensors.iter().find(|tensor| tensor.data.as_ref().is_some_and(is_long)) {
                Some(tensor) => wrong(format!(
                    "tensor {} has more than the {limit} bytes of `inline_limit` and came in \
                     `data`; write it to the file `scratch`",
                    quoted(&tensor.name)
                )),
                None => right(),
            }
        }
        other => not_accepted(&other),
    }
}

fn not_accepted(reply: &Reply) -> Result<Finding, Stop> {
    wrong(format!("answered a valid file with {}", in_words(reply)))
}

/// Reads the valid file with a request that is spelled otherwise.
fn spelled(on: &mut Examination<'_>, spelling: Spelling) -> Result<Finding, Stop> {
    let samples = on.samples;
    let usual = on.request(&samples.valid, Spelling::Usual);
    let usual = on.ask_once(&usual)?;
    let request = on.request(&samples.valid, spelling);
    let reply = on.ask_once(&request)?;
    if std::mem::discriminant(&usual) == std::mem::discriminant(&reply) {
        return right();
    }
    wrong(format!(
        "answered {} with {}, and the usual spelling with {}",
        request.text,
        in_words(&reply),
        in_words(&usual)
    ))
}

fn ignores_keys(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    spelled(on, Spelling::UnknownKeys)
}

fn takes_any_order(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    spelled(on, Spelling::KeysTurned)
}

fn waits_for_a_line(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let request = on.request(&samples.valid, Spelling::Usual);
    let (head, rest) = request.text.split_at(request.text.len() / 2);
    let mut session = on.session()?;
    session.output().extend_from_slice(head.as_bytes());
    on.idle(&mut session, Duration::from_millis(100))?;
    session.ask(rest, &request.id, on.options.deadline)?;
    right()
}

fn answers_in_order(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let pair = [&samples.valid, &samples.invalid];
    let window = on.options.window.max(2);
    let requests: Vec<Request> =
        (0..window).map(|at| on.request(pair[at % 2], Spelling::Usual)).collect();
    let replies = on.ask_all(&requests)?;
    let out_of_turn = requests.iter().zip(&replies).find(|(asked, said)| asked.id != said.id());
    match out_of_turn {
        None => Ok(Finding::Right(Some(format!("{window} requests at once")))),
        Some((asked, said)) => wrong(format!(
            "answered {} when \"{}\" was the oldest of {window} requests; answer them as they come",
            quoted(said.id()),
            asked.id
        )),
    }
}

fn is_silent(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let request = on.request(&samples.valid, Spelling::Usual);
    let mut session = on.session()?;
    session.ask(&request.text, &request.id, on.options.deadline)?;
    on.idle(&mut session, Duration::from_millis(200))?;
    match session.line() {
        Some(line) => wrong(format!(
            "printed a line although nothing was asked: {}",
            crate::text::quoted_bytes(line)
        )),
        None => right(),
    }
}

fn leaves_files_alone(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    for planned in [&samples.valid, &samples.invalid, &samples.large] {
        let now = staged::digest(&planned.path).unwrap_or_else(|error| error.to_string());
        if now != planned.case.sha256 {
            return wrong(format!("the file of case {} is not what it was", planned.case.id));
        }
    }
    right()
}

/// What cannot be opened is no refusal: it says so on standard error, and dies.
fn exits(on: &mut Examination<'_>, request: &Request, missing: &str) -> Result<Finding, Stop> {
    match on.ask_to_die(request)? {
        Err(reply) => wrong(format!(
            "answered {}, {missing}; that is no verdict of the library: say so on standard \
             error and exit with a status other than 0",
            in_words(&reply)
        )),
        Ok(failure) if failure.outcome != Outcome::Crash => wrong(failure.what),
        Ok(failure) if failure.what.contains("exited with status 0") => {
            wrong(format!("{}, {missing}; the status must be another than 0", failure.what))
        }
        Ok(failure) if failure.stderr.is_none() => {
            wrong(format!("{} without a word on standard error, {missing}", failure.what))
        }
        Ok(_) => right(),
    }
}

fn exits_without_a_file(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let path = on.scratch.join("no-such-folder/000000.safetensors").display().to_string();
    let request = on.request_at(&path, &samples.valid, Spelling::Usual);
    exits(on, &request, "asked for a file that does not exist")
}

fn exits_without_scratch(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    if on.operation() != Some(Operation::Read) || !on.has_views() {
        return not_tried("it delivers no contents");
    }
    let samples = on.samples;
    let Request { id, text } = on.request(&samples.large, Spelling::Usual);
    let gone = format!("no-such-folder/{id}");
    let text = text.replace(&format!("{}/{id}", on.scratch.display()), &{
        on.scratch.join(Path::new(&gone)).display().to_string()
    });
    exits(on, &Request { id, text }, "given a scratch file in a folder that does not exist")
}

/// Every way in which it can be timed, on the large file.
fn proves_what_it_loads(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let can = on.introduction.as_ref().map(|introduction| &introduction.capabilities);
    let Some(can) = can.filter(|can| can.operations.iter().any(|one| one == BENCH)) else {
        return not_tried("it does not declare `bench`");
    };
    let modes: Vec<Option<String>> = match &can.bench_modes {
        Some(modes) if !modes.is_empty() => modes.iter().cloned().map(Some).collect(),
        _ => vec![None],
    };
    let Some(view) = &samples.large.case.view else { return not_tried("there is no file for it") };
    let contents = match std::fs::read(&samples.large.path) {
        Ok(contents) => contents,
        Err(error) => return not_tried(&error.to_string()),
    };
    let path = samples.large.path.display().to_string();
    let mut session = on.session()?;
    for (nonce, mode) in (1..).zip(&modes) {
        let mut sum = KeyedSum::new(nonce);
        for tensor in &view.tensors {
            let range = tensor.contents.map(|at| usize::try_from(at).unwrap_or(usize::MAX));
            sum.add(contents.get(range[0]..range[1]).unwrap_or_default());
        }
        let job = bench::Job {
            what: BenchWork::Load,
            path: &path,
            mode: mode.as_deref(),
            tensor: None,
            nonce,
            sum: sum.total(),
            count: view.tensors.len() as u64,
        };
        let id = format!("b{nonce}");
        let request = bench::request(&id, &job);
        let reply = session.ask(request.trim_end(), &id, on.options.deadline)?;
        let usage = assay_protocol::resources::Usage::default();
        if let Err(why) = bench::judged(&reply, &id, &job, Duration::ZERO, usage) {
            let mode =
                mode.as_deref().map_or_else(String::new, |mode| format!("in mode `{mode}` "));
            return wrong(format!("{mode}{why}"));
        }
    }
    right()
}

fn restarts(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let request = on.request(&samples.valid, Spelling::Usual);
    // Killed in the midst of a request, as after a deadline.
    let mut session = on.session()?;
    session.output().extend_from_slice(request.text.as_bytes());
    on.idle(&mut session, Duration::from_millis(20))?;
    drop(session);
    let (_, again) = Session::start(on.terms)?;
    match &on.introduction {
        Some(before) if *before != again => wrong(
            "it introduced itself differently when it was started again; a run does not go on \
             with that",
        ),
        _ => right(),
    }
}

/// The harness's side of a deadline, with this adapter: one that does not answer is
/// stopped, and another takes its place.
fn is_replaced(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let samples = on.samples;
    let mut session = on.session()?;
    let group = Pid::from_raw(i32::try_from(session.process_id()).unwrap_or(i32::MAX));
    if killpg(group, Signal::SIGSTOP).is_err() {
        return not_tried("it cannot be stopped");
    }
    let request = on.request(&samples.valid, Spelling::Usual);
    match session.ask(&request.text, &request.id, Duration::from_millis(300)) {
        Err(Stop::Failed(failure)) if failure.outcome == Outcome::Hang => {}
        Err(other) => return Err(other),
        Ok(reply) => return wrong(format!("answered {} while stopped", in_words(&reply))),
    }
    let request = on.request(&samples.valid, Spelling::Usual);
    let start = Instant::now();
    on.ask_once(&request)?;
    let took = start.elapsed().as_secs_f64() * 1000.0;
    Ok(Finding::Right(Some(format!(
        "another process answered after {took:.0} ms; a case may take {} s",
        on.options.deadline.as_secs()
    ))))
}

fn ends_after_bye(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let session = on.session()?;
    ended(session.farewell())
}

fn ends_at_the_end(on: &mut Examination<'_>) -> Result<Finding, Stop> {
    let session = on.session()?;
    ended(session.end("the end of its input"))
}

fn ended((line, fault): (Option<Vec<u8>>, Option<String>)) -> Result<Finding, Stop> {
    match (line, fault) {
        (Some(line), _) => wrong(format!(
            "printed a line that nobody asked for: {}",
            crate::text::quoted_bytes(&line)
        )),
        (None, Some(fault)) => wrong(fault),
        (None, None) => right(),
    }
}
