//! The folder of a hunt: what was done, what waits, what was found.
//!
//! `hunt.jsonl` is appended to, one line for what is done for good; a line that
//! is cut short is left out when a hunt goes on. `pending/` holds files whose
//! signature is new and that were not made small yet, `found/` the results.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::corpus::build::replace;

const STATE: &str = "hunt.jsonl";

/// A line of the state.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    /// The first: what the files follow from.
    Hunt { seed: u64 },
    /// A part of a hunt under one set of implementations.
    Part { dialect: String, implementations: BTreeMap<String, String> },
    /// All files before this step were shown.
    Shown { next: u64 },
    /// A signature is dealt with.
    Signature { id: String, text: String, came_to: String },
}

/// A file that waits to be made small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Id of its signature.
    pub(crate) id: String,
    /// Rules it breaks: fewer come first.
    pub(crate) rules: usize,
    /// The step that made it.
    pub(crate) step: u64,
    /// How it was made.
    pub(crate) how: String,
    /// The file in hexadecimal.
    pub(crate) hex: String,
}

/// A hunt's folder, locked.
pub(crate) struct Folder {
    path: PathBuf,
    state: File,
    /// What the files follow from.
    pub(crate) seed: u64,
    /// The first step whose file was not shown yet.
    pub(crate) next: u64,
    /// Signatures that are dealt with: id, text.
    pub(crate) seen: BTreeMap<String, String>,
}

impl Folder {
    /// Opens a hunt's folder, or begins one with a seed.
    ///
    /// # Errors
    /// If it cannot be written, another hunt uses it, or it was begun with another seed.
    pub(crate) fn open(
        path: &Path,
        seed: Option<u64>,
        draw: impl FnOnce() -> u64,
    ) -> anyhow::Result<Folder> {
        for name in ["found", "pending"] {
            fs::create_dir_all(path.join(name))
                .with_context(|| format!("cannot create {}", path.display()))?;
        }
        let file = path.join(STATE);
        let cannot = || format!("cannot open {}", file.display());
        let state = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(&file)
            .with_context(cannot)?;
        if state.try_lock().is_err() {
            bail!("another hunt is at work in {}; name another folder", path.display());
        }
        let text = fs::read_to_string(&file).with_context(cannot)?;
        // What a killed process wrote half of is no line.
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            state.set_len(whole as u64).with_context(cannot)?;
        }
        let mut folder =
            Folder { path: path.to_owned(), state, seed: 0, next: 0, seen: BTreeMap::new() };
        let mut begun = false;
        for line in text[..whole].lines() {
            let line: Line = serde_json::from_str(line)
                .with_context(|| format!("{} is faulty: {line}", file.display()))?;
            match line {
                Line::Hunt { seed } => (folder.seed, begun) = (seed, true),
                Line::Part { .. } => {}
                Line::Shown { next } => folder.next = next,
                Line::Signature { id, text, .. } => drop(folder.seen.insert(id, text)),
            }
        }
        if !begun {
            folder.seed = seed.unwrap_or_else(draw);
            folder.append(&Line::Hunt { seed: folder.seed })?;
        } else if let Some(other) = seed.filter(|seed| *seed != folder.seed) {
            bail!(
                "{} holds a hunt with seed {}, not {other}; name another folder",
                path.display(),
                folder.seed
            );
        }
        Ok(folder)
    }

    /// Notes under which dialect and with which implementations it goes on.
    pub(crate) fn begin_part(
        &mut self,
        dialect: &str,
        implementations: BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        self.append(&Line::Part { dialect: dialect.to_owned(), implementations })
    }

    /// Notes that all files before a step were shown.
    pub(crate) fn shown(&mut self, next: u64) -> anyhow::Result<()> {
        self.next = next;
        self.append(&Line::Shown { next })
    }

    /// Notes what a signature came to, and forgets its pending file.
    pub(crate) fn dealt_with(&mut self, id: &str, text: &str, came_to: &str) -> anyhow::Result<()> {
        let (id, text, came_to) = (id.to_owned(), text.to_owned(), came_to.to_owned());
        self.seen.insert(id.clone(), text.clone());
        let gone = self.path.join("pending").join(format!("{id}.json"));
        self.append(&Line::Signature { id, text, came_to })?;
        match fs::remove_file(&gone) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", gone.display()))
            }
            _ => Ok(()),
        }
    }

    /// Keeps a file for later.
    pub(crate) fn keep(&self, pending: &Pending) -> anyhow::Result<()> {
        let path = self.path.join("pending").join(format!("{}.json", pending.id));
        replace(&path, serde_json::to_string(pending)?.as_bytes())
    }

    /// The files that wait, by id.
    pub(crate) fn pending(&self) -> anyhow::Result<BTreeMap<String, Pending>> {
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(self.path.join("pending"))? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let one: Pending = serde_json::from_str(&text)
                .with_context(|| format!("{} is faulty", path.display()))?;
            if !self.seen.contains_key(&one.id) {
                all.insert(one.id.clone(), one);
            }
        }
        Ok(all)
    }

    /// Where results are.
    pub(crate) fn found(&self) -> PathBuf {
        self.path.join("found")
    }

    fn append(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.state
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write {}", self.path.join(STATE).display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(id: &str) -> Pending {
        Pending { id: id.to_owned(), rules: 1, step: 3, how: "h".to_owned(), hex: "00".to_owned() }
    }

    #[test]
    fn a_hunt_goes_on_where_it_stopped() {
        let home = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(home.path(), None, || 7).unwrap();
        assert!(Folder::open(home.path(), None, || 8).is_err(), "it is locked");
        folder.keep(&pending("one")).unwrap();
        folder.keep(&pending("two")).unwrap();
        folder.shown(50).unwrap();
        folder.dealt_with("one", "text", "found").unwrap();
        drop(folder);
        let state = home.path().join(STATE);
        let mut half = fs::read(&state).unwrap();
        half.extend_from_slice(b"{\"line\":\"shown\",\"ne");
        fs::write(&state, half).unwrap();
        let folder = Folder::open(home.path(), None, || 8).unwrap();
        assert_eq!((folder.seed, folder.next), (7, 50));
        assert_eq!(folder.seen.keys().collect::<Vec<_>>(), ["one"]);
        assert_eq!(folder.pending().unwrap().keys().collect::<Vec<_>>(), ["two"]);
        drop(folder);
        assert!(Folder::open(home.path(), Some(8), || 8).is_err(), "another seed");
        assert!(Folder::open(home.path(), Some(7), || 8).is_ok());
    }
}
