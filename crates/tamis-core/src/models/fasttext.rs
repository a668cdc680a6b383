//! fastText's supervised models, read where they lie and run as the library runs them.
//!
//! Bojanowski et al. 2017 and Joulin et al. 2016 describe the model; the file format and each
//! quirk (signed bytes in the hash, `</s>` at the end, table look-ups, ties) are the library's.
use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use crate::error::{CoreError, Result};

mod best;
mod dictionary;
mod matrix;
mod memory;
mod output;
mod pruned;
mod reader;
mod tokens;

pub use tokens::Newlines;

use best::Best;
use dictionary::{Dictionary, NgramSettings};
use matrix::Matrix;
use memory::Memory;
use output::{Buffers, Loss};
use reader::Reader;
use tokens::each_token;

const MAGIC: i32 = 793_712_314;
const SUPERVISED: i32 = 3;
/// Version 11 had supervised models without character n-grams, whatever its header says.
const WITHOUT_CHARACTERS: i32 = 11;
const NEWEST: i32 = 12;
/// Larger than any model known (GlotLID 256, web-text classifiers 300).
const LARGEST_DIMENSION: i32 = 1 << 16;
/// Lengths of n-grams beyond this only waste time (defaults: 3 to 6 characters, 1 to 5 words).
const LONGEST_NGRAM: i32 = 1 << 10;

/// Where the bytes of a model are.
enum Bytes {
    Mapped(Mmap),
    #[cfg(test)]
    Held(Vec<u8>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            #[cfg(test)]
            Bytes::Held(bytes) => bytes,
        }
    }
}

/// A label with its score, which is the library's: it can pass 1 by some 1e-5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    pub label: u32,
    pub score: f32,
}

/// What is reused from text to text; one for each thread and model.
#[derive(Default)]
pub struct Scratch {
    memory: Memory,
    buffers: Buffers,
    best: Best,
    hidden: Vec<f32>,
    hashes: Vec<i32>,
    rows: Vec<u32>,
    text: Vec<u8>,
}

pub struct FastText {
    bytes: Bytes,
    dictionary: Dictionary,
    input: Matrix,
    output: Matrix,
    loss: Loss,
    labels: Vec<String>,
}

impl FastText {
    /// Map a `.bin` or `.ftz` file. Nothing is copied but the dictionary's index and what a
    /// quantised model unpacks.
    pub fn open(path: &Path) -> Result<FastText> {
        let failed = |error: std::io::Error| {
            CoreError::new("model_unreadable")
                .with("error", error.kind())
                .with("reason", error)
        };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() == 0 {
            return Err(CoreError::new("model_empty"));
        }
        // SAFETY: the map is only read. A model that is overwritten while it is in use is a
        // misuse that no reader of mapped files can guard against.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        FastText::read(Bytes::Mapped(map))
    }

    fn read(bytes: Bytes) -> Result<FastText> {
        let file = bytes.get();
        let mut reader = Reader::new(file);
        let header = Header::read(&mut reader)?;
        let dictionary = Dictionary::read(&mut reader, file, header.ngrams)?;
        let (input, quantised) = match reader.flag("input matrix")? {
            true => (
                Matrix::read_quantised(&mut reader, file, "input matrix")?,
                true,
            ),
            false => (Matrix::read_dense(&mut reader, "input matrix")?, false),
        };
        if dictionary.is_pruned() && !quantised {
            return Err(reader.invalid("dictionary", 0));
        }
        let output = match reader.flag("output matrix")? && quantised {
            true => Matrix::read_quantised(&mut reader, file, "output matrix")?,
            false => Matrix::read_dense(&mut reader, "output matrix")?,
        };
        let counts = dictionary.label_counts();
        if (input.shape().rows as u64) < dictionary.rows_needed()
            || input.shape().columns != header.dimension
        {
            return Err(reader.invalid("input matrix", input.shape().rows as i64));
        }
        if output.shape().rows != counts.len() || output.shape().columns != header.dimension {
            return Err(reader.invalid("output matrix", output.shape().rows as i64));
        }
        let loss = Loss::from_number(header.loss, counts)
            .ok_or_else(|| reader.invalid("loss", i64::from(header.loss)))?;
        let labels = (0..counts.len())
            .map(|number| String::from_utf8_lossy(dictionary.label(file, number)).into_owned())
            .collect();
        let input = input.for_sums(file);
        let output = match loss {
            Loss::HierarchicalSoftmax(_) => output,
            Loss::Softmax | Loss::Sigmoid(_) => output.for_products(file),
        };
        Ok(FastText {
            bytes,
            dictionary,
            input,
            output,
            loss,
            labels,
        })
    }

    /// The labels as the model has them, with their prefix.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The best `count` labels of a text, best first. None where the text has nothing that the
    /// model knows; labels whose score in a hierarchical softmax lies below 1e-5 are left out.
    pub fn predict(
        &self,
        text: &str,
        newlines: Newlines,
        count: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<Prediction>> {
        let mut held = std::mem::take(&mut scratch.text);
        let known = self.embed(joined(text, newlines, &mut held), scratch);
        scratch.text = held;
        if !known {
            return Ok(Vec::new());
        }
        let best = &mut scratch.best;
        best.restart(count.min(self.labels.len()));
        let bytes = self.bytes.get();
        self.loss.rank(
            bytes,
            &self.output,
            &scratch.hidden,
            best,
            &mut scratch.buffers,
        );
        let predictions: Vec<Prediction> = best
            .sorted()
            .iter()
            .map(|item| Prediction {
                label: item.label,
                score: item.log.exp(),
            })
            .collect();
        if predictions.iter().all(|found| found.score.is_finite()) {
            Ok(predictions)
        } else {
            Err(CoreError::new("model_not_finite"))
        }
    }

    /// The mean of the text's rows into `scratch.hidden`; false where there are none.
    fn embed(&self, text: &[u8], scratch: &mut Scratch) -> bool {
        let bytes = self.bytes.get();
        let Scratch {
            memory,
            hidden,
            hashes,
            rows: spare,
            ..
        } = scratch;
        hidden.clear();
        hidden.resize(self.input.shape().columns, 0.0);
        hashes.clear();
        let keep_hashes = self.dictionary.settings.word_ngrams > 1;
        let mut count = 0_usize;
        each_token(
            text,
            &self.dictionary,
            bytes,
            memory,
            spare,
            |rows, hash| {
                self.input.add_rows(bytes, rows, hidden);
                count += rows.len();
                if keep_hashes {
                    hashes.extend(hash);
                }
            },
        );
        if keep_hashes {
            self.dictionary.word_ngrams(hashes, |row| {
                self.input.add_rows(bytes, &[row], hidden);
                count += 1;
            });
        }
        let share = (1.0 / count as f64) as f32;
        hidden.iter_mut().for_each(|value| *value *= share);
        count > 0
    }
}

/// The text with its line ends dealt with; a line end is one of the blanks anyway.
fn joined<'a>(text: &'a str, newlines: Newlines, held: &'a mut Vec<u8>) -> &'a [u8] {
    let bytes = text.as_bytes();
    if newlines == Newlines::Space || memchr::memchr(b'\n', bytes).is_none() {
        return bytes;
    }
    held.clear();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        held.extend_from_slice(&bytes[start..end]);
        start = end + 1;
    }
    held.extend_from_slice(&bytes[start..]);
    held
}

struct Header {
    dimension: usize,
    loss: i32,
    ngrams: NgramSettings,
}

impl Header {
    fn read(reader: &mut Reader<'_>) -> Result<Header> {
        let part = "header";
        if reader.int(part)? != MAGIC {
            return Err(CoreError::new("not_fasttext"));
        }
        let version = reader.int(part)?;
        if !(WITHOUT_CHARACTERS..=NEWEST).contains(&version) {
            return Err(CoreError::new("model_version").with("version", version));
        }
        let dimension = reader.size(part, 1..LARGEST_DIMENSION)?;
        // Window, epochs, least count and negatives concern training alone.
        reader.range(part, 4, 4)?;
        let word_ngrams = reader.size(part, 0..LONGEST_NGRAM)?;
        let loss = reader.int(part)?;
        let model = reader.int(part)?;
        if model != SUPERVISED {
            return Err(CoreError::new("model_not_supervised"));
        }
        let buckets = reader.size(part, 0..i32::MAX)? as u32;
        let shortest = reader.size(part, 0..LONGEST_NGRAM)?;
        let longest = reader.size(part, 0..LONGEST_NGRAM)?;
        let longest = if version == WITHOUT_CHARACTERS {
            0
        } else {
            longest
        };
        // The rate of updates and the sampling threshold, again for training.
        reader.range(part, 12, 1)?;
        let ngrams = NgramSettings {
            word_ngrams,
            buckets,
            shortest,
            longest,
        };
        if ngrams.hashed() && buckets == 0 {
            return Err(reader.invalid("buckets", 0));
        }
        Ok(Header {
            dimension,
            loss,
            ngrams,
        })
    }
}

#[cfg(test)]
mod tests;
