//! Made files in one packed file with an index, in the form that
//! `assay_protocol::pack` describes.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_protocol::manifest::DialectName;
use assay_protocol::pack::{PACK_SCHEMA, PackFooter, PackHeader};
use assay_protocol::{PackLine, PackedFile};
use assay_spec::Dialect;
use tempfile::NamedTempFile;

use super::source::Batch;

/// A packed file under way: both files are temporary until [`Pack::finish`].
pub(crate) struct Pack {
    path: PathBuf,
    packed: BufWriter<NamedTempFile>,
    index: BufWriter<NamedTempFile>,
    pub(crate) sums: PackFooter,
    pub(crate) left_out: u64,
}

/// Where the index of a packed file is.
pub(crate) fn index_path(packed: &Path) -> PathBuf {
    let mut name = packed.as_os_str().to_owned();
    name.push(".jsonl");
    PathBuf::from(name)
}

impl Pack {
    /// # Errors
    /// If there is such a file or index already, or the folder cannot be written.
    pub(crate) fn new(path: &Path, dialect: &Dialect) -> anyhow::Result<Pack> {
        for path in [path, &index_path(path)] {
            if path.exists() {
                bail!("{} exists; name a file that does not", path.display());
            }
        }
        let (packed, index) = (temporary(path)?, temporary(path)?);
        let sums = PackFooter { files: 0, bytes: 0 };
        let mut pack = Pack { path: path.to_owned(), packed, index, sums, left_out: 0 };
        let dialect =
            DialectName { edition: dialect.name().to_owned(), digest: dialect.digest().to_owned() };
        pack.line(&PackLine::Header(PackHeader { schema: PACK_SCHEMA.to_owned(), dialect }))?;
        Ok(pack)
    }

    pub(crate) fn take(&mut self, batch: Batch) -> anyhow::Result<()> {
        self.packed.write_all(&batch.bytes).context("cannot write the packed file")?;
        self.left_out += batch.left_out;
        for made in batch.files {
            let length = made.place.len() as u64;
            self.line(&PackLine::File(PackedFile {
                offset: self.sums.bytes,
                length,
                sha256: made.sha256,
                seed: made.seed,
                verdict: made.verdict,
                rule: made.rule,
            }))?;
            self.sums.bytes += length;
            self.sums.files += 1;
        }
        Ok(())
    }

    /// Gives both files their names, the index last: without it there is no pack.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.line(&PackLine::Footer(self.sums))?;
        let index = index_path(&self.path);
        for (file, path) in [(self.packed, &self.path), (self.index, &index)] {
            let cannot = || format!("cannot write {}", path.display());
            let file =
                file.into_inner().map_err(|error| error.into_error()).with_context(cannot)?;
            file.persist_noclobber(path).with_context(cannot)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &PackLine) -> anyhow::Result<()> {
        writeln!(self.index, "{}", line.to_text()).context("cannot write the index")
    }
}

fn temporary(path: &Path) -> anyhow::Result<BufWriter<NamedTempFile>> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}
