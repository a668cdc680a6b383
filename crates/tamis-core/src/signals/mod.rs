//! Measures of one text; one published rule set a file.

pub mod c4_page;
pub mod fineweb_quality;
pub mod gopher_quality;
pub mod gopher_repetition;
pub mod hosts;
pub mod ngrams;
pub mod punctuation;
pub mod random;
pub mod repeats;
pub mod url_blocklist;
