//! Reads `spec/rfcs/NNNN-<slug>/`: the text, one overlay or several rival ones, rule pages.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_spec::rfc::{Fault, Overlay, is_rfc_id};

use crate::places::Tree;

/// What every `rfc.md` has, in this order: what the policy's phase `problem` asks for.
pub(crate) const HEADINGS: [&str; 6] =
    ["Problem", "Proposal", "What breaks", "Alternatives", "Security", "What the gate says"];

/// The text of a proposal.
pub(crate) const DOCUMENT: &str = "rfc.md";

/// A proposal.
#[derive(Debug)]
pub(crate) struct Rfc {
    /// Four digits.
    pub(crate) id: String,
    /// The rest of its folder's name.
    pub(crate) slug: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// `rfc.md`; empty if there is none.
    pub(crate) text: String,
    /// Its forms, in order of their files.
    pub(crate) forms: Vec<Form>,
}

/// One form of a proposal.
#[derive(Debug)]
pub(crate) struct Form {
    /// The overlay's file.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// The same, parsed.
    pub(crate) overlay: Overlay,
}

/// A proposal that cannot be judged: what is wrong, with file and line.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// Faults of a form, each with its file and line.
    pub(crate) fn of(path: &Path, faults: &[Fault]) -> Refused {
        let place = |fault: &Fault| match fault.line {
            Some(line) => format!("{}:{line}: {}", path.display(), fault.message),
            None => format!("{}: {}", path.display(), fault.message),
        };
        Refused(faults.iter().map(place).collect())
    }
}

impl Rfc {
    /// The headings of the second level that its text lacks.
    pub(crate) fn missing_headings(&self) -> Vec<&'static str> {
        let has = |heading: &&str| {
            self.text.lines().any(|line| line.strip_prefix("## ") == Some(*heading))
        };
        HEADINGS.iter().filter(|heading| !has(heading)).copied().collect()
    }

    /// The title that all forms share.
    pub(crate) fn title(&self) -> &str {
        let first = self.text.lines().find_map(|line| line.strip_prefix("# "));
        first.or(self.forms.first().map(|form| &*form.overlay.rfc.title)).unwrap_or_default()
    }
}

impl Form {
    /// What is wrong with it, with its file.
    pub(crate) fn refused(&self, faults: &[Fault]) -> anyhow::Error {
        Refused::of(&self.path, faults).into()
    }
}

/// The folder of all proposals.
pub(crate) fn all_folder(tree: &Tree) -> PathBuf {
    tree.spec().join("rfcs")
}

/// All proposals, in order of their numbers.
///
/// # Errors
/// [`Refused`] with the faults of all of them.
pub(crate) fn all(tree: &Tree) -> anyhow::Result<Vec<Rfc>> {
    let root = all_folder(tree);
    let mut rfcs = Vec::new();
    let mut refused = Vec::new();
    for folder in folders(&root)? {
        match read(&folder) {
            Ok(rfc) => rfcs.push(rfc),
            Err(error) => match error.downcast::<Refused>() {
                Ok(Refused(faults)) => refused.extend(faults),
                Err(error) => return Err(error),
            },
        }
    }
    if let Some(pair) = rfcs.windows(2).find(|pair| pair[0].id == pair[1].id) {
        refused.push(format!("{}: another folder has the number too", pair[1].folder.display()));
    }
    if refused.is_empty() { Ok(rfcs) } else { Err(Refused(refused).into()) }
}

/// The proposals that are asked for: `7`, `0007`, `0007-sparse`, or the path of a folder. With
/// `/variant` only that form.
pub(crate) fn chosen(all: Vec<Rfc>, names: &[String]) -> anyhow::Result<Vec<Rfc>> {
    let known: Vec<String> = all.iter().map(|rfc| format!("{}-{}", rfc.id, rfc.slug)).collect();
    let wanted: Vec<(String, Option<&str>)> = names.iter().map(|name| split(name)).collect();
    for (name, (id, variant)) in names.iter().zip(&wanted) {
        let found = all.iter().find(|rfc| rfc.id == *id);
        let Some(rfc) = found else {
            if known.is_empty() {
                bail!(
                    "there is no proposal `{name}`, nor any other; `assay rfc new SLUG` begins one"
                );
            }
            bail!("there is no proposal `{name}`; there are {}", known.join(", "));
        };
        let forms: Vec<&str> =
            rfc.forms.iter().filter_map(|form| form.overlay.rfc.variant.as_deref()).collect();
        if variant.is_some_and(|variant| !forms.contains(&variant)) {
            bail!(
                "proposal {id} has no form `{}`; it has {}",
                variant.unwrap_or_default(),
                forms.join(", ")
            );
        }
    }
    let mut chosen: Vec<Rfc> =
        all.into_iter().filter(|rfc| wanted.iter().any(|(id, _)| *id == rfc.id)).collect();
    for rfc in &mut chosen {
        let is_wanted = |form: &Form| {
            let of_rfc = wanted.iter().filter(|(id, _)| *id == rfc.id);
            of_rfc.clone().any(|(_, variant)| {
                variant.is_none() || *variant == form.overlay.rfc.variant.as_deref()
            })
        };
        rfc.forms.retain(is_wanted);
    }
    Ok(chosen)
}

/// Number and form of what somebody typed.
fn split(name: &str) -> (String, Option<&str>) {
    let name = name.trim_start_matches("spec/rfcs/").trim_end_matches('/');
    let (number, variant) = match name.split_once('/') {
        Some((number, variant)) => (number, Some(variant)),
        None => (name, None),
    };
    let digits = number.split('-').next().unwrap_or(number);
    let id = match digits.parse::<u16>() {
        Ok(number) => format!("{number:04}"),
        Err(_) => digits.to_owned(),
    };
    (id, variant)
}

fn folders(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let read = || format!("cannot read {}", root.display());
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(root).with_context(read)? {
        let path = entry.with_context(read)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Reads one folder.
///
/// # Errors
/// [`Refused`] if something in it is not as it should be.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Rfc> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((id, slug)) = name.split_once('-').filter(|(id, _)| is_rfc_id(id)) else {
        let why = format!("{}: the folder's name is not NNNN-<slug>", folder.display());
        return Err(Refused(vec![why]).into());
    };
    let pages = pages(&folder.join("rules"))?;
    let mut forms = Vec::new();
    let mut refused = Vec::new();
    for (path, variant) in overlays(folder)? {
        let text = read_text(&path)?;
        match Overlay::parse(&text, &pages) {
            Ok(overlay) => {
                let faults = of_place(&overlay, id, variant.as_deref());
                refused.extend(Refused::of(&path, &faults).0);
                forms.push(Form { path, text, overlay });
            }
            Err(faults) => refused.extend(Refused::of(&path, &faults).0),
        }
    }
    if forms.is_empty() && refused.is_empty() {
        refused.push(format!("{}: there is no overlay.toml", folder.display()));
    }
    if !refused.is_empty() {
        return Err(Refused(refused).into());
    }
    let document = folder.join(DOCUMENT);
    let text = if document.is_file() { read_text(&document)? } else { String::new() };
    Ok(Rfc { id: id.to_owned(), slug: slug.to_owned(), folder: folder.to_owned(), text, forms })
}

/// What an overlay says of itself that its place does not.
fn of_place(overlay: &Overlay, id: &str, variant: Option<&str>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if overlay.rfc.id != id {
        let message = format!("the id is {}, but the folder is of {id}", overlay.rfc.id);
        faults.push(Fault::at(overlay.rfc_line, message));
    }
    if overlay.rfc.variant.as_deref() != variant {
        let message = format!(
            "the variant is {:?}, but the file's name says {variant:?}",
            overlay.rfc.variant.as_deref()
        );
        faults.push(Fault::at(overlay.rfc_line, message));
    }
    faults
}

/// The overlays of a folder with what follows `overlay-` in their names.
fn overlays(folder: &Path) -> anyhow::Result<Vec<(PathBuf, Option<String>)>> {
    let read = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(read)? {
        let path = entry.with_context(read)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let Some(rest) = name.strip_prefix("overlay").and_then(|n| n.strip_suffix(".toml")) else {
            continue;
        };
        match rest.strip_prefix('-') {
            Some(variant) => found.push((path, Some(variant.to_owned()))),
            None if rest.is_empty() => found.push((path, None)),
            None => {}
        }
    }
    found.sort();
    Ok(found)
}

/// A form's texts, unparsed.
pub(crate) struct Texts {
    /// `NNNN-<slug>`
    pub(crate) folder: String,
    /// Empty if there is one form.
    pub(crate) variant: String,
    /// The overlay.
    pub(crate) text: String,
    /// The rule pages beside it.
    pub(crate) pages: Vec<(String, String)>,
}

/// The texts of all forms.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn texts(tree: &Tree) -> anyhow::Result<Vec<Texts>> {
    let mut all = Vec::new();
    for folder in folders(&all_folder(tree))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let pages = pages(&folder.join("rules"))?;
        for (path, variant) in overlays(&folder)? {
            let (folder, variant) = (name.clone(), variant.unwrap_or_default());
            all.push(Texts { folder, variant, text: read_text(&path)?, pages: pages.clone() });
        }
    }
    Ok(all)
}

/// The rule pages below a folder: id and text.
pub(crate) fn pages(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    for area in folders(folder)? {
        let read = || format!("cannot read {}", area.display());
        for entry in std::fs::read_dir(&area).with_context(read)? {
            let path = entry.with_context(read)?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let id = path.strip_prefix(folder)?.with_extension("");
                pages.push((id.to_string_lossy().replace('\\', "/"), read_text(&path)?));
            }
        }
    }
    pages.sort();
    Ok(pages)
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
