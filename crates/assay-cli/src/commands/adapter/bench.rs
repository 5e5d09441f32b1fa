//! The reference against the clock: mapped, read with threads, past the page cache.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use assay_protocol::KeyedSum;
use assay_protocol::message::{ErrorText, Reply};
use assay_reference::{Error, File, LazyFile, Load, Reader};

use super::Server;

/// The ways in which it can be timed.
pub(super) const MODES: [&str; 3] = ["mmap", "read", "direct"];

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'r> {
    pub(super) path: &'r str,
    pub(super) what: &'r str,
    pub(super) mode: &'r str,
    pub(super) tensor: &'r str,
    pub(super) nonce: &'r str,
}

/// What was loaded, and when the library returned.
struct Handed {
    sum: KeyedSum,
    count: u64,
    returned: Duration,
}

impl Server {
    pub(super) fn bench(&self, id: String, asked: Asked<'_>) -> anyhow::Result<Reply> {
        let nonce = u64::from_str_radix(asked.nonce, 16).context("the nonce is hexadecimal")?;
        let start = Instant::now();
        let handed = match asked.what {
            "header" => self.header(asked.path, nonce, start),
            "tensor" => self.one(asked, nonce, start),
            _ => self.load(asked.path, asked.mode).map(|file| {
                let returned = start.elapsed();
                all(file.reader(), nonce, returned)
            }),
        };
        Ok(match handed {
            Ok(Handed { sum, count, returned }) => Reply::Bench {
                id,
                sum: format!("{:016x}", sum.total()),
                count,
                returned_ns: u64::try_from(returned.as_nanos()).unwrap_or(u64::MAX),
            },
            Err(error) => {
                // A file that cannot be read is no judgement of the reader's.
                let Some(rule) = error.rule() else { anyhow::bail!("{error}") };
                let error = ErrorText { class: rule.to_string(), message: error.to_string() };
                Reply::Reject { id, error }
            }
        })
    }

    fn load(&self, path: &str, mode: &str) -> Result<File, Error> {
        match mode {
            "read" => Load::new().open(path, &self.policy),
            "direct" => Load::new().past_cache(true).open(path, &self.policy),
            _ => File::open(path, &self.policy),
        }
    }

    fn header(&self, path: &str, nonce: u64, start: Instant) -> Result<Handed, Error> {
        let file = LazyFile::open(path, &self.policy)?;
        let returned = start.elapsed();
        let mut sum = KeyedSum::new(nonce);
        file.header().names().for_each(|name| sum.add(name.as_bytes()));
        Ok(Handed { sum, count: file.header().len() as u64, returned })
    }

    /// One tensor: by name from the mapped file, or read alone.
    fn one(&self, asked: Asked<'_>, nonce: u64, start: Instant) -> Result<Handed, Error> {
        let mut sum = KeyedSum::new(nonce);
        let returned;
        if asked.mode == "mmap" {
            let file = File::open(asked.path, &self.policy)?;
            returned = start.elapsed();
            let tensor = file.reader().tensor(asked.tensor);
            sum.add(tensor.map(|tensor| tensor.data()).unwrap_or_default());
        } else {
            let file = LazyFile::open(asked.path, &self.policy)?;
            let bytes = file.read(asked.tensor)?;
            returned = start.elapsed();
            sum.add(&bytes);
        }
        Ok(Handed { sum, count: 1, returned })
    }
}

fn all(reader: &Reader<'_>, nonce: u64, returned: Duration) -> Handed {
    let mut sum = KeyedSum::new(nonce);
    reader.tensors().for_each(|tensor| sum.add(tensor.data()));
    Handed { sum, count: reader.len() as u64, returned }
}
