#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_fuzz::writing_is_a_fixed_point::check(bytes));
