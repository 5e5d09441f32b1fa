//! Removes items of objects and arrays, puts plain values in place of others.

use super::engine::{Engine, Units};
use super::outline::Outline;
use super::parts::{Edit, Mode};

/// Values that can stand for any other.
const PLAIN: [&[u8]; 4] = [b"0", b"[]", b"{}", b"\"\""];

/// Containers above this number are left to the passes over bytes.
const CONTAINERS: usize = 2_000;

/// Removes items of every container, outermost first.
pub(super) fn items(engine: &mut Engine<'_>, mode: Mode) {
    for number in 0..CONTAINERS {
        if !has_container(engine, mode, number) {
            return;
        }
        engine.remove_runs(1, &|file, _| {
            let parts = mode.parts(file)?;
            let outline = Outline::of(&parts.header);
            let container = outline.nodes.iter().filter(|node| node.is_container()).nth(number)?;
            let items = container.items.clone();
            Some(Units {
                count: items.len(),
                without: Box::new(move |run| parts.with(&Edit::remove(outline.run(&items, run)))),
            })
        });
    }
}

fn has_container(engine: &Engine<'_>, mode: Mode, number: usize) -> bool {
    engine.parts(mode).is_some_and(|parts| {
        let outline = Outline::of(&parts.header);
        outline.nodes.iter().filter(|node| node.is_container()).count() > number
    })
}

/// Puts a plain value, or something from inside it, in a value's place.
pub(super) fn values(engine: &mut Engine<'_>, mode: Mode) {
    engine.try_edits(mode, &|parts, _| {
        let outline = Outline::of(&parts.header);
        let mut edits = Vec::new();
        for node in &outline.nodes {
            for plain in PLAIN {
                edits.push(Edit::replace(node.value.clone(), plain));
            }
            for item in &node.items {
                let inner = &outline.nodes[*item];
                edits.push(Edit::replace(node.value.clone(), &parts.header[inner.value.clone()]));
            }
            if let Some(key) = &node.key {
                // Without its key, or without its value.
                edits.push(Edit::remove(key.start..node.value.start));
                edits.push(Edit::remove(key.end..node.value.end));
            }
        }
        edits
    });
}
