//! Embeds `spec/`: lists every rule page so that adding a rule is adding a file.
//!
//! Built for Miri, which takes minutes to interpret a parser of TOML, what no
//! reader of files needs is cut: texts for people, examples, and rules that no
//! file can break. Tables and checks are the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let spec =
        Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../spec");
    let spec = spec.canonicalize()?;
    // Not the whole folder: generated files live there too.
    for source in ["spec.toml", "lints.toml", "policy.toml", "rules", "rfcs"] {
        println!("cargo::rerun-if-changed={}", spec.join(source).display());
    }
    let for_miri = env::var_os("CARGO_CFG_MIRI").is_some();

    let mut embedded = String::from("pub(crate) static PAGES: &[(&str, &str)] = &[\n");
    let rules = spec.join("rules");
    for area in sorted_entries(&rules)? {
        for page in sorted_entries(&area)? {
            if page.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let id = page.strip_prefix(&rules).expect("under rules").with_extension("");
            let id = id.to_str().expect("rule file names are ASCII").replace('\\', "/");
            let text = if for_miri {
                let Some(page) = cut_page(&fs::read_to_string(page)?) else { continue };
                format!("{page:?}")
            } else {
                format!("include_str!({:?})", page.display())
            };
            writeln!(embedded, "    ({id:?}, {text}),").expect("a string");
        }
    }
    let tables = spec.join("spec.toml");
    let text = if for_miri {
        format!("{:?}", cut_tables(&fs::read_to_string(tables)?))
    } else {
        format!("include_str!({:?})", tables.display())
    };
    writeln!(embedded, "];\npub(crate) static TABLES: &str = {text};").expect("a string");
    let lints = spec.join("lints.toml");
    writeln!(embedded, "pub(crate) static LINTS: &str = include_str!({:?});", lints.display())
        .expect("a string");
    // Proposals are nothing that a reader of files needs.
    let proposals = if for_miri { String::new() } else { proposals(&spec.join("rfcs"))? };
    writeln!(embedded, "pub(crate) static PROPOSALS: &[Proposal<'static>] = &[\n{proposals}];")
        .expect("a string");
    let policy = spec.join("policy.toml");
    writeln!(embedded, "pub(crate) static POLICY: &str = include_str!({:?});", policy.display())
        .expect("a string");
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("embedded.rs"), embedded)
}

/// Each overlay: folder, variant, text, and the rule pages beside it.
fn proposals(root: &Path) -> io::Result<String> {
    let mut all = String::new();
    for folder in sorted_entries(root)? {
        let rules = folder.join("rules");
        let mut pages = String::new();
        for area in sorted_entries(&rules)? {
            for page in sorted_entries(&area)? {
                let id = page.strip_prefix(&rules).expect("under rules").with_extension("");
                let id = id.to_str().expect("rule file names are ASCII").replace('\\', "/");
                write!(pages, "({id:?}, include_str!({:?})), ", page.display()).expect("a string");
            }
        }
        for file in sorted_entries(&folder)? {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let rest = name.strip_prefix("overlay").and_then(|rest| rest.strip_suffix(".toml"));
            let Some(variant) = rest.filter(|rest| rest.is_empty() || rest.starts_with('-')) else {
                continue;
            };
            let folder = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let variant = variant.trim_start_matches('-');
            let text = file.display().to_string();
            writeln!(
                all,
                "    Proposal {{ folder: {folder:?}, variant: {variant:?}, \
                 text: include_str!({text:?}), pages: &[{pages}] }},"
            )
            .expect("a string");
        }
    }
    Ok(all)
}

/// What decides about files; `None` if that is nothing.
fn cut_page(page: &str) -> Option<String> {
    const KEPT: [&str; 6] = ["level", "subject", "on_violation", "since", "depends", "check"];
    const LEFT_OUT: &str = "title = \"\"\nadvice = \"\"\nsources = [{ doc = \"readme\", says = \"agrees\" }]\n+++\n\
        # What it requires\n## Why it matters\n## How implementations differ\n## Examples\n";
    let front = page.strip_prefix("+++\n")?.split_once("\n+++\n")?.0;
    let key = |line: &str| line.split_once(" = ").map(|(key, _)| key.to_owned());
    let kept = |line: &&str| key(line).is_some_and(|key| KEPT.contains(&key.as_str()));
    let lines: Vec<&str> = front.lines().filter(kept).collect();
    let is_behaviour = |line: &&str| line.starts_with("check = { kind = \"behaviour\"");
    let kept = || format!("+++\n{}\n{LEFT_OUT}", lines.join("\n"));
    (!lines.iter().any(is_behaviour)).then(kept)
}

/// The tables without comments, notes and titles.
fn cut_tables(tables: &str) -> String {
    let lines =
        tables.lines().filter(|line| !line.starts_with('#') && !line.starts_with("note = "));
    let cut = |line: &str| match line.starts_with("title = ") {
        true => "title = \"\"\n".to_owned(),
        false => format!("{line}\n"),
    };
    lines.map(cut).collect()
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
