//! `tidings check`: what is wrong with an endpoint of events, and how to mend it.
//!
//! [`probe`] makes the requests and fills an [`Observation`](observation::Observation), with an [`observer`] for the bytes;
//! [`rules`] make findings of it; [`report`] tells them.

mod arguments;
mod code;
#[cfg(test)]
mod docs;
mod observation;
mod observer;
mod probe;
mod report;
mod rules;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

pub(super) use arguments::Arguments;
use code::Severity;
use probe::Seen;

use crate::failure::Failure;

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    check(arguments).unwrap_or_else(|failure| failure.report())
}

fn check(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let plan = arguments.plan()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(input)?;
    let mut seen = Seen::new(&plan);
    runtime.block_on(async {
        tokio::select! {
            () = probe::probe(&plan, &mut seen) => {}
            // What was seen so far is told. Without signals it ends by itself.
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
    });
    // A resolver that hangs is not waited for.
    runtime.shutdown_background();
    let seen = seen.finish();
    let mut findings = rules::findings(&seen);
    findings.retain(|finding| !arguments.allow.contains(&finding.code));
    let text = if arguments.json { report::json(&seen, &findings) } else { report::text(&seen, &findings) };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Output)?;
    Ok(match rules::worst(&findings) {
        Some(Severity::Error) => ExitCode::FAILURE,
        // 2 is for wrong arguments.
        Some(Severity::Warning) => ExitCode::from(3),
        Some(Severity::Hint) | None => ExitCode::SUCCESS,
    })
}

fn input(error: impl std::error::Error + 'static) -> Failure {
    Failure::Input { name: "check".to_owned(), message: probe::chain(&error) }
}
