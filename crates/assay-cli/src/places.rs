//! Where things are: the project's tree, the cache.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The project's tree.
#[derive(Debug, Clone)]
pub(crate) struct Tree(PathBuf);

impl Tree {
    /// Finds it: the folder that `ASSAY_HOME` names, or the nearest one above
    /// the current folder that holds `spec/spec.toml`.
    pub(crate) fn find() -> anyhow::Result<Tree> {
        if let Some(home) = env::var_os("ASSAY_HOME").filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            if !is_tree(&home) {
                bail!("ASSAY_HOME is {}, which holds no spec/spec.toml", home.display());
            }
            return Ok(Tree(home.canonicalize()?));
        }
        let here = env::current_dir().context("cannot tell the current folder")?;
        match here.ancestors().find(|folder| is_tree(folder)) {
            Some(root) => Ok(Tree(root.to_owned())),
            None => bail!(
                "no checkout of assay at or above {}; change into one, or set ASSAY_HOME to it",
                here.display()
            ),
        }
    }

    /// The checkout itself.
    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    /// `spec/`
    pub(crate) fn spec(&self) -> PathBuf {
        self.0.join("spec")
    }

    /// `corpus/`
    pub(crate) fn corpus(&self) -> PathBuf {
        self.0.join("corpus")
    }

    /// `corpus/manifest.json`
    pub(crate) fn manifest(&self) -> PathBuf {
        self.corpus().join("manifest.json")
    }

    /// `corpus/slices.json`
    pub(crate) fn slices(&self) -> PathBuf {
        self.corpus().join("slices.json")
    }

    /// `spec/COVERAGE.md`
    pub(crate) fn coverage(&self) -> PathBuf {
        self.spec().join("COVERAGE.md")
    }

    /// `harness/`
    pub(crate) fn harness(&self) -> PathBuf {
        self.0.join("harness")
    }

    /// `reports/`
    pub(crate) fn reports(&self) -> PathBuf {
        self.0.join("reports")
    }
}

fn is_tree(folder: &Path) -> bool {
    folder.join("spec/spec.toml").is_file()
}

/// The folder outside the tree where adapters are provisioned: `ASSAY_CACHE`,
/// else `assay` in the user's cache folder.
pub(crate) fn cache_dir() -> anyhow::Result<PathBuf> {
    let named = |variable: &str| env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = named("ASSAY_CACHE")
        .or_else(|| named("XDG_CACHE_HOME").map(|folder| folder.join("assay")))
        .or_else(|| named("HOME").map(|folder| folder.join(".cache/assay")))
        .context("no cache folder: set ASSAY_CACHE to a folder that may be written")?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create the cache folder {}", folder.display()))?;
    Ok(folder.canonicalize()?)
}
