//! The C boundary from the other side: a program in C, compiled with the
//! committed header and linked with the library, reads files.

mod header;
mod program;
