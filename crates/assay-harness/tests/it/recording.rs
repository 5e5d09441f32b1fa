//! Records: finished ones have a footer and a name, others have neither.

use std::fs;
use std::path::Path;

use assay_harness::{Event, RECORD_FILE, RECORD_PARTIAL, RecordWriter};
use assay_protocol::manifest::DialectName;
use assay_protocol::record::{Footer, Header, ImplementationLine, Line, Outcome, RECORD_SCHEMA};
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, Observed, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_finished_record_is_whole", a_finished_record_is_whole),
        trial("an_unfinished_record_is_kept_and_recognisable", an_unfinished_record),
        trial("a_death_is_on_disk_at_once", a_death_is_on_disk_at_once),
        trial("a_record_needs_a_folder", a_record_needs_a_folder),
    ]
}

fn header() -> Header {
    Header {
        schema: RECORD_SCHEMA.to_owned(),
        suite: "0".to_owned(),
        manifest_sha256: "0".repeat(64),
        dialect: DialectName { edition: "e".to_owned(), digest: "d".to_owned() },
        cases: CASES as u64,
        cases_sha256: None,
        seed: 0,
        shard: None,
        started: "2026-01-01T00:00:00Z".to_owned(),
        machine: [].into(),
    }
}

fn lines(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn observed() -> (Lab, Observed) {
    let lab = Lab::new();
    lab.add("subject", "exits-3", "");
    let observed = lab.run();
    (lab, observed)
}

fn append(writer: &mut RecordWriter, event: &Event) {
    let line = match event.clone() {
        Event::Started { implementation, identity, capabilities } => {
            Line::Implementation(ImplementationLine {
                id: implementation,
                implementation: Some(identity),
                capabilities: Some(capabilities),
                not_run: None,
            })
        }
        Event::Result(line) => Line::Result(line),
        _ => return,
    };
    writer.append(&line).unwrap();
}

fn a_finished_record_is_whole() {
    let (lab, observed) = observed();
    let folder = lab.folder.path();
    let mut writer = RecordWriter::create(folder, &header()).unwrap();
    for event in &observed.events {
        append(&mut writer, event);
    }
    assert!(!folder.join(RECORD_FILE).exists());
    let summary = &observed.summary;
    let footer = Footer {
        results: summary.results,
        outcomes: summary.outcomes.clone(),
        ran: summary.ran,
        restarts: summary.restarts,
        seconds: 1,
    };
    let path = writer.finish(&footer).unwrap();
    assert_eq!(path, folder.join(RECORD_FILE));
    assert!(!folder.join(RECORD_PARTIAL).exists());

    let lines = lines(&path);
    assert_eq!(lines.len(), 1 + 1 + CASES + 1);
    assert_eq!(lines[0], Line::Header(header()));
    assert!(matches!(lines[1], Line::Implementation(_)));
    let Some(Line::Footer(footer)) = lines.last() else { panic!("no footer") };
    assert_eq!((footer.results, footer.restarts), (CASES as u64, 2));
    assert_eq!(footer.outcomes, [(Outcome::Same, 11), (Outcome::Crash, 1)].into());
}

fn an_unfinished_record() {
    let (lab, observed) = observed();
    let folder = lab.folder.path();
    let mut writer = RecordWriter::create(folder, &header()).unwrap();
    for event in &observed.events {
        append(&mut writer, event);
    }
    let path = writer.abandon().unwrap();
    assert_eq!(path, folder.join(RECORD_PARTIAL));
    assert!(!folder.join(RECORD_FILE).exists());
    assert_eq!(lines(&path).len(), 1 + 1 + CASES, "all is there but the footer");

    // Neither does one that was dropped, as by a panic, look finished.
    let writer = RecordWriter::create(folder, &header()).unwrap();
    drop(writer);
    assert!(!folder.join(RECORD_FILE).exists());
    assert_eq!(lines(&path), [Line::Header(header())]);
}

fn a_death_is_on_disk_at_once() {
    let (lab, observed) = observed();
    let folder = lab.folder.path();
    let mut writer = RecordWriter::create(folder, &header()).unwrap();
    for event in &observed.events {
        append(&mut writer, event);
        if matches!(event, Event::Result(line) if line.outcome == Outcome::Crash) {
            break;
        }
    }
    let written = lines(&folder.join(RECORD_PARTIAL));
    assert!(matches!(written.last(), Some(Line::Result(line)) if line.outcome == Outcome::Crash));
    writer.abandon().unwrap();
}

fn a_record_needs_a_folder() {
    let lab = Lab::new();
    let error = RecordWriter::create(&lab.folder.path().join("none"), &header()).unwrap_err();
    assert!(error.to_string().starts_with("cannot write the record "), "{error}");
}
