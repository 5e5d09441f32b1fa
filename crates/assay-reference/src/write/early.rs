//! Has the disk begin while a large file is still being written, so that there
//! is little left to wait for at its end.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

/// After so many bytes the disk is asked to take what there is.
const STRIDE: u64 = 64 << 20;

/// Writes to a file; a second thread asks for what was written to be put on the
/// disk, again and again. Small files need none.
pub(super) fn with_early_sync<T>(
    file: &File,
    write: impl FnOnce(&mut dyn Write) -> T,
) -> (T, io::Result<()>) {
    thread::scope(|scope| {
        let mut early = Early { file, scope, since: 0, helper: None };
        let written = write(&mut early);
        let synced = early.helper.map_or(Ok(()), |(asks, helper)| {
            drop(asks);
            // An error is told once for each open file, so it must not get lost.
            helper.join().unwrap_or_else(|_| Err(io::Error::other("a thread died")))
        });
        (written, synced)
    })
}

struct Early<'scope, 'env> {
    file: &'env File,
    scope: &'scope Scope<'scope, 'env>,
    since: u64,
    helper: Option<(SyncSender<()>, ScopedJoinHandle<'scope, io::Result<()>>)>,
}

impl Early<'_, '_> {
    /// Asks for a sync, unless one is waiting to be made.
    fn ask(&mut self) {
        let file = self.file;
        let (asks, _) = self.helper.get_or_insert_with(|| {
            let (asks, asked) = sync_channel(1);
            let sync = move || asked.iter().try_for_each(|()| file.sync_data());
            (asks, self.scope.spawn(sync))
        });
        // Should the helper have failed, it says so in the end.
        let _ = asks.try_send(());
    }
}

impl Write for Early<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.since += count as u64;
        if self.since >= STRIDE {
            self.since = 0;
            self.ask();
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_whether_or_not_the_disk_is_asked() {
        for strides in [0, 3] {
            let file = tempfile::tempfile().unwrap();
            let piece = vec![1; STRIDE as usize / 4 + 1];
            let (written, synced) = with_early_sync(&file, |out| {
                (0..4 * strides + 1).try_for_each(|_| out.write_all(&piece))
            });
            assert!(written.is_ok() && synced.is_ok());
            let expected = (4 * strides + 1) as u64 * piece.len() as u64;
            assert_eq!(file.metadata().unwrap().len(), expected);
        }
    }
}
