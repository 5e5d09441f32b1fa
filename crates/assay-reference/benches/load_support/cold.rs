//! The file on the device only.

use super::machine;
use super::map::cached;
use super::methods::{
    direct, owned, owned_again, stream, upstream_copies, upstream_sum, verified_stream,
};
use super::model::Model;
use super::rounds::rounds;

pub(crate) fn table(model: &Model, count: usize) {
    machine::bind(0);
    let methods = vec![
        direct("direct, 1 thread", 1, model),
        direct("direct, 2 threads", 2, model),
        stream("stream", model),
        upstream_sum("published, mapped, summed", model),
        upstream_copies("published, each tensor into its own Vec", model),
        owned("owned, fresh, 2 threads", 2, model),
        owned_again("owned, used before, 1 thread", 1, model),
        owned_again("owned, used before, 2 threads", 2, model),
        owned_again("owned, used before, 4 threads", 4, model),
        verified_stream("verified stream, 1 thread", 1, model),
        verified_stream("verified stream, 2 threads", 2, model),
    ];
    let before = || {
        machine::touch(model.bytes);
        machine::evict(&model.file);
        let left = cached(&model.file);
        assert!(left < 0.01, "{:.1} % of the file is still cached", left * 100.0);
    };
    let samples = rounds(count, model.bytes, methods, before);
    println!("cold, {count} rounds\n");
    samples.print(&[
        ("direct, 1 thread", "direct"),
        ("stream", "stream"),
        ("published, mapped, summed", "published sum"),
        ("published, each tensor into its own Vec", "published copies"),
    ]);
}
