//! Implementations that are not in `harness/`: adapters elsewhere, and command
//! line tools; and `assay __exec`, the adapter for such a tool.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_harness::{Adapter, ExecTool, Places, Ready, executable, is_id};

use crate::output::Exit;

/// Implementations that lie elsewhere.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Implementations that are not in harness/")]
pub(crate) struct Outside {
    /// An adapter: a folder with an adapter.toml, or a program that speaks
    /// harness/PROTOCOL.md. Several may be given.
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) adapter: Vec<PathBuf>,
    /// A command line tool: started for each file, which stands for {file}; exit
    /// status 0 takes the file, any other refuses it. No shell is used. Several may be
    /// given. It is weaker evidence than an adapter's: only verdicts are judged.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) exec: Vec<String>,
    /// What the tool of --exec is called; for several tools in their order. If not
    /// given, as its program is.
    #[arg(long, value_name = "NAME", requires = "exec")]
    name: Vec<String>,
    /// Exit statuses with which the tools of --exec refuse a file; others but 0 then
    /// are crashes.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', requires = "exec")]
    #[arg(value_parser = clap::value_parser!(u8).range(1..))]
    reject_status: Vec<u8>,
}

/// What was found of [`Outside`].
pub(crate) struct Found {
    /// Adapters that are to be provisioned.
    pub(crate) adapters: Vec<Adapter>,
    /// Adapters that need no set-up.
    pub(crate) ready: Vec<Ready>,
}

impl Outside {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.adapter.is_empty() && self.exec.is_empty()
    }

    /// Looks them up. `taken` are the ids of others in the run.
    pub(crate) fn find<'a>(
        &self,
        places: &Places,
        taken: impl Iterator<Item = &'a str>,
    ) -> anyhow::Result<Found> {
        let mut found = Found { adapters: Vec::new(), ready: Vec::new() };
        for path in &self.adapter {
            if path.is_dir() {
                found.adapters.push(assay_harness::load(path)?);
            } else if path.is_file() {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                found.ready.push(executable(id_of(&stem), path, &places.assay)?);
            } else {
                bail!("{} is neither a folder nor a file", path.display());
            }
        }
        if self.name.len() > self.exec.len() {
            bail!("there are more --name than --exec: {}", self.name.join(", "));
        }
        let here = std::env::current_dir().context("cannot tell the current folder")?;
        for (at, command) in self.exec.iter().enumerate() {
            found.ready.push(self.tool(at, command, &here, places)?);
        }
        let own = found.adapters.iter().map(|adapter| &adapter.id);
        let own = own.chain(found.ready.iter().map(|ready| &ready.adapter.id));
        let mut all: BTreeSet<&str> = taken.collect();
        for id in own {
            if !all.insert(id) {
                bail!("two implementations are called `{id}`; --name calls a tool otherwise");
            }
        }
        Ok(found)
    }

    fn tool(
        &self,
        at: usize,
        command: &str,
        here: &Path,
        places: &Places,
    ) -> anyhow::Result<Ready> {
        let Some(words) = shlex::split(command) else {
            bail!("the quotes of --exec `{command}` do not match");
        };
        let program = words.first().map(Path::new).and_then(Path::file_stem).unwrap_or_default();
        let name = match self.name.get(at) {
            Some(name) => name.clone(),
            None => program.to_string_lossy().into_owned(),
        };
        let reject = self.reject_status.iter().map(|status| i32::from(*status)).collect();
        let id = id_of(&name);
        let tool = ExecTool { name, words, reject };
        tool.ready(id, here, &places.assay).with_context(|| format!("--exec '{command}'"))
    }
}

/// A name as an id: what an id cannot hold is replaced.
fn id_of(name: &str) -> String {
    let fit = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => c,
        _ => '-',
    };
    let id: String = name.chars().map(fit).collect();
    if is_id(&id) { id } else { format!("x{id}") }
}

/// Not for people: see `assay_harness::exec_main`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the harness says.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    assay_harness::exec_main(&args.rest)?;
    Ok(Exit::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_an_id() {
        for (name, id) in
            [("mytool", "mytool"), ("My Tool 2", "my-tool-2"), ("", "x"), ("-v", "x-v")]
        {
            assert_eq!(id_of(name), id);
            assert!(is_id(id));
        }
    }
}
