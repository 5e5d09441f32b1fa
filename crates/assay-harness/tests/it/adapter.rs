//! The adapter: reads simple files honestly, and misbehaves as told.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use assay_protocol::message::{
    Capabilities, ErrorText, Implementation, Reply, ReplyTensor, Unsupported,
};
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;
use serde_json::Value;

use crate::bench::{self, Kept};

/// The file on which modes act.
pub const TARGET: &str = "000005";

/// The adapter's main. Words: mode, and a folder where it may remember things.
pub fn main(words: &[OsString]) {
    let mode = words[0].to_str().unwrap().to_owned();
    let kept = Kept::default();
    let mut adapter = Adapter { mode, memory: words[1].clone().into(), inline_limit: 0, kept };
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if !adapter.answer(&request) {
            break;
        }
    }
    match adapter.mode.as_str() {
        "fails-at-the-end" => std::process::exit(7),
        "talks-at-the-end" => say("Good-bye!"),
        _ => {}
    }
}

struct Adapter {
    mode: String,
    memory: std::path::PathBuf,
    inline_limit: u64,
    kept: Kept,
}

impl Adapter {
    fn is(&self, mode: &str) -> bool {
        self.mode == mode
    }

    /// Answers a request; false at `bye`.
    fn answer(&mut self, request: &Value) -> bool {
        let id = request["id"].as_str().unwrap().to_owned();
        match request["op"].as_str().unwrap() {
            "hello" => {
                self.inline_limit = match self.mode.as_str() {
                    "inlines-all" => u64::MAX,
                    _ => request["inline_limit"].as_u64().unwrap(),
                };
                let id = if self.is("fixed-id") { "hello".to_owned() } else { id };
                let offered = request["protocol"]["max"].as_u64().unwrap();
                self.hello(id, u32::try_from(offered).unwrap());
            }
            "read" => {
                let path = request["path"].as_str().unwrap().to_owned();
                let scratch = request["scratch"].as_str().unwrap();
                if self.is("modifies-later") && path.contains("000006") {
                    modify(&path.replace("000006", TARGET));
                }
                if self.is("litters") {
                    fs::write(scratch, b"nobody asked for it").unwrap();
                }
                if path.contains(TARGET) {
                    self.misbehave(id, &path, scratch);
                } else {
                    send(&self.read(id, &path, scratch));
                }
            }
            "bench" if self.mode.starts_with("bench-") => {
                bench::answer(&self.mode, id, request, &mut self.kept);
            }
            "bye" => return false,
            _ if self.is("takes-anything") => {
                send(&Reply::Reject { id, error: ErrorText::default() });
            }
            _ if self.is("dies-of-the-unknown") => panic!("no such operation"),
            _ => send(&Reply::Unsupported { id, what: Unsupported::Operation, message: None }),
        }
        true
    }

    fn hello(&self, id: String, offered: u32) {
        let count = self.remember("hello");
        match self.mode.as_str() {
            "no-library" => {
                eprintln!("ImportError: no module named subject");
                std::process::exit(1);
            }
            "refuses-hello" => {
                let error = ErrorText { class: "E".to_owned(), message: "no GPU".to_owned() };
                return send(&Reply::Reject { id, error });
            }
            "silent-hello" => sleep(Duration::from_secs(1000)),
            "starts-once" if count > 1 => std::process::exit(1),
            _ => {}
        }
        let version = if self.is("changes-its-name") || self.is("changes-its-version") {
            count.to_string()
        } else {
            "1".to_owned()
        };
        send(&Reply::Hello {
            id,
            protocol: match self.mode.as_str() {
                "protocol-99" => 99,
                "any-protocol" => offered,
                _ => 1,
            },
            implementation: Implementation {
                name: "subject".to_owned(),
                version,
                language: "rust".to_owned(),
                lineage: "subject".to_owned(),
                runtime: None,
                homepage: None,
            },
            capabilities: Capabilities {
                operations: match self.mode.as_str() {
                    "cannot-read" => vec![],
                    mode if mode.starts_with("bench-") => {
                        ["read", "bench"].map(str::to_owned).to_vec()
                    }
                    _ => vec!["read".to_owned()],
                },
                views: !self.is("has-no-views"),
                ..Capabilities::default()
            },
        });
    }

    /// How often this was called, over all processes.
    fn remember(&self, what: &str) -> u64 {
        let path = self.memory.join(what);
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(b".").unwrap();
        file.metadata().unwrap().len()
    }

    fn misbehave(&self, id: String, path: &str, scratch: &str) {
        let honest = || self.read(id.clone(), path, scratch);
        match self.mode.as_str() {
            "aborts" | "changes-its-name" => std::process::abort(),
            "exits-0" => std::process::exit(0),
            "exits-3" => {
                eprintln!("giving up");
                std::process::exit(3);
            }
            "is-killed" => raise(Signal::SIGKILL).unwrap(),
            "dies-once" if self.remember("death") == 1 => std::process::abort(),
            "hangs" => sleep(Duration::from_secs(1000)),
            "is-late" => {
                sleep(Duration::from_secs(3));
                send(&honest());
            }
            "trickles" => loop {
                say_raw(b" ");
                sleep(Duration::from_millis(20));
            },
            "has-children" => {
                self.leave_child();
                sleep(Duration::from_secs(1000));
            }
            "leaves-children" => {
                self.leave_child();
                std::process::exit(4);
            }
            "eats-memory" => eat(),
            "eats-and-says" => {
                eprintln!("fatal: OutOfCheese");
                std::process::abort();
            }
            "cannot-allocate" => {
                let much: Vec<u8> = vec![1; 8 << 30];
                say(&format!("{}", much.len()));
            }
            "allocates-ten-gib" => {
                let much: Vec<u8> = vec![1; 10 << 30];
                say(&format!("{}", much.len()));
            }
            "takes-and-frees" => {
                let much: Vec<u8> = vec![1; 100 << 20];
                assert_eq!(much.iter().max(), Some(&1));
                drop(much);
                send(&honest());
            }
            "fork-bomb" => self.bomb(),
            "stops" => raise(Signal::SIGSTOP).unwrap(),
            "hides-children" => {
                self.hide_children();
                sleep(Duration::from_secs(1000));
            }
            "leaves-hidden-children" => {
                self.hide_children();
                send(&honest());
            }
            "looks-around" => {
                self.look_around();
                send(&honest());
            }
            "writes-much" => File::create(scratch).unwrap().set_len(1 << 40).unwrap(),
            "reports-memory" => {
                let error = ErrorText { class: "MemoryError".to_owned(), ..ErrorText::default() };
                send(&Reply::OutOfMemory { id, error });
            }
            _ => self.break_protocol(id.clone(), path, scratch),
        }
    }

    fn break_protocol(&self, id: String, path: &str, scratch: &str) {
        let honest = || self.read(id.clone(), path, scratch);
        let half = |reply: &Reply| serde_json::to_vec(reply).unwrap()[..20].to_vec();
        match self.mode.as_str() {
            "answers-twice" => {
                send(&honest());
                send(&honest());
            }
            "answers-another" => send(&self.read("r0".to_owned(), path, scratch)),
            "noise-before" => {
                say("Loading weights...");
                send(&honest());
            }
            "noise-instead" => say("accept"),
            "blank-line" => say(""),
            "half-a-reply" => {
                say_raw(&half(&honest()));
                std::process::abort();
            }
            "half-and-silence" => {
                say_raw(&half(&honest()));
                sleep(Duration::from_secs(1000));
            }
            "endless-line" => {
                for _ in 0..100 {
                    say_raw(&[b'x'; 1 << 20]);
                }
                sleep(Duration::from_secs(1000));
            }
            "deaf" => {
                nix::unistd::close(0).unwrap();
                sleep(Duration::from_secs(1000));
            }
            "mute" => {
                nix::unistd::close(1).unwrap();
                sleep(Duration::from_secs(1000));
            }
            "hello-again" => self.hello(id, 1),
            "mutters" => {
                send(&honest());
                sleep(Duration::from_millis(50));
                say("ready for more");
            }
            "floods-stderr" => {
                for _ in 0..64 {
                    eprintln!("{}", "e".repeat(64 * 1024));
                }
                send(&honest());
            }
            "modifies" => {
                let reply = honest();
                modify(path);
                send(&reply);
            }
            _ => send(&self.lie(honest(), path, scratch)),
        }
    }

    /// A well-formed reply that is not true.
    fn lie(&self, honest: Reply, path: &str, scratch: &str) -> Reply {
        let Reply::Accept { id, metadata, mut tensors } = honest else { return honest };
        let tensor = &mut tensors[0];
        match self.mode.as_str() {
            "wrong-bytes" => tensor.data = Some("00ff".to_owned()),
            "other-dtype" => tensor.dtype = "I8".to_owned(),
            "lost-dtype" => tensor.dtype = "bytes".to_owned(),
            "duplicate" => {
                let twin = tensor.clone();
                tensors.push(twin);
            }
            "not-hex" => tensor.data = Some("xyz".to_owned()),
            "no-contents" => tensor.data = None,
            "scratch-missing" => (tensor.data, tensor.scratch) = (None, Some([0, 1])),
            "scratch-outside" => {
                fs::write(scratch, b"ab").unwrap();
                (tensor.data, tensor.scratch) = (None, Some([u64::MAX, 2]));
            }
            "scratch-huge" => {
                File::create(scratch).unwrap().set_len(1 << 29).unwrap();
                (tensor.data, tensor.scratch) = (None, Some([0, 1 << 29]));
            }
            "scratch-link" => {
                std::os::unix::fs::symlink(path, scratch).unwrap();
                (tensor.data, tensor.scratch) = (None, Some([0, 2]));
            }
            "scratch-fifo" => {
                let status = Command::new("mkfifo").arg(scratch).status().unwrap();
                assert!(status.success());
                (tensor.data, tensor.scratch) = (None, Some([0, 2]));
            }
            _ => {}
        }
        Reply::Accept { id, metadata, tensors }
    }

    /// Starts a process that keeps the pipes and would live on.
    #[allow(clippy::zombie_processes, reason = "that is what is tried")]
    fn leave_child(&self) {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let path = self.memory.join("child");
        fs::write(path, child.id().to_string()).unwrap();
    }

    /// Starts two processes, each of which starts two, and so on, a thousand in all.
    #[allow(clippy::zombie_processes, reason = "that is what is tried")]
    fn bomb(&self) {
        let script = "f() { [ $1 -gt 0 ] && { f $(($1-1)) & f $(($1-1)) & }; sleep 1000; }; f 9";
        Command::new("setsid").args(["sh", "-c", script]).spawn().unwrap();
        sleep(Duration::from_secs(1000));
    }

    /// Starts a process that leaves the group, loses its parent and forgets its environment.
    fn hide_children(&self) {
        let path = self.memory.join("child");
        let script = format!("setsid sh -c 'echo $$ > {}; exec sleep 1000' &", path.display());
        let status = Command::new("sh").args(["-c", &script]).env_clear().status().unwrap();
        assert!(status.success());
        while !fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n')) {
            sleep(Duration::from_millis(5));
        }
    }

    /// Writes down what it can see of the world, and leaves a temporary file.
    fn look_around(&self) {
        let write = |name: &str, text: String| fs::write(self.memory.join(name), text).unwrap();
        let names: Vec<String> =
            std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
        write("environment", names.join("\n"));
        let network = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
        write("network", network);
        let temporary = std::env::temp_dir().join("left");
        fs::write(&temporary, b"x").unwrap();
        write("temporary", temporary.display().to_string());
    }

    fn read(&self, id: String, path: &str, scratch: &str) -> Reply {
        match self.open(path, scratch) {
            Ok((metadata, tensors)) => Reply::Accept { id, metadata, tensors },
            Err(message) => {
                Reply::Reject { id, error: ErrorText { class: "Subject".to_owned(), message } }
            }
        }
    }

    fn open(&self, path: &str, scratch: &str) -> Result<Opened, String> {
        let file = match fs::read(path) {
            Err(error) if self.is("refuses-missing") => return Err(error.to_string()),
            file => file.unwrap(),
        };
        let prefix = file.first_chunk::<8>().ok_or("short")?;
        let length = usize::try_from(u64::from_le_bytes(*prefix)).map_err(|_| "long")?;
        let header = file[8..].get(..length).ok_or("long")?;
        let header: BTreeMap<String, Value> =
            serde_json::from_slice(header).map_err(|error| error.to_string())?;
        let buffer = &file[8 + length..];
        let mut metadata = None;
        let mut tensors = Vec::new();
        let mut spilled = Vec::new();
        for (name, entry) in header {
            if name.starts_with("__") {
                metadata = serde_json::from_value(entry).unwrap();
                continue;
            }
            let at = |end: usize| usize::try_from(entry["data_offsets"][end].as_u64().unwrap());
            let contents = &buffer[at(0).unwrap()..at(1).unwrap()];
            let inline = contents.len() as u64 <= self.inline_limit;
            tensors.push(ReplyTensor {
                name,
                dtype: entry["dtype"].as_str().unwrap().to_owned(),
                shape: serde_json::from_value(entry["shape"].clone()).unwrap(),
                data: inline.then(|| hex::encode(contents)),
                scratch: (!inline).then_some([spilled.len() as u64, contents.len() as u64]),
            });
            if !inline {
                spilled.extend_from_slice(contents);
            }
        }
        if !spilled.is_empty() {
            fs::write(Path::new(scratch), spilled).unwrap();
        }
        Ok((metadata, tensors))
    }
}

type Opened = (Option<BTreeMap<String, String>>, Vec<ReplyTensor>);

/// Changes a file that is read-only.
fn modify(path: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    OpenOptions::new().append(true).open(path).unwrap().write_all(b"!").unwrap();
}

/// Takes memory, for real, until someone stops it.
fn eat() {
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    for _ in 0..256 {
        eaten.push(vec![1; 16 << 20]);
        sleep(Duration::from_millis(5));
    }
    kill(Pid::this(), Signal::SIGUSR1).unwrap();
}

pub fn send(reply: &Reply) {
    say(&serde_json::to_string(reply).unwrap());
}

fn say(line: &str) {
    say_raw(format!("{line}\n").as_bytes());
}

/// Past Rust's buffers: what is said is said.
fn say_raw(bytes: &[u8]) {
    let stdout = io::stdout();
    let mut file = File::from(stdout.as_fd().try_clone_to_owned().unwrap());
    file.write_all(bytes).unwrap();
}
