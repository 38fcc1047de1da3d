//! The fuzzer.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use crate::run::{Result, Steps, command, not_started, run, run_command, shown, succeeds};

const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";
/// An input that takes longer is a hang, in seconds.
const TIMEOUT: u32 = 10;

/// The fuzz targets.
pub(crate) fn targets() -> Vec<String> {
    let files = fs::read_dir("fuzz/fuzz_targets").into_iter().flatten().flatten();
    let mut names: Vec<String> = files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// Whether this is a number of seconds.
pub(crate) fn is_duration(seconds: &str) -> bool {
    seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0)
}

/// The steps of `cargo xtask fuzz`.
pub(crate) fn steps(steps: &mut Steps, seconds: &str, targets: &[String]) {
    let mut ready = false;
    steps.step("fuzzer", || prepare().inspect(|()| ready = true));
    for target in targets.iter().filter(|_| ready) {
        steps.step(format!("fuzz {target}"), || fuzz(target, seconds));
    }
}

/// Brings cargo-fuzz, writes the seeds and builds the targets.
fn prepare() -> Result {
    if !succeeds("rustc +nightly --version") {
        return Err("nightly Rust is missing; install it with: rustup toolchain install nightly".to_owned());
    }
    run(&format!("cargo install --quiet --locked --root target/tools {CARGO_FUZZ}"))?;
    run("cargo run --quiet -p tidings-testkit --example fuzz-seeds -- fuzz/corpus")?;
    run_command(&mut cargo_fuzz("build"))
}

fn cargo_fuzz(arguments: &str) -> Command {
    let mut cargo_fuzz = command(&format!("target/tools/bin/cargo-fuzz {arguments}"));
    // It would run the Cargo that runs us.
    cargo_fuzz.env_remove("CARGO").env("RUSTUP_TOOLCHAIN", "nightly");
    cargo_fuzz
}

/// Runs one target and says how far it came.
fn fuzz(target: &str, seconds: &str) -> Result {
    let options = format!("-max_total_time={seconds} -timeout={TIMEOUT} -print_final_stats=1");
    let mut fuzzer = cargo_fuzz(&format!("run {target} -- {options}"));
    println!("$ {}", shown(&fuzzer));
    let mut child = fuzzer.stderr(Stdio::piped()).spawn().map_err(|error| not_started(&fuzzer, &error))?;
    let mut report = Report::default();
    let mut log = Vec::new();
    for line in BufReader::new(child.stderr.take().expect("it is piped")).split(b'\n') {
        let line = line.map_err(|error| format!("reading what the fuzzer says: {error}"))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        report.read(&line);
        if line.contains("\tpulse ") {
            println!("{line}");
        }
        if !line.starts_with('#') {
            log.push(line);
        }
    }
    let status = child.wait().map_err(|error| format!("the fuzzer: {error}"))?;
    if status.success() {
        println!("{target}: {}", report.summary()?);
        return Ok(());
    }
    println!("{}", log.join("\n"));
    Err(match report.artifact {
        Some(artifact) => format!("{target} fails on {artifact}"),
        None => format!("{target}: {status}"),
    })
}

/// What is of interest in the words of libFuzzer.
#[derive(Default)]
struct Report {
    executions: Option<u64>,
    per_second: Option<u64>,
    /// Coverage and features when the seeds were read, and now.
    start: Option<[u64; 2]>,
    now: Option<[u64; 2]>,
    artifact: Option<String>,
}

impl Report {
    fn read(&mut self, line: &str) {
        if let (Some(coverage), Some(features)) = (number(line, "cov:"), number(line, "ft:")) {
            self.now = Some([coverage, features]);
            if line.contains("\tINITED ") {
                self.start = self.now;
            }
        }
        self.executions = number(line, "stat::number_of_executed_units:").or(self.executions);
        self.per_second = number(line, "stat::average_exec_per_sec:").or(self.per_second);
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.artifact = Some(path.to_owned());
        }
    }

    fn summary(&self) -> Result<String> {
        let (Some(executions), Some(per_second), Some(start), Some(now)) =
            (self.executions, self.per_second, self.start, self.now)
        else {
            return Err("the fuzzer did not say how far it came".to_owned());
        };
        Ok(format!(
            "{executions} executions ({per_second}/s), coverage {} at the start and {} at the end, features {} and {}",
            start[0], now[0], start[1], now[1]
        ))
    }
}

/// The number that stands in the line after this word.
fn number(line: &str, word: &str) -> Option<u64> {
    let (_, rest) = line.split_once(word)?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_fuzzer_are_understood() {
        let mut report = Report::default();
        for line in [
            "INFO: seed corpus: files: 3 min: 1b max: 99b total: 120b rss: 30Mb",
            "#4\tINITED cov: 120 ft: 240 corp: 3/120b exec/s: 0 rss: 30Mb",
            "#512\tpulse  cov: 130 ft: 250 corp: 4/130b lim: 4 exec/s: 256 rss: 31Mb",
            "#900\tDONE   cov: 140 ft: 260 corp: 5/140b lim: 4 exec/s: 450 rss: 31Mb",
            "stat::number_of_executed_units: 900",
        ] {
            report.read(line);
        }
        assert!(report.summary().is_err());
        report.read("stat::average_exec_per_sec:     450");
        let summary = "900 executions (450/s), coverage 120 at the start and 140 at the end, features 240 and 260";
        assert_eq!(report.summary().as_deref(), Ok(summary));
        assert_eq!(report.artifact, None);
        report.read("artifact_prefix='fuzz/'; Test unit written to fuzz/crash-1");
        assert_eq!(report.artifact.as_deref(), Some("fuzz/crash-1"));
    }
}
