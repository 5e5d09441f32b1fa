//! `assay new-impl`: writes the skeleton of an adapter.
//!
//! It sets up and answers from the first moment, and every answer is wrong until the place that is
//! marked in it calls the library: it takes each file and delivers a tensor that none has. (Were it
//! to refuse them, it would be right about the invalid ones.)

mod skeleton;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::json;

use self::skeleton::Language;
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Write the skeleton of an adapter for an implementation.
///
/// An adapter is the small program that lets `assay run` drive a library: a folder with
/// adapter.toml, pinned versions and one source file. The loop that speaks the protocol is there
/// already, once per language; what is missing is the call of the library, at the place marked HERE.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay new-impl mylib --lang go              harness/mylib/
  assay new-impl mylib --lang js --dir ..     ../mylib/, outside the tree

Any other language: `harness/PROTOCOL.md`. A tool for the command line: `assay run --exec`.

Exit codes: 0 written, 2 not written; what is there already is never touched.")]
pub(crate) struct Args {
    /// Name of the implementation and of its folder: lower-case letters, digits, `-` and `_`.
    #[arg(value_name = "NAME")]
    name: String,
    /// Language of the adapter, which is the library's.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Language,
    /// Folder in which to make the new one, instead of harness/.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// How to print what was written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    check_name(&args.name)?;
    let harness = Tree::find()?.harness();
    let harness = harness
        .canonicalize()
        .with_context(|| format!("no folder {}: nothing to adapt to", harness.display()))?;
    let parent = match &args.dir {
        None => harness.clone(),
        Some(dir) => dir.canonicalize().with_context(|| {
            format!("no folder {} in which to make another; make it first", dir.display())
        })?,
    };
    let in_tree = parent == harness;
    let folder = parent.join(&args.name);
    if folder.symlink_metadata().is_ok() {
        bail!(
            "{} is there already and is left as it is; choose another name, or move it away",
            folder.display()
        );
    }
    // Go and Cargo read paths in files of their own; outside the tree only a whole one holds.
    let libraries = if in_tree { Path::new("..") } else { &harness };
    let files = args.lang.files(&args.name, libraries)?;
    write(&parent, &folder, &files)?;
    let written = Written { args, folder: &folder, files: &files, in_tree };
    match args.format {
        Format::Text => output::print(&written.in_words())?,
        Format::Json => output::print_json(&written.document())?,
    }
    Ok(Exit::Pass)
}

/// A name that is an id here, and a name for Cargo, npm, Go and Maven.
fn check_name(name: &str) -> anyhow::Result<()> {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !begins || !name.chars().all(is_part) || name.len() > 60 {
        bail!(
            "`{name}` is no name for a folder here: a lower-case letter, then lower-case letters, \
             digits, `-` and `_`, 60 at most"
        );
    }
    if name == "lib" || name == "schema" {
        bail!("harness/{name} is the harness's own; choose another name");
    }
    Ok(())
}

/// Writes the files beside their place and moves the folder there when all are written.
fn write(parent: &Path, folder: &Path, files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let staged = tempfile::Builder::new()
        .prefix(".new-impl-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot make a folder in {}", parent.display()))?;
    let made = staged.path().join("made");
    for (name, text) in files {
        let path = made.join(name);
        let above = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(above)
            .and_then(|()| std::fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    std::fs::rename(&made, folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// What was written, for who asked.
struct Written<'a> {
    args: &'a Args,
    folder: &'a Path,
    files: &'a [(PathBuf, String)],
    in_tree: bool,
}

impl Written<'_> {
    fn next(&self) -> [String; 3] {
        let name = &self.args.name;
        if self.in_tree {
            return [
                format!("assay setup {name}"),
                format!("assay doctor {name}"),
                format!("assay run --only {name}"),
            ];
        }
        let folder = self.folder.display();
        [
            format!("assay doctor --adapter {folder}"),
            format!("assay run --adapter {folder} --case buffer/"),
            format!("assay run --adapter {folder}"),
        ]
    }

    fn in_words(&self) -> String {
        let mut text = format!("{}:", self.folder.display());
        for (name, _) in self.files {
            text.push_str(&format!(" {}", name.display()));
        }
        let source = self.args.lang.source();
        text.push_str(&format!(
            "\nEvery answer of it is wrong until {source} calls the library, at the place marked HERE.\n\nNext:\n"
        ));
        for command in self.next() {
            text.push_str(&format!("  {command}\n"));
        }
        text
    }

    fn document(&self) -> serde_json::Value {
        let files: Vec<&Path> = self.files.iter().map(|(name, _)| name.as_path()).collect();
        json!({
            "name": self.args.name,
            "folder": self.folder,
            "files": files,
            "source": self.args.lang.source(),
            "next": self.next(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ids_everywhere() {
        for right in ["a", "my-lib_2", "x9"] {
            check_name(right).expect(right);
        }
        for wrong in ["", "A", "9a", "a.b", "a/b", "..", "-a", "lib", "schema", "\u{e9}"] {
            check_name(wrong).expect_err(wrong);
        }
        check_name(&"a".repeat(61)).expect_err("too long");
    }
}
