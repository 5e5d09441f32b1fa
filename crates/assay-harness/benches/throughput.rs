//! Cases a second on one lane, with adapters that do next to nothing: what
//! the harness itself costs.
//!
//! This program is also the shim (`__limit`) and the adapter (`__adapter`).
//! The adapter answers without looking at files; every case is the same small
//! file, and `accept` delivers just what is in it, so that judging is measured
//! with it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use assay_harness::{
    Event, Places, PlannedCase, Question, Ready, RunOptions, discover, provision, run,
};
use assay_protocol::manifest::{ExpectedTensor, ExpectedView, Origin};
use assay_protocol::record::Outcome;
use assay_protocol::{ClaimedVerdict, ManifestCase};
use criterion::{Criterion, Throughput};
use sha2::{Digest as _, Sha256};

const CASES: usize = 20_000;

const ACCEPT: &str = r#""result":"accept","metadata":null,"tensors":[{"name":"weight","dtype":"U8","shape":[2,4],"data":"0001020304050607"}]}"#;
const REJECT: &str = r#""result":"reject","error":{"class":"Error","message":"no"}}"#;
const HELLO: &str = r#""result":"hello","protocol":1,"implementation":{"name":"nothing","version":"1","language":"-","lineage":"nothing"},"capabilities":{"operations":["read"]}}"#;
const UNKNOWN: &str = r#""result":"unsupported","what":"operation"}"#;

const PYTHON: &str = r#"
import json, sys
accept = sys.argv[1]
for line in sys.stdin:
    request = json.loads(line)
    op = request["op"]
    if op == "bye":
        break
    rest = {"read": accept, "hello": sys.argv[2]}.get(op, sys.argv[3])
    sys.stdout.write('{"id":' + json.dumps(request["id"]) + ',' + rest + '\n')
    sys.stdout.flush()
"#;

fn main() {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("__limit") => {
            let result = assay_harness::limit_main(&words[1..]);
            panic!("the adapter was not started: {result:?}");
        }
        Some("__adapter") => adapter(if words[1] == "accept" { ACCEPT } else { REJECT }),
        _ => {
            let mut criterion = Criterion::default().sample_size(10).configure_from_args();
            measure(&mut criterion);
            criterion.final_summary();
        }
    }
}

/// Answers without reading anything but the operation and the id.
fn adapter(read: &str) {
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
            "read" => read,
            "hello" => HELLO,
            _ => UNKNOWN,
        };
        reply.clear();
        reply.extend(["{\"id\":\"", value("\"id\":\""), "\",", rest, "\n"]);
        stdout.write_all(reply.as_bytes()).expect("the harness listens");
        stdout.flush().expect("the harness listens");
    }
}

fn measure(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room for files");
    let mut group = criterion.benchmark_group("cases");
    group.throughput(Throughput::Elements(CASES as u64));
    let python = |answer: &str| {
        ["python3", "-c", PYTHON, answer, HELLO, UNKNOWN].map(str::to_owned).to_vec()
    };
    let own = |answer: &str| ["{assay}", "__adapter", answer].map(str::to_owned).to_vec();
    for (name, command, verdict) in [
        ("rust-reject", own("reject"), ClaimedVerdict::Invalid),
        ("rust-accept", own("accept"), ClaimedVerdict::Valid),
        ("python-reject", python(REJECT), ClaimedVerdict::Invalid),
        ("python-accept", python(ACCEPT), ClaimedVerdict::Valid),
    ] {
        let Some(ready) = ready(folder.path(), name, &command) else { continue };
        let cases = cases(folder.path(), verdict);
        let options =
            RunOptions { scratch_dir: folder.path().join("scratch"), ..RunOptions::default() };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let same = AtomicU64::new(0);
                let never = AtomicBool::new(false);
                run(&ready, &cases, &options, &never, &|event| {
                    if let Event::Result(line) = event {
                        same.fetch_add(u64::from(line.outcome == Outcome::Same), Ordering::Relaxed);
                    }
                });
                assert_eq!(same.into_inner(), CASES as u64, "fast and wrong does not count");
            });
        });
    }
    group.finish();
}

/// Makes an adapter; `None` if its program is not there.
fn ready(folder: &Path, name: &str, command: &[String]) -> Option<[Ready; 1]> {
    let harness = folder.join(name);
    let dir = harness.join(name);
    fs::create_dir_all(&dir).expect("there is room");
    let program = if command[0] == "python3" { "python3" } else { "sh" };
    let command = serde_json::to_string(command).expect("plain text");
    let text = format!(
        "title = \"t\"\nlanguage = \"-\"\nrequires = [{{ command = \"{program}\", install = \"-\" }}]\n\
         run = {{ command = {command} }}\n"
    );
    fs::write(dir.join("adapter.toml"), text).expect("there is room");
    let places = Places {
        harness_dir: harness.clone(),
        cache_dir: folder.join("cache"),
        assay: std::env::current_exe().expect("it runs"),
    };
    let adapters = discover(&harness).expect("it was just written");
    provision(&adapters[0], &places, &AtomicBool::new(false), &mut |_| {}).ok().map(|one| [one])
}

fn cases(folder: &Path, verdict: ClaimedVerdict) -> Vec<PlannedCase> {
    let header = r#"{"weight":{"dtype":"U8","shape":[2,4],"data_offsets":[0,8]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    let start = file.len() as u64;
    file.extend_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let view = ExpectedView {
        metadata: None,
        tensors: vec![ExpectedTensor {
            name: "weight".to_owned(),
            dtype: "U8".to_owned(),
            shape: vec![2, 4],
            contents: [start, start + 8],
            sha256: digest(&file[file.len() - 8..]),
        }],
    };
    let stage = |number: usize| {
        let path = folder.join(format!("{number:06}.safetensors"));
        fs::write(&path, &file).expect("there is room");
        let case = ManifestCase {
            id: format!("area/rule/case-{number:06}"),
            rule: "area/rule".to_owned(),
            title: "A case".to_owned(),
            verdict,
            origin: Origin::Hand,
            path: None,
            recipe: None,
            size: file.len() as u64,
            sha256: digest(&file),
            twin: None,
            also: Vec::new(),
            boundary_of: Vec::new(),
            risk: None,
            span: None,
            view: (verdict == ClaimedVerdict::Valid).then(|| view.clone()),
            relation: None,
        };
        PlannedCase { case, path, question: Question::Read }
    };
    (0..CASES).map(stage).collect()
}
