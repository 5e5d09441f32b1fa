//! Implementations that are kept running between batches of files.

use std::sync::atomic::AtomicBool;

use assay_harness::{Answers, Panel, PlannedCase};
use assay_protocol::record::{Outcome, ResultLine};
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, TARGET, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_panel_answers_batch_after_batch", a_panel_answers_batch_after_batch),
        trial("a_death_costs_a_panel_one_case", a_death_costs_a_panel_one_case),
        trial("a_panel_blames_the_case_answered_twice", a_panel_blames_the_case_answered_twice),
        trial("who_does_not_start_is_left_out", who_does_not_start_is_left_out),
        trial("a_panel_can_be_cancelled", a_panel_can_be_cancelled),
    ]
}

/// Opens a panel of adapters with these modes, in order, and asks.
fn with_panel(modes: &[&str], look: impl FnOnce(&Lab, &mut Panel<'_>, &[(String, String)])) {
    let mut lab = Lab::new();
    lab.options.jobs = 2;
    for (number, mode) in modes.iter().enumerate() {
        lab.add(&format!("subject-{number}"), mode, "");
    }
    let ready = lab.ready();
    let never = AtomicBool::new(false);
    let (mut panel, absent) = Panel::open(&ready, &lab.options, &never).unwrap();
    look(&lab, &mut panel, &absent);
}

fn ask(panel: &mut Panel<'_>, cases: &[PlannedCase]) -> Vec<Answers> {
    let answers = panel.ask(cases).unwrap();
    for one in &answers {
        let asked: Vec<&str> = cases.iter().map(|planned| planned.case.id.as_str()).collect();
        let told: Vec<&str> = one.lines.iter().map(|line| line.case.as_str()).collect();
        assert_eq!(told, asked, "a line for each case, in order");
    }
    answers
}

fn others_are_same(lines: &[ResultLine]) {
    for line in lines.iter().filter(|line| line.case != TARGET) {
        assert_eq!((line.outcome, line.attempts), (Outcome::Same, 1), "{line:?}");
    }
}

fn target(answers: &Answers) -> &ResultLine {
    answers.lines.iter().find(|line| line.case == TARGET).unwrap()
}

fn a_panel_answers_batch_after_batch() {
    with_panel(&["honest", "wrong-bytes"], |lab, panel, absent| {
        assert!(absent.is_empty());
        let ids: Vec<String> = panel.members().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["subject-0", "subject-1"]);
        for size in [CASES, 1, 3] {
            for batch in lab.cases.chunks(size) {
                for answers in ask(panel, batch) {
                    assert_eq!(answers.restarts, 0, "no process is started again");
                    others_are_same(&answers.lines);
                }
            }
        }
        let [right, wrong] = ask(panel, &lab.cases).try_into().unwrap();
        assert_eq!(target(&right).outcome, Outcome::Same);
        assert_eq!(target(&wrong).outcome, Outcome::Misread);
        assert_ne!(target(&right).view, target(&wrong).view);
        assert!(ask(panel, &[]).iter().all(|answers| answers.lines.is_empty()));
    });
}

fn a_death_costs_a_panel_one_case() {
    with_panel(&["aborts"], |lab, panel, _| {
        for _ in 0..2 {
            let answers = ask(panel, &lab.cases).remove(0);
            others_are_same(&answers.lines);
            let line = target(&answers);
            assert_eq!((line.outcome, line.attempts), (Outcome::Crash, 2), "{line:?}");
            assert_eq!(answers.restarts, 2);
        }
        // Alone, and as the last of a batch: the next batch finds another process.
        let alone = lab.cases.iter().find(|planned| planned.case.id == TARGET).unwrap().clone();
        let answers = ask(panel, std::slice::from_ref(&alone)).remove(0);
        assert_eq!(target(&answers).outcome, Outcome::Crash);
        others_are_same(&ask(panel, &lab.cases).remove(0).lines);
    });
}

fn a_panel_blames_the_case_answered_twice() {
    with_panel(&["answers-twice"], |lab, panel, _| {
        for size in [CASES, 1] {
            for batch in lab.cases.chunks(size) {
                let answers = ask(panel, batch).remove(0);
                others_are_same(&answers.lines);
                if let Some(line) = answers.lines.iter().find(|line| line.case == TARGET) {
                    assert_eq!(line.outcome, Outcome::ProtocolError, "{line:?}");
                }
            }
        }
    });
}

fn who_does_not_start_is_left_out() {
    with_panel(&["no-library", "honest"], |lab, panel, absent| {
        let [(id, why)] = absent else { panic!("{absent:?}") };
        assert_eq!(id, "subject-0");
        assert!(!why.is_empty());
        assert_eq!(panel.members().len(), 1);
        others_are_same(&ask(panel, &lab.cases).remove(0).lines);
    });
}

fn a_panel_can_be_cancelled() {
    let lab = Lab::new();
    lab.add("subject", "hangs", "");
    let ready = lab.ready();
    let cancel = AtomicBool::new(false);
    let (mut panel, _) = Panel::open(&ready, &lab.options, &cancel).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            cancel.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        assert!(panel.ask(&lab.cases).is_err());
    });
}
