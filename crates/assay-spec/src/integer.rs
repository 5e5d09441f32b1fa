//! Unsigned 64-bit integers in TOML and JSON: above what these keep exactly
//! (2^63 - 1 in TOML, 2^53 in many JSON readers) they are written as text.

use alloc::string::{String, ToString};

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// From here on some readers of JSON lose precision.
pub(crate) const INEXACT: u64 = 1 << 53;

#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(crate) enum IntegerOrText {
    Integer(u64),
    Text(String),
}

impl IntegerOrText {
    fn new(number: u64) -> Self {
        if number < INEXACT {
            IntegerOrText::Integer(number)
        } else {
            IntegerOrText::Text(number.to_string())
        }
    }

    fn value<E: Error>(self) -> Result<u64, E> {
        match self {
            IntegerOrText::Integer(number) => Ok(number),
            IntegerOrText::Text(text) => text.parse().map_err(E::custom),
        }
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    IntegerOrText::deserialize(from)?.value()
}

pub(crate) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
    IntegerOrText::new(*number).serialize(to)
}

/// The same for a field that may be absent.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, IntegerOrText, Serialize, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Option::<IntegerOrText>::deserialize(from)?.map(IntegerOrText::value).transpose()
    }

    pub(crate) fn serialize<S: Serializer>(number: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        number.map(IntegerOrText::new).serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Held {
        #[serde(with = "crate::integer")]
        always: u64,
        #[serde(
            default,
            with = "crate::integer::optional",
            skip_serializing_if = "Option::is_none"
        )]
        maybe: Option<u64>,
    }

    #[test]
    fn large_integers_are_text_and_come_back() {
        for (held, json) in [
            (Held { always: 7, maybe: None }, r#"{"always":7}"#),
            (
                Held { always: INEXACT - 1, maybe: Some(INEXACT) },
                r#"{"always":9007199254740991,"maybe":"9007199254740992"}"#,
            ),
            (
                Held { always: u64::MAX, maybe: Some(0) },
                r#"{"always":"18446744073709551615","maybe":0}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&held).unwrap(), json);
            assert_eq!(serde_json::from_str::<Held>(json).unwrap(), held);
        }
        assert!(serde_json::from_str::<Held>(r#"{"always":"many"}"#).is_err());
    }
}
