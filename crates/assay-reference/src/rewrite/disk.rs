//! Carries a plan out: temporary files, the comparison, the renaming.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use crate::file::File;
use crate::rewrite::proof::prove;
use crate::rewrite::{Observer, Part, Plan, Planned, Progress, RewriteError, Step, Written};
use crate::shards::Index;
use crate::write::{NewTensor, Pending, Source, StreamedTensor, WriteError, Writer};

/// Contents are copied so many bytes at a time; then the observer is asked.
const PIECE: usize = 4 << 20;

impl Plan<'_> {
    /// Writes one file and compares it with what was read before it takes its
    /// name, as [`Writer::write_file`] does it: the path may be that of the input.
    ///
    /// # Errors
    /// If the file would not be valid, is not what was read with the changes, or
    /// the system refuses; or if the observer breaks it off. A file of that name
    /// is then as it was.
    pub fn write_file(
        &self,
        path: impl AsRef<Path>,
        writer: &Writer,
        observer: &mut Observer<'_>,
    ) -> Result<Written, RewriteError> {
        let path = path.as_ref();
        let steps = Steps::new(self.bytes(), observer);
        let mut pending = Pending::new(path)?;
        let bytes = self.fill(&mut pending, self.tensors(), writer, &steps)?;
        self.compare(&[&pending], writer, &steps)?;
        pending.place(writer.options().durable)?;
        Ok(Written { path: path.to_owned(), bytes, tensors: self.tensors().len() })
    }

    /// Writes shards of at most `max_bytes` of contents (see [`Plan::parts`]),
    /// named `stem-00001-of-00003.safetensors`, and at last their index, whose
    /// name is returned with theirs. The shards take their names when all of
    /// them are written and compared with what was read.
    ///
    /// # Errors
    /// As for [`Plan::write_file`]; and if the folder holds shards of that stem.
    pub fn write_shards(
        &self,
        folder: impl AsRef<Path>,
        stem: &str,
        max_bytes: u64,
        writer: &Writer,
        observer: &mut Observer<'_>,
    ) -> Result<Vec<Written>, RewriteError> {
        let folder = folder.as_ref();
        let index_name = Index::file_name(stem);
        if !crate::shards::is_bare(&index_name) {
            return Err(RewriteError::Stem { stem: stem.to_owned() });
        }
        refuse_occupied(folder, stem)?;
        let steps = Steps::new(self.bytes(), observer);
        let parts = self.parts(max_bytes);
        if parts.is_empty() {
            return Err(RewriteError::NoTensors);
        }
        let (mut pending, mut written) = (Vec::new(), Vec::new());
        let mut index = Index::default();
        for (turn, part) in parts.iter().enumerate() {
            let name = shard_name(stem, turn + 1, parts.len());
            let tensors = &self.tensors()[part.tensors.clone()];
            let mut shard = Pending::new(&folder.join(&name))?;
            let bytes = self.fill(&mut shard, tensors, writer, &steps)?;
            index.add_shard(&name, tensors.iter().map(|tensor| tensor.name.as_str()), part.bytes);
            written.push(Written { path: folder.join(&name), bytes, tensors: tensors.len() });
            pending.push(shard);
        }
        self.compare(&pending.iter().collect::<Vec<_>>(), writer, &steps)?;
        let text = index.to_json();
        let index_path = folder.join(&index_name);
        let mut index_file = Pending::new(&index_path)?;
        index_file.fill(|out| Ok(out.write_all(&text)?))?;
        let durable = writer.options().durable;
        pending.into_iter().try_for_each(|shard| shard.place(durable))?;
        index_file.place(durable)?;
        let bytes = text.len() as u64;
        written.push(Written { path: index_path, bytes, tensors: self.tensors().len() });
        Ok(written)
    }

    /// Length of each shard's file that [`Plan::write_shards`] would write, with
    /// its name and its tensors.
    ///
    /// # Errors
    /// If one would not be valid.
    pub fn measure_shards(
        &self,
        stem: &str,
        max_bytes: u64,
        writer: &Writer,
    ) -> Result<Vec<(String, Part, u64)>, WriteError> {
        let parts = self.parts(max_bytes);
        let count = parts.len();
        let measure = |(turn, part): (usize, Part)| {
            let tensors = self.tensors()[part.tensors.clone()].iter();
            let len = writer.file_len(tensors.map(Planned::to_write), self.metadata())?;
            Ok((shard_name(stem, turn + 1, count), part, len))
        };
        parts.into_iter().enumerate().map(measure).collect()
    }

    fn fill(
        &self,
        pending: &mut Pending,
        tensors: &[Planned<'_>],
        writer: &Writer,
        steps: &Steps<'_, '_>,
    ) -> Result<u64, RewriteError> {
        let mut bytes = 0;
        let tensors = tensors.iter().map(|tensor| observed(tensor, steps));
        let filled = pending.fill(|out| {
            bytes = writer.write_to(out, tensors, self.metadata())?;
            Ok(())
        });
        match filled {
            Ok(()) => Ok(bytes),
            Err(_) if steps.is_broken_off() => Err(RewriteError::Interrupted),
            Err(error) => Err(error.into()),
        }
    }

    fn compare(
        &self,
        pending: &[&Pending],
        writer: &Writer,
        steps: &Steps<'_, '_>,
    ) -> Result<(), RewriteError> {
        steps.begin(Step::Comparing)?;
        let open = |pending: &&Pending| File::open(pending.temporary(), writer.policy());
        let files = pending.iter().map(open).collect::<Result<Vec<File>, _>>();
        let files = files.map_err(RewriteError::NotReadable)?;
        let outputs: Vec<_> = files.iter().map(File::reader).collect();
        prove(&self.inputs, &self.changes, &outputs, |bytes| steps.tick(bytes))
    }
}

/// `stem-00001-of-00003.safetensors`
fn shard_name(stem: &str, turn: usize, count: usize) -> String {
    format!("{stem}-{turn:05}-of-{count:05}.safetensors")
}

/// Shards of one model beside those of another, under the same stem, would be
/// taken for one.
fn refuse_occupied(folder: &Path, stem: &str) -> Result<(), RewriteError> {
    // A folder that cannot be read is refused when the first file is made.
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let in_the_way =
        |name: &&String| crate::shards::is_of_model(name, stem) || **name == Index::file_name(stem);
    match names.iter().find(in_the_way) {
        Some(name) => Err(RewriteError::Occupied { path: folder.join(name).display().to_string() }),
        None => Ok(()),
    }
}

/// A tensor whose contents are copied in pieces, each of which is reported.
fn observed<'t>(planned: &'t Planned<'_>, steps: &'t Steps<'_, '_>) -> StreamedTensor<'t> {
    let NewTensor { name, dtype, shape, data } = planned.to_write();
    let copy = move |out: &mut dyn Write| {
        data.chunks(PIECE).try_for_each(|piece| {
            out.write_all(piece)?;
            steps.tick(piece.len() as u64).map_err(|_| io::ErrorKind::Interrupted.into())
        })
    };
    StreamedTensor { name, dtype, shape, source: Source::producer(copy) }
}

/// How far the work is, for the observer.
struct Steps<'o, 'f> {
    observer: RefCell<&'o mut Observer<'f>>,
    progress: Cell<Progress>,
    broken_off: Cell<bool>,
}

impl<'o, 'f> Steps<'o, 'f> {
    fn new(of: u64, observer: &'o mut Observer<'f>) -> Self {
        let progress = Progress { step: Step::Writing, done: 0, of };
        Steps {
            observer: RefCell::new(observer),
            progress: Cell::new(progress),
            broken_off: Cell::new(false),
        }
    }

    fn begin(&self, step: Step) -> Result<(), RewriteError> {
        self.progress.set(Progress { step, done: 0, ..self.progress.get() });
        self.tick(0)
    }

    fn tick(&self, bytes: u64) -> Result<(), RewriteError> {
        let before = self.progress.get();
        let progress = Progress { done: before.done + bytes, ..before };
        self.progress.set(progress);
        match (self.observer.borrow_mut())(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                self.broken_off.set(true);
                Err(RewriteError::Interrupted)
            }
        }
    }

    fn is_broken_off(&self) -> bool {
        self.broken_off.get()
    }
}
