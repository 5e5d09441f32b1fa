//! What the channel to an adapter costs, beside a raw pipe in the same run.
//!
//! One process echoes eight bytes over two pipes, on one processor with this one:
//! nothing that asks one question after the other can be faster. Then adapters
//! that do next to nothing: one request at a time, a full window, two lanes;
//! and with planted crashes and hangs, each of which must cost its own case and
//! no other. What answers wrongly does not count: every outcome is checked.
//!
//! Rounds take turns; printed are the median and the least of each, and the
//! ratios within a round. `-- --quick` takes seconds. This program is also the
//! shim (`__limit`), the echo (`__echo`) and the adapter (`__adapter`).

#![allow(clippy::print_stdout, reason = "a benchmark speaks to whoever runs it")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use assay_harness::{
    Event, Places, PlannedCase, Question, Ready, RunOptions, discover, provision, run,
};
use assay_protocol::manifest::Origin;
use assay_protocol::record::Outcome;
use assay_protocol::{ClaimedVerdict, ManifestCase};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use nix::unistd::Pid;
use sha2::{Digest as _, Sha256};

/// Of so many cases one crashes, or hangs, where that is measured.
const PLANTED: usize = 500;

/// The interpreter's whole start, and what a library's adapter imports.
const PYTHON: &str = r#"
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    op = request["op"]
    if op == "bye":
        break
    rest = {"read": sys.argv[1], "hello": sys.argv[2]}.get(op, sys.argv[3])
    if request.get("path", "").endswith("7.crash"):
        os.abort()
    if request.get("path", "").endswith("7.hang"):
        time.sleep(1000)
    sys.stdout.write('{"id":' + json.dumps(request["id"]) + ',' + rest + '\n')
    sys.stdout.flush()
"#;

const REJECT: &str = r#""result":"reject","error":{"class":"Error","message":"no"}}"#;
const HELLO: &str = r#""result":"hello","protocol":1,"implementation":{"name":"nothing","version":"1","language":"-","lineage":"nothing"},"capabilities":{"operations":["read"]}}"#;
const UNKNOWN: &str = r#""result":"unsupported","what":"operation"}"#;

fn main() {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("__limit") => {
            let result = assay_harness::limit_main(&words[1..]);
            panic!("the adapter was not started: {result:?}");
        }
        Some("__echo") => echo(),
        Some("__adapter") => adapter(),
        _ => measure(words.iter().any(|word| word == "--quick")),
    }
}

/// Eight bytes there and back.
fn echo() {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut bytes = [0; 8];
    while input.read_exact(&mut bytes).is_ok() {
        output.write_all(&bytes).and_then(|()| output.flush()).expect("someone listens");
    }
}

/// Answers without reading anything but operation, id and path.
fn adapter() {
    let mut stdout = io::stdout().lock();
    let mut reply = String::new();
    for line in io::stdin().lock().lines() {
        let line = line.expect("requests are text");
        let value = |key: &str| -> &str {
            let start = line.find(key).map_or(line.len(), |at| at + key.len());
            line[start..].split('"').next().unwrap_or_default()
        };
        let rest = match value("\"op\":\"") {
            "bye" => return,
            "read" if value("\"path\":\"").ends_with(".crash") => std::process::abort(),
            "read" if value("\"path\":\"").ends_with(".hang") => {
                std::thread::sleep(Duration::from_secs(1000));
                REJECT
            }
            "read" => REJECT,
            "hello" => HELLO,
            _ => UNKNOWN,
        };
        reply.clear();
        reply.extend(["{\"id\":\"", value("\"id\":\""), "\",", rest, "\n"]);
        stdout.write_all(reply.as_bytes()).expect("the harness listens");
        stdout.flush().expect("the harness listens");
    }
}

/// The interpreter itself: what stands on the PATH may be a script that looks for it.
fn interpreter() -> Option<String> {
    let words = ["-c", "import sys; print(sys.executable)"];
    let output = Command::new("python3").args(words).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!path.is_empty()).then_some(path)
}

/// Processor time of this process so far, in microseconds.
fn own_processor_time() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts");
    (usage.user_time() + usage.system_time()).num_microseconds() as f64
}

/// Times of one way, round by round.
type Times = BTreeMap<&'static str, Vec<f64>>;

fn measure(quick: bool) {
    let (count, rounds) = if quick { (5_000, 3) } else { (20_000, 7) };
    let mut folder = tempfile::Builder::new();
    // Files in memory, so that no disk is measured.
    let memory = Path::new("/dev/shm");
    let folder =
        if memory.is_dir() { folder.prefix("bench").tempdir_in(memory) } else { folder.tempdir() };
    let folder = folder.expect("there is room");
    let places = Places {
        harness_dir: folder.path().join("harness"),
        cache_dir: folder.path().join("cache"),
        assay: std::env::current_exe().expect("it runs"),
    };
    let own = ["{assay}", "__adapter"].map(str::to_owned).to_vec();
    let interpreter = interpreter().unwrap_or_else(|| "python3".to_owned());
    let python =
        [interpreter.as_str(), "-c", PYTHON, REJECT, HELLO, UNKNOWN].map(str::to_owned).to_vec();
    let plain = cases(folder.path(), count, None);
    let crashes = cases(folder.path(), count, Some("crash"));
    let hangs = cases(folder.path(), 2 * PLANTED, Some("hang"));
    let rust = |id: &str| ready(&places, id, &own);
    let mut times = Times::new();
    for _ in 0..rounds {
        let mut add = |name, micros| times.entry(name).or_default().push(micros);
        add("echo", echoed(count));
        let [one] = [rust("rust")];
        add("lock-step", drive(&[one], &plain, &places, 1));
        let before = own_processor_time();
        add("window", drive(&[rust("rust")], &plain, &places, 32));
        add("own", (own_processor_time() - before) / plain.len() as f64);
        add("lanes", drive(&[rust("rust"), rust("rust-2")], &plain, &places, 32) / 2.0);
        add("crash", drive(&[rust("rust")], &crashes, &places, 32));
        add("hang", drive(&[rust("rust")], &hangs, &places, 32));
        if let Some(python) = try_ready(&places, "python", &python) {
            add("python", drive(&[python], &plain, &places, 32));
        }
        if let Some(python) = try_ready(&places, "python", &python) {
            add("python-crash", drive(&[python], &crashes, &places, 32));
        }
    }
    print(&times);
}

fn print(times: &Times) {
    let best = |name: &str| times[name].iter().copied().fold(f64::INFINITY, f64::min);
    let median = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("{:<34} {:>10} {:>10}", "microseconds a case", "median", "least");
    for (name, what) in [
        ("echo", "raw pipe, eight bytes and back"),
        ("lock-step", "adapter, one request at a time"),
        ("window", "adapter, window of 32"),
        ("own", "  of that the harness's own time"),
        ("lanes", "adapters on two lanes"),
        ("python", "Python adapter, window of 32"),
    ] {
        if let Some(values) = times.get(name) {
            println!("{what:<34} {:>10.2} {:>10.2}", median(values), best(name));
        }
    }
    let ratios: Vec<f64> =
        times["lock-step"].iter().zip(&times["echo"]).map(|(a, b)| a / b).collect();
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    println!("\nlock-step / raw pipe: {:.2} (least {least:.2})", median(&ratios));
    println!(
        "two lanes: {:.0} cases a second (most {:.0})",
        1e6 / median(&times["lanes"]),
        1e6 / best("lanes")
    );
    for (with, without, what) in [
        ("crash", "window", "a crashing case"),
        ("python-crash", "python", "a crashing case in Python"),
    ] {
        let Some(pairs) = times.get(with).zip(times.get(without)) else { continue };
        let costs: Vec<f64> = pairs
            .0
            .iter()
            .zip(pairs.1)
            .map(|(with, without)| (with - without) * PLANTED as f64 / 1e3)
            .collect();
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        println!("{what} costs {:.2} ms (least {least:.2}), replay included", median(&costs));
    }
}

/// Microseconds for a round trip of eight bytes, both sides on one processor.
fn echoed(count: usize) -> f64 {
    let this_thread = Pid::from_raw(0);
    let allowed = sched_getaffinity(this_thread).expect("the system says");
    let first = (0..CpuSet::count()).find(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    let mut one = CpuSet::new();
    one.set(first.expect("there is a processor")).expect("it is one");
    sched_setaffinity(this_thread, &one).expect("it is allowed");
    let mut child = Command::new(std::env::current_exe().expect("it runs"))
        .arg("__echo")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut stdin, mut stdout) = (child.stdin.take(), child.stdout.take());
    let (input, output) = (stdin.as_mut().expect("piped"), stdout.as_mut().expect("piped"));
    let mut bytes = [7; 8];
    let mut trip = |times: usize| {
        let start = Instant::now();
        for _ in 0..times {
            input.write_all(&bytes).expect("it listens");
            output.read_exact(&mut bytes).expect("it answers");
        }
        start.elapsed().as_secs_f64() * 1e6 / times as f64
    };
    trip(100);
    let micros = trip(count);
    drop(stdin);
    child.wait().expect("it ends");
    sched_setaffinity(this_thread, &allowed).expect("it was allowed before");
    micros
}

/// Microseconds a case from the first process's introduction to the last result.
fn drive(ready: &[Ready], cases: &[PlannedCase], places: &Places, window: usize) -> f64 {
    let options = RunOptions {
        scratch_dir: places.cache_dir.join("scratch"),
        window,
        jobs: ready.len(),
        deadline: Duration::from_millis(500),
        ..RunOptions::default()
    };
    let seen = Mutex::new((None, Instant::now(), 0_usize));
    run(ready, cases, &options, &AtomicBool::new(false), &|event| {
        let mut seen = seen.lock().expect("no one panics");
        match event {
            Event::Started { .. } => seen.0 = seen.0.or(Some(Instant::now())),
            Event::Result(line) => {
                let right = match line.case.rsplit_once('.').map(|(_, planted)| planted) {
                    Some("crash") => Outcome::Crash,
                    Some("hang") => Outcome::Hang,
                    _ => Outcome::Same,
                };
                assert_eq!(line.outcome, right, "{line:?}");
                seen.1 = Instant::now();
                seen.2 += 1;
            }
            _ => {}
        }
    });
    let (start, end, count) = seen.into_inner().expect("no one panicked");
    assert_eq!(count, cases.len() * ready.len(), "what was not executed does not count");
    (end - start.expect("it started")).as_secs_f64() * 1e6 / cases.len() as f64
}

/// Small invalid files; of each [`PLANTED`] one whose name tells the adapter to misbehave.
fn cases(folder: &Path, count: usize, planted: Option<&str>) -> Vec<PlannedCase> {
    let folder = folder.join(planted.unwrap_or("plain"));
    fs::create_dir_all(&folder).expect("there is room");
    let file = [0; 9];
    let stage = |number: usize| {
        let kind = planted.filter(|_| number % PLANTED == 7).unwrap_or("safetensors");
        let path = folder.join(format!("{number:06}7.{kind}"));
        fs::write(&path, file).expect("there is room");
        let case = ManifestCase {
            id: format!("area/rule/case-{number:06}.{kind}"),
            rule: "area/rule".to_owned(),
            title: "A case".to_owned(),
            verdict: ClaimedVerdict::Invalid,
            origin: Origin::Hand,
            path: None,
            recipe: None,
            size: file.len() as u64,
            sha256: hex::encode(Sha256::digest(file)),
            twin: None,
            also: Vec::new(),
            boundary_of: Vec::new(),
            risk: None,
            span: None,
            view: None,
            relation: None,
        };
        PlannedCase { case, path, question: Question::Read }
    };
    (0..count).map(stage).collect()
}

fn ready(places: &Places, id: &str, command: &[String]) -> Ready {
    try_ready(places, id, command).expect("this program is there")
}

/// An adapter; `None` if its program is not there.
fn try_ready(places: &Places, id: &str, command: &[String]) -> Option<Ready> {
    let dir = places.harness_dir.join(id);
    fs::create_dir_all(&dir).expect("there is room");
    let program = if command[1] == "-c" { "python3" } else { "sh" };
    let command = serde_json::to_string(command).expect("plain text");
    let text = format!(
        "title = \"t\"\nlanguage = \"-\"\nrequires = [{{ command = \"{program}\", install = \"-\" }}]\n\
         run = {{ command = {command} }}\n"
    );
    fs::write(dir.join("adapter.toml"), text).expect("there is room");
    let adapters = discover(&places.harness_dir).expect("it was just written");
    let adapter = adapters.iter().find(|adapter| adapter.id == id).expect("it is there");
    provision(adapter, places, &AtomicBool::new(false), &mut |_| {}).ok()
}
