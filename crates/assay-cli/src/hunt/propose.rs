//! What a found file is proposed as: rule, slug, title, and the text of a case.

use assay_protocol::case::{Case, Content, Prefix, Recipe, Twin};
use assay_spec::check::Probe;
use assay_spec::{Check, Dialect, Finding, OnViolation, Rule, Verdict, View};
use assay_validator::Validation;

use super::signature::Signature;
use crate::corpus::prove::claimed;

/// Longest slug.
const SLUG: usize = 48;

/// The case that a file is proposed as.
pub(crate) fn case(
    dialect: &Dialect,
    bytes: &[u8],
    twin: Option<&[u8]>,
    seen: &Validation,
    signature: &Signature,
) -> Case {
    let breaking = breaking(dialect, seen);
    let rule = match breaking {
        Some(finding) => finding.rule.to_string(),
        None => behaviour(dialect, seen.view.as_ref(), signature),
    };
    let title = match breaking {
        Some(finding) => finding.message.clone(),
        None => format!("a valid file; {}", signature.who()),
    };
    // Other rules of the same file; advice needs no mention.
    let mut also: Vec<String> = signature.rules.iter().filter(|id| **id != rule).cloned().collect();
    also.sort();
    let Recipe { prefix, header, data } = recipe(bytes);
    Case {
        slug: format!("{}-{}", slug(&title), &signature.id()[..4]),
        rule,
        title,
        verdict: claimed(seen.verdict),
        boundary: false,
        also,
        risk: None,
        twin: twin.map(|twin| Twin::Recipe(recipe(twin))),
        prefix,
        header,
        data,
    }
}

/// The finding that the verdict comes from: the gravest, and of those the first.
fn breaking<'a>(dialect: &Dialect, seen: &'a Validation) -> Option<&'a Finding> {
    let grave = match seen.verdict {
        Verdict::Valid => return None,
        Verdict::Invalid => OnViolation::Reject,
        Verdict::Either => OnViolation::Either,
    };
    let of =
        |finding: &&Finding| finding.on_violation == grave && dialect.rule(&finding.rule).is_some();
    seen.findings.iter().find(of)
}

/// The rule about readers that fits best what differs in a valid file. What
/// the words of the harness name goes first, then what is special about the file.
fn behaviour(dialect: &Dialect, view: Option<&View>, signature: &Signature) -> String {
    let said = signature.who();
    let has = |test: &dyn Fn(&assay_spec::TensorView) -> bool| {
        view.is_some_and(|view| view.tensors.iter().any(test))
    };
    let is_narrow = |tensor: &assay_spec::TensorView| {
        dialect.dtype(&tensor.dtype).is_some_and(|dtype| dtype.bytes().is_none())
    };
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let probe = if said.contains("metadata") {
        Probe::EmptyMetadata
    } else if has(&is_narrow) {
        Probe::SubByteOrder
    } else if said.contains("dtype") || said.contains("degraded") {
        Probe::EveryDtype
    } else if has(&|tensor| tensor.shape.contains(&0)) {
        Probe::EmptyTensor
    } else if has(&|tensor| tensor.shape.is_empty()) {
        Probe::Scalar
    } else if has(&|tensor| !plain(&tensor.name)) {
        Probe::NameIdentity
    } else if said.contains("contents") {
        Probe::ContentBytes
    } else {
        Probe::KeyOrder
    };
    let about =
        |rule: &&Rule| matches!(&rule.check, Check::Behaviour { probe: of } if *of == probe);
    let rule = dialect.rules().iter().find(about).or_else(|| dialect.rules().first());
    rule.map_or_else(String::new, |rule| rule.id.to_string())
}

/// A name made of the first words of a text.
fn slug(title: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let plain: String = title.chars().map(letter).collect();
    let mut slug = String::new();
    for word in plain.split_whitespace() {
        if !slug.is_empty() && slug.len() + 1 + word.len() > SLUG {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(SLUG));
    }
    if slug.is_empty() { "found".to_owned() } else { slug }
}

/// How to make a file.
pub(crate) fn recipe(bytes: &[u8]) -> Recipe {
    let Some((prefix, rest)) = bytes.split_first_chunk::<8>() else {
        let prefix = Some(Prefix::Text(format!("0x{}", hex::encode(bytes))));
        return Recipe { prefix, ..Recipe::default() };
    };
    let declared = u64::from_le_bytes(*prefix);
    let within = usize::try_from(declared).ok().filter(|length| *length <= rest.len());
    let (header, data) = rest.split_at(within.unwrap_or(rest.len()));
    let prefix = match (within, i64::try_from(declared)) {
        (Some(_), _) => None,
        (None, Ok(_)) => Some(Prefix::Number(declared)),
        (None, Err(_)) => Some(Prefix::Text(declared.to_string())),
    };
    Recipe { prefix, header: Content::Plain(escaped(header)), data: Content::Plain(spaced(data)) }
}

/// A header as text, in which `\xNN` stands for a byte that is no plain character.
fn escaped(header: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in header.iter().enumerate() {
        // `\x` itself would be taken for an escape.
        let is_escape = *byte == b'\\' && header.get(at + 1) == Some(&b'x');
        if (b' '..=b'~').contains(byte) && !is_escape {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Hexadecimal with a space between bytes.
fn spaced(data: &[u8]) -> String {
    let bytes: Vec<String> = data.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

/// A case as it stands in `corpus/cases`, without the comments above it.
pub(crate) fn text(case: &Case) -> String {
    let mut text = format!(
        "[[case]]\nrule = {}\nslug = {}\ntitle = {}\nverdict = {}\n",
        quoted(&case.rule),
        quoted(&case.slug),
        quoted(&case.title),
        quoted(match case.verdict {
            assay_protocol::ClaimedVerdict::Valid => "valid",
            assay_protocol::ClaimedVerdict::Invalid => "invalid",
            assay_protocol::ClaimedVerdict::Either => "either",
        }),
    );
    if !case.also.is_empty() {
        let also: Vec<String> = case.also.iter().map(|rule| quoted(rule)).collect();
        text.push_str(&format!("also = [{}]\n", also.join(", ")));
    }
    if let Some(risk) = &case.risk {
        text.push_str(&format!("risk = {}\n", quoted(risk)));
    }
    match &case.twin {
        None => {}
        Some(Twin::Case(id)) => text.push_str(&format!("twin = {}\n", quoted(id))),
        Some(Twin::Recipe(recipe)) => {
            text.push_str(&format!("twin = {{ {} }}\n", fields(recipe).join(", ")));
        }
    }
    for field in fields(&case.recipe()) {
        text.push_str(&field);
        text.push('\n');
    }
    text
}

fn fields(recipe: &Recipe) -> Vec<String> {
    let plain = |content: &Content| match content {
        Content::Plain(text) => literal(text),
        // Found files are small: they have no parts.
        Content::Parts(_) => unreachable!("recipes of bytes are plain"),
    };
    let mut fields = Vec::new();
    match &recipe.prefix {
        None => {}
        Some(Prefix::Number(number)) => fields.push(format!("prefix = {number}")),
        Some(Prefix::Text(text)) => fields.push(format!("prefix = {}", quoted(text))),
    }
    fields.push(format!("header = {}", plain(&recipe.header)));
    if recipe.data != Content::Plain(String::new()) {
        fields.push(format!("data = {}", plain(&recipe.data)));
    }
    fields
}

/// A TOML string without escapes where that can be.
fn literal(text: &str) -> String {
    if text.contains('\'') { quoted(text) } else { format!("'{text}'") }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use assay_protocol::case::CaseFile;

    use super::*;
    use crate::corpus::recipe::draft;

    #[test]
    fn any_bytes_survive_the_way_through_a_case() {
        let long = [&u64::MAX.to_le_bytes()[..], b"{'\"\\x41\\\xff\n"].concat();
        for bytes in
            [&b""[..], b"\x01\x02", b"\x02\0\0\0\0\0\0\0{}\x01\x02", b"\x09\0\0\0\0\0\0\0{}", &long]
        {
            let Recipe { prefix, header, data } = recipe(bytes);
            let twin = Some(Twin::Recipe(recipe(bytes)));
            let case = Case {
                rule: "a/b".to_owned(),
                slug: "c".to_owned(),
                title: "it's \"so\"".to_owned(),
                verdict: assay_protocol::ClaimedVerdict::Either,
                boundary: false,
                also: vec!["d/e".to_owned()],
                risk: Some("r".to_owned()),
                twin,
                prefix,
                header,
                data,
            };
            let read: CaseFile = toml::from_str(&text(&case)).unwrap();
            let mut normal = case.clone();
            // An empty byte buffer is left out.
            normal.twin.clone_from(&read.cases[0].twin);
            assert_eq!(read.cases, [normal]);
            let made = draft(&read.cases[0].recipe()).unwrap();
            assert_eq!(made.to_bytes(1 << 10).unwrap(), bytes);
        }
    }

    #[test]
    fn slugs_are_words() {
        assert_eq!(slug("byte 0x01 is \"no\" member"), "byte-0x01-is-no-member");
        assert_eq!(slug("…"), "found");
        assert!(slug(&"word ".repeat(40)).len() <= SLUG);
    }
}
