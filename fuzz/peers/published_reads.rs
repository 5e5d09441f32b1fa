//! What the published crate's own fuzz target does: read any bytes and drop the
//! result. Not a target of ours; `fuzz/rate` measures ours against it.

#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = safetensors::SafeTensors::deserialize(bytes);
});
