//! Rewrites of one text.

pub mod c4_lines;
pub mod mask_pii;
