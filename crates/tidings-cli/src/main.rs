//! The command line of Tidings: event streams of servers, as JSON lines and back; a hub to publish and subscribe; load for servers,
//! and a diagnosis.
//!
//! The exit status is 0 if all went well or the reader of the output has gone, 1 if the input, or the server under load, is at
//! fault or cannot be read, 2 if the arguments are wrong, 3 if `tail` ends before it has as many events as it should. `check` has
//! more to say: see there.

#![forbid(unsafe_code)]

mod bench;
mod check;
mod decode;
mod encode;
mod failure;
mod files;
mod input;
mod json_line;
mod request;
mod serve;
mod tail;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// A hub with thousands of connections looks at a little of each for every event. This allocator keeps objects of a size together, so
/// fewer pages are touched.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Check(arguments) => return check::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Encode(arguments) => encode::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Tail(arguments) => tail::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Works with event streams (Server-Sent Events).
#[derive(Parser)]
#[command(name = "tidings", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Bench(bench::Arguments),
    Check(check::Arguments),
    Decode(decode::Arguments),
    Encode(encode::Arguments),
    Serve(serve::Arguments),
    Tail(tail::Arguments),
}
