//! A process that is ended while it writes leaves the old file whole.
//!
//! The children are this test program itself, told by the environment to write
//! to a path, and to do so slowly and for ever.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use assay_reference::File;
use assay_reference::write::{Source, StreamedTensor, Writer};
use assay_spec::Disputed;

use crate::{LATEST, policy};

/// Where the child writes to.
const TARGET: &str = "ASSAY_TEST_TARGET";

/// Bytes of the tensor that the child writes, more than it ever comes to.
const LEN: u64 = 1 << 40;

#[test]
#[ignore = "the child of the other tests"]
fn child() {
    let path = std::env::var_os(TARGET).expect("a parent says where to write to");
    let slowly = |out: &mut dyn Write| {
        loop {
            out.write_all(&[5; 64 << 10])?;
            std::thread::sleep(Duration::from_micros(200));
        }
    };
    let tensor =
        StreamedTensor { name: "a", dtype: "U8", shape: &[LEN], source: Source::producer(slowly) };
    let written = Writer::new(&LATEST).write_file(PathBuf::from(path), [tensor], None);
    panic!("it never ends by itself: {}", written.unwrap_err());
}

/// The arguments by which this program runs the child.
const CHILD: [&str; 4] = ["--exact", "killed::child", "--ignored", "--nocapture"];

fn start(path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("the temporary folder can be used"))
        .args(CHILD)
        .env(TARGET, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the temporary folder can be used")
}

/// A folder with a file that is to be replaced, and the file's bytes.
fn folder_with_old_file() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().expect("the temporary folder can be used");
    let path = folder.path().join("model.safetensors");
    let old = Source::bytes(b"old");
    let tensor = StreamedTensor { name: "a", dtype: "U8", shape: &[3], source: old };
    Writer::new(&LATEST)
        .write_file(&path, [tensor], None)
        .expect("the temporary folder can be used");
    let bytes = fs::read(&path).expect("the temporary folder can be used");
    (folder, path, bytes)
}

/// The other files of the folder.
fn others(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path.parent().expect("the temporary folder can be used"))
        .expect("the temporary folder can be used");
    entries
        .map(|entry| entry.expect("the temporary folder can be used").path())
        .filter(|other| other != path)
        .collect()
}

#[test]
fn a_killed_write_leaves_the_old_file_whole() {
    let (_folder, path, old) = folder_with_old_file();
    for round in 0..12 {
        let mut child = start(&path);
        // Killed at once, while it starts, with nothing written, with ever more.
        let enough = [0, 1, 1 << 20, 5 << 20, 16 << 20][round % 5];
        let written = |partial: &PathBuf| fs::metadata(partial).map_or(0, |about| about.len());
        while round > 0 && others(&path).iter().map(written).max().is_none_or(|len| len < enough) {
            assert!(child.try_wait().unwrap().is_none(), "it writes for ever");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));

        assert_eq!(fs::read(&path).unwrap(), old, "round {round}");
        assert!(File::open(&path, policy(Disputed::Reject)).is_ok());
        let left = others(&path);
        assert!(left.len() <= 1, "{left:?}");
        for partial in left {
            assert!(partial.to_str().unwrap().ends_with(".partial"), "{}", partial.display());
            fs::remove_file(partial).unwrap();
        }
    }
}

/// A limit on the length of files stands for a full disk.
#[test]
fn a_full_disk_leaves_the_old_file_whole() {
    let (_folder, path, old) = folder_with_old_file();
    let limited = |signal: &str| {
        let script = format!("trap '{signal}' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\"");
        Command::new("sh")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .args(CHILD)
            .env(TARGET, &path)
            .output()
            .unwrap()
    };
    // The signal ignored, the system refuses to write on.
    let output = limited("");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("files may not become that large here"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), old);
    assert_eq!(others(&path), [""; 0].map(PathBuf::from), "the temporary file is deleted");

    // Otherwise it ends the process.
    let output = limited("-");
    assert!(output.status.signal().is_some() || output.status.code() > Some(128));
    assert_eq!(fs::read(&path).unwrap(), old);
    assert!(others(&path).len() <= 1);
}
