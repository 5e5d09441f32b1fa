//! Where a tensor's contents come from while a file is written.

use std::fmt;
use std::io::{self, Read, Write};

use crate::write::WriteError;

/// What is read of a reader at a time.
const PIECE: usize = 1 << 20;

/// Where a tensor's contents come from: bytes in memory, a reader, or a function
/// that makes them. Only bytes in memory are held there; whatever else it is
/// must give exactly as many bytes as dtype and shape do.
pub struct Source<'a>(Kind<'a>);

enum Kind<'a> {
    Bytes(&'a [u8]),
    Reader(Box<dyn Read + 'a>),
    Producer(Producer<'a>),
}

type Producer<'a> = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + 'a>;

impl<'a> Source<'a> {
    /// Bytes in memory.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Source(Kind::Bytes(bytes))
    }

    /// A reader, which is read to its end.
    pub fn reader(reader: impl Read + 'a) -> Self {
        Source(Kind::Reader(Box::new(reader)))
    }

    /// A function that writes the contents, in pieces as it likes, to what it is
    /// given. It is called when it is the tensor's turn.
    ///
    /// ```
    /// use assay_reference::write::{Source, StreamedTensor, Writer};
    /// use assay_spec::Dialect;
    ///
    /// let ones = |out: &mut dyn std::io::Write| {
    ///     (0..1000).try_for_each(|_| out.write_all(&1_f32.to_le_bytes()))
    /// };
    /// let dtype = "F32";
    /// let source = Source::producer(ones);
    /// let tensor = StreamedTensor { name: "ones", dtype, shape: &[10, 100], source };
    /// let mut file = Vec::new();
    /// Writer::new(&Dialect::latest()).write_to(&mut file, [tensor], None)?;
    /// assert!(file.ends_with(&1_f32.to_le_bytes()));
    /// # Ok::<(), assay_reference::write::WriteError>(())
    /// ```
    pub fn producer(produce: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'a) -> Self {
        Source(Kind::Producer(Box::new(produce)))
    }

    /// How many bytes there are, if that is known beforehand.
    pub(super) fn len(&self) -> Option<u64> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes.len() as u64),
            Kind::Reader(_) | Kind::Producer(_) => None,
        }
    }

    /// Writes the contents of a tensor of this name, which must be `len` bytes.
    pub(super) fn write_to(
        self,
        out: &mut dyn Write,
        name: &str,
        len: u64,
    ) -> Result<(), WriteError> {
        let mut gate = Gate { out, left: len, shut: None };
        let given = match self.0 {
            Kind::Bytes(bytes) => gate.write_all(bytes),
            Kind::Reader(reader) => copy(reader, &mut gate, len),
            Kind::Producer(produce) => produce(&mut gate),
        };
        let name = || name.to_owned();
        match (gate.shut, given, gate.left) {
            (Some(Shut::Full), ..) => {
                Err(WriteError::SourceTooLong { name: name(), expected: len })
            }
            (Some(Shut::Failed(error)), ..) => Err(WriteError::Io(error)),
            (None, Err(source), _) => Err(WriteError::Source { name: name(), source }),
            (None, Ok(()), 0) => Ok(()),
            (None, Ok(()), left) => {
                Err(WriteError::SourceTooShort { name: name(), expected: len, found: len - left })
            }
        }
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bytes(bytes) => write!(f, "Source({} bytes)", bytes.len()),
            Kind::Reader(_) => f.write_str("Source(a reader)"),
            Kind::Producer(_) => f.write_str("Source(a producer)"),
        }
    }
}

/// Copies a reader to its end, in pieces no longer than what is expected of it
/// and one byte, which shows that there is more.
fn copy(mut reader: impl Read, out: &mut Gate<'_>, expected: u64) -> io::Result<()> {
    let piece = usize::try_from(expected.saturating_add(1)).map_or(PIECE, |len| len.min(PIECE));
    let mut buffer = vec![0; piece];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                let piece = buffer.get(..count);
                // A reader that says it read more than there is room for.
                out.write_all(piece.ok_or(io::ErrorKind::InvalidData)?)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Lets through as many bytes as a tensor has, and remembers why it stopped:
/// who writes into it may keep an error to themselves.
struct Gate<'o> {
    out: &'o mut dyn Write,
    left: u64,
    shut: Option<Shut>,
}

enum Shut {
    /// More came than there is room for.
    Full,
    /// What lies behind it failed.
    Failed(io::Error),
}

impl Write for Gate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.shut.is_some() {
            return Err(io::ErrorKind::Other.into());
        }
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            self.shut = Some(Shut::Full);
            return Err(io::Error::other("there is no room for more bytes than the tensor has"));
        };
        if let Err(error) = self.out.write_all(bytes) {
            let kind = error.kind();
            self.shut = Some(Shut::Failed(error));
            return Err(kind.into());
        }
        self.left = left;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
