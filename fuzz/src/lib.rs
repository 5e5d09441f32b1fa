//! Bodies of the fuzz targets: plain functions, so that `cargo test` runs them too.
//!
//! `cargo fuzz run judge_bytes` (needs a nightly compiler and `cargo install cargo-fuzz`).

use arbitrary::{Arbitrary as _, Unstructured};
use assay_generator::arbitrary::Seeded;
use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, Verdict};
use assay_validator::validate;

/// Longest file that a target looks at.
const LONGEST: u64 = 1 << 20;

/// Validator and reference, which share no parsing code, must decide alike
/// about any bytes and see the same in them.
pub fn judge_bytes(bytes: &[u8]) {
    let Judges { dialect, interop, strict } = judges();
    let seen = validate(bytes, dialect);
    for (policy, accepts) in
        [(interop, seen.verdict != Verdict::Invalid), (strict, seen.verdict == Verdict::Valid)]
    {
        match Reader::from_bytes(bytes, policy) {
            Ok(reader) => {
                assert!(accepts, "only the reference accepts: {:?}", seen.findings);
                assert_eq!(Some(reader.view()), seen.view);
            }
            Err(error) => {
                assert!(!accepts, "only the reference refuses: {error}");
                let rule = error.rule().expect("a refusal names a rule");
                let named = seen.findings.iter().any(|finding| finding.rule == *rule);
                assert!(named, "{error}, but the validator found {:?}", seen.findings);
            }
        }
    }
}

/// The same about files that the generator makes from the input: valid ones,
/// violations and mutations, which plain bytes would hardly ever reach.
pub fn judge_generated(input: &[u8]) {
    let Ok(seeded) = Seeded::arbitrary(&mut Unstructured::new(input)) else { return };
    if let Some(bytes) = seeded.to_bytes(&judges().dialect, LONGEST) {
        judge_bytes(&bytes);
    }
}

/// Made once: a fuzzer asks a hundred thousand times a second.
struct Judges {
    dialect: Dialect,
    interop: Policy,
    strict: Policy,
}

fn judges() -> &'static Judges {
    static JUDGES: std::sync::OnceLock<Judges> = std::sync::OnceLock::new();
    JUDGES.get_or_init(|| {
        let dialect = Dialect::latest();
        let policy = |disputed| Policy::new(&dialect, disputed);
        Judges { interop: policy(Disputed::Accept), strict: policy(Disputed::Reject), dialect }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_files_are_judged_alike() {
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/files");
        let mut judged = 0;
        let mut folders = vec![std::path::PathBuf::from(files)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the corpus is there") {
                let path = entry.expect("it can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    judge_bytes(&std::fs::read(path).expect("it can be read"));
                    judged += 1;
                }
            }
        }
        assert!(judged > 1000, "{judged} files");
    }

    #[test]
    fn generated_files_are_judged_alike() {
        let mut made = 0;
        for seed in 0_u64..1000 {
            // Spread the bits, so that neighbours differ in every byte.
            let word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let input: Vec<u8> =
                (0..8).flat_map(|turn| word.rotate_left(turn * 7).to_le_bytes()).collect();
            judge_generated(&input);
            made += u64::from(Seeded::arbitrary(&mut Unstructured::new(&input)).is_ok());
        }
        assert!(made > 900, "{made} inputs were enough for a file");
    }
}
