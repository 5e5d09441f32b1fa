//! Finds a dtype by the text between its quotes.

use alloc::vec::Vec;

use assay_spec::Dialect;

use super::terms::quoted_text;
use super::words::chunk;

/// How many places names are spread over; a power of two above any table's length.
const PLACES: usize = 64;

/// The dialect's dtypes by name.
#[derive(Debug)]
pub(super) struct Dtypes {
    names: Vec<Name>,
    /// Where to begin to look: 1 more than a position in `names`, or 0.
    places: [u8; PLACES],
    /// Sizes of an element in bits, by position in the table.
    pub(super) bits: Vec<u64>,
}

#[derive(Debug)]
struct Name {
    text: u128,
    mask: u128,
    len: usize,
}

impl Dtypes {
    /// `None` if a name is too long to be compared at once, or if there are too many.
    pub(super) fn new(dialect: &Dialect) -> Option<Dtypes> {
        let name = |name: &str| {
            let (text, mask) = quoted_text(name)?;
            Some(Name { text, mask, len: name.len() })
        };
        let dtypes = dialect.dtypes();
        let names: Option<Vec<Name>> = dtypes.iter().map(|dtype| name(&dtype.name)).collect();
        let mut table = Dtypes {
            names: names.filter(|names| names.len() < PLACES)?,
            places: [0; PLACES],
            bits: dtypes.iter().map(|dtype| dtype.bits).collect(),
        };
        for (at, name) in table.names.iter().enumerate() {
            let mut place = place(name.text & name.mask >> 8);
            while table.places[place] != 0 {
                place = (place + 1) % PLACES;
            }
            table.places[place] = at as u8 + 1;
        }
        Some(table)
    }

    /// The dtype whose name and closing quote stand here, and where that ends.
    #[inline]
    pub(super) fn at(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let text = match chunk(bytes, at) {
            Some(chunk) => u128::from_le_bytes(*chunk),
            None => short(bytes.get(at..)?),
        };
        // The bytes below the first quote.
        let quotes = text ^ u128::from_ne_bytes([b'"'; 16]);
        let ones = u128::from_ne_bytes([1; 16]);
        let marks = quotes.wrapping_sub(ones) & !quotes & (ones << 7);
        let name = text & (marks & marks.wrapping_neg()).wrapping_sub(1) >> 7;
        let mut place = place(name);
        loop {
            let found = usize::from(self.places[place]).checked_sub(1)?;
            let Name { text: known, mask, len } = &self.names[found];
            if (text ^ known) & mask == 0 {
                return Some((found, at + len + 1));
            }
            place = (place + 1) % PLACES;
        }
    }

    /// The dtype of this name.
    pub(super) fn named(&self, name: &[u8]) -> Option<usize> {
        let mut quoted = [0; 16];
        quoted.get_mut(..name.len())?.copy_from_slice(name);
        *quoted.get_mut(name.len())? = b'"';
        if name.contains(&b'"') {
            return None;
        }
        self.at(&quoted, 0).map(|(found, _)| found)
    }
}

/// Where the search for a name begins.
#[inline(always)]
fn place(name: u128) -> usize {
    let folded = (name as u64) ^ ((name >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

/// Fewer than 16 bytes, filled up with zeros.
#[cold]
fn short(bytes: &[u8]) -> u128 {
    let mut chunk = [0; 16];
    chunk[..bytes.len()].copy_from_slice(bytes);
    u128::from_le_bytes(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dtype_is_found_and_nothing_else() {
        let dialect = Dialect::latest();
        let table = Dtypes::new(&dialect).unwrap();
        for (position, dtype) in dialect.dtypes().iter().enumerate() {
            let name = &dtype.name;
            let end = name.len() + 2;
            for after in ["", "}", ",                                "] {
                let text = format!("\"{name}\"{after}");
                assert_eq!(table.at(text.as_bytes(), 1), Some((position, end)), "{text}");
            }
            assert_eq!(table.named(name.as_bytes()), Some(position));
            for other in [&name[1..], &name[..name.len() - 1], &name.to_lowercase(), ""] {
                let known = dialect.dtypes().iter().position(|dtype| dtype.name == other);
                assert_eq!(table.named(other.as_bytes()), known, "{other}");
                let text = format!("{other}\"                     ");
                assert_eq!(table.at(text.as_bytes(), 0).map(|found| found.0), known, "{text}");
            }
            assert_eq!(table.at(format!("{name}                    ").as_bytes(), 0), None);
            assert_eq!(table.named(format!("{name}\"").as_bytes()), None);
        }
        assert_eq!(table.at(b"", 0), None);
        assert_eq!(table.named(&[b'x'; 40]), None);
    }
}
