//! Tells the library which compiler builds it, for the field `runtime`.

use std::process::Command;

fn main() {
    let compiler = std::env::var("RUSTC").expect("Cargo sets RUSTC for build scripts");
    let output = Command::new(compiler).arg("--version").output().expect("the compiler runs");
    println!("cargo::rustc-env=RUSTC_VERSION={}", String::from_utf8_lossy(&output.stdout).trim());
    println!("cargo::rerun-if-changed=build.rs");
}
