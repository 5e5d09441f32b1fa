mod support;
use assay_reference::{Policy, Reader, Scratch};
use assay_spec::{Dialect, Disputed};
use std::hint::black_box;
use support::files::{Spelling, model};
fn now() -> f64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    t.tv_sec as f64 * 1e9 + t.tv_nsec as f64
}
fn main() {
    let dialect = Dialect::latest();
    let policy = Policy::new(&dialect, Disputed::Reject);
    let mut scratch = Scratch::default();
    if std::env::args().any(|arg| arg == "profile") {
        let file = model(
            3000,
            if std::env::args().any(|arg| arg == "lines") {
                Spelling::Lines
            } else {
                Spelling::Compact
            },
        );
        for _ in 0..100 {
            black_box(
                Reader::from_bytes_in(black_box(file.all()), &policy, &mut scratch).unwrap().len(),
            );
        }
        return;
    }
    for n in [10, 300, 3000, 100_000, 600_000] {
        for spelling in [Spelling::Compact, Spelling::Spaced, Spelling::Lines, Spelling::Shuffled] {
            let file = model(n, spelling);
            let bytes = file.all();
            let iters = (30_000 / n).max(1);
            let mut best = [f64::MAX; 4];
            for _ in 0..5 {
                let mut run = |slot: usize, f: &mut dyn FnMut() -> usize| {
                    support::trim::trim();
                    let t = now();
                    for _ in 0..iters {
                        assert_eq!(black_box(f()), n);
                    }
                    best[slot] = best[slot].min((now() - t) / (n * iters) as f64);
                };
                run(0, &mut || {
                    safetensors::SafeTensors::deserialize(black_box(bytes)).unwrap().len()
                });
                run(1, &mut || support::sonic::read(black_box(bytes), &dialect).unwrap());
                run(2, &mut || Reader::from_bytes(black_box(bytes), &policy).unwrap().len());
                run(3, &mut || {
                    Reader::from_bytes_in(black_box(bytes), &policy, &mut scratch).unwrap().len()
                });
            }
            println!(
                "{n:7} {spelling:?} {:4} B/t upstream {:6.0} sonic {:6.0} ({:.1}) fresh {:6.1} ({:.1}) kept {:6.1} ({:.1})",
                file.header_len / n,
                best[0],
                best[1],
                best[0] / best[1],
                best[2],
                best[0] / best[2],
                best[3],
                best[0] / best[3]
            );
        }
    }
}
