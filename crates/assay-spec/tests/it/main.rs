//! The spec data as a whole: pages, editions, digests, schemas, generated files.

mod editions;
mod files;
mod generated;
mod header_schema;
mod pages;
mod schemas;
