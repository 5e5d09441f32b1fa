//! The files that are loaded: made here, changed between requests, summed here.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use assay_protocol::KeyedSum;
use assay_protocol::message::BenchWork;
use assay_reference::write::{Source, StreamedTensor, WriteOptions, Writer};
use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, DtypeClass};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng as _};

/// Places that change between two requests.
const CHANGES: u64 = 64;
/// Bytes that are read at a time to fill the page cache, and to measure what that can give.
const CHUNK: usize = 256 << 10;

/// A file with what is asked of it.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) what: BenchWork,
    pub(crate) path: PathBuf,
    pub(crate) file_bytes: u64,
    pub(crate) tensors: u64,
    pub(crate) bytes: u64,
    /// With [`BenchWork::Tensor`].
    pub(crate) tensor: Option<String>,
    /// Where the byte buffer begins.
    data_start: u64,
    file: File,
}

/// What a file is made of.
struct Layout {
    file: &'static str,
    /// Bytes of each tensor.
    tensor_bytes: u64,
    tensors: u64,
}

/// The files of a bench, `large` of this many MiB.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn subjects(folder: &Path, large_mib: u64) -> anyhow::Result<Vec<Subject>> {
    let large = Layout { file: "large", tensor_bytes: (large_mib << 20) / 64, tensors: 64 };
    let many = Layout { file: "many", tensor_bytes: 256, tensors: 20_000 };
    let header = Layout { file: "header", tensor_bytes: 2, tensors: 3_000 };
    check_room(folder, [&large, &many, &header].map(|one| one.tensor_bytes * one.tensors))?;
    let subject = |layout: &Layout, name, what| Subject::make(folder, layout, name, what);
    Ok(vec![
        subject(&large, "load", BenchWork::Load)?,
        subject(&large, "one tensor", BenchWork::Tensor)?,
        subject(&many, "many tensors", BenchWork::Load)?,
        subject(&header, "header", BenchWork::Header)?,
    ])
}

/// A file system in memory would take what there is, and more, before it says that it is full.
fn check_room(folder: &Path, files: [u64; 3]) -> anyhow::Result<()> {
    let needed: u64 = files.iter().sum();
    let system = nix::sys::statvfs::statvfs(folder)
        .with_context(|| format!("nobody can tell how much room {} has", folder.display()))?;
    #[allow(clippy::unnecessary_cast, reason = "their types differ between systems")]
    let room = (system.blocks_available() as u64).saturating_mul(system.fragment_size() as u64);
    // Half of it may be memory that is in use for something else.
    anyhow::ensure!(
        needed <= room / 2,
        "the files take {} MiB, and {} has room for {}: choose another folder with --folder, or a \
         smaller --size",
        needed >> 20,
        folder.display(),
        room >> 20
    );
    Ok(())
}

impl Subject {
    fn make(
        folder: &Path,
        layout: &Layout,
        name: &'static str,
        what: BenchWork,
    ) -> anyhow::Result<Subject> {
        let path = folder.join(format!("{}.safetensors", layout.file));
        if !path.exists() {
            layout.write(&path)?;
        }
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        let file_bytes = file.metadata()?.len();
        let contents = layout.tensor_bytes * layout.tensors;
        let bytes = match what {
            BenchWork::Load => contents,
            BenchWork::Tensor => layout.tensor_bytes,
            BenchWork::Header => file_bytes - contents,
        };
        let tensor = (what == BenchWork::Tensor).then(|| layout.name(layout.tensors / 2));
        let data_start = file_bytes - contents;
        let tensors = layout.tensors;
        Ok(Subject { name, what, path, file_bytes, tensors, bytes, tensor, data_start, file })
    }

    /// Changes some of the contents, so that nobody can know them from before.
    pub(crate) fn change(&self, random: &mut impl Rng) -> anyhow::Result<()> {
        let room = (self.file_bytes - self.data_start).saturating_sub(8);
        let mut places = vec![self.data_start];
        if let Some(tensor) = &self.tensor {
            places.push(self.place(tensor)?);
        }
        if room > 0 {
            places.extend((0..CHANGES).map(|_| self.data_start + random.next_u64() % room));
        }
        for place in places {
            let len = 8.min(self.file_bytes - place) as usize;
            self.file.write_all_at(&random.next_u64().to_le_bytes()[..len], place)?;
        }
        Ok(())
    }

    fn place(&self, tensor: &str) -> anyhow::Result<u64> {
        let opened = assay_reference::File::open(&self.path, &policy())?;
        let tensor = opened.reader().tensor(tensor).context("the file has the tensor")?;
        Ok(tensor.contents().start)
    }

    /// The sum that is right, and how many tensors are summed.
    pub(crate) fn expected(&self, nonce: u64) -> anyhow::Result<(u64, u64)> {
        let opened = assay_reference::File::open(&self.path, &policy())?;
        Ok(sum(opened.reader(), self.what, self.tensor.as_deref(), nonce))
    }

    /// Throws the file out of the page cache, and looks whether it is.
    ///
    /// # Errors
    /// If some of it is there still: a file system in memory has no other place for it.
    #[cfg(target_os = "linux")]
    pub(crate) fn evict(&self, random: &mut impl Rng) -> anyhow::Result<()> {
        use rustix::fs::{Advice, fadvise};
        use rustix::io::{Errno, ReadWriteFlags, preadv2};

        // Pages that are not on the disk yet would stay.
        self.file.sync_data()?;
        fadvise(&self.file, 0, None, Advice::DontNeed)?;
        let mut byte = [0];
        let places = (0..CHANGES).map(|_| random.next_u64() % self.file_bytes);
        for place in places.chain([0, self.file_bytes - 1]) {
            let mut buffers = [std::io::IoSliceMut::new(&mut byte)];
            // Reads only what needs no waiting.
            match preadv2(&self.file, &mut buffers, place, ReadWriteFlags::NOWAIT) {
                Err(Errno::AGAIN) => {}
                Ok(_) => anyhow::bail!(
                    "{} stays in memory: choose a folder on a disk with --folder",
                    self.path.display()
                ),
                Err(error) => anyhow::bail!(
                    "nobody can tell whether {} is in memory ({error}): choose another folder \
                     with --folder",
                    self.path.display()
                ),
            }
        }
        Ok(())
    }

    /// See above.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn evict(&self, _: &mut impl Rng) -> anyhow::Result<()> {
        anyhow::bail!("cold files can be had on Linux only")
    }

    /// Reads the file through one buffer, and sums it if asked to. Fills the page cache, too.
    pub(crate) fn stream(&self, nonce: Option<u64>) -> anyhow::Result<u64> {
        let mut file = File::open(&self.path)?;
        let mut buffer = vec![0; CHUNK];
        let mut sum = KeyedSum::new(nonce.unwrap_or_default());
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(sum.total()),
                count if nonce.is_some() => sum.add(&buffer[..count]),
                _ => {}
            }
        }
    }
}

/// What a right answer sums.
fn sum(reader: &Reader<'_>, what: BenchWork, tensor: Option<&str>, nonce: u64) -> (u64, u64) {
    let mut sum = KeyedSum::new(nonce);
    let count = match what {
        BenchWork::Load => {
            reader.tensors().for_each(|tensor| sum.add(tensor.data()));
            reader.len() as u64
        }
        BenchWork::Header => {
            reader.names().for_each(|name| sum.add(name.as_bytes()));
            reader.len() as u64
        }
        BenchWork::Tensor => {
            let found = tensor.and_then(|name| reader.tensor(name));
            found.inspect(|tensor| sum.add(tensor.data())).map_or(0, |_| 1)
        }
    };
    (sum.total(), count)
}

fn policy() -> Policy {
    Policy::new(&Dialect::latest(), Disputed::Accept)
}

impl Layout {
    /// Names as language models have them.
    fn name(&self, at: u64) -> String {
        let part = ["q_proj", "k_proj", "v_proj", "o_proj"][(at % 4) as usize];
        format!("model.layers.{}.self_attn.{part}.weight", at / 4)
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let dialect = Dialect::latest();
        // Halves of every kind hold any bytes; unsigned ones every library has.
        let mut dtypes = dialect.dtypes().iter();
        let dtype = dtypes.find(|dtype| dtype.class == DtypeClass::Float && dtype.bits == 32);
        let dtype = dtype.context("there is a dtype of 32 bits")?;
        let element = dtype.bits / 8;
        // What is too small for that is bytes.
        let bytes = dialect
            .dtypes()
            .iter()
            .find(|dtype| dtype.class == DtypeClass::Uint && dtype.bits == 8)
            .context("there is a dtype of bytes")?;
        let (dtype, shape) = match self.tensor_bytes % element {
            0 => (dtype, [self.tensor_bytes / element]),
            _ => (bytes, [self.tensor_bytes]),
        };
        let names: Vec<String> = (0..self.tensors).map(|at| self.name(at)).collect();
        let tensors = names.iter().enumerate().map(|(at, name)| StreamedTensor {
            name,
            dtype: &dtype.name,
            shape: &shape,
            source: Source::producer(move |out| {
                let mut random = ChaCha8Rng::seed_from_u64(at as u64);
                let mut left = self.tensor_bytes;
                let mut block = vec![0; CHUNK];
                while left > 0 {
                    let count = left.min(CHUNK as u64) as usize;
                    random.fill_bytes(&mut block[..count]);
                    out.write_all(&block[..count])?;
                    left -= count as u64;
                }
                Ok(())
            }),
        });
        let options = WriteOptions::default().durable(false);
        let writer = Writer::with_options(&dialect, options)?;
        writer.write_file(path, tensors, None)?;
        Ok(())
    }
}
