//! The files of a skeleton, one set per language. They are files below `templates/new-impl/`, with
//! `__NAME__` and `__HARNESS__` for what is not known there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

/// The languages that have a loop in `harness/lib/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// A Go module.
    Go,
    /// A Python module and requirements.txt.
    Python,
    /// A C++17 program, built by CMake.
    Cpp,
    /// A Cargo project.
    Rust,
    /// An ES module for Node.js, and package.json.
    Js,
    /// A Java 17 class; Maven fetches what it links.
    Java,
}

/// A template: where the file goes, and its text.
type Template = (&'static str, &'static str);

macro_rules! template {
    ($path:literal, $name:literal) => {
        ($name, include_str!(concat!("../../../templates/new-impl/", $path)))
    };
}

impl Language {
    /// Its templates; the one to edit comes first.
    fn templates(self) -> &'static [Template] {
        match self {
            Language::Go => &[
                template!("go/main.go", "main.go"),
                template!("go/go.mod.txt", "go.mod"),
                template!("go/adapter.toml", "adapter.toml"),
            ],
            Language::Python => &[
                template!("python/adapter.py", "adapter.py"),
                template!("python/requirements.txt", "requirements.txt"),
                template!("python/adapter.toml", "adapter.toml"),
            ],
            Language::Cpp => &[
                template!("cpp/adapter.cpp", "adapter.cpp"),
                template!("cpp/CMakeLists.txt", "CMakeLists.txt"),
                template!("cpp/adapter.toml", "adapter.toml"),
            ],
            Language::Rust => &[
                template!("rust/src/main.rs.txt", "src/main.rs"),
                template!("rust/Cargo.toml.txt", "Cargo.toml"),
                template!("rust/adapter.toml", "adapter.toml"),
            ],
            Language::Js => &[
                template!("js/adapter.mjs", "adapter.mjs"),
                template!("js/package.json", "package.json"),
                template!("js/package-lock.json", "package-lock.json"),
                template!("js/adapter.toml", "adapter.toml"),
            ],
            Language::Java => &[
                template!("java/Main.java", "Main.java"),
                template!("java/pom.xml", "pom.xml"),
                template!("java/adapter.toml", "adapter.toml"),
            ],
        }
    }

    /// The file that calls the library.
    pub(super) fn source(self) -> &'static str {
        self.templates()[0].0
    }

    /// The files of a skeleton. `harness` is where they find the harness's folder.
    ///
    /// # Errors
    /// If the place of the harness cannot stand in them.
    pub(super) fn files(
        self,
        name: &str,
        harness: &Path,
    ) -> anyhow::Result<Vec<(PathBuf, String)>> {
        let harness = harness.to_str().context("the path of harness/ is not UTF-8")?;
        if harness.contains(['"', '\\', '\n']) || (self == Language::Go && harness.contains(' ')) {
            bail!("`{harness}` cannot be named in a {self:?} project: check assay out elsewhere");
        }
        let fill = |text: &str| text.replace("__NAME__", name).replace("__HARNESS__", harness);
        Ok(self.templates().iter().map(|(path, text)| (path.into(), fill(text))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_skeleton_is_filled_in_and_marks_the_place() {
        for language in Language::value_variants() {
            let files = language.files("my-lib", Path::new("/h")).expect("it can be written");
            for (path, text) in &files {
                assert!(!text.contains("__NAME__"), "{language:?} {}", path.display());
                assert!(!text.contains("__HARNESS__"), "{language:?} {}", path.display());
            }
            let (source, text) = &files[0];
            assert_eq!(source, Path::new(language.source()));
            assert!(text.contains(">>> HERE") && text.contains("__not written__"));
            let manifest = &files.last().expect("there are files").1;
            let manifest: assay_protocol::AdapterManifest =
                toml::from_str(manifest).expect("adapter.toml is right");
            assert_eq!(manifest.title, "my-lib");
        }
    }

    #[test]
    fn what_cannot_be_named_is_refused() {
        Language::Go.files("a", Path::new("/a b")).expect_err("a space ends a path of go.mod");
        Language::Rust.files("a", Path::new("/a b")).expect("a path of Cargo.toml is quoted");
        Language::Rust.files("a", Path::new("/a\"b")).expect_err("a quote ends it");
    }
}
