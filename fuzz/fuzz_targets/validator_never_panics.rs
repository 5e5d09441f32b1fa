#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_fuzz::validator_never_panics::check(bytes));
