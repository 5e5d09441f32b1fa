//! The flat list of tokens that a JSON text is read into.
//!
//! A token is two offsets: where it starts in the text, and a *link*. A
//! scalar's link is where it ends. An opening bracket's link is the index of
//! its closing bracket's token, and the other way round. What a token is, the
//! text says at its start. So a text costs at most one token a byte, 8 bytes
//! each as long as the text's length fits 32 bits.

/// Tokens in the order of the text.
pub(super) enum Tape {
    Narrow(Vec<(u32, u32)>),
    Wide(Vec<(usize, usize)>),
}

impl Tape {
    /// An empty tape for a text of `text_len` bytes: offsets and indices stay within that.
    pub(super) fn for_text(text_len: usize) -> Tape {
        match u32::try_from(text_len) {
            Ok(_) => Tape::Narrow(Vec::new()),
            Err(_) => Tape::Wide(Vec::new()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Tape::Narrow(tokens) => tokens.len(),
            Tape::Wide(tokens) => tokens.len(),
        }
    }

    /// Appends a token and returns its index.
    pub(super) fn push(&mut self, start: usize, link: usize) -> usize {
        match self {
            Tape::Narrow(tokens) => tokens.push((narrow(start), narrow(link))),
            Tape::Wide(tokens) => tokens.push((start, link)),
        }
        self.len() - 1
    }

    pub(super) fn start(&self, index: usize) -> usize {
        match self {
            Tape::Narrow(tokens) => tokens[index].0 as usize,
            Tape::Wide(tokens) => tokens[index].0,
        }
    }

    pub(super) fn link(&self, index: usize) -> usize {
        match self {
            Tape::Narrow(tokens) => tokens[index].1 as usize,
            Tape::Wide(tokens) => tokens[index].1,
        }
    }

    pub(super) fn set_link(&mut self, index: usize, link: usize) {
        match self {
            Tape::Narrow(tokens) => tokens[index].1 = narrow(link),
            Tape::Wide(tokens) => tokens[index].1 = link,
        }
    }
}

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("a narrow tape is chosen only when the text's length fits 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_widths_hold_the_same() {
        for mut tape in [Tape::for_text(100), Tape::Wide(Vec::new())] {
            assert_eq!(tape.push(3, 7), 0);
            assert_eq!(tape.push(9, 0), 1);
            tape.set_link(1, 12);
            assert_eq!((tape.start(0), tape.link(0)), (3, 7));
            assert_eq!((tape.start(1), tape.link(1)), (9, 12));
            assert_eq!(tape.len(), 2);
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_text_beyond_32_bits_gets_wide_tokens() {
        assert!(matches!(Tape::for_text(u32::MAX as usize), Tape::Narrow(_)));
        assert!(matches!(Tape::for_text(u32::MAX as usize + 1), Tape::Wide(_)));
    }
}
