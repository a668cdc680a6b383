//! What `mask_pii` and `document_safety` look for: one table of detectors, one pass over a text.
//!
//! Each detector has anchors, the few bytes that every hit starts with or holds; one automaton finds the anchors of all
//! detectors asked for, and the exact check of a detector runs there alone. Detectors of numbers are anchored at digits,
//! ASCII and full-width; addresses have a search of their own, around `@` and `.`.
pub mod addresses;
mod bank;
mod context;
mod digits;
mod ipv6;
mod national_phones;
mod phones;
mod resident_id;
mod scan;
mod secrets;
mod table;
mod zero_width;

pub use scan::{Found, Scanner, scanner};
pub use table::{DETECTORS, Detector};

use crate::error::{CoreError, Result};

/// What a detector's hits are counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    Email,
    Ip,
    Phone,
    ResidentId,
    Card,
    Iban,
    Secret,
    Injection,
    ZeroWidthRun,
    Payload,
}

impl Category {
    pub const ALL: [Category; 10] = [
        Category::Email,
        Category::Ip,
        Category::Phone,
        Category::ResidentId,
        Category::Card,
        Category::Iban,
        Category::Secret,
        Category::Injection,
        Category::ZeroWidthRun,
        Category::Payload,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Category::Email => "email",
            Category::Ip => "ip",
            Category::Phone => "phone",
            Category::ResidentId => "resident_id",
            Category::Card => "card",
            Category::Iban => "iban",
            Category::Secret => "secret",
            Category::Injection => "injection",
            Category::ZeroWidthRun => "zero_width_run",
            Category::Payload => "payload",
        }
    }

    pub fn from_name(name: &str) -> Result<Category> {
        let found = Category::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or_else(|| CoreError::new("unknown_category").with("name", name))
    }
}

#[cfg(test)]
#[path = "detectors_tests.rs"]
mod tests;
