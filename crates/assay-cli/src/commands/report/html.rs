//! `assay report html`: a site of static pages from the record of a run.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_protocol::ManifestCase;
use assay_report::known;
use assay_report::layout::{self, Layout};
use assay_report::record::Record;
use assay_report::site::{self, Document, Inside, Page, Source};
use assay_spec::Dialect;
use assay_spec::numbers::count;
use indicatif::ProgressBar;

use crate::checking::head::load;
use crate::checking::judge::{Judge, Looks};
use crate::corpus::{manifest, stage};
use crate::known as files;
use crate::output;
use crate::places::Tree;
use crate::records;
use crate::rfc::folder;

/// Tells a folder that a site was written to from a folder of something else.
const MARK: &str = ".assay-site";

/// Which record, and where the site goes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder to write; a site that was written there before is replaced.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The record: the file, or the folder that a run wrote it to; reports/latest if not given.
    #[arg(value_name = "RECORD")]
    record: Option<PathBuf>,
    /// A record of `assay operations run`: writers, headers alone, models in several files;
    /// reports/operations if not given and there.
    #[arg(long, value_name = "RECORD")]
    operations: Option<PathBuf>,
    /// Records of earlier runs, oldest first, to compare with.
    #[arg(long, value_name = "RECORD")]
    earlier: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let tree = Tree::find()?;
    check_folder(&args.folder)?;
    let (known, today) = (files::of_tree(&tree)?, files::today());
    let load_record = |path: &PathBuf| -> anyhow::Result<Record> {
        Ok(known::redact(&records::load(path)?, &known, &today))
    };
    let latest = tree.reports().join("latest");
    let record = load_record(args.record.as_ref().unwrap_or(&latest))?;
    let usual = tree.reports().join("operations");
    let operations = args.operations.as_ref().or_else(|| usual.exists().then_some(&usual));
    let operations = operations.map(|path| records::load(path)).transpose()?;
    let operations = operations.map(|record| known::redact_deaths(&record));
    let earlier = args.earlier.iter().map(load_record).collect::<anyhow::Result<Vec<_>>>()?;
    let corpus = manifest::load(&tree.manifest())?;
    if corpus.sha256 != record.header.manifest_sha256 {
        bail!(
            "the record is of another corpus than the one in this checkout, so its cases cannot be \
             shown; check out what it was made with, or run `assay run` again"
        );
    }
    let dialect = Dialect::latest();
    let documents = documents(&tree)?;
    let site = Staged::new(&args.folder)?;
    let cases = Cases::new(&tree, &dialect, site.root())?;
    let source = Source {
        record: &record,
        operations: operations.as_ref(),
        earlier: &earlier,
        manifest: &corpus.manifest,
        dialect: &dialect,
        documents: &documents,
        inside: &|case| cases.inside(case),
    };
    let bar = ProgressBar::new_spinner();
    let pages = Cell::new(0);
    site::pages(&source, &mut |page| {
        pages.set(pages.get() + 1);
        bar.set_message(page.path.clone());
        bar.tick();
        site.write(&page)
    })?;
    bar.finish_and_clear();
    cases.result()?;
    site.publish()?;
    let index = args.folder.join("index.html");
    output::note(&format!("{}; open {}", count(pages.get(), "file"), index.display()));
    Ok(())
}

/// A folder that is not there, is empty or holds a site: nothing else is replaced.
fn check_folder(folder: &Path) -> anyhow::Result<()> {
    let is_free = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none() || folder.join(MARK).exists(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write to {}", folder.display()));
        }
    };
    if !is_free {
        bail!(
            "{} holds something that is no site of assay; choose another folder",
            folder.display()
        );
    }
    Ok(())
}

/// What a site carries along of the checkout: path, title, what it is for.
const DOCUMENTS: [(&str, &str, &str); 9] = [
    ("README.md", "Assay", "What the suite is for and how to use it."),
    ("spec/SPEC.md", "The safetensors file format", "The readable spec, made from its data."),
    (
        "harness/README.md",
        "How to add an implementation",
        "An adapter in fifty lines, and who is there.",
    ),
    ("harness/PROTOCOL.md", "Protocol", "What harness and adapters say to each other."),
    (
        "spec/POLICY.md",
        "How the format changes",
        "Versions, classes of change, phases of a proposal.",
    ),
    (
        "spec/rfcs/README.md",
        "Writing a proposal",
        "Typed changes and files that show what they do.",
    ),
    ("CONTRIBUTING.md", "Contributing", "Where a rule, a case, a limit or an implementation goes."),
    ("ARCHITECTURE.md", "Architecture", "How the suite is built, and why."),
    (".github/SECURITY.md", "Security", "How faults in other software are reported."),
];

fn documents(tree: &Tree) -> anyhow::Result<Vec<Document>> {
    let read = |(path, title, about): (&str, &str, &str)| {
        let file = tree.root().join(path);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let [path, title, about] = [path, title, about].map(str::to_owned);
        Ok(Document { path, title, about, text })
    };
    let mut documents = DOCUMENTS.into_iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    for rfc in folder::all(tree)? {
        let path = format!("reports/rfcs/{}-{}.md", rfc.id, rfc.slug);
        // A proposal that was never judged has no report.
        let Ok(text) = fs::read_to_string(tree.root().join(&path)) else { continue };
        let title = format!("RFC {}: {}", rfc.id, rfc.title());
        let about = "A proposal: what it breaks, and for whom.".to_owned();
        documents.push(Document { path, title, about, text });
    }
    Ok(documents)
}

/// A site that is being written, beside its place.
struct Staged<'a> {
    folder: &'a Path,
    staged: tempfile::TempDir,
}

impl<'a> Staged<'a> {
    fn new(folder: &'a Path) -> anyhow::Result<Staged<'a>> {
        let above = match folder.parent() {
            Some(above) if !above.as_os_str().is_empty() => above,
            _ => Path::new("."),
        };
        let fail = || format!("cannot make a folder in {}", above.display());
        fs::create_dir_all(above).with_context(fail)?;
        let staged =
            tempfile::Builder::new().prefix(".assay-site-").tempdir_in(above).with_context(fail)?;
        let site = Staged { folder, staged };
        fs::create_dir(site.root()).with_context(fail)?;
        fs::write(site.root().join(MARK), "").with_context(fail)?;
        Ok(site)
    }

    fn root(&self) -> PathBuf {
        self.staged.path().join("site")
    }

    fn write(&self, page: &Page) -> anyhow::Result<()> {
        let path = self.root().join(&page.path);
        let above = path.parent().context("a page lies in a folder")?;
        fs::create_dir_all(above)
            .and_then(|()| fs::write(&path, &page.text))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Puts the site in its place. What was there goes away with the staging folder.
    fn publish(self) -> anyhow::Result<()> {
        let fail = || format!("cannot put the site at {}", self.folder.display());
        if self.folder.exists() {
            fs::rename(self.folder, self.staged.path().join("before")).with_context(fail)?;
        }
        fs::rename(self.root(), self.folder).with_context(fail)
    }
}

/// Looks into the files of cases, and copies those that are kept into the site.
struct Cases<'a> {
    corpus: PathBuf,
    site: PathBuf,
    judge: Judge<'a>,
    dialect: &'a Dialect,
    scratch: tempfile::TempDir,
    /// The first thing that went wrong.
    fault: Cell<Option<anyhow::Error>>,
}

impl<'a> Cases<'a> {
    fn new(tree: &Tree, dialect: &'a Dialect, site: PathBuf) -> anyhow::Result<Cases<'a>> {
        let profile = dialect.profile("interop").context("the spec has no profile `interop`")?;
        let judge = Judge::new(dialect, profile, Looks::default());
        let scratch = tempfile::tempdir().context("cannot make a folder for cases")?;
        Ok(Cases { corpus: tree.corpus(), site, judge, dialect, scratch, fault: Cell::new(None) })
    }

    fn result(self) -> anyhow::Result<()> {
        self.fault.into_inner().map_or(Ok(()), Err)
    }

    fn inside(&self, case: &ManifestCase) -> Option<Inside> {
        let looked = self.look(case).with_context(|| format!("case {}", case.id));
        looked.map_err(|error| self.fault.set(Some(error))).ok()
    }

    fn look(&self, case: &ManifestCase) -> anyhow::Result<Inside> {
        let path = self.scratch.path().join("case.safetensors");
        if path.exists() {
            fs::remove_file(&path)?;
        }
        stage::lay_out(case, &self.corpus, &path)?;
        let judged = self.judge.file(&path)?;
        let tensors = judged.view().map_or(&[][..], |view| &view.tensors);
        let layout = Layout {
            file_len: judged.file_len(),
            parts: layout::parts(judged.file_len(), judged.buffer_start(), tensors, self.dialect),
            findings: judged.findings(),
            loaded: Vec::new(),
            rows: None,
        };
        Ok(Inside {
            file_len: judged.file_len(),
            buffer_start: judged.buffer_start(),
            loaded: load(&path, &layout.wanted())?,
            view: judged.view().cloned(),
            findings: judged.findings().to_vec(),
            download: self.copy(case, &path)?,
        })
    }

    /// Only what is kept in the corpus: files of recipes can be of any size.
    fn copy(&self, case: &ManifestCase, path: &Path) -> anyhow::Result<Option<String>> {
        let Some(kept) = &case.path else { return Ok(None) };
        let to = self.site.join("corpus").join(kept);
        if let Some(above) = to.parent() {
            fs::create_dir_all(above)?;
        }
        fs::copy(path, &to).with_context(|| format!("cannot write {}", to.display()))?;
        Ok(Some(format!("corpus/{kept}")))
    }
}
