//! Kernels of tamis: one text or one hash at a time, no Python, no Arrow.

pub mod archive;
pub mod corpus;
pub mod detectors;
pub mod doc;
pub mod error;
pub mod models;
pub mod signals;
pub mod text;
pub mod transforms;
