//! What the commands print, and the exit code they end with.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to object to.
    Pass,
    /// The judged thing has faults.
    Findings,
    /// The tool itself failed.
    Failed,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Exit::Pass => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
        })
    }

    /// The worse of two.
    pub(crate) fn and(self, other: Exit) -> Exit {
        if self as u8 >= other as u8 { self } else { other }
    }
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorWhen {
    pub(crate) fn apply(self) {
        match self {
            ColorWhen::Auto => {}
            ColorWhen::Always => anstream::ColorChoice::Always.write_global(),
            ColorWhen::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// Prints text to standard output, with a line end if it has none. A reader
/// that went away ends the printing, not the work: the exit code still counts.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let line_end = if text.ends_with('\n') { "" } else { "\n" };
    let printed = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(line_end.as_bytes()))
        .and_then(|()| out.flush());
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints a JSON document.
pub(crate) fn print_json(value: &serde_json::Value) -> io::Result<()> {
    print(&format!("{value:#}"))
}

/// Tells the user something on standard error.
pub(crate) fn note(text: &str) {
    // Nobody is left to tell if standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints an error with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let mut text = format!("{style}error:{style:#} {error}");
    for cause in causes(error) {
        text.push_str(&format!("\n  because: {cause}"));
    }
    note(&text);
}

/// The causes of an error, without those that end the message before them:
/// some libraries put a cause into their message as well.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let messages: Vec<String> = error.chain().map(ToString::to_string).collect();
    let told = messages.windows(2).filter(|pair| !pair[0].ends_with(&pair[1]));
    told.map(|pair| pair[1].clone()).collect()
}

/// The width of standard output in columns, if it is a terminal.
pub(crate) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    (width.0 > 0).then_some(usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let gone = || io::Error::other("it is gone");
        let plain = anyhow::Error::new(gone()).context("cannot read a");
        assert_eq!(causes(&plain), ["it is gone"]);
        let told = anyhow::Error::new(gone()).context("cannot read a: it is gone");
        assert!(causes(&told).is_empty());
        assert_eq!(causes(&told.context("cannot check")), ["cannot read a: it is gone"]);
    }
}
