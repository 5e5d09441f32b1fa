//! The file on the device only.

use super::machine;
use super::map::cached;
use super::methods::{
    direct, owned, owned_again, past_cache, past_cache_verified, stream, upstream_copies,
    upstream_sum, verified_stream,
};
use super::model::Model;
use super::rounds::rounds;

pub(crate) fn table(model: &Model, count: usize, only: &str) {
    machine::bind(0);
    let mut methods = vec![
        direct("direct, 1 thread", 1, model),
        direct("direct, 2 threads", 2, model),
        stream("stream", model),
        upstream_sum("published, mapped, summed", model),
        upstream_copies("published, each tensor into its own Vec", model),
        owned("owned, fresh, 2 threads", 2, model),
        owned_again("owned, used before, 1 thread", 1, model),
        owned_again("owned, used before, 2 threads", 2, model),
        past_cache("owned, past the cache, 1 thread", 1, model),
        past_cache("owned, past the cache, 2 threads", 2, model),
        past_cache_verified("verified, past the cache, 2 threads", 2, model),
        verified_stream("verified stream, 1 thread", 1, model),
        verified_stream("verified stream, 2 threads", 2, model),
    ];
    methods.retain(|method| method.name.contains(only));
    let before = || {
        machine::evict(&model.file);
        // For the buffer, and for the cache.
        machine::touch(2 * model.bytes);
        let left = cached(&model.file);
        assert!(left < 0.01, "{:.1} % of the file is still cached", left * 100.0);
    };
    let samples = rounds(count, model.bytes, methods, before);
    println!("cold, {count} rounds\n");
    samples.print(&[
        ("direct, 1 thread", "direct"),
        ("published, mapped, summed", "published sum"),
        ("published, each tensor into its own Vec", "published copies"),
        ("stream", "stream"),
    ]);
}
