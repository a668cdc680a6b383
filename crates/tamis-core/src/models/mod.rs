//! Models that run in the core: fastText.
