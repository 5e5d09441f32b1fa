//! `known.toml` of implementations: found, read, brought up to date.

pub(crate) mod update;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_protocol::KnownFile;
use assay_protocol::known::KNOWN_FILE;
use assay_report::known::KnownFiles;

use crate::places::Tree;

/// Where an implementation's file is or would be. Columns of other versions,
/// `name@version`, have none: they show history and gate nothing.
pub(crate) fn path(id: &str, folder: &Path) -> Option<PathBuf> {
    (!id.contains('@')).then(|| folder.join(KNOWN_FILE))
}

/// Reads the files that there are, of implementations and their folders.
///
/// # Errors
/// If one cannot be read or is faulty. An entry that is not understood must not
/// pass for one that says nothing.
pub(crate) fn load<'a>(
    implementations: impl IntoIterator<Item = (&'a str, &'a Path)>,
) -> anyhow::Result<KnownFiles> {
    let mut files = KnownFiles::new();
    for (id, folder) in implementations {
        let Some(path) = path(id, folder) else { continue };
        if let Some(text) = text(&path)? {
            files.insert(id.to_owned(), parse(&text, &path)?);
        }
    }
    Ok(files)
}

/// The files of all implementations of the tree.
///
/// # Errors
/// As [`load`].
pub(crate) fn of_tree(tree: &Tree) -> anyhow::Result<KnownFiles> {
    let adapters = assay_harness::discover(&tree.harness())?;
    load(adapters.iter().map(|adapter| (adapter.id.as_str(), adapter.dir.as_path())))
}

/// Its text; `None` if there is no such file.
pub(crate) fn text(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Reads and checks the text of a file.
pub(crate) fn parse(text: &str, path: &Path) -> anyhow::Result<KnownFile> {
    let file: KnownFile =
        toml::from_str(text).with_context(|| format!("{} is faulty", path.display()))?;
    let faults = file.faults();
    if !faults.is_empty() {
        bail!("{} is faulty:\n  {}", path.display(), faults.join("\n  "));
    }
    Ok(file)
}

/// Today in UTC, as entries write days.
pub(crate) fn today() -> String {
    date().to_string()
}

fn date() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The day so many days from now.
fn in_days(days: i64) -> String {
    let span = jiff::Span::new().days(days);
    date().saturating_add(span).to_string()
}
