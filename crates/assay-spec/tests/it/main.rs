//! The spec data as a whole: pages, editions, digests, schemas, generated files.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy.toml covers the tests themselves")]

mod editions;
mod files;
mod generated;
mod header_schema;
mod pages;
mod policy;
mod rfc;
mod schemas;
