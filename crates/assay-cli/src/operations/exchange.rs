//! Who reads what others wrote: every right file of every writer, put to every reader.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use assay_harness::{PlannedCase, Question};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::record::{Answer, Outcome};
use assay_report::writers;
use assay_spec::Verdict;
use assay_validator::validate;
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};

use super::conduct::{Conductor, Written};
use super::table::Asked;
use super::written::expected_view;

impl Conductor<'_> {
    /// Puts the files that were written to whoever reads.
    pub(crate) fn exchange(&mut self, files: &Written, bar: &ProgressBar) -> anyhow::Result<()> {
        let cases = self.files_to_read(files)?;
        let results = self.run(0..self.ready.len(), &cases, &self.options, bar)?;
        self.results.extend(results);
        Ok(())
    }

    /// Files of writers that did what they were to do, as cases under neutral names.
    fn files_to_read(&self, files: &Written) -> anyhow::Result<Vec<PlannedCase>> {
        let folder = self.work.join("exchange");
        fs::create_dir_all(&folder)?;
        let mut cases = Vec::new();
        for line in &self.results {
            let is_written = line.answer == Some(Answer::Written)
                && matches!(line.outcome, Outcome::Same | Outcome::Unsupported);
            let key = (line.implementation.clone(), line.case.clone());
            let Some(bytes) =
                files.get(&key).filter(|_| is_written).and_then(|it| super::written::read_file(it))
            else {
                continue;
            };
            let Some(view) = expected_view(&bytes, self.dialect) else { continue };
            let verdict = match validate(&bytes, self.dialect).verdict {
                Verdict::Valid => ClaimedVerdict::Valid,
                Verdict::Either => ClaimedVerdict::Either,
                Verdict::Invalid => continue,
            };
            let path = folder.join(format!("{:06}.safetensors", cases.len()));
            fs::write(&path, &bytes)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o444))?;
            let asked = Asked {
                id: &writers::exchange_id(&line.case, &line.implementation),
                rule: &line.rule,
                verdict,
                size: bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(&bytes)),
                view: Some(view),
            };
            cases.push(asked.planned(&path, Question::Read));
        }
        Ok(cases)
    }
}
