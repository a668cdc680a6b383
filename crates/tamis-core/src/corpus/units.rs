//! The parts of a text that are compared over the whole corpus: where they lie, and a hash of each.
use std::borrow::Cow;

use super::exact::halves;
use crate::error::{CoreError, Result};
use crate::text::chars;

/// How a text is cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// What stands between line feeds, empty lines included.
    Line,
}

impl Unit {
    pub fn from_name(name: &str) -> Result<Unit> {
        match name {
            "line" => Ok(Unit::Line),
            _ => Err(CoreError::new("unknown_splitting").with("name", name)),
        }
    }
}

/// What is done to a part before it is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    None,
    /// Python's `strip().lower()`.
    StripLower,
}

impl Form {
    pub fn from_name(name: &str) -> Result<Form> {
        match name {
            "none" => Ok(Form::None),
            "strip-lower" => Ok(Form::StripLower),
            _ => Err(CoreError::new("unknown_normalisation").with("name", name)),
        }
    }

    fn of(self, part: &str) -> Cow<'_, str> {
        match self {
            Form::None => Cow::Borrowed(part),
            Form::StripLower => chars::lower(chars::strip(part)),
        }
    }
}

/// Three numbers for each part, in order: both halves of its hash within the group, and `start << 32 | end`
/// in code points. A text of more than 2^32 code points fails with `text_too_long`.
pub fn units(text: &str, unit: Unit, form: Form, group: u64, into: &mut Vec<u64>) -> Result<()> {
    if u32::try_from(text.len()).is_err() {
        return Err(CoreError::new("text_too_long").with("bytes", text.len()));
    }
    let Unit::Line = unit;
    let mut start = 0u64;
    for part in text.split('\n') {
        let end = start + chars::char_count(part) as u64;
        let (high, low) = halves(&form.of(part), group);
        into.extend([high, low, start << 32 | end]);
        start = end + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(text: &str, form: Form) -> Vec<(u64, u64, u64)> {
        let mut numbers = Vec::new();
        units(text, Unit::Line, form, 0, &mut numbers).unwrap();
        let triples = numbers.chunks_exact(3);
        triples
            .map(|one| (one[0], one[2] >> 32, one[2] & 0xffff_ffff))
            .collect()
    }

    #[test]
    fn places_are_code_points() {
        for (text, places) in [
            ("", vec![(0, 0)]),
            ("a\n", vec![(0, 1), (2, 2)]),
            ("é字\n\nb\r\nc", vec![(0, 2), (3, 3), (4, 6), (7, 8)]),
        ] {
            let these: Vec<_> = found(text, Form::None)
                .iter()
                .map(|(_, start, end)| (*start, *end))
                .collect();
            assert_eq!(these, places, "{text:?}");
        }
    }

    #[test]
    fn forms() {
        let lines = "The End.\n\u{a0} the end.\u{1f}\nthe  end.\nThe end.";
        let hashes: Vec<u64> = found(lines, Form::StripLower)
            .iter()
            .map(|one| one.0)
            .collect();
        assert!(hashes[0] == hashes[1] && hashes[0] == hashes[3] && hashes[0] != hashes[2]);
        let exact: Vec<u64> = found(lines, Form::None).iter().map(|one| one.0).collect();
        assert!(exact[0] != exact[1] && exact[0] != exact[3]);
        assert!(Form::from_name("lower").is_err() && Unit::from_name("word").is_err());
    }
}
