//! Reading archives: inflating members, choosing charsets, and what a page's tags say without a parser.

pub mod charset;
pub mod hidden;
pub mod inflate;
mod inline_style;
pub mod markup;
pub mod prescan;
