//! Same dialect, same seed, same bytes: today and on every platform.

use assay_generator::stream::FILES_PER_SWARM;
use assay_generator::{
    Stream, Swarm, boundaries, kinds, mutate, telling, valid, valid_in, violate,
};
use assay_spec::{Check, Dialect};
use sha2::{Digest as _, Sha256};

use crate::judge::SMALL_BYTES;

/// Digests of the first files of some seeds. They change when the generator is
/// meant to make other files for the same seeds, or when the dialect's data
/// change, and for no other reason: whoever changes one says so in the commit,
/// as seeds in old records and notes then mean other files.
const VALID: &str = "5183ac3b08107bba69e8bc7a690d5a3d534692301a23cac23c994a3280a7090e";
const MUTATED: &str = "736717605b7576f6a87c6608b07a5e5914e6fede5c434501fe4f3f3a683da2a9";

#[test]
fn valid_files_are_what_they_were() {
    let dialect = Dialect::edition("0.8").unwrap();
    let mut hasher = Sha256::new();
    for seed in 0..200 {
        hasher.update(valid(&dialect, seed).to_draft().to_bytes(SMALL_BYTES).unwrap());
    }
    assert_eq!(hex::encode(hasher.finalize()), VALID);
}

/// Start of a range of a hundred seeds, digest of the valid files, digest of the broken ones.
const STREAMS: [(u64, &str, &str); 4] = [
    (
        0,
        "39b6f235fa3c361dfa025a9f1b1d325d86cc6f8510c48e67b6a2a6beafc0fd8a",
        "4e7c03beab9aebe43c768e5448e94245589c1d58acf462756ef6a19d00aa360a",
    ),
    (
        1000,
        "9b132ea60dfa60e601893aadc069a2b86a60c2fbcdcaa0a6e73cc2fa1feecadc",
        "2344a209bee33ddb2978178f152280b0a570cd9b18a0b5839410f7b6570becbf",
    ),
    (
        7 * FILES_PER_SWARM,
        "c30be45f661b73e65cd3dc1d39541a221bd1dbb346a8701206917c50c1955ce2",
        "3a0c1b94079a5854624fe7177da3f5c819f1892ce45c07db470d4a90d3dce307",
    ),
    (
        u64::MAX - 100,
        "f502012b8881642b159d2d83de85c7e6d52536df4b0e22d774fdef118d708553",
        "a21610d327518853dcd457d3c0b581641f51f578c5f1db30b4271af298754373",
    ),
];

#[test]
fn streamed_files_are_what_they_were() {
    let dialect = Dialect::edition("0.8").unwrap();
    let mut stream = Stream::new(&dialect);
    let mut file = Vec::new();
    let now: Vec<(u64, String, String)> = STREAMS
        .iter()
        .map(|(start, ..)| {
            let (mut valid, mut broken) = (Sha256::new(), Sha256::new());
            for seed in *start..*start + 100 {
                file.clear();
                stream.valid(seed, &mut file);
                valid.update(&file);
                file.clear();
                stream.broken(seed, &mut file);
                broken.update(&file);
            }
            (*start, hex::encode(valid.finalize()), hex::encode(broken.finalize()))
        })
        .collect();
    let pinned = STREAMS.map(|(start, valid, broken)| (start, valid.into(), broken.into()));
    assert_eq!(now, pinned, "{now:#?}");
}

const IN_SWARM: &str = "8a07255e272ce9c475f33e70acb6984640bbfdf68ca18b419403364f4da7a77f";

#[test]
fn files_of_a_swarm_are_what_they_were() {
    let dialect = Dialect::edition("0.8").unwrap();
    let mut hasher = Sha256::new();
    for seed in 0..100 {
        let swarm = Swarm::draw(&dialect, seed / 10);
        hasher.update(valid_in(&dialect, &swarm, seed).to_draft().to_bytes(SMALL_BYTES).unwrap());
    }
    assert_eq!(hex::encode(hasher.finalize()), IN_SWARM);
}

#[test]
fn mutated_files_are_what_they_were() {
    let dialect = Dialect::edition("0.8").unwrap();
    let mut hasher = Sha256::new();
    for seed in 0..200 {
        let bytes = valid(&dialect, seed).to_draft().to_bytes(SMALL_BYTES).unwrap();
        hasher.update(mutate(&bytes, seed));
    }
    assert_eq!(hex::encode(hasher.finalize()), MUTATED);
}

#[test]
fn everything_comes_out_the_same_again() {
    let dialect = Dialect::latest();
    for rule in dialect.rules() {
        for seed in 0..2 * kinds(rule) {
            assert_eq!(violate(&dialect, rule, seed), violate(&dialect, rule, seed), "{}", rule.id);
        }
        assert_eq!(boundaries(&dialect, rule), boundaries(&dialect, rule), "{}", rule.id);
        if let Check::Behaviour { probe } = rule.check {
            assert_eq!(telling(&dialect, probe), telling(&dialect, probe), "{}", rule.id);
        }
    }
}
