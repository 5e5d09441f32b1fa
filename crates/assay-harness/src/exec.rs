//! `assay __exec`: an adapter for a command line tool that says with its exit
//! status whether it takes a file.
//!
//! The harness starts itself as the adapter; that starts the tool once for each
//! file. So limits, deadlines, blame and replay are those of every adapter, and
//! a tool needs no code to be tried. What it saw in a file it does not say: the
//! capability `views` is false, and only the verdict is judged.
//!
//! Status 0 is `accept`, any other `reject`. A tool that is killed by a signal, or
//! for which a shell reports that (128 and more) or that it could not start it
//! (126, 127), gave no verdict: the adapter ends as it did, which is a crash. So does a
//! status that is not among those of which the caller says that they refuse.

use std::ffi::OsString;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use assay_protocol::AdapterManifest;
use assay_protocol::message::{
    Capabilities, ErrorText, Implementation, PROTOCOL_MAX, Reply, Request, Unsupported,
};
use nix::sys::signal::{Signal, raise};
use serde_json::json;

use crate::adapter::Adapter;
use crate::process::{Launch, describe};
use crate::provision::{Ready, find_program};
use crate::text::last_lines;

/// The word after the program's name.
const SUBCOMMAND: &str = "__exec";
/// Stands for the file in a tool's command.
const FILE: &str = "{file}";
/// Statuses from here on are a shell's: not found, not executable, killed by a signal.
const SHELL: i32 = 126;
/// Bytes of a tool's output that are looked at.
const OUTPUT: u64 = 64 * 1024;
/// Lines of them that become the message of a refusal.
const LINES: usize = 8;

/// A command line tool that takes or refuses files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecTool {
    /// What it is called in records.
    pub name: String,
    /// Program and arguments, in which `{file}` stands for the file.
    pub words: Vec<String>,
    /// The exit statuses that refuse a file; empty: all from 1 to 125.
    pub reject: Vec<i32>,
}

/// Why a tool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// There is no program.
    #[error("the command of `{0}` is empty; give a program and its arguments")]
    Empty(String),
    /// The file does not occur.
    #[error("the command of `{0}` does not say where the file goes; write `{FILE}` there")]
    NoFile(String),
    /// The program is not there.
    #[error("`{0}` is not on the PATH, or is no program that can be run")]
    NoProgram(String),
    /// The arguments are not as the harness writes them.
    #[error("{SUBCOMMAND} is started by the harness only: {0}")]
    Arguments(String),
    /// The channel to the harness broke.
    #[error("cannot talk to the harness: {0}")]
    Channel(#[from] io::Error),
}

impl ExecTool {
    /// An implementation that a run can drive. `dir` is where the tool is started.
    ///
    /// # Errors
    /// If the command cannot be that of a tool, or its program is not there.
    pub fn ready(&self, id: String, dir: &Path, assay: &Path) -> Result<Ready, ExecError> {
        let program = self.words.first().ok_or_else(|| ExecError::Empty(self.name.clone()))?;
        if !self.words.iter().any(|word| word.contains(FILE)) {
            return Err(ExecError::NoFile(self.name.clone()));
        }
        let is_path = program.contains('/');
        let place = if is_path { dir.join(program).into() } else { OsString::from(program) };
        let found = find_program(&place).ok_or_else(|| ExecError::NoProgram(program.clone()))?;
        let statuses: Vec<String> = self.reject.iter().map(ToString::to_string).collect();
        let mut command: Vec<OsString> = vec![assay.into(), SUBCOMMAND.into()];
        command.push(format!("--name={}", self.name).into());
        command.push(format!("--reject={}", statuses.join(",")).into());
        command.extend(["--".into(), found.into()]);
        command.extend(self.words[1..].iter().map(OsString::from));
        let launch = Launch { command, env: Vec::new(), dir: dir.to_owned() };
        Ok(Ready::without_setup(outside(id, &self.name, dir), launch, assay))
    }

    fn parse(args: &[OsString]) -> Result<ExecTool, ExecError> {
        let wrong = |what: &str| ExecError::Arguments(what.to_owned());
        let words: Option<Vec<String>> =
            args.iter().map(|word| word.to_str().map(str::to_owned)).collect();
        let words = words.ok_or_else(|| wrong("its arguments are no text"))?;
        let [name, reject, separator, command @ ..] = words.as_slice() else {
            return Err(wrong("arguments are missing"));
        };
        let name = name.strip_prefix("--name=").ok_or_else(|| wrong("there is no name"))?;
        let reject = reject.strip_prefix("--reject=").ok_or_else(|| wrong("no statuses"))?;
        let reject = reject.split(',').filter(|one| !one.is_empty());
        let reject: Result<Vec<i32>, _> = reject.map(str::parse).collect();
        let reject = reject.map_err(|_| wrong("a status is no number"))?;
        if separator != "--" || command.is_empty() {
            return Err(wrong("there is no command"));
        }
        Ok(ExecTool { name: name.to_owned(), words: command.to_vec(), reject })
    }

    fn hello(&self, id: String) -> Reply {
        Reply::Hello {
            id,
            protocol: PROTOCOL_MAX,
            implementation: Implementation {
                name: self.name.clone(),
                version: "unknown".to_owned(),
                language: "unknown".to_owned(),
                lineage: self.name.clone(),
                runtime: Some("a process for each file, verdict by exit status".to_owned()),
                homepage: None,
            },
            capabilities: Capabilities {
                operations: vec!["read".to_owned()],
                metadata: false,
                views: false,
                ..Capabilities::default()
            },
        }
    }

    /// Starts the tool on a file. Does not come back if it gave no verdict.
    fn judge(&self, id: String, path: &str) -> io::Result<Reply> {
        let (mut output, input) = io::pipe()?;
        let mut words = self.words.iter().map(|word| word.replace(FILE, path));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input);
        let mut child = command.spawn()?;
        // The command holds the pipe's other end as well.
        drop(command);
        let mut said = Vec::new();
        (&mut output).take(OUTPUT).read_to_end(&mut said)?;
        // More is of no interest, but the tool must not be kept from writing it.
        io::copy(&mut output, &mut io::sink())?;
        let status = child.wait()?;
        let message = last_lines(&String::from_utf8_lossy(&said), LINES);
        match status.code() {
            Some(0) => Ok(Reply::Accept { id, metadata: None, tensors: Vec::new() }),
            Some(code) if self.refuses(code) => {
                let error = ErrorText { class: format!("exit status {code}"), message };
                Ok(Reply::Reject { id, error })
            }
            _ => end_like(status, &message),
        }
    }

    fn refuses(&self, code: i32) -> bool {
        if self.reject.is_empty() { code < SHELL } else { self.reject.contains(&code) }
    }
}

/// An adapter that lies in no folder.
fn outside(id: String, title: &str, dir: &Path) -> Adapter {
    let manifest = json!({
        "title": title, "language": "unknown", "run": { "command": ["-"] },
    });
    let manifest: AdapterManifest = serde_json::from_value(manifest).expect("it is whole");
    Adapter::new(id, dir.to_owned(), manifest)
}

/// An adapter that is one program: started as it is, nothing set up.
///
/// # Errors
/// If it is no program that can be run.
pub fn executable(id: String, path: &Path, assay: &Path) -> Result<Ready, ExecError> {
    let no_program = || ExecError::NoProgram(path.display().to_string());
    let path: PathBuf = path.canonicalize().map_err(|_| no_program())?;
    let found = find_program(&path.clone().into()).ok_or_else(no_program)?;
    let dir = path.parent().ok_or_else(no_program)?;
    let launch = Launch { command: vec![found.into()], env: Vec::new(), dir: dir.to_owned() };
    let title = id.clone();
    Ok(Ready::without_setup(outside(id, &title, dir), launch, assay))
}

/// Ends this process as the tool ended, so that the harness sees it die.
fn end_like(status: ExitStatus, message: &str) -> ! {
    let said = if message.is_empty() { String::new() } else { format!(": {message}") };
    let _ = writeln!(io::stderr(), "the tool {}{said}", describe(status));
    if let Some(signal) = status.signal().and_then(|number| Signal::try_from(number).ok()) {
        // Twice: Rust's own handler for some signals only gives way the first time.
        let _ = raise(signal);
        let _ = raise(signal);
        std::process::exit(128 + signal as i32);
    }
    std::process::exit(status.code().unwrap_or(1))
}

/// Body of the hidden subcommand: an adapter that starts a tool for each file.
/// `args` is what follows it.
///
/// # Errors
/// If the arguments are wrong, the tool cannot be started or the channel breaks.
pub fn exec_main(args: &[OsString]) -> Result<(), ExecError> {
    let tool = ExecTool::parse(args)?;
    let mut stdout = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let reply = match serde_json::from_str(&line) {
            Ok(Request::Hello { id, .. }) => tool.hello(id),
            Ok(Request::Read { id, path, .. }) => {
                // What cannot be opened is the harness's fault, not the file's.
                std::fs::File::open(&path)?;
                tool.judge(id, &path)?
            }
            Ok(Request::Bye { .. }) => break,
            _ => {
                let id = serde_json::from_str(&line).ok().and_then(|request: serde_json::Value| {
                    Some(request.get("id")?.as_str()?.to_owned())
                });
                let id =
                    id.ok_or_else(|| ExecError::Arguments("a request has no id".to_owned()))?;
                Reply::Unsupported { id, what: Unsupported::Operation, message: None }
            }
        };
        serde_json::to_writer(&mut stdout, &reply).map_err(io::Error::from)?;
        stdout.write_all(b"\n")?;
        stdout.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(words: &[&str]) -> ExecTool {
        ExecTool {
            name: "tool".to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            reject: vec![1, 2],
        }
    }

    #[test]
    fn arguments_travel() {
        let own = tool(&["sh", "-c", "test -s {file}", "--"]);
        let ready = own.ready("tool".to_owned(), Path::new("/"), Path::new("/bin/assay")).unwrap();
        let parsed = ExecTool::parse(&ready.launch.command[2..]).unwrap();
        assert_eq!((&parsed.name, &parsed.reject), (&own.name, &own.reject));
        assert_eq!(parsed.words[1..], own.words[1..]);
        assert!(parsed.words[0].ends_with("/sh"));
    }

    #[test]
    fn commands_that_cannot_be_are_refused() {
        for (words, what) in [
            (&[][..], "empty"),
            (&["true"], "does not say where the file goes"),
            (&["no-such-program-here", "{file}"], "not on the PATH"),
        ] {
            let refused = tool(words).ready("x".to_owned(), Path::new("/"), Path::new("/assay"));
            let message = refused.unwrap_err().to_string();
            assert!(message.contains(what), "{message}");
        }
    }

    #[test]
    fn statuses_are_verdicts_or_none() {
        let any = ExecTool { reject: Vec::new(), ..tool(&[]) };
        assert!(any.refuses(1) && any.refuses(125) && !any.refuses(126) && !any.refuses(139));
        let some = tool(&[]);
        assert!(some.refuses(2) && !some.refuses(3));
    }
}
