//! Tests of the validator through its public interface.

mod buffer;
mod entries;
mod grammar;
mod header;
mod hostile;
mod messages;
mod pages;
mod parameters;
mod prefix;
mod properties;
mod proposals;
mod sizes;
mod support;
mod views;
