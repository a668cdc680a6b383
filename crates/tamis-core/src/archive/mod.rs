//! Finding records in compressed archives.
