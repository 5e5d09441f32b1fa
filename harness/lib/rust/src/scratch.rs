//! Contents in replies: hexadecimal digits, or the file for large ones.

use std::fs::File;
use std::io::{self, Write as _};

/// `hex::encode` goes character by character; this is several times as fast.
pub(crate) fn hexadecimal(data: &[u8]) -> String {
    let mut digits = vec![0; 2 * data.len()];
    hex::encode_to_slice(data, &mut digits).expect("there are two digits for each byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

/// The file for large contents, created when the first of them comes.
pub(crate) struct Scratch<'a> {
    path: &'a str,
    file: Option<File>,
    length: usize,
}

impl<'a> Scratch<'a> {
    pub(crate) fn new(path: &'a str) -> Scratch<'a> {
        Scratch { path, file: None, length: 0 }
    }

    pub(crate) fn append(&mut self, data: &[u8]) -> io::Result<[usize; 2]> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::create_new(self.path)?),
        };
        file.write_all(data)?;
        let offset = self.length;
        self.length += data.len();
        Ok([offset, data.len()])
    }
}
