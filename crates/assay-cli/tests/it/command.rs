//! Starts the built `assay` and looks at what it prints and how it exits.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a call of `assay` came to.
pub(crate) struct Called {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Called {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no `{text}` in stdout:\n{}", self.stdout);
        self
    }

    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in stderr:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("stdout is one JSON document")
    }
}

/// Calls `assay` in the project's tree.
pub(crate) fn assay<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Called {
    call(&mut command(arguments, &tree()))
}

/// Calls `assay` with another tree and cache.
pub(crate) fn assay_in<A: AsRef<OsStr>>(
    home: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Called {
    call(&mut command(arguments, home))
}

fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command
        .args(arguments)
        .env("ASSAY_HOME", home)
        .env("ASSAY_CACHE", cache())
        .env_remove("CLICOLOR_FORCE");
    command
}

fn call(command: &mut Command) -> Called {
    let Output { status, stdout, stderr } = command.output().expect("assay starts");
    let text = |bytes| String::from_utf8(bytes).expect("assay prints UTF-8");
    Called {
        code: status.code().expect("assay is not killed"),
        stdout: text(stdout),
        stderr: text(stderr),
    }
}

/// The project's tree.
pub(crate) fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("it is there")
}

fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// Writes a safetensors file: prefix, header, byte buffer.
pub(crate) fn file(folder: &Path, name: &str, header: &str, data: &[u8]) -> PathBuf {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the folder can be written");
    path
}
