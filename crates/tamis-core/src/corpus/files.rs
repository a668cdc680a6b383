//! Files that corpus steps exchange: fixed-width little-endian records, read by position.
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::{CoreError, Result};

/// How many files are open at once; far below the usual limit of 1,024.
const OPEN_FILES: usize = 200;

pub fn io_error(path: &Path, error: &io::Error) -> CoreError {
    CoreError::new("io")
        .with("path", path.display())
        .with("errno", error.raw_os_error().unwrap_or(0))
        .with("message", error)
}

pub fn damaged(path: &Path) -> CoreError {
    CoreError::new("damaged_file").with("path", path.display())
}

/// Files addressed by their place in a list; opened when read, the one opened longest ago closed first.
#[derive(Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
    open: Vec<Option<File>>,
    queue: std::collections::VecDeque<usize>,
}

impl Files {
    pub fn new(paths: Vec<PathBuf>) -> Self {
        let open = paths.iter().map(|_| None).collect();
        Files {
            paths,
            open,
            queue: std::collections::VecDeque::new(),
        }
    }

    pub fn path(&self, index: usize) -> &Path {
        &self.paths[index]
    }

    /// Fills `into` from `offset` on; a file that ends before is damaged.
    pub fn read_at(&mut self, index: usize, offset: u64, into: &mut [u8]) -> Result<()> {
        let path = &self.paths[index];
        let file = match &self.open[index] {
            Some(file) => file,
            None => {
                if self.queue.len() >= OPEN_FILES {
                    if let Some(oldest) = self.queue.pop_front() {
                        self.open[oldest] = None;
                    }
                }
                let file = File::open(path).map_err(|error| io_error(path, &error))?;
                self.queue.push_back(index);
                self.open[index].insert(file)
            }
        };
        file.read_exact_at(into, offset).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                damaged(path)
            } else {
                io_error(path, &error)
            }
        })
    }

    pub fn read_u64s(&mut self, index: usize, offset: u64, count: usize) -> Result<Vec<u64>> {
        let mut bytes = vec![0u8; count * 8];
        self.read_at(index, offset, &mut bytes)?;
        Ok(bytes.chunks_exact(8).map(u64_of).collect())
    }
}

/// The first eight bytes as a number; shorter input counts as zero-padded.
#[inline]
pub fn u64_of(bytes: &[u8]) -> u64 {
    let mut whole = [0u8; 8];
    let length = bytes.len().min(8);
    whole[..length].copy_from_slice(&bytes[..length]);
    u64::from_le_bytes(whole)
}

#[inline]
pub fn u32_of(bytes: &[u8]) -> u32 {
    u64_of(&bytes[..bytes.len().min(4)]) as u32
}

/// A file being written, with its path in every error.
pub struct Output {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl Output {
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| io_error(path, &error))?;
        Ok(Output {
            path: path.to_path_buf(),
            writer: BufWriter::with_capacity(1 << 18, file),
        })
    }

    #[inline]
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer
            .write_all(bytes)
            .map_err(|error| io_error(&self.path, &error))
    }

    pub fn finish(mut self) -> Result<()> {
        self.writer
            .flush()
            .map_err(|error| io_error(&self.path, &error))
    }
}

/// A file read from front to back in records of one width.
pub struct Records {
    path: PathBuf,
    reader: io::BufReader<File>,
    record: Vec<u8>,
}

impl Records {
    pub fn open(path: &Path, width: usize) -> Result<Self> {
        let file = File::open(path).map_err(|error| io_error(path, &error))?;
        Ok(Records {
            path: path.to_path_buf(),
            reader: io::BufReader::with_capacity(1 << 18, file),
            record: vec![0; width],
        })
    }

    /// The next record; None at the end. A file that ends within a record is damaged.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>> {
        use io::BufRead;
        let rest = self
            .reader
            .fill_buf()
            .map_err(|error| io_error(&self.path, &error))?;
        if rest.is_empty() {
            return Ok(None);
        }
        io::Read::read_exact(&mut self.reader, &mut self.record)
            .map_err(|_| damaged(&self.path))?;
        Ok(Some(&self.record))
    }
}
