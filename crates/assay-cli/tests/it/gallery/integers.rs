//! The gallery's reader: integers of shapes and offsets.

use super::fault::Fault;
use super::reader::{Reader, Step, Stop, refuse};

/// The integer that a JSON number spells.
pub(crate) fn integer(reader: &Reader<'_>, text: &str) -> Step<u64> {
    let has = |fault| reader.has(fault);
    let spelled = match text {
        "-0" if has(Fault::NegativeZeroAllowed) => "0".to_owned(),
        _ if has(Fault::IntegersByStrtol) => {
            text.bytes().take_while(u8::is_ascii_digit).map(char::from).collect()
        }
        _ if has(Fault::PlusAllowed) => text.strip_prefix('+').unwrap_or(text).to_owned(),
        _ if has(Fault::UnderscoresInNumbers) => text.replace('_', ""),
        _ if has(Fault::NegativesMadePositive) => text.strip_prefix('-').unwrap_or(text).to_owned(),
        _ if has(Fault::LeadingZerosAllowed) => match text.trim_start_matches('0') {
            "" => "0".to_owned(),
            rest => rest.to_owned(),
        },
        _ => text.to_owned(),
    };
    if let Some(number) = odd(reader, &spelled) {
        return Ok(number);
    }
    let plain = !spelled.is_empty() && spelled.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (spelled.len() > 1 && spelled.starts_with('0')) {
        return refuse("no plain integer");
    }
    match spelled.parse::<u64>() {
        Ok(number) if has(Fault::IntegersAsDoubles) => Ok(number as f64 as u64),
        Ok(number) if has(Fault::IntegersInI64) => Ok(number.min(i64::MAX.cast_unsigned())),
        Ok(number) => Ok(number),
        Err(_) => too_large(reader, &spelled),
    }
}

/// Spellings that a fault takes besides the plain one.
fn odd(reader: &Reader<'_>, text: &str) -> Option<u64> {
    let is_odd = text.len() > 1 && text.starts_with('0');
    if reader.has(Fault::LeadingZeroIsOctal) && is_odd {
        return u64::from_str_radix(text, 8).ok();
    }
    if reader.has(Fault::HexAllowed) && is_odd {
        return u64::from_str_radix(text.to_ascii_lowercase().strip_prefix("0x")?, 16).ok();
    }
    if reader.has(Fault::NegativesWrap) && text.starts_with('-') {
        return text.parse().ok().map(i64::cast_unsigned);
    }
    let is_double = text.contains(['.', 'e', 'E']);
    let double: f64 = text.parse().ok().filter(|_| is_double)?;
    let whole = reader.has(Fault::DoublesIfWhole) && double.fract() == 0.0;
    let taken = whole || reader.has(Fault::FractionsCutOff);
    (taken && (0.0..1.8e19).contains(&double)).then_some(double as u64)
}

fn too_large(reader: &Reader<'_>, digits: &str) -> Step<u64> {
    let digit = |byte: u8| u64::from(byte - b'0');
    match () {
        () if reader.has(Fault::IntegersSaturate) => Ok(u64::MAX),
        () if reader.has(Fault::IntegersWrap) => Ok(digits
            .bytes()
            .fold(0, |sum: u64, byte| sum.wrapping_mul(10).wrapping_add(digit(byte)))),
        // What does not fit is undefined; on common processors it comes out as 0.
        () if reader.has(Fault::HugeIntegersAsDoubles) => Ok(0),
        () => Err(Stop::Refuse("the integer is too large")),
    }
}
