//! Looks at eight bytes at a time, in plain 64-bit arithmetic.
//!
//! What limits a reader of headers is not memory but the chain "the next token
//! begins where this one ends", so each function here finds an end without a
//! branch for each byte. Near the end of the text, where eight bytes are no
//! longer there, bytes are taken one by one.

use wide::u8x16;

/// The same byte eight times.
const fn all(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The top bit of each byte.
const HIGH: u64 = all(0x80);

/// The `N` bytes from a position on, if they are there.
#[inline(always)]
pub(super) fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}

/// The eight bytes from a position on, the first one lowest.
#[inline(always)]
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u64> {
    chunk(bytes, at).map(|chunk| u64::from_le_bytes(*chunk))
}

/// Which byte of a word the lowest marked one is.
#[inline(always)]
fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// Marks a quote, a backslash or a control character; of the marks only the
/// lowest is sure.
#[inline(always)]
fn stops(word: u64) -> u64 {
    // Exchanging 0x20 and 0x22 puts the quote next to the control characters.
    let below = (word ^ all(0x02)).wrapping_sub(all(0x21));
    let backslash = (word ^ all(b'\\')).wrapping_sub(all(1));
    (below | backslash) & !word & HIGH
}

/// Where a string no longer simply stands for itself: the position of a quote,
/// a backslash or a control character, or the end of the text. Notes in
/// `foreign` whether it met bytes that are not ASCII, perhaps behind that
/// position.
#[inline(always)]
pub(super) fn plain_end(bytes: &[u8], at: usize, foreign: &mut bool) -> usize {
    let mut at = at;
    while let Some(block) = block(bytes, at) {
        let quotes = block.simd_eq(u8x16::splat(b'"'));
        let backslashes = block.simd_eq(u8x16::splat(b'\\'));
        let controls = block.max(u8x16::splat(0x20)).simd_eq(block) ^ u8x16::splat(0xff);
        // The top bits of the block are those of bytes that are not ASCII.
        let marks = (quotes | backslashes | controls | block).to_bitmask();
        if marks != 0 {
            at += marks.trailing_zeros() as usize;
            match bytes.get(at) {
                Some(0x80..) => break,
                _ => return at,
            }
        }
        at += 16;
    }
    any_plain_end(bytes, at, foreign)
}

/// The sixteen bytes from a position on.
#[inline(always)]
pub(super) fn block(bytes: &[u8], at: usize) -> Option<u8x16> {
    chunk(bytes, at).map(|chunk| u8x16::new(*chunk))
}

/// The same for text that is not ASCII, or short.
#[inline(never)]
fn any_plain_end(bytes: &[u8], mut at: usize, foreign: &mut bool) -> usize {
    while let Some(word) = word(bytes, at) {
        *foreign |= word & HIGH != 0;
        let marks = stops(word);
        if marks != 0 {
            return at + first(marks);
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    *foreign |= !rest.is_ascii();
    let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
    at + stop.unwrap_or(rest.len())
}

/// Marks what is no digit; of the marks only the lowest is sure. `word` is
/// taken with the bits of `0` flipped.
#[inline(always)]
fn no_digits(flipped: u64) -> u64 {
    (flipped.wrapping_add(all(0x76)) | flipped) & HIGH
}

/// The number that eight digits spell, the first one lowest.
#[inline(always)]
fn eight_digits(flipped: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = flipped.wrapping_mul(10).wrapping_add(flipped >> 8);
    let low = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let high = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    low.wrapping_add(high) >> 32
}

const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// An integer as the format wants them: digits, no zero before others. Gives
/// its value and where it ends; `None` also if it exceeds 64 bits.
#[inline(always)]
pub(super) fn integer(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let Some(word) = word(bytes, at) else { return short_integer(bytes, at) };
    let flipped = word ^ all(b'0');
    let marks = no_digits(flipped);
    if marks == 0 {
        return long_integer(bytes, at, flipped);
    }
    let digits = first(marks);
    if digits == 0 || (flipped & 0xff == 0 && digits > 1) {
        return None;
    }
    Some((eight_digits(flipped << (64 - 8 * digits)), at + digits))
}

/// An integer that begins with the eight digits given.
#[inline(always)]
fn long_integer(bytes: &[u8], at: usize, flipped: u64) -> Option<(u64, usize)> {
    let Some(word) = word(bytes, at + 8) else { return short_integer(bytes, at) };
    let second = word ^ all(b'0');
    let marks = no_digits(second);
    if marks == 0 || flipped & 0xff == 0 {
        return short_integer(bytes, at);
    }
    let digits = first(marks);
    let tail = eight_digits(second.unbounded_shl(64 - 8 * digits as u32));
    Some((eight_digits(flipped) * POWERS[digits] + tail, at + 8 + digits))
}

/// Any integer, digit by digit.
#[cold]
#[inline(never)]
fn short_integer(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let rest = bytes.get(at..)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || (rest[0] == b'0' && digits > 1) {
        return None;
    }
    let value = rest[..digits].iter().try_fold(0_u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })?;
    Some((value, at + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_wherever_they_stand() {
        let spelled = ["0", "7", "10", "4096", "1234567", "12345678", "123456789"]
            .into_iter()
            .chain(["1234567812345678", "12345678123456789", "18446744073709551615"]);
        for text in spelled {
            for after in ["", "]", ",", ".5", "]                                 "] {
                for before in [0, 3] {
                    let bytes = format!("{}{text}{after}", " ".repeat(before));
                    let expected = Some((text.parse().unwrap(), before + text.len()));
                    assert_eq!(integer(bytes.as_bytes(), before), expected, "{bytes}");
                }
            }
        }
        for text in
            ["", "x", "-1", "+1", "01", "00", "012345678", "0123456789", " 1", "é", "/", ":"]
        {
            for after in ["", "]                "] {
                assert_eq!(integer(format!("{text}{after}").as_bytes(), 0), None, "{text}{after}");
            }
        }
        for text in ["18446744073709551616", "99999999999999999999", &"9".repeat(500)] {
            assert_eq!(integer(format!("{text}, and more").as_bytes(), 0), None, "{text}");
        }
    }

    /// Every byte at every place of a word, next to every neighbour that could carry.
    #[test]
    fn strings_end_where_a_byte_does_not_stand_for_itself() {
        // Some of them, where each is interpreted.
        let (places, bytes) = if cfg!(miri) { (7, 29) } else { (1, 1) };
        for place in (0..20).step_by(places) {
            for byte in (0..=u8::MAX).step_by(bytes) {
                for around in [b'a', b' ', b'!', b'#', b']', b'[', 0x7f, 0x80, 0xff] {
                    for length in [21, 40] {
                        let mut text = vec![around; length];
                        text[place] = byte;
                        let stops = matches!(byte, b'"' | b'\\' | 0..=0x1f);
                        let mut foreign = false;
                        let expected = if stops { place } else { length };
                        assert_eq!(plain_end(&text, 0, &mut foreign), expected, "{text:?}");
                        let ascii = text[..expected].is_ascii();
                        assert!(ascii || foreign, "{text:?}");
                    }
                }
            }
        }
    }
}
