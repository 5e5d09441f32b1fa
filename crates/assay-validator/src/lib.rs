//! The executable specification: every rule of a dialect checked over bytes.
