#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assay_fuzz::indexes_say_what_they_said::check(bytes));
