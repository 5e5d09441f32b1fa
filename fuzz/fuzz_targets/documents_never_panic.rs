#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_fuzz::documents_never_panic::check(bytes));
