//! Kernels that see many documents: signatures, buckets, clusters.
