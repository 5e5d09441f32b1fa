//! The array of features that a file demands, where the dialect has a key for it.

use assay_spec::check::Place;

use crate::cursor::GrammarError;
use crate::scan::Scanner;

/// Depth of the array: the root is 1.
const DEPTH: u64 = 2;

impl Scanner<'_, '_> {
    /// Passes over the array and judges each of its elements.
    pub(super) fn features(&mut self) -> Result<(), GrammarError> {
        self.nest(DEPTH, self.cursor.at);
        self.cursor.at += 1;
        let mut first = true;
        while self.element(first)? {
            first = false;
            self.feature()?;
        }
        Ok(())
    }

    fn feature(&mut self) -> Result<(), GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let count = self.skip(DEPTH, false)?;
        self.judge_value(Place::Feature, kind, start..self.cursor.at, count);
        Ok(())
    }
}
