//! Rewrites of one text.
