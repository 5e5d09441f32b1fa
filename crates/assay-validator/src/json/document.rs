//! A JSON text that was read: its values, by place.

use std::borrow::Cow;
use std::ops::Range;

use assay_spec::Span;
use assay_spec::check::JsonType;

use super::string;
use super::tape::Tape;

/// A key or value of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node(usize);

/// A JSON value and all within, over the text it was read from.
pub(crate) struct Document<'a> {
    text: &'a str,
    base: u64,
    tape: Tape,
    end: usize,
    deepest: u64,
    lone_surrogates: Vec<usize>,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        text: &'a str,
        base: u64,
        tape: Tape,
        end: usize,
        deepest: u64,
        lone_surrogates: Vec<usize>,
    ) -> Self {
        Document { text, base, tape, end, deepest, lone_surrogates }
    }

    /// The value itself.
    pub(crate) fn root(&self) -> Node {
        Node(0)
    }

    /// Offset in the text of the byte after the value.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Deepest nesting of arrays and objects; 0 for a scalar.
    pub(crate) fn deepest(&self) -> u64 {
        self.deepest
    }

    /// Offset in the text of the first lone surrogate escape of each string that has one.
    pub(crate) fn lone_surrogates(&self) -> &[usize] {
        &self.lone_surrogates
    }

    /// What kind of value it is.
    pub(crate) fn kind(&self, node: Node) -> JsonType {
        self.kind_at(node.0).expect("nodes are never closing brackets")
    }

    /// Its bytes in the text.
    pub(crate) fn range(&self, node: Node) -> Range<usize> {
        let link = self.tape.link(node.0);
        let end = match self.kind(node) {
            JsonType::Object | JsonType::Array => self.tape.start(link) + 1,
            _ => link,
        };
        self.tape.start(node.0)..end
    }

    /// Its bytes in the file.
    pub(crate) fn span(&self, node: Node) -> Span {
        let range = self.range(node);
        Span::new(self.base + range.start as u64, self.base + range.end as u64)
    }

    /// The byte in the file that opens a container.
    pub(crate) fn opening(&self, node: Node) -> Span {
        let start = self.base + self.tape.start(node.0) as u64;
        Span::new(start, start + 1)
    }

    /// Its text as written.
    pub(crate) fn raw(&self, node: Node) -> &'a str {
        &self.text[self.range(node)]
    }

    /// A string as written, without its quotes.
    pub(crate) fn raw_string(&self, node: Node) -> &'a str {
        let range = self.range(node);
        &self.text[range.start + 1..range.end - 1]
    }

    /// The value of a string; `None` if it holds a lone surrogate or is no string.
    pub(crate) fn string(&self, node: Node) -> Option<Cow<'a, str>> {
        match self.kind(node) {
            JsonType::String => string::decode(self.raw_string(node)),
            _ => None,
        }
    }

    /// The elements of an array; none if it is no array.
    pub(crate) fn elements(&self, array: Node) -> impl Iterator<Item = Node> {
        self.children(array, JsonType::Array)
    }

    /// The keys and values of an object, duplicates too; none if it is no object.
    pub(crate) fn members(&self, object: Node) -> impl Iterator<Item = (Node, Node)> {
        let mut children = self.children(object, JsonType::Object);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The value and all keys and values within, in the order of the text.
    pub(crate) fn within(&self, node: Node) -> impl Iterator<Item = Node> {
        let last = match self.kind(node) {
            JsonType::Object | JsonType::Array => self.tape.link(node.0),
            _ => node.0,
        };
        (node.0..=last).filter(|index| self.kind_at(*index).is_some()).map(Node)
    }

    /// All arrays and objects with their depth (1 for the root), in the order of the text.
    pub(crate) fn containers(&self) -> impl Iterator<Item = (Node, u64)> {
        let mut depth = 0;
        (0..self.tape.len()).filter_map(move |index| match self.kind_at(index) {
            Some(JsonType::Object | JsonType::Array) => {
                depth += 1;
                Some((Node(index), depth))
            }
            Some(_) => None,
            None => {
                depth -= 1;
                None
            }
        })
    }

    fn children(&self, container: Node, kind: JsonType) -> impl Iterator<Item = Node> {
        let mut next = container.0 + 1;
        let end = if self.kind(container) == kind { self.tape.link(container.0) } else { next };
        std::iter::from_fn(move || {
            let child = (next < end).then_some(Node(next))?;
            next = match self.kind(child) {
                JsonType::Object | JsonType::Array => self.tape.link(next) + 1,
                _ => next + 1,
            };
            Some(child)
        })
    }

    /// The kind that the token's first byte tells; `None` for a closing bracket.
    fn kind_at(&self, index: usize) -> Option<JsonType> {
        KIND_BY_FIRST_BYTE[usize::from(self.text.as_bytes()[self.tape.start(index)])]
    }
}

/// A table and not a `match`: on the mixed tokens of a header, branches are
/// guessed wrong so often that they were a fifth of all time.
static KIND_BY_FIRST_BYTE: [Option<JsonType>; 256] = {
    let mut kinds = [None; 256];
    kinds[b'{' as usize] = Some(JsonType::Object);
    kinds[b'[' as usize] = Some(JsonType::Array);
    kinds[b'"' as usize] = Some(JsonType::String);
    kinds[b't' as usize] = Some(JsonType::Boolean);
    kinds[b'f' as usize] = Some(JsonType::Boolean);
    kinds[b'n' as usize] = Some(JsonType::Null);
    kinds[b'-' as usize] = Some(JsonType::Number);
    let mut digit = b'0';
    while digit <= b'9' {
        kinds[digit as usize] = Some(JsonType::Number);
        digit += 1;
    }
    kinds
};

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn values_are_found_at_their_place() {
        let text = r#" {"a": [1, [], {"b": "c"}], "a": null}"#;
        let document = read(text, 0, 100).unwrap();
        let members: Vec<(&str, &str)> = document
            .members(document.root())
            .map(|(key, value)| (document.raw(key), document.raw(value)))
            .collect();
        assert_eq!(members, [("\"a\"", r#"[1, [], {"b": "c"}]"#), ("\"a\"", "null")]);
        let (_, array) = document.members(document.root()).next().unwrap();
        let kinds: Vec<JsonType> =
            document.elements(array).map(|element| document.kind(element)).collect();
        assert_eq!(kinds, [JsonType::Number, JsonType::Array, JsonType::Object]);
        assert_eq!(document.span(array), Span::new(107, 126));
        assert_eq!(document.opening(array), Span::new(107, 108));
        assert_eq!(document.within(array).count(), 6);
        assert_eq!(document.elements(document.root()).count(), 0);
        let depths: Vec<u64> = document.containers().map(|(_, depth)| depth).collect();
        assert_eq!(depths, [1, 2, 3, 3]);
        assert_eq!(document.deepest(), 3);
    }
}
