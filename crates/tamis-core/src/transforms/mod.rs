//! Rewrites of one text.

pub mod c4_lines;
pub mod fix_text;
pub mod mask_pii;
