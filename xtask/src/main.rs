//! The recipes of this repository, for people and for CI: `cargo xtask` lists them.
//!
//! A recipe is a list of [steps](run::Steps). All of them run, also after one has failed, and a summary closes the output.

#![forbid(unsafe_code)]

mod bench;
mod check;
mod conformance;
mod deps;
mod foreign;
mod fuzz;
mod metadata;
mod msrv;
mod no_std;
mod node;
mod parts;
mod python;
mod run;
mod test;
mod wasm;
mod workflows;

use std::{env, process::ExitCode};

use run::Steps;

const USAGE: &str = "\
Usage: cargo xtask <recipe>

  check                     all that is not running code: format, lints, docs, features, dependencies
  test                      everything: check, all tests, a short run of the fuzzer and of the benchmarks
  conformance               only the vectors of conformance/, with SIMD and without
  e2e                       only the tests against real parts: Chromium, proxies, servers of others
  python                    only the Python package: its tests, types and lints, and its source distribution
  node                      only the Node package: build, tests, types, packaging
  screenshot                takes the pictures of the page of `tidings serve` in docs/ again
  workflows                 only the linters of .github/workflows
  deps-check                only that the codec depends on nothing it should not
  fuzz <seconds> [target]   each fuzz target, or one, for so many seconds
  bench [arguments]         our own benchmarks, with arguments for criterion
  bench codec [arguments]   the codec beside its peers; --help lists the arguments
  bench adapters [args]     the adapters beside the frameworks' own event streams; likewise
  bench hub [arguments]     the hub behind the adapters, and `tidings serve`, beside others; likewise
  bench client [arguments]  the client beside others, and `tidings tail` beside curl and Python; likewise
  bench python [args]       the Python package beside its peers; likewise
  bench node [arguments]    the Node package beside its peers; likewise";

fn main() -> ExitCode {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    env::set_current_dir(root).expect("the repository is where this program was built");

    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut steps = Steps::default();
    match arguments[..] {
        ["check"] => check::steps(&mut steps),
        ["test"] => test::steps(&mut steps),
        ["conformance"] => conformance::steps(&mut steps),
        ["e2e"] => parts::steps(&mut steps),
        ["python"] => python::steps(&mut steps),
        ["node"] => node::steps(&mut steps),
        ["screenshot"] => steps.step("screenshot", parts::screenshot),
        ["workflows"] => steps.step("workflows", workflows::check),
        ["deps-check"] => steps.step("dependencies", deps::check),
        ["fuzz", seconds] if fuzz::is_duration(seconds) => fuzz::steps(&mut steps, seconds, &fuzz::targets()),
        ["fuzz", seconds, target] if fuzz::is_duration(seconds) => {
            fuzz::steps(&mut steps, seconds, &[target.to_owned()]);
        }
        ["bench", "codec", ref arguments @ ..] => steps.step("codec and peers", || bench::codec(arguments)),
        ["bench", "adapters", ref arguments @ ..] => steps.step("adapters and peers", || bench::adapters(arguments)),
        ["bench", "hub", ref arguments @ ..] => steps.step("hub and peers", || bench::hub(arguments)),
        ["bench", "client", ref arguments @ ..] => steps.step("client and peers", || bench::client(arguments)),
        ["bench", "python", ref arguments @ ..] => steps.step("Python and peers", || python::bench(arguments)),
        ["bench", "node", ref arguments @ ..] => steps.step("node and peers", || node::bench(arguments)),
        ["bench", ref arguments @ ..] => steps.step("benchmarks", || bench::ours(arguments)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    steps.finish()
}
