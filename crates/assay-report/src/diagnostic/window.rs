//! A piece of the header's text with the bytes of a span marked underneath.
//!
//! A header is one line of up to a hundred megabytes. Only a window around the
//! span is decoded, whatever the length of header and span.

use assay_spec::Span;

use crate::text::visible::{Glyph, glyphs};

/// Columns of a window, without the marks of its cut ends.
const WIDTH: usize = 72;
/// Columns of text that are shown before the span, if there is room for it.
const BEFORE: usize = 24;
/// A character has at most this many bytes and takes at least one column.
const CHARACTER: usize = 4;

/// Two lines: the text and what is marked in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) text: String,
    /// Spaces before the carets.
    pub(super) indent: usize,
    /// Carets; at least one.
    pub(super) carets: usize,
    /// Whether the marked bytes go on outside the window.
    pub(super) cut: bool,
}

/// The window of a span in the header's text. `None` if the span is not in the
/// loaded text, or if what it points at is no text.
pub(super) fn window(head: &[u8], header: Span, span: Span) -> Option<Window> {
    let text_end = usize::try_from(header.end).unwrap_or(usize::MAX).min(head.len());
    let text_start = usize::try_from(header.start).ok()?;
    let start = usize::try_from(span.start).ok()?;
    if start < text_start || start > text_end || (start == text_end && !span.is_empty()) {
        return None;
    }
    let end = usize::try_from(span.end).unwrap_or(usize::MAX).min(text_end);

    // A span longer than the window still keeps some text before it.
    let context = columns(&take_back(&head[text_start..start], BEFORE));
    let marked = take(&head[start..end], WIDTH - context);
    let marked_columns = columns(&marked);
    let cut = bytes(&marked) < end - start;
    let free = WIDTH - marked_columns;
    let behind = if cut { Vec::new() } else { take(&head[end..text_end], free) };
    // What is not needed behind the span is used before it, and the other way round.
    let room = free.saturating_sub(columns(&behind)).max(context);
    let before = take_back(&head[text_start..start], room);
    let room = free.saturating_sub(columns(&before));
    let behind = fit(behind, room);

    let all = || before.iter().chain(&marked).chain(&behind);
    let escaped = all().filter(|glyph| glyph.escaped).count();
    if escaped * 2 > all().count() {
        return None;
    }
    let more_before = bytes(&before) < start - text_start;
    let more_behind = cut || bytes(&behind) < text_end - end;
    let mut text = String::from(if more_before { "…" } else { "" });
    text.extend(all().map(|glyph| glyph.text.as_str()));
    text.push_str(if more_behind { "…" } else { "" });
    Some(Window {
        text,
        indent: usize::from(more_before) + columns(&before),
        carets: marked_columns.max(1),
        cut,
    })
}

/// Glyphs from the start of some bytes, in at most so many columns.
fn take(text: &[u8], room: usize) -> Vec<Glyph> {
    // One character more, so that the last one that fits is not cut in two.
    let enough = text.len().min((room + 1) * CHARACTER);
    fit(glyphs(&text[..enough]).collect(), room)
}

/// Glyphs up to the end of some bytes, in at most so many columns.
fn take_back(text: &[u8], room: usize) -> Vec<Glyph> {
    let mut from = text.len().saturating_sub((room + 1) * CHARACTER);
    // Begin at a character, if a character is near.
    let inside = |byte: &u8| (0x80..0xc0).contains(byte);
    from += text[from..].iter().take(CHARACTER - 1).take_while(|byte| inside(byte)).count();
    let all: Vec<Glyph> = glyphs(&text[from..]).collect();
    let mut used = 0;
    let fits = |glyph: &&Glyph| {
        used += glyph.columns;
        used <= room
    };
    let count = all.iter().rev().take_while(fits).count();
    all[all.len() - count..].to_vec()
}

fn fit(mut glyphs: Vec<Glyph>, room: usize) -> Vec<Glyph> {
    let mut used = 0;
    let fits = |glyph: &&Glyph| {
        used += glyph.columns;
        used <= room
    };
    let count = glyphs.iter().take_while(fits).count();
    glyphs.truncate(count);
    glyphs
}

fn columns(glyphs: &[Glyph]) -> usize {
    glyphs.iter().map(|glyph| glyph.columns).sum()
}

fn bytes(glyphs: &[Glyph]) -> usize {
    glyphs.iter().map(|glyph| glyph.bytes).sum()
}
