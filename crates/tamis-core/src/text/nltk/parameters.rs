//! What Punkt has learned of a language, given once at run time.
use std::sync::OnceLock;

use hashbrown::{HashMap, HashSet};

use crate::error::{CoreError, Result};

/// Seen inside a sentence with a capital.
pub const INSIDE_UPPER: u8 = 1 << 2;
/// Seen at the start of a sentence with a small letter.
pub const START_LOWER: u8 = 1 << 4;
/// Seen with a capital anywhere.
pub const ANY_UPPER: u8 = 1 << 1 | INSIDE_UPPER | 1 << 3;
/// Seen with a small letter anywhere.
pub const ANY_LOWER: u8 = START_LOWER | 1 << 5 | 1 << 6;

/// Word types are in lower case, numbers are `##number##`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// Without the final full stop.
    pub abbreviations: HashSet<String>,
    /// Two words that stand around a full stop which ends no sentence, with a blank between.
    pub collocations: HashSet<String>,
    pub starters: HashSet<String>,
    /// The contexts in which a word was seen, as flags.
    pub orthography: HashMap<String, u8>,
}

static ENGLISH: OnceLock<Parameters> = OnceLock::new();

/// Keep the English parameters for this process; a second, different set is refused.
pub fn set_parameters(parameters: Parameters) -> Result<()> {
    match ENGLISH.set(parameters) {
        Err(parameters) if ENGLISH.get() != Some(&parameters) => {
            Err(CoreError::new("punkt_already_set"))
        }
        _ => Ok(()),
    }
}

pub fn parameters() -> Result<&'static Parameters> {
    ENGLISH.get().ok_or_else(|| CoreError::new("punkt_missing"))
}
