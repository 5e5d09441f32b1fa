//! The order in which cases are shown, and the shard that a case belongs to.
//!
//! Both follow from the case's id and the run's seed alone: the same on every
//! machine, nothing to be guessed from a neighbour, and a case that is added
//! moves no other one to another shard.

use assay_protocol::record::Shard;
use sha2::{Digest as _, Sha256};

use crate::run::PlannedCase;

/// Puts cases into the order of a seed.
pub fn shuffle(cases: &mut [PlannedCase], seed: u64) {
    cases.sort_by_cached_key(|planned| {
        let id = &planned.case.id;
        (draw(id, seed).0, id.clone())
    });
}

/// Whether a case belongs to a shard. Every case belongs to one of them.
pub fn is_in_shard(id: &str, seed: u64, shard: Shard) -> bool {
    draw(id, seed).1 % u64::from(shard.of.max(1)) + 1 == u64::from(shard.number)
}

/// SHA-256 of ids in order, each followed by a line feed: `Header::cases_sha256`.
pub fn ids_digest<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(id);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}

/// Two numbers that look random and belong to an id and a seed: place and shard.
fn draw(id: &str, seed: u64) -> (u64, u64) {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(id);
    let digest: [u8; 32] = hash.finalize().into();
    let number = |from: usize| {
        let bytes = digest[from..from + 8].try_into().expect("eight bytes are eight bytes");
        u64::from_le_bytes(bytes)
    };
    (number(0), number(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_in_exactly_one_shard() {
        for seed in [0, 7] {
            let mut sizes = [0; 4];
            for number in 0..400 {
                let id = format!("area/rule/case-{number}");
                let of = |number| is_in_shard(&id, seed, Shard { number, of: 4 });
                let here: Vec<usize> = (0..4).filter(|at| of(*at as u32 + 1)).collect();
                assert_eq!(here.len(), 1, "{id} is in shards {here:?}");
                sizes[here[0]] += 1;
            }
            assert!(sizes.iter().all(|size| (60..=140).contains(size)), "{sizes:?}");
        }
    }

    #[test]
    fn the_draw_does_not_change_between_versions() {
        // Shards of one run may be made by different builds.
        assert_eq!(draw("a/b/c", 0), draw("a/b/c", 0));
        assert_ne!(draw("a/b/c", 0), draw("a/b/c", 1));
        assert_ne!(draw("a/b/c", 0), draw("a/b/d", 0));
        let ids = ["b", "a"];
        assert_eq!(ids_digest(ids), hex::encode(Sha256::digest("a\nb\n")));
    }
}
