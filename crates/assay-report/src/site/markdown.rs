//! Markdown of our own as HTML. Raw HTML in it is shown as text.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html as to_html};

/// Where a link leads in the site, from its root; `None`: nowhere in it.
pub(super) type Links<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// For texts that link nowhere.
pub(super) fn no_links(_: &str) -> Option<String> {
    None
}

/// As HTML. The first heading is left out if it is of the first level: the page has it.
pub(super) fn html(text: &str, links: &Links<'_>) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events: Vec<Event<'_>> = Parser::new_ext(text, options).collect();
    let events = place(with_anchors(without_title(events)), links);
    let mut out = String::with_capacity(text.len() * 2);
    to_html::push_html(&mut out, events.into_iter());
    PreEscaped(out)
}

fn without_title(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let is_title = |event: Option<&Event<'_>>| {
        matches!(event, Some(Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })))
    };
    let end = events.iter().position(|event| matches!(event, Event::End(TagEnd::Heading(_))));
    match end.filter(|_| is_title(events.first())) {
        Some(end) => events.into_iter().skip(end + 1).collect(),
        None => events,
    }
}

/// Gives each heading the anchor that its text makes, as Markdown renderers do.
fn with_anchors(mut events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let starts =
        (0..events.len()).filter(|at| matches!(events[*at], Event::Start(Tag::Heading { .. })));
    for start in starts.collect::<Vec<_>>() {
        let inner = events[start + 1..]
            .iter()
            .take_while(|one| !matches!(one, Event::End(TagEnd::Heading(_))));
        let text: String = inner
            .filter_map(|one| match one {
                Event::Text(text) | Event::Code(text) => Some(text.to_string()),
                _ => None,
            })
            .collect();
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
            *id = Some(CowStr::from(anchor(&text)));
        }
    }
    events
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|one| match one {
        ' ' => Some('-'),
        one if one.is_alphanumeric() || one == '-' || one == '_' => Some(one.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

/// Links to their place in the site, and only their text where that is nowhere; raw HTML as text.
fn place<'a>(events: Vec<Event<'a>>, links: &Links<'_>) -> Vec<Event<'a>> {
    let mut placed = Vec::with_capacity(events.len());
    // Links do not nest.
    let mut leads = false;
    for event in events {
        placed.push(match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let to = destination(&dest_url, links);
                leads = to.is_some();
                let Some(to) = to else { continue };
                Event::Start(Tag::Link { link_type, dest_url: CowStr::from(to), title, id })
            }
            Event::End(TagEnd::Link) if !leads => continue,
            // Pictures are not carried along; their description is.
            Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
            Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            other => other,
        });
    }
    placed
}

fn destination(url: &str, links: &Links<'_>) -> Option<String> {
    if url.starts_with('#') || url.starts_with("https://") {
        return Some(url.to_owned());
    }
    let (path, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    links(path).map(|to| format!("/{to}{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_that_nothing_can_break_out_of() {
        let text = "# Title\n\n## A `b`: c\n\n<script>x</script>\n\n[d](a.md#e) [f](g.md) [h](https://i/) | j\n";
        let links = |path: &str| (path == "a.md").then(|| "documents/a.html".to_owned());
        insta::assert_snapshot!(html(text, &links).into_string(), @r##"
        <h2 id="a-b-c">A <code>b</code>: c</h2>
        &lt;script&gt;x&lt;/script&gt;
        <p><a href="/documents/a.html#e">d</a> f <a href="https://i/">h</a> | j</p>
        "##);
    }
}
