//! The ways to load the file.

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::thread;

use assay_reference::{Arena, Digest, Digests, Load, Reader};
use safetensors::SafeTensors;

use super::machine::{self, bind};
use super::map::map;
use super::model::{Model, sum};
use super::rounds::Method;

fn method<'a>(name: &'static str, run: impl FnMut(&mut super::rounds::Watch) + 'a) -> Method<'a> {
    Method { name, run: Box::new(run) }
}

/// Copies memory to memory, both resident.
pub(crate) fn memcpy<'a>(name: &'static str, threads: usize, len: usize) -> Method<'a> {
    let [mut from, mut to] = [1, 2].map(|byte| {
        let mut map = machine::memory(len);
        map.fill(byte);
        map
    });
    method(name, move |watch| {
        let part = len.div_ceil(threads);
        watch.time(|| {
            thread::scope(|scope| {
                let pairs = from[..len].chunks(part).zip(to[..len].chunks_mut(part)).enumerate();
                for (number, (from, to)) in pairs {
                    let mut copy = move || {
                        bind(number);
                        to.copy_from_slice(from);
                    };
                    if number + 1 == threads {
                        // The last part on this thread, when all others have begun.
                        copy();
                    } else {
                        scope.spawn(copy);
                    }
                }
            });
        });
        bind(0);
        assert!(to[..len] == from[..len], "every byte was copied");
        from[0] = from[0].wrapping_add(1);
    })
}

/// Reads 256 KiB at a time into one buffer and looks at nothing: the floor of
/// whatever reads through the system's cache.
pub(crate) fn read_only<'a>(name: &'static str, model: &'a Model) -> Method<'a> {
    let mut buffer = vec![0; 256 * 1024];
    method(name, move |watch| {
        let total = watch.time(|| {
            let mut file = File::open(&model.path).expect("it is open");
            let mut total = 0;
            loop {
                let len = file.read(&mut buffer).expect("it can be read");
                if len == 0 {
                    return total;
                }
                total += len;
            }
        });
        assert_eq!(total, model.bytes);
    })
}

/// Reads 256 KiB at a time into one buffer and sums.
pub(crate) fn stream<'a>(name: &'static str, model: &'a Model) -> Method<'a> {
    let mut buffer = vec![0; 256 * 1024];
    method(name, move |watch| {
        let total = watch.time(|| {
            let mut file = File::open(&model.path).expect("it is open");
            let mut total = 0_u64;
            loop {
                let len = file.read(&mut buffer).expect("it can be read");
                if len == 0 {
                    return total;
                }
                total = total.wrapping_add(sum(&buffer[..len]));
            }
        });
        assert_eq!(total, model.file_sum);
    })
}

/// The published crate on a mapping; every tensor copied into a buffer of its own.
pub(crate) fn upstream_copies<'a>(name: &'static str, model: &'a Model) -> Method<'a> {
    method(name, move |watch| {
        let tensors: Vec<(String, Vec<u8>)> = watch.time(|| {
            let map = map(&File::open(&model.path).expect("it is open"));
            let tensors = SafeTensors::deserialize(&map).expect("it is valid");
            let copy = |(name, tensor): (&str, safetensors::tensor::TensorView<'_>)| {
                (name.to_owned(), tensor.data().to_vec())
            };
            tensors.iter().map(copy).collect()
        });
        let digests = tensors.iter().map(|(name, data)| (name.as_str(), Digest::of(data)));
        assert_eq!(digests.collect::<Digests>(), model.digests);
    })
}

/// The published crate on a mapping; every tensor summed.
pub(crate) fn upstream_sum<'a>(name: &'static str, model: &'a Model) -> Method<'a> {
    method(name, move |watch| {
        let total = watch.time(|| {
            let map = map(&File::open(&model.path).expect("it is open"));
            let tensors = SafeTensors::deserialize(&map).expect("it is valid");
            tensors.iter().fold(0_u64, |total, (_, tensor)| total.wrapping_add(sum(tensor.data())))
        });
        assert_eq!(total, model.buffer_sum);
    })
}

/// The published crate on a mapping, until the call returns: nothing is read but the header.
pub(crate) fn upstream_returns<'a>(name: &'static str, model: &'a Model) -> Method<'a> {
    method(name, move |watch| {
        watch.time(|| {
            let map = map(&File::open(&model.path).expect("it is open"));
            black_box(SafeTensors::deserialize(&map).expect("it is valid").len());
        });
    })
}

fn right(reader: &Reader<'_>, model: &Model) -> bool {
    let digests = reader.tensors().map(|tensor| (tensor.name(), Digest::of(tensor.data())));
    digests.collect::<Digests>() == model.digests
}

/// Into fresh memory.
pub(crate) fn owned<'a>(name: &'static str, threads: usize, model: &'a Model) -> Method<'a> {
    let load = Load::new().threads(threads).started(bind);
    method(name, move |watch| {
        let file = watch.time(|| load.open(&model.path, &model.policy).expect("it is valid"));
        assert!(right(file.reader(), model));
    })
}

/// Into memory used before.
pub(crate) fn owned_again<'a>(name: &'static str, threads: usize, model: &'a Model) -> Method<'a> {
    let load = Load::new().threads(threads).started(bind);
    let mut arena = Arena::new();
    load.open_in(&model.path, &model.policy, &mut arena).expect("it is valid");
    method(name, move |watch| {
        let reader = watch
            .time(|| load.open_in(&model.path, &model.policy, &mut arena).expect("it is valid"));
        assert!(right(&reader, model));
    })
}

/// Into memory used before, past the system's cache.
pub(crate) fn past_cache<'a>(name: &'static str, threads: usize, model: &'a Model) -> Method<'a> {
    let load = Load::new().threads(threads).started(bind).past_cache(true);
    let mut arena = Arena::new();
    load.open_in(&model.path, &model.policy, &mut arena).expect("it is valid");
    method(name, move |watch| {
        let reader = watch
            .time(|| load.open_in(&model.path, &model.policy, &mut arena).expect("it is valid"));
        assert!(right(&reader, model));
    })
}

/// The same with digests.
pub(crate) fn past_cache_verified<'a>(
    name: &'static str,
    threads: usize,
    model: &'a Model,
) -> Method<'a> {
    let load = Load::new().threads(threads).started(bind).past_cache(true);
    let verify = load.verifying();
    let mut arena = Arena::new();
    verify.open_in(&model.path, &model.policy, &mut arena).expect("it is valid");
    method(name, move |watch| {
        let (_, digests) = watch
            .time(|| verify.open_in(&model.path, &model.policy, &mut arena).expect("it is valid"));
        assert_eq!(digests, model.digests);
    })
}

/// Into memory used before, with digests.
pub(crate) fn verified<'a>(name: &'static str, threads: usize, model: &'a Model) -> Method<'a> {
    let verify = Load::new().threads(threads).started(bind).verifying();
    let mut arena = Arena::new();
    verify.open_in(&model.path, &model.policy, &mut arena).expect("it is valid");
    method(name, move |watch| {
        let (_, digests) = watch
            .time(|| verify.open_in(&model.path, &model.policy, &mut arena).expect("it is valid"));
        assert_eq!(digests, model.digests);
    })
}

/// Digests only.
pub(crate) fn verified_stream<'a>(
    name: &'static str,
    threads: usize,
    model: &'a Model,
) -> Method<'a> {
    let verify = Load::new().threads(threads).started(bind).verifying();
    method(name, move |watch| {
        let digests =
            watch.time(|| verify.stream(&model.path, &model.policy).expect("it is valid"));
        assert_eq!(digests, model.digests);
    })
}

/// What the device gives: 8 MiB at a time past the system's cache.
pub(crate) fn direct<'a>(name: &'static str, threads: usize, model: &'a Model) -> Method<'a> {
    use std::os::unix::fs::OpenOptionsExt as _;
    const PIECE: usize = 8 << 20;
    let mut buffers: Vec<_> = (0..threads).map(|_| machine::memory(PIECE)).collect();
    buffers.iter_mut().for_each(|buffer| buffer.fill(1));
    let flags = i32::try_from(rustix::fs::OFlags::DIRECT.bits()).expect("it is a small number");
    method(name, move |watch| {
        let file = File::options().read(true).custom_flags(flags).open(&model.path);
        let file = file.expect("the file system reads directly");
        let seen = watch.time(|| {
            let next = std::sync::atomic::AtomicU64::new(0);
            let seen = std::sync::atomic::AtomicUsize::new(0);
            let read = |number: usize, buffer: &mut [u8]| {
                bind(number);
                loop {
                    let at = next.fetch_add(PIECE as u64, std::sync::atomic::Ordering::Relaxed);
                    let len = file.read_at(buffer, at).expect("it can be read");
                    if len == 0 {
                        break;
                    }
                    seen.fetch_add(len, std::sync::atomic::Ordering::Relaxed);
                }
            };
            thread::scope(|scope| {
                for (number, buffer) in buffers.iter_mut().enumerate() {
                    let read = &read;
                    scope.spawn(move || read(number, buffer));
                }
            });
            seen.into_inner()
        });
        assert_eq!(seen, model.bytes);
    })
}
