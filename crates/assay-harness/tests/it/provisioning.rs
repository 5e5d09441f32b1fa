//! Set-up: done once, done again when something changed, never half.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assay_harness::{Ready, SetupEvent, SetupFailure, provision};
use libtest_mimic::Trial;

use crate::kit::{Lab, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("set_up_once", set_up_once),
        trial("set_up_again_after_a_change", set_up_again_after_a_change),
        trial("a_failed_step_says_why_and_leaves_nothing", a_failed_step),
        trial("missing_programs_are_named", missing_programs_are_named),
        trial("programs_that_will_not_do_are_named", programs_that_will_not_do_are_named),
        trial("checkouts_share_a_cache", checkouts_share_a_cache),
        trial("an_unreachable_registry_is_not_available", an_unreachable_registry),
        trial("cancelling_a_set_up", cancelling_a_set_up),
        trial("two_harnesses_do_not_collide", two_harnesses_do_not_collide),
        trial("places_are_filled_in", places_are_filled_in),
    ]
}

const COUNT: &str = "setup = [{ command = [\"sh\", \"-c\", \"echo x >> {dir}/../count; echo made > {cache}/made\"] }]";

type Steps = Vec<SetupEvent>;

fn set_up(lab: &Lab) -> (Result<Ready, SetupFailure>, Steps) {
    let never = AtomicBool::new(false);
    let mut events = Vec::new();
    let adapters = lab.adapters();
    let outcome = provision(&adapters[0], &lab.places, &never, &mut |event| events.push(event));
    (outcome, events)
}

fn count(lab: &Lab) -> usize {
    fs::read_to_string(lab.places.harness_dir.join("count")).unwrap_or_default().lines().count()
}

fn set_up_once() {
    let lab = Lab::new();
    lab.add("subject", "honest", COUNT);
    let (ready, events) = set_up(&lab);
    assert_eq!(ready.unwrap().adapter.id, "subject");
    assert!(matches!(events[..], [SetupEvent::Step { number: 1, of: 1, .. }]), "{events:?}");
    let (ready, events) = set_up(&lab);
    assert!(ready.is_ok() && events.is_empty());
    assert_eq!((count(&lab), lab.memory("made").as_deref()), (1, Some("made\n")));
}

fn set_up_again_after_a_change() {
    let lab = Lab::new();
    let inputs = format!("inputs = [\"../shared\"]\n{COUNT}");
    let dir = lab.add("subject", "honest", &inputs);
    let shared = lab.places.harness_dir.join("shared");
    fs::create_dir(&shared).unwrap();
    let stale = lab.places.cache_dir.join("adapters/subject/files/stale");
    let mut expected = 0;
    let mut changes = |path: &Path, text: &str, redone: bool| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        set_up(&lab).0.unwrap();
        expected += usize::from(redone);
        assert_eq!(count(&lab), expected, "{}", path.display());
        assert!(!redone || !stale.exists(), "made anew, not on top");
        fs::write(&stale, "").unwrap();
    };
    changes(&dir.join("main.c"), "1", true);
    changes(&dir.join("main.c"), "2", true);
    changes(&dir.join("main.c"), "2", false);
    changes(&shared.join("lib.c"), "1", true);
    changes(&dir.join("deep/er.c"), "1", true);
    changes(&dir.join("README.md"), "1", false);
    changes(&dir.join("known.toml"), "", false);
    changes(&dir.join("__pycache__/main.pyc"), "1", false);
    changes(&dir.join("node_modules/x/index.js"), "1", false);
}

fn a_failed_step() {
    let lab = Lab::new();
    let steps = "setup = [\
        { command = [\"sh\", \"-c\", \"touch {cache}/half; echo first\"] },\
        { command = [\"sh\", \"-c\", \"echo out; echo err >&2; exit $STATUS\"], env = { STATUS = \"3\" } }]";
    let dir = lab.add("subject", "honest", steps);
    let (outcome, events) = set_up(&lab);
    let failure = outcome.unwrap_err();
    assert_eq!(events.len(), 2);
    assert!(!failure.is_not_available());
    let SetupFailure::Step { ending, tail, log, .. } = &failure else { panic!("{failure}") };
    assert_eq!(ending, "exited with status 3");
    assert!(tail.ends_with("out\nerr"), "{tail}");
    assert!(fs::read_to_string(log).unwrap().contains("\nfirst\n"));
    assert!(failure.to_string().contains("setup.log"));

    // What it left is wiped before the next attempt.
    assert!(lab.memory("half").is_some());
    fs::remove_dir_all(dir).unwrap();
    lab.add("subject", "honest", COUNT);
    set_up(&lab).0.unwrap();
    assert!(lab.memory("half").is_none() && lab.memory("made").is_some());
}

fn missing_programs_are_named() {
    let lab = Lab::new();
    let requires = "requires = [{ command = \"sh\", install = \"-\" }, \
        { command = \"no-such-tool\", install = \"get it at the shop\" }]";
    lab.add("subject", "honest", requires);
    let failure = set_up(&lab).0.unwrap_err();
    assert!(failure.is_not_available());
    let said =
        "not available: `no-such-tool` is not on the PATH; to install it: get it at the shop";
    assert_eq!(failure.to_string(), said);
}

fn programs_that_will_not_do_are_named() {
    let lab = Lab::new();
    let requires = |status: u8| {
        format!(
            "requires = [{{ command = \"sh\", install = \"get a newer one\", \
             check = [\"-c\", \"echo first; echo it is sh 1; exit {status}\"] }}]\n{COUNT}"
        )
    };
    lab.add("subject", "honest", &requires(1));
    let failure = set_up(&lab).0.unwrap_err();
    assert!(failure.is_not_available());
    let said = "not available: `sh` will not do (it is sh 1); to install it: get a newer one";
    assert_eq!(failure.to_string(), said);
    assert_eq!(count(&lab), 0, "nothing was set up");

    lab.add("subject", "honest", &requires(0));
    set_up(&lab).0.unwrap();
    assert_eq!(count(&lab), 1);
}

fn checkouts_share_a_cache() {
    let (one, mut other) = (Lab::new(), Lab::new());
    other.places.cache_dir = one.places.cache_dir.clone();
    for lab in [&one, &other] {
        lab.add("subject", "honest", COUNT);
    }
    for lab in [&one, &other, &one] {
        set_up(lab).0.unwrap();
    }
    assert_eq!((count(&one), count(&other)), (1, 0));
    fs::write(other.places.harness_dir.join("subject/main.c"), "other").unwrap();
    set_up(&other).0.unwrap();
    assert_eq!((count(&one), count(&other)), (1, 1));
}

fn an_unreachable_registry() {
    for script in ["echo 'error: Could not resolve host: registry'; exit 1", "exit 69"] {
        let lab = Lab::new();
        lab.add(
            "subject",
            "honest",
            &format!("setup = [{{ command = [\"sh\", \"-c\", \"{script}\"] }}]"),
        );
        let failure = set_up(&lab).0.unwrap_err();
        assert!(failure.is_not_available(), "{failure}");
    }
}

fn cancelling_a_set_up() {
    let lab = Lab::new();
    lab.add("subject", "honest", "setup = [{ command = [\"sleep\", \"1000\"] }]");
    let cancel = AtomicBool::new(false);
    let outcome = provision(&lab.adapters()[0], &lab.places, &cancel, &mut |_| {
        cancel.store(true, Ordering::SeqCst);
    });
    assert!(matches!(outcome, Err(SetupFailure::Cancelled)));
}

fn two_harnesses_do_not_collide() {
    let lab = Lab::new();
    let slow = "setup = [{ command = [\"sh\", \"-c\", \"echo x >> {dir}/../count; sleep 0.3\"] }]";
    lab.add("subject", "honest", slow);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| set_up(&lab).0.map(drop))).collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
    assert_eq!(count(&lab), 1);

    // While one runs, its cache is not changed under it.
    let ready = set_up(&lab).0.unwrap();
    lab.add("subject", "other", slow);
    let waits = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (lab, waits) = (&lab, &waits);
        let other = scope.spawn(move || {
            let never = AtomicBool::new(false);
            provision(&lab.adapters()[0], &lab.places, &never, &mut |event| {
                if event == SetupEvent::Waiting {
                    waits.store(true, Ordering::SeqCst);
                }
            })
            .map(drop)
        });
        while !waits.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(count(lab), 1);
        drop(ready);
        other.join().unwrap().unwrap();
    });
    assert_eq!(count(&lab), 2);
}

fn places_are_filled_in() {
    let lab = Lab::new();
    let script = "echo $A $PWD $# > {cache}/places";
    let step = format!(
        "setup = [{{ command = [\"sh\", \"-c\", \"{script}\", \"{{assay}}\", \"x\"], env = {{ A = \"{{harness}}:{{dir}}\" }} }}]"
    );
    let dir = lab.add("subject", "honest", &step);
    set_up(&lab).0.unwrap();
    let (harness, dir) = (lab.places.harness_dir.display(), dir.display());
    let expected = format!("{harness}:{dir} {dir} 1\n");
    assert_eq!(lab.memory("places").unwrap(), expected);
}
