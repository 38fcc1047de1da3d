//! Running commands, and keeping the score of steps.

use std::{
    fmt::Write as _,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

/// What a step comes to; an error is a message for the person who ran it.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The steps of a recipe.
#[derive(Default)]
pub(crate) struct Steps(Vec<Step>);

struct Step {
    name: String,
    time: Duration,
    passed: bool,
}

impl Steps {
    /// Does one step, under a heading.
    pub(crate) fn step(&mut self, name: impl Into<String>, work: impl FnOnce() -> Result) {
        let name = name.into();
        println!("\n=== {name}");
        let start = Instant::now();
        let result = work();
        if let Err(message) = &result {
            println!("error: {message}");
        }
        self.0.push(Step { name, time: start.elapsed(), passed: result.is_ok() });
    }

    /// Prints how each step went and how long it took; the last line counts them.
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n=== summary");
        for Step { name, time, passed } in &self.0 {
            println!("{:>7.1} s  {}  {name}", time.as_secs_f64(), if *passed { "ok    " } else { "FAILED" });
        }
        let total: Duration = self.0.iter().map(|step| step.time).sum();
        println!("{:>7.1} s  in all", total.as_secs_f64());
        let failed = self.0.iter().filter(|step| !step.passed).count();
        println!("{} passed, {failed} failed", self.0.len() - failed);
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A command, its words separated by spaces.
pub(crate) fn command(line: &str) -> Command {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Shows a command line and runs it.
pub(crate) fn run(line: &str) -> Result {
    run_command(&mut command(line))
}

/// Shows a command and runs it.
pub(crate) fn run_command(command: &mut Command) -> Result {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", shown(command))) }
}

/// Runs a command line for what it writes to standard output.
pub(crate) fn output(line: &str) -> Result<String> {
    let mut command = command(line);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(&command, &error))?;
    if !output.status.success() {
        return Err(format!("`{line}`: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("`{line}`: {error}"))
}

/// Whether a command line can be run and succeeds. What it writes is dropped.
pub(crate) fn succeeds(line: &str) -> bool {
    command(line).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut line = String::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            let _ = write!(line, "{}='{}' ", name.display(), value.display());
        }
    }
    line += &command.get_program().to_string_lossy();
    for argument in command.get_args() {
        let _ = write!(line, " {}", argument.display());
    }
    line
}

/// The message for a command that is missing, most likely.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("{} cannot be run: {error}", command.get_program().display())
}
