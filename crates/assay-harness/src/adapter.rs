//! Adapters as they lie in `harness/`: found, read, checked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use assay_protocol::AdapterManifest;
use assay_protocol::adapter::Step;

use crate::places::{PLACEHOLDERS, unknown_placeholder};

/// Name of the file that makes a folder an adapter.
pub(crate) const ADAPTER_FILE: &str = "adapter.toml";

/// An adapter: a folder with an `adapter.toml`.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Name of its folder.
    pub id: String,
    /// The folder, absolute.
    pub dir: PathBuf,
    /// What its `adapter.toml` says.
    pub manifest: AdapterManifest,
}

/// Why the adapters could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An adapter.toml is not what it should be.
    #[error("{}:{line}: {what}", path.display())]
    BrokenManifest {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A folder's name cannot be an id.
    #[error(
        "{}: an implementation's folder is named in lower-case letters, digits, `.`, `_` and `-`; rename it",
        path.display()
    )]
    BadName {
        /// The folder.
        path: PathBuf,
    },
}

/// Lists the adapters of a folder, in order of id. Folders without an
/// `adapter.toml` are none.
///
/// # Errors
/// If the folder cannot be read or one `adapter.toml` is broken: then no
/// adapter is listed, for one that is silently left out looks like success.
pub fn discover(harness_dir: &Path) -> Result<Vec<Adapter>, HarnessError> {
    let harness_dir = harness_dir.canonicalize().map_err(unreadable(harness_dir))?;
    let mut adapters = Vec::new();
    for entry in fs::read_dir(&harness_dir).map_err(unreadable(&harness_dir))? {
        let dir = entry.map_err(unreadable(&harness_dir))?.path();
        if dir.join(ADAPTER_FILE).is_file() {
            adapters.push(read(dir)?);
        }
    }
    adapters.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(adapters)
}

/// Reads the adapter of one folder, wherever that lies.
///
/// # Errors
/// If there is no `adapter.toml` or it is broken, or the folder's name cannot be an id.
pub fn load(dir: &Path) -> Result<Adapter, HarnessError> {
    read(dir.canonicalize().map_err(unreadable(dir))?)
}

fn read(dir: PathBuf) -> Result<Adapter, HarnessError> {
    let id = dir.file_name().and_then(|name| name.to_str()).filter(|name| is_id(name));
    let Some(id) = id.map(str::to_owned) else {
        return Err(HarnessError::BadName { path: dir });
    };
    let path = dir.join(ADAPTER_FILE);
    let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
    match parse(&text) {
        Ok(manifest) => Ok(Adapter { id, dir, manifest }),
        Err((line, what)) => Err(HarnessError::BrokenManifest { path, line, what }),
    }
}

/// Whether a name can be an implementation's id.
pub fn is_id(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
        })
}

/// Reads the text of an adapter.toml; an error is a line and what to do.
fn parse(text: &str) -> Result<AdapterManifest, (usize, String)> {
    let manifest: AdapterManifest = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().trim_end().replace('\n', "; ");
        (line_at(text, at), format!("{message}; {}", fix_for(&message)))
    })?;
    if let Some((key, what)) = manifest.faults().into_iter().next() {
        return Err((line_of(text, &key), format!("`{key}` {what}")));
    }
    for step in manifest.setup.iter().chain([&manifest.run]).chain(&manifest.oracle) {
        if let Some(name) = texts(step).find_map(unknown_placeholder) {
            return Err((
                line_of(text, &format!("{{{name}}}")),
                format!("there is no place `{{{name}}}`; there are {}", known_placeholders()),
            ));
        }
    }
    Ok(manifest)
}

fn texts(step: &Step) -> impl Iterator<Item = &str> {
    step.command.iter().chain(step.env.values()).map(String::as_str)
}

fn known_placeholders() -> String {
    PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ")
}

fn fix_for(message: &str) -> &'static str {
    if message.contains("missing field") {
        "add it (harness/PROTOCOL.md shows a whole adapter.toml)"
    } else if message.contains("unknown field") {
        "remove or rename it (harness/PROTOCOL.md lists all keys)"
    } else {
        "correct it (harness/PROTOCOL.md shows a whole adapter.toml)"
    }
}

fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// The line where a word first stands.
fn line_of(text: &str, word: &str) -> usize {
    text.find(word).map_or(1, |at| line_at(text, at))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> HarnessError + '_ {
    move |source| HarnessError::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "title = \"x\"\nlanguage = \"c\"\n[run]\ncommand = [\"{dir}/a\"]\n";

    fn fault(text: &str) -> (usize, String) {
        parse(text).unwrap_err()
    }

    #[test]
    fn a_whole_manifest_is_read() {
        assert_eq!(parse(WHOLE).unwrap().run.command, ["{dir}/a"]);
    }

    #[test]
    fn faults_name_line_and_fix() {
        let (line, what) = fault("title = \"x\"\nlanguage = \"c\"\nhomepag = \"h\"\n");
        assert_eq!(line, 3);
        assert!(what.contains("unknown field `homepag`") && what.contains("rename"), "{what}");

        let (_, what) = fault("title = \"x\"\nlanguage = \"c\"\n");
        assert!(what.contains("missing field `run`") && what.contains("add it"), "{what}");

        let (line, what) = fault(&WHOLE.replace("{dir}", "{home}"));
        assert_eq!(line, 4);
        assert!(what.contains("`{home}`") && what.contains("{cache}"), "{what}");

        let (line, what) = fault(&WHOLE.replace("\"x\"", "\"\""));
        assert_eq!((line, what.contains("title")), (1, true));
    }

    #[test]
    fn discovery_sorts_skips_and_stops_at_a_broken_one() {
        let harness = tempfile::tempdir().unwrap();
        for id in ["b", "a", "lib"] {
            fs::create_dir(harness.path().join(id)).unwrap();
        }
        for id in ["b", "a"] {
            fs::write(harness.path().join(id).join(ADAPTER_FILE), WHOLE).unwrap();
        }
        let ids: Vec<String> =
            discover(harness.path()).unwrap().into_iter().map(|adapter| adapter.id).collect();
        assert_eq!(ids, ["a", "b"]);

        fs::write(harness.path().join("b").join(ADAPTER_FILE), "title = 1\n").unwrap();
        let message = discover(harness.path()).unwrap_err().to_string();
        assert!(message.contains("b/adapter.toml:1: "), "{message}");
    }
}
