//! Adapters see no network, no home and no variables of others, and nothing of
//! them outlives their run, wherever it hid.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use assay_protocol::record::Outcome;
use libtest_mimic::Trial;

use crate::kit::{Lab, lives, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("adapters_are_on_their_own", adapters_are_on_their_own),
        trial("hidden_children_of_a_hang_die", hidden_children_of_a_hang_die),
        trial("hidden_children_do_not_outlive_a_run", hidden_children_do_not_outlive_a_run),
    ]
}

/// Whether this machine lets the harness cut off the network: the tests hold
/// the run to what its record says.
fn is_cut_off(lab: &Lab) -> bool {
    lab.ready()[0].isolation().starts_with("no network")
}

fn adapters_are_on_their_own() {
    let lab = Lab::new();
    lab.add("subject", "looks-around", "");
    lab.run().expect(Outcome::Same, 1, "");

    let environment = lab.memory("environment").unwrap();
    let value = |name: &str| {
        let line = environment.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(str::to_owned)
    };
    let names: BTreeSet<&str> =
        environment.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert_eq!(value("PATH"), std::env::var("PATH").ok());
    assert_ne!(value("HOME"), std::env::var("HOME").ok());
    // Cargo tells its tests where they are; an adapter must not know.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");

    let temporary = lab.memory("temporary").unwrap();
    assert!(temporary.starts_with(lab.options.scratch_dir.to_str().unwrap()), "{temporary}");
    assert!(!Path::new(&temporary).exists(), "it is removed with the run");

    if is_cut_off(&lab) {
        let network = lab.memory("network").unwrap();
        let devices: Vec<&str> =
            network.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
        assert!(devices.iter().all(|device| *device == "lo"), "{devices:?}");
    }
}

fn hidden_children_of_a_hang_die() {
    let mut lab = Lab::new();
    lab.add("subject", "hides-children", "");
    lab.options.deadline = Duration::from_millis(1500);
    lab.run().expect(Outcome::Hang, 2, "");
    // Without a namespace nothing is left to know them by.
    if is_cut_off(&lab) {
        assert!(!lives(&lab.memory("child").unwrap()));
    }
}

fn hidden_children_do_not_outlive_a_run() {
    let lab = Lab::new();
    lab.add("subject", "leaves-hidden-children", "");
    let observed = lab.run();
    observed.expect(Outcome::Same, 1, "");
    if is_cut_off(&lab) {
        assert!(!lives(&lab.memory("child").unwrap()));
        let notes = &observed.summary.notes;
        assert!(notes.iter().any(|note| note.contains("left a process behind")), "{notes:?}");
    }
}
