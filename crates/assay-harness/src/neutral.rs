//! Takes out of an implementation's words what is different in every run:
//! where the run's files lie, addresses, numbers of threads. Two runs of the
//! same versions then leave the same record, and equal errors are equal texts.

use std::path::Path;

use assay_protocol::record::ResultLine;

/// Digits from which on `0x…` is an address and not a value of a file.
const ADDRESS_DIGITS: usize = 8;

/// Makes the words of a result those of any run. `file` is the path that was
/// asked about, `scratch` the implementation's scratch folder.
pub(crate) fn neutral(line: &mut ResultLine, file: &str, scratch: &Path) {
    let name = file.rsplit('/').next().unwrap_or_default();
    let scratch = scratch.to_str().unwrap_or_default();
    let places = [(file, "{file}"), (name, "{file}"), (scratch, "{scratch}")];
    let replace = |text: &mut String| {
        for (place, word) in places {
            if !place.is_empty() && text.contains(place) {
                *text = text.replace(place, word);
            }
        }
    };
    if let Some(detail) = &mut line.detail {
        replace(detail);
    }
    if let Some(error) = &mut line.error {
        replace(&mut error.class);
        replace(&mut error.message);
    }
    if let Some(stderr) = &mut line.stderr {
        replace(stderr);
        *stderr = without_numbers_of_threads(&without_addresses(stderr));
    }
}

/// `0x7ffe12345678` becomes `0x…`.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str("0x");
        if digits >= ADDRESS_DIGITS {
            out.push('…');
            out.push_str(&part[digits..]);
        } else {
            out.push_str(part);
        }
    }
    out
}

/// `thread 'main' (4711) panicked` becomes `thread 'main' panicked`.
fn without_numbers_of_threads(text: &str) -> String {
    let mut parts = text.split("' (");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => {
                out.push('\'');
                out.push_str(rest);
            }
            _ => {
                out.push_str("' (");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_and_values_stay() {
        assert_eq!(without_addresses("at 0x7ffe12345678, not 0xff"), "at 0x…, not 0xff");
        assert_eq!(without_addresses("0x"), "0x");
        assert_eq!(
            without_numbers_of_threads("thread 'main' (4711) panicked; 'a' (b) c"),
            "thread 'main' panicked; 'a' (b) c"
        );
    }
}
