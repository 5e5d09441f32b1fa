//! Lays the corpus out for a run: every case as a read-only file under a
//! neutral name, so that no adapter can answer from the name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use assay_harness::{PlannedCase, Question};
use assay_protocol::{Manifest, ManifestCase};
use sha2::{Digest as _, Sha256};

use super::recipe;

/// Writes all cases of a manifest below `folder`, in an order that has nothing
/// to do with ids: that of the files' digests.
pub(crate) fn stage(
    manifest: &Manifest,
    corpus: &Path,
    folder: &Path,
    progress: &dyn Fn(usize, usize),
) -> anyhow::Result<Vec<PlannedCase>> {
    let mut cases: Vec<&ManifestCase> = manifest.cases.iter().collect();
    cases.sort_by(|a, b| (&a.sha256, &a.id).cmp(&(&b.sha256, &b.id)));
    let mut planned = Vec::with_capacity(cases.len());
    for (at, case) in cases.iter().enumerate() {
        progress(at, cases.len());
        let path = folder.join(format!("{at:06}.safetensors"));
        lay_out(case, corpus, &path)?;
        planned.push(PlannedCase { case: (*case).clone(), path, question: Question::Read });
    }
    Ok(planned)
}

/// Lays one case out as a read-only file.
pub(crate) fn lay_out(case: &ManifestCase, corpus: &Path, path: &Path) -> anyhow::Result<()> {
    match &case.path {
        Some(kept) => copy_kept(case, &corpus.join(kept), path)?,
        None => make(case, path)?,
    }
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o444))?)
}

fn copy_kept(case: &ManifestCase, kept: &Path, path: &Path) -> anyhow::Result<()> {
    let bytes = fs::read(kept).with_context(|| {
        format!("cannot read {}; run `assay corpus build` to make it anew", kept.display())
    })?;
    if hex::encode(Sha256::digest(&bytes)) != case.sha256 {
        bail!(
            "{} is not the file of the manifest; run `assay corpus build` to make it anew",
            kept.display()
        );
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a case that is kept as a recipe.
pub(crate) fn make(case: &ManifestCase, path: &Path) -> anyhow::Result<()> {
    let Some(recipe) = &case.recipe else {
        bail!("case {} has neither a file nor a recipe; run `assay corpus build`", case.id);
    };
    let draft = recipe::draft(recipe).with_context(|| format!("case {}", case.id))?;
    draft.write_file(path).with_context(|| format!("cannot write {}", path.display()))?;
    if hex::encode(Sha256::digest(fs::read(path)?)) != case.sha256 {
        fs::remove_file(path)?;
        bail!(
            "case {} came out otherwise than the manifest says; run `assay corpus build`",
            case.id
        );
    }
    Ok(())
}
