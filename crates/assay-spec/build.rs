//! Embeds `spec/`: lists every rule page so that adding a rule is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let spec =
        Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../spec");
    let spec = spec.canonicalize()?;
    // Not the whole folder: generated files live there too.
    for source in ["spec.toml", "lints.toml", "rules"] {
        println!("cargo::rerun-if-changed={}", spec.join(source).display());
    }

    let mut pages = String::from("pub(crate) static PAGES: &[(&str, &str)] = &[\n");
    let rules = spec.join("rules");
    for area in sorted_entries(&rules)? {
        for page in sorted_entries(&area)? {
            if page.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let id = page.strip_prefix(&rules).expect("under rules").with_extension("");
            let id = id.to_str().expect("rule file names are ASCII").replace('\\', "/");
            writeln!(pages, "    ({id:?}, include_str!({:?})),", page.display()).expect("a string");
        }
    }
    pages.push_str("];\n");
    for (name, file) in [("TABLES", "spec.toml"), ("LINTS", "lints.toml")] {
        let path = spec.join(file);
        writeln!(pages, "pub(crate) static {name}: &str = include_str!({:?});", path.display())
            .expect("a string");
    }
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("embedded.rs"), pages)
}

fn sorted_entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}
