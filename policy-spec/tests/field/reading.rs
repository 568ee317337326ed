//! How a document is read.
