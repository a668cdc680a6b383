//! Reading archives: inflating members, choosing charsets, and the depth of a page's markup.

pub mod charset;
pub mod inflate;
pub mod nesting;
pub mod prescan;
