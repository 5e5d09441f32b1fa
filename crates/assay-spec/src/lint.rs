//! Lints: what deserves a look in a file that is valid (`spec/lints.toml`).
//!
//! No source of the format asks for them, so they are no rules: no dialect has them, no
//! verdict depends on them, no implementation is held to them. They share the rules' way
//! of being named, so that a finding can point at one.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use hashbrown::HashSet;
use once_cell::race::OnceBox;
use serde::{Deserialize, Serialize};

use crate::error::SpecError;
use crate::rule::RuleId;
use crate::spec::Spec;

/// All lints, and what they need to know of dtypes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lints {
    /// The lints, in the order of the file.
    pub lints: Vec<Lint>,
    /// How floating-point dtypes are laid out.
    pub floats: Vec<Float>,
}

/// One lint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lint {
    /// `lint/<slug>`
    pub id: RuleId,
    /// What is as it should be.
    pub title: String,
    /// What comes of it otherwise.
    pub why: String,
    /// What to do.
    pub advice: String,
    /// What is looked at.
    pub check: LintCheck,
}

/// What a lint looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LintCheck {
    /// Bytes of booleans other than 0 and 1. Needs contents.
    BoolValues {},
    /// NaN and infinities. Needs contents.
    Finite {},
    /// Tensors of one dtype, shape and contents. Needs contents.
    DuplicateContents {
        /// Smaller tensors may be equal.
        at_least_bytes: u64,
    },
    /// Text in keys or values of the metadata.
    MetadataText {
        /// Whether findings must not show it.
        #[serde(default)]
        hide: bool,
        /// What it looks like.
        patterns: Vec<Pattern>,
    },
    /// The header's length in bytes, padding apart.
    HeaderBytes {
        /// So many for each tensor,
        for_each_tensor: u64,
        /// and so many besides.
        besides: u64,
    },
    /// Padding at the header's end, in bytes.
    PaddingBytes {
        /// So many are usual.
        at_most: u64,
    },
}

impl LintCheck {
    /// Whether contents must be read for it.
    pub fn needs_contents(&self) -> bool {
        match self {
            LintCheck::BoolValues {}
            | LintCheck::Finite {}
            | LintCheck::DuplicateContents { .. } => true,
            LintCheck::MetadataText { .. }
            | LintCheck::HeaderBytes { .. }
            | LintCheck::PaddingBytes { .. } => false,
        }
    }
}

/// What a piece of text looks like: a beginning, and characters that follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// What it is, with its article.
    pub name: String,
    /// Its first characters.
    pub begins: String,
    /// Which characters follow.
    pub then: Characters,
    /// How many of them at least.
    pub at_least: usize,
}

/// Sets of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    /// ASCII letters and digits.
    LettersAndDigits,
    /// These, `-` and `_`.
    Token,
    /// All but white space and what ends a quoted string.
    Path,
    /// All.
    Anything,
}

impl Characters {
    /// Whether a character is among them.
    pub fn has(self, character: char) -> bool {
        match self {
            Characters::LettersAndDigits => character.is_ascii_alphanumeric(),
            Characters::Token => {
                character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
            }
            Characters::Path => !character.is_whitespace() && !matches!(character, '"' | '\''),
            Characters::Anything => true,
        }
    }
}

impl Pattern {
    /// The first piece of a text that looks so: where it begins and ends, in bytes. A piece
    /// that goes on from a letter or digit is part of something longer and passed over.
    pub fn find(&self, text: &str) -> Option<(usize, usize)> {
        let mut from = 0;
        while let Some(found) = text.get(from..)?.find(self.begins.as_str()) {
            let start = from + found;
            let behind = start + self.begins.len();
            let rest = &text[behind..];
            let length: usize =
                rest.chars().take_while(|c| self.then.has(*c)).map(char::len_utf8).sum();
            let goes_on = text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
            if !goes_on && rest[..length].chars().count() >= self.at_least {
                return Some((start, behind + length));
            }
            from = behind;
        }
        None
    }
}

/// How the bits of a floating-point dtype are laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Float {
    /// Name of the dtype.
    pub dtype: String,
    /// Whether the highest bit is a sign.
    #[serde(default = "yes")]
    pub sign: bool,
    /// Bits of the exponent.
    pub exponent: u32,
    /// Bits of the mantissa.
    pub mantissa: u32,
    /// Which patterns are no numbers.
    pub special: Special,
    /// Numbers in an element.
    #[serde(default = "one")]
    pub parts: u32,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

/// Which patterns of bits are no numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    /// An exponent of ones: infinite if the mantissa is zero, else NaN.
    Ieee,
    /// NaN if all bits but the sign are ones.
    Fn,
    /// NaN if the sign is one and all other bits are zero.
    Fnuz,
    /// NaN if all bits are ones.
    Ones,
}

/// What a pattern of bits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Finite,
    /// An infinity.
    Infinite,
    /// Not a number.
    Nan,
}

impl Float {
    /// Bits of one number.
    pub fn bits(&self) -> u32 {
        u32::from(self.sign) + self.exponent + self.mantissa
    }

    /// What a number's bits are; those above [`Float::bits`] must be zero.
    pub fn value(&self, bits: u64) -> Value {
        let ones = |count: u32| u64::MAX.checked_shr(64 - count).unwrap_or(0);
        let mantissa = bits & ones(self.mantissa);
        let exponent = bits >> self.mantissa & ones(self.exponent);
        let is_nan = match self.special {
            Special::Ieee if exponent == ones(self.exponent) => {
                return if mantissa == 0 { Value::Infinite } else { Value::Nan };
            }
            Special::Ieee => false,
            Special::Fn => {
                bits & ones(self.exponent + self.mantissa) == ones(self.exponent + self.mantissa)
            }
            Special::Fnuz => bits == 1 << (self.exponent + self.mantissa),
            Special::Ones => bits == ones(self.bits()),
        };
        if is_nan { Value::Nan } else { Value::Finite }
    }
}

impl Lints {
    /// The lints that this build embeds.
    ///
    /// # Panics
    /// If the embedded data is faulty, which a test of this crate rules out.
    pub fn embedded() -> &'static Lints {
        static LINTS: OnceBox<Lints> = OnceBox::new();
        LINTS.get_or_init(|| {
            let lints = Lints::parse(crate::spec::embedded_lints(), Spec::embedded());
            Box::new(lints.expect("the embedded lints are consistent"))
        })
    }

    /// Parses lints and holds them against the spec's dtypes.
    ///
    /// # Errors
    /// The first fault.
    pub fn parse(text: &str, spec: &Spec) -> Result<Lints, SpecError> {
        let fail = |why: String| SpecError::Inconsistent(why);
        let lints: Lints = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        let mut ids = HashSet::new();
        for lint in &lints.lints {
            if lint.id.area() != AREA || !ids.insert(lint.id.clone()) {
                return Err(fail(alloc::format!("{}: not `{AREA}/…`, or a second time", lint.id)));
            }
        }
        for float in &lints.floats {
            let dtype = spec.tables.dtypes.iter().find(|dtype| dtype.name == float.dtype);
            let fits = |bits| bits == u64::from(float.bits()) * u64::from(float.parts);
            let whole = float.bits().is_multiple_of(8) && (8..=64).contains(&float.bits());
            if !whole || !dtype.is_some_and(|dtype| fits(dtype.bits)) {
                return Err(fail(alloc::format!(
                    "float {}: not as wide as its dtype",
                    float.dtype
                )));
            }
        }
        Ok(lints)
    }

    /// A lint by its id.
    pub fn get(&self, id: &RuleId) -> Option<&Lint> {
        self.lints.iter().find(|lint| lint.id == *id)
    }

    /// How a dtype's numbers are laid out, if they are floating-point numbers of whole bytes.
    pub fn float(&self, dtype: &str) -> Option<&Float> {
        self.floats.iter().find(|float| float.dtype == dtype)
    }
}

/// What the ids of lints begin with.
pub const AREA: &str = "lint";

#[cfg(test)]
mod tests {
    use super::*;

    fn value(dtype: &str, bits: u64) -> Value {
        Lints::embedded().float(dtype).expect("it has a layout").value(bits)
    }

    #[test]
    fn what_is_no_number_is_told_as_the_hardware_does() {
        for bits in 0..=u16::MAX {
            let wide = f32::from_bits(u32::from(bits) << 16);
            let expected = match () {
                () if wide.is_nan() => Value::Nan,
                () if wide.is_infinite() => Value::Infinite,
                () => Value::Finite,
            };
            assert_eq!(value("BF16", u64::from(bits)), expected, "{bits:#x}");
        }
        for bits in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -0.0].map(f64::to_bits) {
            let expected = match f64::from_bits(bits) {
                number if number.is_nan() => Value::Nan,
                number if number.is_infinite() => Value::Infinite,
                _ => Value::Finite,
            };
            assert_eq!(value("F64", bits), expected, "{bits:#x}");
        }
    }

    #[test]
    fn narrow_floats_have_the_patterns_of_their_definitions() {
        let not_finite = |dtype: &str| {
            (0..256).filter(|bits| value(dtype, *bits) != Value::Finite).collect::<Vec<u64>>()
        };
        assert_eq!(not_finite("F8_E4M3"), [0x7f, 0xff]);
        assert_eq!(not_finite("F8_E5M2"), [0x7c, 0x7d, 0x7e, 0x7f, 0xfc, 0xfd, 0xfe, 0xff]);
        assert_eq!(not_finite("F8_E4M3FNUZ"), [0x80]);
        assert_eq!(not_finite("F8_E5M2FNUZ"), [0x80]);
        assert_eq!(not_finite("F8_E8M0"), [0xff]);
        assert_eq!(value("F8_E5M2", 0x7c), Value::Infinite);
        assert_eq!(value("F8_E5M2", 0x7d), Value::Nan);
    }

    #[test]
    fn pieces_of_longer_words_are_passed_over() {
        let pattern = Pattern {
            name: "a token".into(),
            begins: "ab_".into(),
            then: Characters::LettersAndDigits,
            at_least: 3,
        };
        assert_eq!(pattern.find("x ab_123 y"), Some((2, 8)));
        assert_eq!(pattern.find("xab_123"), None);
        assert_eq!(pattern.find("ab_12"), None);
        assert_eq!(pattern.find("ab_1 ab_123"), Some((5, 11)));
        assert_eq!(pattern.find("é ab_123é"), Some((3, 9)));
    }
}
