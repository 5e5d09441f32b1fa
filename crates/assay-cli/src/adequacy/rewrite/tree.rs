//! The header as a tree that keeps duplicates and the spelling of scalars. It
//! is no judge of grammar: what is not nearly JSON has no tree.

use assay_spec::{Dialect, KeyRole};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Keys as written, quotes included, with their values.
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    /// A string as written, quotes included, or a word.
    Leaf(String),
}

/// The header object and the words of its dialect.
pub(super) struct Root<'d> {
    pub(super) members: Vec<(String, Node)>,
    pub(super) dialect: &'d Dialect,
}

/// Trees are not deeper than this.
const DEPTH: usize = 200;

/// The header with its first value rewritten; `None` if it has no tree.
pub(super) fn rewritten(
    header: &[u8],
    dialect: &Dialect,
    rewrite: impl Fn(&mut Root<'_>),
) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(header).ok()?;
    let start = text.len() - text.trim_start().len();
    let mut parser = Parser { text, at: start };
    let Node::Object(members) = parser.value(0)? else { return None };
    let before = members.clone();
    let mut root = Root { members, dialect };
    rewrite(&mut root);
    if root.members == before {
        return None;
    }
    let mut out = text[..start].to_owned();
    write(&Node::Object(root.members), &mut out);
    out.push_str(&text[parser.at..]);
    Some(out.into_bytes())
}

impl Root<'_> {
    /// Names and entries.
    pub(super) fn entries(&mut self) -> impl Iterator<Item = &mut (String, Node)> {
        let metadata = self.dialect.key(KeyRole::Metadata).to_owned();
        self.members.iter_mut().filter(move |(key, _)| decoded(key) != metadata)
    }

    /// The metadata values.
    pub(super) fn metadata(&mut self) -> impl Iterator<Item = &mut Node> {
        let metadata = self.dialect.key(KeyRole::Metadata).to_owned();
        let found = self.members.iter_mut().filter(move |(key, _)| decoded(key) == metadata);
        found.map(|(_, value)| value)
    }

    /// The members of each entry that is an object.
    pub(super) fn fields(&mut self) -> impl Iterator<Item = &mut Vec<(String, Node)>> {
        self.entries().filter_map(|(_, entry)| match entry {
            Node::Object(members) => Some(members),
            _ => None,
        })
    }

    /// The values of a known field.
    pub(super) fn values(&mut self, role: KeyRole) -> impl Iterator<Item = &mut Node> {
        let key = self.dialect.key(role).to_owned();
        self.fields()
            .flat_map(move |members| {
                let key = key.clone();
                members.iter_mut().filter(move |(other, _)| decoded(other) == key)
            })
            .map(|(_, value)| value)
    }

    /// The elements of a known field that is an array.
    pub(super) fn elements(&mut self, role: KeyRole) -> impl Iterator<Item = &mut Node> {
        self.values(role)
            .filter_map(|value| match value {
                Node::Array(elements) => Some(elements),
                _ => None,
            })
            .flatten()
    }
}

/// The value of a string as written; a lone surrogate makes it nothing.
pub(super) fn decoded(string: &str) -> String {
    serde_json::from_str(string).unwrap_or_default()
}

/// A text as a JSON string.
pub(super) fn encoded(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn write(node: &Node, out: &mut String) {
    match node {
        Node::Leaf(text) => out.push_str(text),
        Node::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Node::Object(members) => {
            out.push('{');
            for (at, (key, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(key);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Node> {
        if depth > DEPTH {
            return None;
        }
        match self.peek()? {
            '{' => self.members(depth).map(Node::Object),
            '[' => self.elements(depth).map(Node::Array),
            '"' => self.string().map(Node::Leaf),
            _ => {
                let word =
                    self.while_(|char| char.is_ascii_alphanumeric() || "+-._".contains(char));
                (!word.is_empty()).then(|| Node::Leaf(word.to_owned()))
            }
        }
    }

    fn members(&mut self, depth: usize) -> Option<Vec<(String, Node)>> {
        self.take('{')?;
        let mut members = Vec::new();
        if self.take('}').is_some() {
            return Some(members);
        }
        loop {
            self.peek()?;
            let key = self.string()?;
            self.take(':')?;
            members.push((key, self.value(depth + 1)?));
            if self.take(',').is_none() {
                return self.take('}').map(|()| members);
            }
        }
    }

    fn elements(&mut self, depth: usize) -> Option<Vec<Node>> {
        self.take('[')?;
        let mut elements = Vec::new();
        if self.take(']').is_some() {
            return Some(elements);
        }
        loop {
            elements.push(self.value(depth + 1)?);
            if self.take(',').is_none() {
                return self.take(']').map(|()| elements);
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let rest = self.text[self.at..].strip_prefix('"')?;
        let mut escaped = false;
        let end = rest.char_indices().find_map(|(at, char)| {
            let closes = char == '"' && !escaped;
            escaped = char == '\\' && !escaped;
            closes.then_some(at)
        })?;
        let string = &self.text[self.at..self.at + end + 2];
        self.at += string.len();
        Some(string.to_owned())
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<char> {
        self.while_(|char| " \t\n\r".contains(char));
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += wanted.len_utf8())
    }

    fn while_(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|char| !wanted(char)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_keeps_duplicates_spelling_and_surroundings() {
        let header = br#" {"a\u0061": {"x": 2.0, "x": [1 , null]}}  "#;
        let dialect = Dialect::latest();
        let unchanged = rewritten(header, &dialect, |_| {});
        assert_eq!(unchanged, None);
        let renamed = rewritten(header, &dialect, |root| root.members[0].0 = "\"b\"".to_owned());
        assert_eq!(renamed.unwrap(), br#" {"b":{"x":2.0,"x":[1,null]}}  "#);
    }

    #[test]
    fn what_is_not_nearly_json_has_no_tree() {
        let dialect = Dialect::latest();
        let deep = "[".repeat(DEPTH * 2);
        for text in ["", "[]", "{", r#"{"a"}"#, r#"{"a":}"#, &format!(r#"{{"a":{deep}"#)] {
            let rewrite = |root: &mut Root<'_>| root.members.clear();
            assert_eq!(rewritten(text.as_bytes(), &dialect, rewrite), None, "{text}");
        }
    }
}
