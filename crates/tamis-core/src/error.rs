//! Errors as kinds and fields; the sentences that people read are made in Python.
use std::fmt;

/// What a kernel refuses, by kind. `kind` is a stable word, `fields` are named values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreError {
    pub kind: &'static str,
    pub fields: Vec<(&'static str, String)>,
}

impl CoreError {
    pub fn new(kind: &'static str) -> Self {
        CoreError {
            kind,
            fields: Vec::new(),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for CoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind)?;
        for (name, value) in &self.fields {
            write!(formatter, " {name}={value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CoreError {}

pub type Result<T> = std::result::Result<T, CoreError>;
