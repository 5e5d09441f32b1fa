//! Readers that first rewrite what they read, and are right otherwise: what
//! lenient JSON libraries, C strings and narrow integers do to a header.

mod edges;
mod numbers;
mod shapes;
mod strings;
mod syntax;
mod text;
mod tree;

use std::borrow::Cow;

use assay_spec::Dialect;

/// A rewriting.
pub(crate) struct Rewrite {
    /// The rule that is got wrong by it.
    pub(crate) rule: &'static str,
    /// One line: what the reader does.
    pub(crate) title: &'static str,
    how: How,
}

/// What is rewritten.
enum How {
    /// The whole head of the file: prefix and header, and what else was read.
    Head(fn(&[u8]) -> Vec<u8>),
    /// The header's bytes.
    Header(fn(&[u8]) -> Vec<u8>),
    /// The header as a tree, if it is JSON or nearly.
    Tree(fn(&mut tree::Root<'_>)),
}

/// Headers above this length are rewritten only at their edges.
const TREE_BYTES: usize = 1 << 20;

impl Rewrite {
    /// The head as the reader takes it; borrowed if it takes it as it is.
    pub(crate) fn apply<'h>(&self, head: &'h [u8], dialect: &Dialect) -> Cow<'h, [u8]> {
        let rewritten = match self.how {
            How::Head(rewrite) => Some(rewrite(head)),
            How::Header(rewrite) => text::in_header(head, rewrite),
            How::Tree(rewrite) => text::in_header(head, |header| {
                if header.len() > TREE_BYTES {
                    return header.to_vec();
                }
                tree::rewritten(header, dialect, rewrite).unwrap_or_else(|| header.to_vec())
            }),
        };
        match rewritten {
            Some(bytes) if bytes != head => Cow::Owned(bytes),
            _ => Cow::Borrowed(head),
        }
    }
}

/// All rewritings.
pub(crate) fn all() -> Vec<Rewrite> {
    [edges::all(), syntax::all(), strings::all(), numbers::all(), shapes::all()]
        .into_iter()
        .flatten()
        .collect()
}

fn head(rule: &'static str, title: &'static str, how: fn(&[u8]) -> Vec<u8>) -> Rewrite {
    Rewrite { rule, title, how: How::Head(how) }
}

fn header(rule: &'static str, title: &'static str, how: fn(&[u8]) -> Vec<u8>) -> Rewrite {
    Rewrite { rule, title, how: How::Header(how) }
}

fn tree(rule: &'static str, title: &'static str, how: fn(&mut tree::Root<'_>)) -> Rewrite {
    Rewrite { rule, title, how: How::Tree(how) }
}
