//! What there is to check: files, folders, patterns, indexes of models, standard input.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use assay_reference::Policy;
use assay_reference::shards::Index;

/// One thing to check.
#[derive(Debug)]
pub(crate) enum Target {
    /// A file of the format.
    File(PathBuf),
    /// The index of a model in several files.
    Index(PathBuf),
    /// A file that comes on standard input.
    StandardInput,
    /// What cannot be checked, and why.
    Unusable(String, anyhow::Error),
}

/// What standard input is called.
pub(crate) const STANDARD_INPUT: &str = "-";

/// Everything that the arguments name, each once, in their order.
pub(crate) fn targets(paths: &[PathBuf], policy: &Policy) -> Vec<Target> {
    let mut gathered = Gathered::default();
    for path in paths {
        gathered.add(path, policy);
    }
    gathered.targets
}

#[derive(Default)]
struct Gathered {
    targets: Vec<Target>,
    seen: HashSet<PathBuf>,
}

impl Gathered {
    fn add(&mut self, path: &Path, policy: &Policy) {
        if path.as_os_str() == STANDARD_INPUT {
            self.targets.push(Target::StandardInput);
            return;
        }
        match std::fs::metadata(path) {
            Ok(kind) if kind.is_dir() => self.folder(path, policy),
            Ok(_) => self.file(path, policy),
            Err(error) => match pattern(path) {
                Some(pattern) => self.matching(pattern, path, policy),
                None => self.unusable(
                    path,
                    anyhow::Error::new(error)
                        .context(format!("cannot read {}; is the name right?", path.display())),
                ),
            },
        }
    }

    fn file(&mut self, path: &Path, policy: &Policy) {
        if is_index(path) {
            self.index(path, policy);
        } else if self.seen.insert(path.to_owned()) {
            self.targets.push(Target::File(path.to_owned()));
        }
    }

    /// An index brings its shards along. Those that are missing are the index's fault.
    fn index(&mut self, path: &Path, policy: &Policy) {
        if !self.seen.insert(path.to_owned()) {
            return;
        }
        self.targets.push(Target::Index(path.to_owned()));
        let Ok(index) = Index::read(path, policy) else { return };
        let folder = path.parent().unwrap_or(Path::new(""));
        for shard in index.shards() {
            let shard = folder.join(shard);
            if shard.is_file() && self.seen.insert(shard.clone()) {
                self.targets.push(Target::File(shard));
            }
        }
    }

    /// The files of a folder and of those in it; what cannot be searched does not keep the
    /// others from being checked.
    fn folder(&mut self, path: &Path, policy: &Policy) {
        let before = self.targets.len();
        for entry in walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name() {
            match entry {
                Err(error) => self.unusable(
                    path,
                    anyhow::Error::new(error).context(format!(
                        "a part of {} cannot be searched; the rest is checked",
                        path.display()
                    )),
                ),
                Ok(entry) => {
                    let name = entry.path();
                    let is_ours = name.extension().is_some_and(|end| end == "safetensors");
                    if entry.file_type().is_file() && (is_ours || is_index(name)) {
                        self.file(name, policy);
                    }
                }
            }
        }
        // What is there may have been named before.
        let is_empty =
            self.targets.len() == before && !self.seen.iter().any(|seen| seen.starts_with(path));
        if is_empty {
            let none = "holds no *.safetensors; name a file to check it all the same";
            self.unusable(path, anyhow::anyhow!("{} {none}", path.display()));
        }
    }

    fn matching(&mut self, pattern: &str, path: &Path, policy: &Policy) {
        let before = self.targets.len();
        let found = match glob::glob(pattern) {
            Ok(found) => found,
            Err(error) => {
                let what = format!("cannot read {}, nor take it as a pattern", path.display());
                return self.unusable(path, anyhow::Error::new(error).context(what));
            }
        };
        let mut matches = 0;
        for entry in found {
            matches += 1;
            match entry.with_context(|| format!("a part of {} cannot be searched", path.display()))
            {
                Ok(entry) => self.add(&entry, policy),
                Err(error) => self.unusable(path, error),
            }
        }
        if matches == 0 && self.targets.len() == before {
            self.unusable(path, anyhow::anyhow!("no file matches {}", path.display()));
        }
    }

    fn unusable(&mut self, path: &Path, error: anyhow::Error) {
        self.targets.push(Target::Unusable(path.display().to_string(), error));
    }
}

/// A name that no file has may be a pattern that the shell passed on.
fn pattern(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.contains(['*', '?', '[']))
}

/// Whether a file is named as indexes of models are.
fn is_index(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| Index::stem(name).is_some())
}
