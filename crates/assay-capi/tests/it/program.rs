//! `tests/c/check.c`, compiled and run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use assay_spec::{Dialect, DtypeClass, KeyRole};
use tempfile::TempDir;

/// Compiles the program against the shared library that this test was built with.
fn compiled(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = folder.join("check");
    let library = library();
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(&compiler);
    command
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o"])
        .arg(&program)
        .arg(root.join("tests/c/check.c"))
        .arg("-I")
        .arg(root.join("include"))
        .arg("-L")
        .arg(&library)
        .arg("-lassay")
        .arg(format!("-Wl,-rpath,{}", library.display()));
    let output = command.output().unwrap_or_else(|error| panic!("{compiler:?}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Where the shared library lies: beside this test's program.
fn library() -> PathBuf {
    let test = env::current_exe().expect("it runs");
    let folder = test.parent().expect("cargo's folders").to_owned();
    let name = format!("{}assay{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    assert!(folder.join(&name).is_file(), "{name} is built with the tests");
    folder
}

fn run(files: &[PathBuf]) -> (Output, Vec<String>) {
    let folder = TempDir::new().expect("there is room");
    let output = Command::new(compiled(folder.path())).args(files).output().expect("it runs");
    let lines = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    (output, lines)
}

/// A file of one byte tensor and a pair of metadata; with a hole in its buffer if asked.
fn file(hole: bool) -> Vec<u8> {
    let dialect = Dialect::latest();
    let [metadata, dtype, shape, offsets] =
        [KeyRole::Metadata, KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets]
            .map(|role| dialect.key(role));
    let byte =
        dialect.dtypes().iter().find(|dtype| dtype.bits == 8 && dtype.class == DtypeClass::Uint);
    let byte = &byte.expect("there are bytes").name;
    let begin = u8::from(hole);
    let header = format!(
        "{{\"{metadata}\":{{\"k\":\"v\"}},\"a\":{{\"{dtype}\":\"{byte}\",\"{shape}\":[1,2],\
         \"{offsets}\":[{begin},{}]}}}}",
        begin + 2
    );
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(std::iter::repeat_n(0xff, begin.into()));
    file.extend([7, 9]);
    file
}

#[test]
fn a_program_in_c_reads_files() {
    let folder = TempDir::new().expect("there is room");
    let paths = ["right", "hole", "absent"].map(|name| folder.path().join(name));
    let right = file(false);
    fs::write(&paths[0], &right).expect("there is room");
    fs::write(&paths[1], file(true)).expect("there is room");
    let (output, lines) = run(&paths);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let start = right.len() - 2;
    let dialect = Dialect::latest();
    let dtype = dialect.dtypes().iter().find(|dtype| lines[0].contains(&dtype.name));
    let dtype = &dtype.expect("a dtype is named").name;
    assert_eq!(lines[0], format!("1 a:{dtype}[1x2]@{start}=0709 k=v"));
    assert!(lines[1].starts_with(&format!("buffer/no-holes {start}..{} ", start + 1)), "{lines:?}");
    assert!(lines[2].starts_with("no rule cannot read "), "{lines:?}");
    assert_eq!(lines.len(), 3);
}

/// Every corpus file: a verdict from disk and from memory, and no contradiction.
#[test]
fn a_program_in_c_reads_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/files");
    let mut files = Vec::new();
    let mut folders = vec![corpus];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the corpus is committed") {
            let path = entry.expect("readable").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let (output, lines) = run(&files);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(files.len() > 1000 && lines.len() >= files.len(), "{} lines", lines.len());
}
