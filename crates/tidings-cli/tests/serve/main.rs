//! `tidings serve` as publishers and subscribers see it: over HTTP, in a process of its own.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod access;
mod bad_input;
mod end;
mod look;
mod nginx;
mod operations;
mod page;
mod publish;
mod publishers;
mod resume;
mod slow;
mod subscribe;
mod support;
