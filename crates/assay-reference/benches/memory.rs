//! How much memory reading a header takes, beside the published crate.
//!
//! `cargo bench -p assay-reference --bench memory` (`-- --quick` for small sizes).
//!
//! Allocations are counted, and the peak of what is allocated at one time is
//! given as a multiple of the header's length. In a benchmark of its own,
//! because counting slows down whoever allocates most.

#![allow(clippy::print_stdout, reason = "it prints tables")]

#[allow(dead_code, reason = "shared with the other benchmark")]
mod support;

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use assay_reference::{Policy, Reader, Scratch};
use assay_spec::{Dialect, Disputed};

use support::files::{Spelling, model};
use support::hostile;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let dialect = Dialect::latest();
    let [accept, reject] =
        [Disputed::Accept, Disputed::Reject].map(|disputed| Policy::new(&dialect, disputed));
    println!("allocations of one reading, and their peak as a multiple of the header\n");
    println!("| header | published | fresh | kept, after one of its kind |");
    println!("|---|---|---|---|");
    let sizes: &[usize] =
        if quick { &[10, 300, 3_000] } else { &[10, 300, 3_000, 100_000, 600_000] };
    for spelling in [Spelling::Compact, Spelling::Shuffled] {
        for tensors in sizes {
            let file = model(*tensors, spelling);
            row(&format!("{tensors} tensors, {spelling:?}"), file.all(), file.header_len, &reject);
        }
    }
    let len = if quick { 1_000_000 } else { 99_999_000 };
    for which in hostile::ALL {
        let file = hostile::file(which, len);
        row(which, &file, len, &accept);
    }
}

fn row(what: &str, file: &[u8], header_len: usize, policy: &Policy) {
    let mut scratch = Scratch::default();
    let published = measure(|| {
        black_box(safetensors::SafeTensors::deserialize(black_box(file)).is_ok());
    });
    let fresh = measure(|| {
        black_box(Reader::from_bytes(black_box(file), policy).is_ok());
    });
    let mut read = || {
        black_box(Reader::from_bytes_in(black_box(file), policy, &mut scratch).is_ok());
    };
    read();
    let kept = measure(read);
    let shown = |info: AllocationInfo| {
        let peak = info.bytes_max as f64 / header_len as f64;
        format!("{} ({peak:.2} x)", info.count_total)
    };
    println!("| {what} | {} | {} | {} |", shown(published), shown(fresh), shown(kept));
}
