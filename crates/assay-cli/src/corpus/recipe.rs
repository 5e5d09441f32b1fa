//! Recipes to drafts, and drafts to recipes.

use anyhow::{Context as _, anyhow, bail};
use assay_generator::draft::{Draft, Prefix, Segment};
use assay_protocol::case::{self, Content, Part, Recipe};
use assay_spec::{Example, page};

/// The draft that a recipe describes.
pub(crate) fn draft(recipe: &Recipe) -> anyhow::Result<Draft> {
    Ok(Draft {
        prefix: recipe.prefix.as_ref().map_or(Ok(Prefix::HeaderLength), prefix)?,
        header: segments(&recipe.header, text_bytes).context("header")?,
        data: segments(&recipe.data, hex_bytes).context("data")?,
    })
}

/// The draft of a rule page's example.
pub(crate) fn example_draft(example: &Example) -> anyhow::Result<Draft> {
    let text = text_bytes(&example.header)?;
    let padding = example.pad.unwrap_or(0).saturating_sub(text.len() as u64);
    Ok(Draft {
        prefix: match (&example.prefix_bytes, example.prefix) {
            (Some(bytes), _) => Prefix::Bytes(hex_bytes(bytes)?),
            (None, Some(length)) => Prefix::Length(length),
            (None, None) => Prefix::HeaderLength,
        },
        header: vec![
            Segment::Bytes(text),
            Segment::Repeat { bytes: b" ".to_vec(), times: padding },
        ],
        data: vec![Segment::Bytes(hex_bytes(&example.data)?)],
    })
}

/// A recipe that gives the draft: all parts in hexadecimal, as it is for programs.
pub(crate) fn recipe(draft: &Draft) -> Recipe {
    Recipe {
        prefix: match &draft.prefix {
            Prefix::HeaderLength => None,
            Prefix::Length(length) => Some(case::Prefix::Text(length.to_string())),
            Prefix::Bytes(bytes) => Some(case::Prefix::Text(format!("0x{}", hex::encode(bytes)))),
        },
        header: Content::Parts(draft.header.iter().map(part).collect()),
        data: Content::Parts(draft.data.iter().map(part).collect()),
    }
}

fn part(segment: &Segment) -> Part {
    match segment {
        Segment::Bytes(bytes) => Part::Hex { hex: hex::encode(bytes), times: 1 },
        Segment::Repeat { bytes, times } => Part::Hex { hex: hex::encode(bytes), times: *times },
        Segment::Zeros(zeros) => Part::Zeros { zeros: *zeros },
    }
}

fn prefix(prefix: &case::Prefix) -> anyhow::Result<Prefix> {
    match prefix {
        case::Prefix::Number(length) => Ok(Prefix::Length(*length)),
        case::Prefix::Text(text) => match text.strip_prefix("0x") {
            Some(bytes) => Ok(Prefix::Bytes(hex_bytes(bytes)?)),
            None => Ok(Prefix::Length(
                text.parse().with_context(|| format!("prefix `{text}` is no 64-bit integer"))?,
            )),
        },
    }
}

fn segments(
    content: &Content,
    plain: fn(&str) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<Segment>> {
    match content {
        Content::Plain(text) if text.is_empty() => Ok(Vec::new()),
        Content::Plain(text) => Ok(vec![Segment::Bytes(plain(text)?)]),
        Content::Parts(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Text { text, times } => Ok(repeated(text_bytes(text)?, *times)),
                Part::Hex { hex, times } => Ok(repeated(hex_bytes(hex)?, *times)),
                Part::Zeros { zeros } => Ok(Segment::Zeros(*zeros)),
            })
            .collect(),
    }
}

fn repeated(bytes: Vec<u8>, times: u64) -> Segment {
    if times == 1 { Segment::Bytes(bytes) } else { Segment::Repeat { bytes, times } }
}

fn text_bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    page::unescape(text).map_err(|why| anyhow!(why))
}

fn hex_bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits: String = text.split_whitespace().collect();
    match hex::decode(&digits) {
        Ok(bytes) => Ok(bytes),
        Err(error) => bail!("`{text}` is not hexadecimal: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_survives_the_way_through_a_draft() {
        let written = Recipe {
            prefix: Some(case::Prefix::Text("18446744073709551615".to_owned())),
            header: Content::Parts(vec![
                Part::Text { text: r"{}\x20".to_owned(), times: 2 },
                Part::Zeros { zeros: 3 },
            ]),
            data: Content::Plain("00 ff".to_owned()),
        };
        let first = draft(&written).unwrap();
        let again = draft(&recipe(&first)).unwrap();
        let bytes = first.to_bytes(1 << 10).unwrap();
        assert_eq!(bytes, again.to_bytes(1 << 10).unwrap());
        assert_eq!(bytes, b"\xff\xff\xff\xff\xff\xff\xff\xff{} {} \0\0\0\x00\xff");
    }

    #[test]
    fn what_is_not_hexadecimal_is_named() {
        let error = draft(&Recipe { data: Content::Plain("0g".to_owned()), ..Recipe::default() });
        assert!(format!("{:#}", error.unwrap_err()).contains("`0g`"));
    }
}
