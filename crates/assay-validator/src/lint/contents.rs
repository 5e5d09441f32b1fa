//! Lints that need contents: counted while they pass by.

use std::collections::HashMap;

use assay_spec::lint::{Float, Lint, LintCheck, Lints, Value};
use assay_spec::numbers::{count, thousands};
use assay_spec::{Dialect, DtypeClass, Finding, Span, TensorView};
use twox_hash::xxhash3_128;

use super::finding;

/// What passed by of the tensors of a file.
pub struct Contents<'a> {
    lints: &'a Lints,
    dialect: &'a Dialect,
    findings: Vec<Finding>,
    /// Tensors that are large enough to be compared, by dtype, shape and digest.
    seen: HashMap<(&'a str, &'a [u64], u128), &'a TensorView>,
}

/// What passed by of one tensor.
pub struct Passing<'a> {
    tensor: &'a TensorView,
    look: Look<'a>,
    /// Bytes so far.
    at: u64,
    digest: Option<xxhash3_128::Hasher>,
    tally: Tally,
}

/// What is looked for in a tensor.
enum Look<'a> {
    Bools,
    Floats(&'a Float),
    Nothing,
}

#[derive(Default)]
struct Tally {
    /// Booleans that are neither 0 nor 1; NaN.
    odd: u64,
    infinite: u64,
    /// Where the first of either is, in bytes from the start of the tensor.
    first: Option<u64>,
}

impl<'a> Contents<'a> {
    /// Nothing has passed yet.
    pub fn new(lints: &'a Lints, dialect: &'a Dialect) -> Contents<'a> {
        Contents { lints, dialect, findings: Vec::new(), seen: HashMap::new() }
    }

    /// Begins a tensor.
    pub fn begin(&self, tensor: &'a TensorView) -> Passing<'a> {
        let dtype = self.dialect.dtype(&tensor.dtype);
        let look = match dtype.map(|dtype| (dtype.class, dtype.bits)) {
            Some((DtypeClass::Bool, 8)) => Look::Bools,
            Some(_) => self.lints.float(&tensor.dtype).map_or(Look::Nothing, Look::Floats),
            None => Look::Nothing,
        };
        let is_large = self.compared().is_some_and(|(_, least)| tensor.contents.len() >= least);
        let digest = is_large.then(xxhash3_128::Hasher::new);
        Passing { tensor, look, at: 0, digest, tally: Tally::default() }
    }

    /// Ends a tensor whose contents have all passed.
    pub fn end(&mut self, passed: Passing<'a>) {
        self.count(&passed);
        let Passing { tensor, digest: Some(digest), .. } = passed else { return };
        let Some((lint, _)) = self.compared() else { return };
        let key = (tensor.dtype.as_str(), tensor.shape.as_slice(), digest.finish_128());
        match self.seen.get(&key) {
            None => {
                self.seen.insert(key, tensor);
            }
            Some(first) => {
                let bytes = count(tensor.contents.len(), "byte");
                let message = format!("holds the same {bytes} as tensor `{}`", first.name);
                let found = finding(lint, tensor.contents, message, Some(&tensor.name));
                self.findings.push(found);
            }
        }
    }

    fn count(&mut self, passed: &Passing<'_>) {
        let Passing { tensor, look, tally, .. } = passed;
        let Some(first) = tally.first else { return };
        let wanted = |check: &LintCheck| match look {
            Look::Bools => matches!(check, LintCheck::BoolValues {}),
            Look::Floats(_) => matches!(check, LintCheck::Finite {}),
            Look::Nothing => false,
        };
        let Some(lint) = self.lints.lints.iter().find(|lint| wanted(&lint.check)) else { return };
        let start = tensor.contents.start.saturating_add(first);
        let (what, width, elements) = match look {
            Look::Bools => {
                let odd = thousands(tally.odd);
                (format!("{odd} are neither 0 nor 1"), 1, tensor.contents.len())
            }
            Look::Floats(float) => {
                let width = u64::from(float.bits() / 8);
                let kinds = [(tally.odd, "are NaN"), (tally.infinite, "are infinite")];
                let kinds = kinds.into_iter().filter(|(number, _)| *number > 0);
                let kinds: Vec<String> =
                    kinds.map(|(number, kind)| format!("{} {kind}", thousands(number))).collect();
                (kinds.join(" and "), width, tensor.contents.len() / width)
            }
            Look::Nothing => return,
        };
        let message = format!("of {}, {what}", count(elements, "value"));
        let span = Span::new(start, start.saturating_add(width));
        self.findings.push(finding(lint, span, message, Some(&tensor.name)));
    }

    /// The lint about equal tensors, and the least size that it is about.
    fn compared(&self) -> Option<(&'a Lint, u64)> {
        self.lints.lints.iter().find_map(|lint| match lint.check {
            LintCheck::DuplicateContents { at_least_bytes } => Some((lint, at_least_bytes)),
            _ => None,
        })
    }

    /// What was found, in the order in which tensors ended.
    pub fn finish(self) -> Vec<Finding> {
        self.findings
    }
}

impl Passing<'_> {
    /// The next bytes. All pieces but the last are a multiple of 8 bytes long.
    pub fn piece(&mut self, bytes: &[u8]) {
        match self.look {
            Look::Bools => self.tally.bools(bytes, self.at),
            Look::Floats(float) => self.tally.floats(float, bytes, self.at),
            Look::Nothing => {}
        }
        if let Some(digest) = &mut self.digest {
            digest.write(bytes);
        }
        self.at += bytes.len() as u64;
    }
}

impl Tally {
    fn bools(&mut self, bytes: &[u8], at: u64) {
        let odd = bytes.iter().filter(|byte| **byte > 1).count();
        if odd == 0 {
            return;
        }
        self.odd += odd as u64;
        let first = bytes.iter().position(|byte| *byte > 1);
        self.first = self.first.or(first.map(|first| at + first as u64));
    }

    fn floats(&mut self, float: &Float, bytes: &[u8], at: u64) {
        match float.bits() {
            8 => self.numbers(float, bytes.iter().map(|byte| u64::from(*byte)), 1, at),
            16 => self.numbers(float, arrays(bytes).map(|b| u16::from_le_bytes(b).into()), 2, at),
            32 => self.numbers(float, arrays(bytes).map(|b| u32::from_le_bytes(b).into()), 4, at),
            64 => self.numbers(float, arrays(bytes).map(u64::from_le_bytes), 8, at),
            _ => {}
        }
    }

    fn numbers(&mut self, float: &Float, bits: impl Iterator<Item = u64>, width: u64, at: u64) {
        for (index, bits) in bits.enumerate() {
            match float.value(bits) {
                Value::Finite => continue,
                Value::Nan => self.odd += 1,
                Value::Infinite => self.infinite += 1,
            }
            self.first.get_or_insert(at + index as u64 * width);
        }
    }
}

fn arrays<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}
