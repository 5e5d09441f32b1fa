//! Why a file was not read: one broken rule, or trouble with the file itself.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::{self, Write as _};
#[cfg(feature = "std")]
use std::io;

use assay_spec::{RuleId, Span};

/// Why a file was not read.
///
/// Names the first broken rule in the order of the file's bytes. Without a
/// rule it is trouble with the file system, a file that no rule of the dialect
/// forbids and that has no view all the same, or contents that are not the
/// expected ones.
pub struct Error(Box<Inner>);

struct Inner {
    rule: Option<RuleId>,
    span: Option<Span>,
    message: String,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl Error {
    /// The broken rule; `None` if the file breaks none.
    pub fn rule(&self) -> Option<&RuleId> {
        self.0.rule.as_ref()
    }

    /// The bytes that show the fault, counted from the start of the file. May
    /// end past the file's end, where something is declared there.
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    /// What was found, as a clause without rule and span.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    #[cold]
    pub(crate) fn broken(rule: RuleId, span: Span, message: String) -> Error {
        Error(Box::new(Inner { rule: Some(rule), span: Some(span), message, source: None }))
    }

    /// No rule is broken, and yet the file cannot be read.
    #[cold]
    pub(crate) fn unreadable(message: impl Into<String>) -> Error {
        let message = message.into();
        Error(Box::new(Inner { rule: None, span: None, message, source: None }))
    }

    /// No rule is broken, and yet contents are not what they were said to be.
    #[cfg(feature = "verify")]
    #[cold]
    pub(crate) fn differs(span: Option<Span>, message: String) -> Error {
        Error(Box::new(Inner { rule: None, span, message, source: None }))
    }

    #[cfg(feature = "std")]
    #[cold]
    pub(crate) fn io(what: &str, source: io::Error) -> Error {
        let message = format!("{what}: {source}");
        Error(Box::new(Inner { rule: None, span: None, message, source: Some(Box::new(source)) }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match (&self.0.rule, self.0.span) {
            (Some(rule), Some(span)) => write!(f, " (rule {rule}, bytes {span})"),
            (None, Some(span)) => write!(f, " (bytes {span})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A name for a message: escaped, in backquotes, cut when long.
pub(crate) fn quoted(name: &str) -> Quoted<'_> {
    Quoted(name)
}

/// See [`quoted`]. Nothing is done until it is shown.
pub(crate) struct Quoted<'n>(&'n str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        let cut = self.0.char_indices().nth(SHOWN).map(|(at, _)| at);
        let shown = &self.0[..cut.unwrap_or(self.0.len())];
        let dots = if cut.is_some() { "…" } else { "" };
        f.write_char('`')?;
        // Each character by itself: those that combine are escaped only at the start of a text.
        for character in shown.chars() {
            write!(f, "{}", character.escape_debug())?;
        }
        write!(f, "{dots}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_and_where() {
        let error = Error::broken(RuleId::new("area/slug"), Span::new(8, 31), "it is odd".into());
        assert_eq!(error.to_string(), "it is odd (rule area/slug, bytes 0x8..0x1f)");
        let error = Error::io("cannot open it", io::Error::other("gone"));
        assert_eq!(error.to_string(), "cannot open it: gone");
        assert!(error.rule().is_none() && std::error::Error::source(&error).is_some());
    }

    #[test]
    fn names_in_messages_are_harmless() {
        assert_eq!(quoted("a\u{1b}[2J\n").to_string(), "`a\\u{1b}[2J\\n`");
        assert_eq!(quoted(&"é".repeat(61)).to_string(), format!("`{}…`", "é".repeat(60)));
    }
}
