//! Where things are, and the placeholders that stand for them in adapter.toml.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::adapter::Adapter;

/// Where the harness finds and puts things. All paths are absolute.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder with one folder for each adapter.
    pub harness_dir: PathBuf,
    /// A folder outside the tree, for what set-up builds.
    pub cache_dir: PathBuf,
    /// This program: `{assay}` in commands, and started as `<assay> __limit` it becomes an
    /// adapter with limits (see [`crate::limit_main`]).
    pub assay: PathBuf,
}

/// The placeholders, without their braces.
pub(crate) const PLACEHOLDERS: [&str; 5] = ["dir", "harness", "cache", "assay", VERSION];

/// The placeholder that stands for a library's version.
pub(crate) const VERSION: &str = "version";

/// What the placeholders of one adapter stand for.
#[derive(Debug)]
pub(crate) struct Expansion<'a> {
    dir: &'a Path,
    harness: &'a Path,
    cache: &'a Path,
    assay: &'a Path,
    version: Option<&'a str>,
}

impl<'a> Expansion<'a> {
    pub(crate) fn new(adapter: &'a Adapter, cache: &'a Path, places: &'a Places) -> Expansion<'a> {
        Expansion {
            dir: &adapter.dir,
            harness: &places.harness_dir,
            cache,
            assay: &places.assay,
            version: adapter.version.as_deref(),
        }
    }

    /// Replaces the placeholders of a text; other braces stay as they are.
    pub(crate) fn expand(&self, text: &str) -> OsString {
        let mut expanded = OsString::new();
        let mut rest = text;
        while let Some((before, name, after)) = next_placeholder(rest) {
            expanded.push(before);
            match self.place(name) {
                Some(place) => expanded.push(place),
                None => {
                    expanded.push("{");
                    expanded.push(name);
                    expanded.push("}");
                }
            }
            rest = after;
        }
        expanded.push(rest);
        expanded
    }

    fn place(&self, name: &str) -> Option<&OsStr> {
        match name {
            "dir" => Some(self.dir.as_os_str()),
            "harness" => Some(self.harness.as_os_str()),
            "cache" => Some(self.cache.as_os_str()),
            "assay" => Some(self.assay.as_os_str()),
            VERSION => self.version.map(OsStr::new),
            _ => None,
        }
    }
}

/// Whether a text holds a placeholder.
pub(crate) fn names(text: &str, placeholder: &str) -> bool {
    text.contains(&format!("{{{placeholder}}}"))
}

/// The first word in braces that looks like a placeholder and is none.
pub(crate) fn unknown_placeholder(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, name, after)) = next_placeholder(rest) {
        if !PLACEHOLDERS.contains(&name) {
            return Some(name);
        }
        rest = after;
    }
    None
}

/// Splits at the first `{word}` of lower-case letters: before, word, after.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| at + from) {
        let inner = &text[open + 1..];
        let length = inner.bytes().take_while(u8::is_ascii_lowercase).count();
        if length > 0 && inner.as_bytes().get(length) == Some(&b'}') {
            return Some((&text[..open], &inner[..length], &inner[length + 1..]));
        }
        from = open + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_other_braces_kept() {
        let places =
            Places { harness_dir: "/h".into(), cache_dir: "/c".into(), assay: "/bin/assay".into() };
        let manifest = toml::from_str(
            "title = \"x\"\nlanguage = \"c\"\nrun = { command = [\"a\"] }\n\
             versions = [{ version = \"0.9\" }, { version = \"1.0\" }]",
        );
        let adapter = Adapter::new("x".to_owned(), "/h/x".into(), manifest.unwrap());
        let expansion = Expansion::new(&adapter, Path::new("/c/x"), &places);
        assert_eq!(expansion.expand("{dir}/a:{cache}{harness}"), "/h/x/a:/c/x/h");
        assert_eq!(expansion.expand("lib=={version}"), "lib==1.0");
        assert_eq!(expansion.expand("{assay}"), "/bin/assay");
        assert_eq!(expansion.expand(r#"{"a":{}} {"#), r#"{"a":{}} {"#);
    }

    #[test]
    fn unknown_placeholders_are_found() {
        assert_eq!(unknown_placeholder("{dir} {home}"), Some("home"));
        assert_eq!(unknown_placeholder(r#"{dir} ${HOME} {"a"}"#), None);
    }
}
