//! The file in the system's cache.

use super::machine;
use super::methods::{
    memcpy, owned, owned_again, read_only, stream, upstream_copies, upstream_returns, upstream_sum,
    verified, verified_stream,
};
use super::model::Model;
use super::rounds::rounds;

pub(crate) fn table(model: &Model, count: usize, only: &str) {
    machine::bind(0);
    model.warm();
    let mut methods = vec![
        memcpy("memcpy, 1 thread", 1, model.bytes),
        memcpy("memcpy, 2 threads", 2, model.bytes),
        read_only("read, nothing looked at", model),
        stream("stream", model),
        stream("stream, once more", model),
        upstream_copies("published, each tensor into its own Vec", model),
        upstream_sum("published, mapped, summed", model),
        upstream_returns("published, mapped, nothing looked at", model),
        owned("owned, fresh, 1 thread", 1, model),
        owned("owned, fresh, 2 threads", 2, model),
        owned_again("owned, used before, 1 thread", 1, model),
        owned_again("owned, used before, 2 threads", 2, model),
        verified("verified, used before, 1 thread", 1, model),
        verified("verified, used before, 2 threads", 2, model),
        verified_stream("verified stream, 1 thread", 1, model),
        verified_stream("verified stream, 2 threads", 2, model),
    ];
    methods.retain(|method| method.name.contains(only));
    let samples = rounds(count, model.bytes, methods, || machine::touch(model.bytes));
    println!("warm, {count} rounds\n");
    samples.print(&[
        ("published, each tensor into its own Vec", "published copies"),
        ("published, mapped, summed", "published sum"),
        ("memcpy, 1 thread", "memcpy"),
        ("stream", "stream"),
    ]);
}
