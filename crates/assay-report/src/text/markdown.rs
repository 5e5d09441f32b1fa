//! Just enough Markdown: rule prose for terminals, and hostile text for tables.

use super::style::{BOLD, DIM, paint};
use super::visible;
use super::wrap;

/// Markdown as terminal text: headings bold, paragraphs and list items wrapped,
/// fenced code and tables left as they are. Ends with a line end unless empty.
pub(crate) fn to_terminal(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut in_code = false;
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        if in_code || fence || line.starts_with('|') || line.starts_with('#') || line.is_empty() {
            flush(&mut paragraph, width, &mut out);
        }
        if fence {
            in_code = !in_code;
        } else if in_code {
            out.push_str(&format!("    {}\n", paint(DIM, line)));
        } else if line.starts_with('#') {
            out.push_str(&paint(BOLD, line.trim_start_matches('#').trim()));
            out.push('\n');
        } else if line.is_empty() {
            // One blank line between blocks, none at the start.
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else if line.starts_with('|') {
            out.push_str(line);
            out.push('\n');
        } else {
            if item_indent(line) > 0 {
                flush(&mut paragraph, width, &mut out);
            } else if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(if paragraph.is_empty() { line } else { line.trim() });
        }
    }
    flush(&mut paragraph, width, &mut out);
    out
}

/// Hostile text for a Markdown document: one line, nothing of it is markup.
pub(crate) fn escape(text: &str, columns: usize) -> String {
    let mut out = String::new();
    for character in visible::line(text, columns).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' | '!' | '$' | '@' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

/// Hostile text as code: one line between backticks that it cannot close.
pub(crate) fn code(text: &str, columns: usize) -> String {
    // In a table even code needs its bars escaped.
    format!("`{}`", visible::line(text, columns).replace('`', "'").replace('|', "\\|"))
}

fn flush(paragraph: &mut String, width: usize, out: &mut String) {
    let text = std::mem::take(paragraph);
    if text.is_empty() {
        return;
    }
    let indent = item_indent(&text);
    for (at, line) in wrap(text[indent..].trim(), width.saturating_sub(indent)).iter().enumerate() {
        out.push_str(if at == 0 { &text[..indent] } else { &"                "[..indent] });
        out.push_str(line);
        out.push('\n');
    }
}

/// Bytes before the text of a list item: `- `, `* `, `1. `, nested by spaces; 0 if it is none.
fn item_indent(line: &str) -> usize {
    let text = line.trim_start_matches(' ');
    let nested = line.len() - text.len();
    let marker = if text.starts_with("- ") || text.starts_with("* ") {
        2
    } else {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && text[digits..].starts_with(". ") { digits + 2 } else { 0 }
    };
    // Deeper nesting than anyone reads is a paragraph.
    if marker > 0 && nested + marker <= 16 { nested + marker } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_terminal_text() {
        let text = "# What it requires\n\nA first line\nand a second one that goes on.\n\n\n- one item that is long\n- two\n  continued\n\n```text\na   b\n```\n| a | b |\n";
        let plain = anstream::adapter::strip_str(&to_terminal(text, 24)).to_string();
        insta::assert_snapshot!(plain, @"
        What it requires

        A first line and a
        second one that goes on.

        - one item that is long
        - two continued

            a   b
        | a | b |
        ");
    }

    #[test]
    fn hostile_text_is_no_markup() {
        assert_eq!(escape("a|b <img> `x` [l](u)\n", 99), r"a\|b &lt;img&gt; \`x\` \[l\](u)\\x0a");
        assert_eq!(code("a`b|c", 99), r"`a'b\|c`");
    }
}
