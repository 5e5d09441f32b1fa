//! Adapters as they lie in `harness/`: found, read, checked.
//!
//! An adapter that lists versions of its library is one [`Adapter`] for each of them. Its
//! folder's name alone is the id of the default one, the last of the list; any other has
//! `<folder>@<version>`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use assay_protocol::AdapterManifest;
use assay_protocol::adapter::Step;

use crate::places::{PLACEHOLDERS, VERSION, names, unknown_placeholder};

/// Name of the file that makes a folder an adapter.
pub(crate) const ADAPTER_FILE: &str = "adapter.toml";

/// An adapter: a folder with an `adapter.toml`, for one version of its library.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// Name of its folder, and `@<version>` behind it unless that is the default one.
    pub id: String,
    /// The folder, absolute.
    pub dir: PathBuf,
    /// What its `adapter.toml` says.
    pub manifest: AdapterManifest,
    /// The version of the library, if the manifest lists any.
    pub version: Option<String>,
}

impl Adapter {
    /// For the default version of its library.
    pub(crate) fn new(id: String, dir: PathBuf, manifest: AdapterManifest) -> Adapter {
        let version = manifest.versions.last().map(|last| last.version.clone());
        Adapter { id, dir, manifest, version }
    }

    /// Name of its folder.
    pub fn folder(&self) -> &str {
        self.id.split_once('@').map_or(&self.id, |(folder, _)| folder)
    }

    /// The same adapter for every version that it lists, oldest first; itself if it lists none.
    pub fn versions(&self) -> Vec<Adapter> {
        let Some((default, older)) = self.manifest.versions.split_last() else {
            return vec![self.clone()];
        };
        let folder = self.folder();
        let older = older.iter().map(|one| (format!("{folder}@{}", one.version), one));
        older
            .chain([(folder.to_owned(), default)])
            .map(|(id, one)| Adapter { id, version: Some(one.version.clone()), ..self.clone() })
            .collect()
    }

    /// A name for its files and folders that no other adapter has: ids of folders hold no
    /// capital, and paths in requests no `@`.
    pub(crate) fn file_name(&self) -> String {
        self.id.replace('@', "-V")
    }
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

/// Lists the adapters of a folder, in order of id, each for its default version
/// ([`Adapter::versions`] gives the others). Folders without an `adapter.toml` are none.
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
        Ok(manifest) => Ok(Adapter::new(id, dir, manifest)),
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
    let steps = || manifest.setup.iter().chain([&manifest.run]).chain(&manifest.oracle);
    let versioned = steps().flat_map(texts).any(|text| names(text, VERSION));
    if versioned && manifest.versions.is_empty() {
        let what = "`{version}` stands for one of [[versions]], and there are none; list them";
        return Err((line_of(text, "{version}"), what.to_owned()));
    }
    if !versioned && !manifest.versions.is_empty() {
        let what = "no command asks for `{version}`, so all versions would be the same; \
                    put it where the library is fetched";
        return Err((line_of(text, "versions"), what.to_owned()));
    }
    for step in steps() {
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

    const VERSIONS: &str =
        "versions = [{ version = \"0.9\" }, { version = \"1.0\" }, { version = \"1.1\" }]\n";

    #[test]
    fn the_last_version_is_the_default_and_has_the_folders_name() {
        let text = format!("{VERSIONS}{}", WHOLE.replace("{dir}", "{version}"));
        let adapter = Adapter::new("x".to_owned(), "/h/x".into(), parse(&text).unwrap());
        assert_eq!(adapter.version.as_deref(), Some("1.1"));
        for one in adapter.versions() {
            let all: Vec<(String, Option<String>)> =
                one.versions().into_iter().map(|it| (it.id, it.version)).collect();
            let expected = [("x@0.9", "0.9"), ("x@1.0", "1.0"), ("x", "1.1")];
            assert_eq!(all, expected.map(|(id, of)| (id.to_owned(), Some(of.to_owned()))));
            assert_eq!(one.folder(), "x");
        }
        let names: Vec<String> = adapter.versions().iter().map(Adapter::file_name).collect();
        assert_eq!(names, ["x-V0.9", "x-V1.0", "x"]);

        let single = Adapter::new("y".to_owned(), "/h/y".into(), parse(WHOLE).unwrap());
        assert_eq!(single.versions().len(), 1);
        assert_eq!((single.versions()[0].id.as_str(), &single.version), ("y", &None));
    }

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

        let (line, what) = fault(&WHOLE.replace("{dir}", "{version}"));
        assert!(line == 4 && what.contains("[[versions]]"), "{line}: {what}");
        let (line, what) = fault(&format!("{VERSIONS}{WHOLE}"));
        assert!(line == 1 && what.contains("no command"), "{line}: {what}");

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
