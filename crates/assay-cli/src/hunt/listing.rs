//! Bytes as people look at them: offsets, hexadecimal, characters.

/// Bytes in a row.
const ROW: usize = 16;
/// Most rows.
const ROWS: usize = 40;

/// A listing, one row a line.
pub(crate) fn listing(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, row) in bytes.chunks(ROW).enumerate().take(ROWS) {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let plain = |byte: &u8| {
            if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }
        };
        let characters: String = row.iter().map(plain).collect();
        text.push_str(&format!("{:08x}  {:<47}  {characters}\n", at * ROW, hex.join(" ")));
    }
    let left = bytes.len().saturating_sub(ROW * ROWS);
    if left > 0 {
        text.push_str(&format!("          {left} more bytes\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_aligned_and_bounded() {
        let text = listing(b"\x02\0\0\0\0\0\0\0{} then some more");
        assert_eq!(
            text,
            "00000000  02 00 00 00 00 00 00 00 7b 7d 20 74 68 65 6e 20  ........{} then \n\
             00000010  73 6f 6d 65 20 6d 6f 72 65                       some more\n"
        );
        assert!(listing(&[0; 5_000]).ends_with("4360 more bytes\n"));
    }
}
