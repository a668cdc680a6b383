//! Measures of one text; one published rule set a file.
