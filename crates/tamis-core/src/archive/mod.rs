//! Reading archives: inflating members, choosing charsets, and what a page.s tags say without a parser.

pub mod charset;
pub mod inflate;
pub mod markup;

pub mod prescan;
