//! Roughly what stands where in a header, whatever the header is.
//!
//! Brackets are matched as far as they match, keys are what stands before a
//! colon. Nothing is refused, and nothing is lost: nodes are ranges of the
//! header, so that an edit leaves the rest as it is.

use std::ops::Range;

/// Nodes above this number are not looked at; shrinking brings them closer.
const NODES: usize = 100_000;
/// Deeper containers are part of their parent's text.
const DEPTH: usize = 48;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    /// A number, a literal, anything else.
    Other,
}

/// A value, with the key before it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) key: Option<Range<usize>>,
    pub(super) value: Range<usize>,
    /// Nodes inside it, by number.
    pub(super) items: Vec<usize>,
}

impl Node {
    /// From the key, if there is one, to the value's end.
    pub(super) fn whole(&self) -> Range<usize> {
        self.key.as_ref().map_or(self.value.start, |key| key.start)..self.value.end
    }

    pub(super) fn is_container(&self) -> bool {
        matches!(self.kind, Kind::Object | Kind::Array)
    }
}

/// The nodes of a header, in order of their start.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) nodes: Vec<Node>,
    /// Nodes inside no other.
    pub(super) roots: Vec<usize>,
}

impl Outline {
    pub(super) fn of(header: &[u8]) -> Outline {
        let mut outline = Outline::default();
        let mut open: Vec<usize> = Vec::new();
        let mut ignored = 0_usize;
        let mut key = None;
        let mut at = 0;
        while at < header.len() && outline.nodes.len() < NODES {
            let token = at..at + token_len(&header[at..]);
            at = token.end;
            match header[token.start] {
                b' ' | b'\t' | b'\n' | b'\r' => {}
                b',' => key = None,
                b':' => key = outline.take_key(open.last().copied()),
                b'{' | b'[' if open.len() >= DEPTH => ignored += 1,
                b'}' | b']' if ignored > 0 => ignored -= 1,
                b'}' | b']' => {
                    if let Some(closed) = open.pop() {
                        outline.nodes[closed].value.end = token.end;
                    }
                }
                byte => {
                    let kind = match byte {
                        b'{' => Kind::Object,
                        b'[' => Kind::Array,
                        b'"' => Kind::Text,
                        _ => Kind::Other,
                    };
                    let node = Node { kind, key: key.take(), value: token, items: Vec::new() };
                    let number = outline.add(node, open.last().copied());
                    if outline.nodes[number].is_container() {
                        open.push(number);
                    }
                }
            }
        }
        for left in open {
            outline.nodes[left].value.end = header.len();
        }
        outline
    }

    /// Where the first value ends, if it is a container.
    pub(super) fn root_end(&self) -> Option<usize> {
        let root = &self.nodes[*self.roots.first()?];
        root.is_container().then_some(root.value.end)
    }

    /// Items of the header object; of the first value, that is.
    pub(super) fn root_items(&self) -> &[usize] {
        self.roots.first().map_or(&[], |root| &self.nodes[*root].items)
    }

    /// What to remove so that a run of items is gone, with a comma.
    pub(super) fn run(&self, items: &[usize], run: Range<usize>) -> Range<usize> {
        let first = self.nodes[items[run.start]].whole();
        let last = self.nodes[items[run.end - 1]].whole();
        if let Some(next) = items.get(run.end) {
            first.start..self.nodes[*next].whole().start.max(last.end)
        } else if run.start > 0 {
            self.nodes[items[run.start - 1]].value.end.min(first.start)..last.end
        } else {
            first.start..last.end
        }
    }

    /// The value that just ended turns out to be a key.
    fn take_key(&mut self, parent: Option<usize>) -> Option<Range<usize>> {
        let last = *self.siblings(parent).last()?;
        // Only the newest node can go without moving others.
        if last + 1 != self.nodes.len() || self.nodes[last].is_container() {
            return None;
        }
        self.siblings(parent).pop();
        self.nodes.pop().map(|node| node.whole())
    }

    fn siblings(&mut self, parent: Option<usize>) -> &mut Vec<usize> {
        match parent {
            Some(parent) => &mut self.nodes[parent].items,
            None => &mut self.roots,
        }
    }

    fn add(&mut self, node: Node, parent: Option<usize>) -> usize {
        let number = self.nodes.len();
        self.nodes.push(node);
        self.siblings(parent).push(number);
        number
    }
}

/// Length of the piece that text begins with: a string, a run of spaces, a run
/// of what numbers and literals consist of, or one byte.
fn token_len(text: &[u8]) -> usize {
    let is_blank = |byte: &&u8| b" \t\n\r".contains(byte);
    let is_mark = |byte: &&u8| b"{}[],:\"".contains(byte);
    match &text[0] {
        b'"' => text_len(text),
        byte if is_blank(&byte) => text.iter().take_while(is_blank).count(),
        byte if is_mark(&byte) => 1,
        _ => text.iter().take_while(|byte| !is_blank(byte) && !is_mark(byte)).count(),
    }
}

/// Length of the string that text begins with; all of it if none ends there.
fn text_len(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keys_and_items_are_found() {
        let header = br#" {"a" : [1, -2.5e3], "b":{"c":null}} "#;
        let outline = Outline::of(header);
        let text = |range: Range<usize>| std::str::from_utf8(&header[range]).unwrap();
        let wholes: Vec<&str> = outline.nodes.iter().map(|node| text(node.whole())).collect();
        assert_eq!(
            wholes[1..],
            [r#""a" : [1, -2.5e3]"#, "1", "-2.5e3", r#""b":{"c":null}"#, r#""c":null"#]
        );
        assert_eq!(outline.root_end(), Some(header.len() - 1));
        let items = outline.root_items();
        assert_eq!(text(outline.run(items, 0..1)), r#""a" : [1, -2.5e3], "#);
        assert_eq!(text(outline.run(items, 1..2)), r#", "b":{"c":null}"#);
        assert_eq!(text(outline.run(items, 0..2)), r#""a" : [1, -2.5e3], "b":{"c":null}"#);
    }

    #[test]
    fn anything_has_an_outline() {
        for header in
            [&b""[..], b"}]", b"{\"a", b":::", b"\xff\0{", b"[[[[", b"{\"a\":\"b\":1}", b"1:2"]
        {
            let outline = Outline::of(header);
            for node in &outline.nodes {
                assert!(node.value.end <= header.len() && node.value.start < node.value.end);
            }
        }
        let deep = Outline::of(&b"[".repeat(100_000));
        assert_eq!(deep.nodes.len(), DEPTH);
        assert_eq!(Outline::of(&b"0,".repeat(NODES + 5)).nodes.len(), NODES);
    }
}
