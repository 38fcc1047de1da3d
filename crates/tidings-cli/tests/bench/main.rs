//! `tidings bench`, in a process of its own, against `tidings serve` and against servers that do wrong.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod arguments;
#[path = "../common/mod.rs"]
mod common;
mod faults;
mod hub;
mod script;
mod support;
