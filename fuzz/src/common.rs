//! What the targets share: the judges, made once, and the inputs of their tests.

use std::sync::OnceLock;

use assay_reference::Policy;
use assay_spec::{Dialect, Disputed, Spec};

/// Longest file that a target makes or looks at.
pub const LONGEST: u64 = 1 << 20;

/// A dialect, as validator and reference read it.
pub struct Judges {
    /// The newest edition.
    pub dialect: Dialect,
    /// Takes files on which the format's sources disagree.
    pub interop: Policy,
    /// Refuses them.
    pub strict: Policy,
}

/// Made once: a fuzzer asks a hundred thousand times a second.
pub fn judges() -> &'static Judges {
    static JUDGES: OnceLock<Judges> = OnceLock::new();
    JUDGES.get_or_init(|| {
        let dialect = Dialect::latest();
        let policy = |disputed| Policy::new(&dialect, disputed);
        Judges { interop: policy(Disputed::Accept), strict: policy(Disputed::Reject), dialect }
    })
}

/// The dialects of all editions, oldest first.
pub fn editions() -> &'static [Dialect] {
    static EDITIONS: OnceLock<Vec<Dialect>> = OnceLock::new();
    EDITIONS.get_or_init(|| {
        let editions = &Spec::embedded().tables.editions;
        let of = |name: &str| Dialect::edition(name).expect("the spec's own edition");
        editions.iter().map(|edition| of(&edition.name)).collect()
    })
}

/// The committed files of the corpus: path below `corpus/files`, and bytes.
#[cfg(test)]
pub(crate) fn corpus() -> Vec<(String, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/files");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the corpus is there") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("it is below").display().to_string();
                files.push((name, std::fs::read(path).expect("it can be read")));
            }
        }
    }
    files.sort();
    assert!(files.len() > 1000, "{} files", files.len());
    files
}

/// Inputs that differ in every byte, the same ones each time.
#[cfg(test)]
pub(crate) fn inputs(count: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|seed| {
        let word = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..8).flat_map(|turn| word.rotate_left(turn * 7).to_le_bytes()).collect()
    })
}
