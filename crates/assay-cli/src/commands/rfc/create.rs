//! `assay rfc new` and `assay rfc rebase`.

use anyhow::{Context as _, bail};
use assay_spec::Dialect;

use crate::corpus::build::replace;
use crate::output::{self, Exit};
use crate::places::Tree;
use crate::rfc::folder::{self, DOCUMENT, HEADINGS};
use crate::rfc::stack;

/// Arguments of `assay rfc new`.
#[derive(clap::Args)]
pub(crate) struct NewArgs {
    /// Name of the proposal in lower case, words joined by hyphens.
    #[arg(value_name = "SLUG")]
    slug: String,
    /// One line that says what is proposed.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The edition that is to be changed; the newest if not given.
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
}

pub(super) fn new(tree: &Tree, args: &NewArgs) -> anyhow::Result<Exit> {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    if args.slug.is_empty() || !args.slug.chars().all(is_plain) {
        bail!("`{}` is no name for a folder: use lower case letters, digits and `-`", args.slug);
    }
    let dialect = match &args.edition {
        Some(name) => Dialect::edition(name)?,
        None => Dialect::latest(),
    };
    let root = folder::all_folder(tree);
    let number = next_number(&root)?;
    let title = args.title.clone().unwrap_or_else(|| args.slug.replace('-', " "));
    let folder = root.join(format!("{number:04}-{}", args.slug));
    replace(&folder.join(DOCUMENT), document(&title).as_bytes())?;
    let overlay = overlay(number, &title, &args.slug, &dialect);
    replace(&folder.join("overlay.toml"), overlay.as_bytes())?;
    output::print(&format!(
        "Made {}\n\nNext: say why in {DOCUMENT}, put your changes and witnesses into overlay.toml\n\
         (it holds a change that works), then run\n\n  assay rfc diff {number:04}\n  assay rfc gate {number:04}\n",
        folder.display()
    ))?;
    Ok(Exit::Pass)
}

fn next_number(root: &std::path::Path) -> anyhow::Result<u16> {
    let mut highest = 0;
    if root.is_dir() {
        for entry in std::fs::read_dir(root)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.get(..4)?.parse::<u16>().ok());
            highest = highest.max(number.unwrap_or(0));
        }
    }
    highest.checked_add(1).filter(|number| *number < 10_000).context("all numbers are taken")
}

fn document(title: &str) -> String {
    const HINTS: [&str; 6] = [
        "What is wrong today, for whom, and where that can be seen.",
        "What is to change. The changes themselves are data: overlay.toml.",
        "Who has to change what; what old readers do with new files, and new readers with old ones.",
        "What else was thought of, and why not.",
        "What an attacker gains.",
        "What `assay rfc gate` measured, and what follows.",
    ];
    let mut text = format!("# {title}\n");
    for (heading, hint) in HEADINGS.iter().zip(HINTS) {
        text.push_str(&format!("\n## {heading}\n\n{hint}\n"));
    }
    text
}

/// An overlay that works: a metadata key that annotates.
fn overlay(number: u16, title: &str, slug: &str, dialect: &Dialect) -> String {
    let key = format!("example.{slug}");
    let metadata = dialect.key(assay_spec::KeyRole::Metadata);
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let header = format!(r#"{{"{metadata}":{{"{key}":"yes"}}}}"#);
    format!(
        "# What is changed, what that is said to do, and files that show it.\n\
         # `assay rfc gate {number:04}` says what is wrong with it.\n\
         schema = \"overlay/1\"\n\n\
         [rfc]\n\
         id = \"{number:04}\"\n\
         title = {}\n\
         # idea, problem, draft, validated, implemented, ratified: what you claim.\n\
         phase = \"idea\"\n\
         champions = []\n\
         upstream = []\n\
         base = {{ edition = \"{}\", digest = \"{}\" }}\n\
         # widen, narrow, annotate, reinterpret, advise, duty, editorial; must be what the changes are.\n\
         declares = [\"annotate\"]\n\
         bump = \"minor\"\n\n\
         [[ops]]\n\
         op = \"add_key\"\n\
         key = {{ role = \"note\", key = {}, of = \"metadata\", required = false }}\n\n\
         [[witnesses]]\n\
         id = \"with-the-key\"\n\
         title = \"a file without tensors that has the key\"\n\
         before = \"valid\"\n\
         after = \"valid\"\n\
         if_ignored = \"harmless\"\n\
         header = {}\n\
         pad = {}\n\
         view = {{}}\n",
        quoted(title),
        dialect.edition_name(),
        dialect.digest(),
        quoted(&key),
        quoted(&header),
        // So that the byte buffer is aligned.
        (header.len() + 8).next_multiple_of(8) - 8,
    )
}

/// Pins the proposals that are asked for to the data as it is, required ones first.
pub(super) fn rebase(tree: &Tree, names: &[String]) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    let chosen = match names {
        [] => folder::all(tree)?,
        names => folder::chosen(folder::all(tree)?, names)?,
    };
    let mut text = String::new();
    for form in super::forms(&chosen) {
        let base = stack::base(form, &all).map_err(|fault| form.refused(&[fault]))?;
        let name = form.overlay.name();
        if form.overlay.rfc.base.digest == base.digest() {
            text.push_str(&format!("{name}: is pinned to {} as it is\n", base.name()));
            continue;
        }
        let mut document: toml_edit::DocumentMut = form.text.parse()?;
        document["rfc"]["base"]["digest"] = toml_edit::value(base.digest());
        replace(&form.path, document.to_string().as_bytes())?;
        text.push_str(&format!("{name}: now pinned to {}\n", base.digest()));
    }
    output::print(&text)?;
    Ok(Exit::Pass)
}
