//! `tidings serve` as publishers and subscribers see it: over HTTP, in a process of its own.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod access;
mod bad_input;
mod cut;
mod end;
mod log;
mod look;
mod mercure;
mod nginx;
mod operations;
mod page;
mod publish;
mod publishers;
mod resume;
mod slow;
mod subscribe;
mod support;
mod vitals;
