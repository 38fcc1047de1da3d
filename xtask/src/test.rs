//! Everything.

use crate::{
    bench, check, conformance, fuzz, node, parts, python,
    run::{Steps, run, run_command},
    workflows,
};

/// How long the fuzzer looks at each target, in seconds.
const FUZZ: &str = "15";

/// The steps of `cargo xtask test`.
pub(crate) fn steps(steps: &mut Steps) {
    check::steps(steps);
    for (name, line) in [
        ("tests", "cargo test --workspace --all-features"),
        ("tests, default features", "cargo test -p tidings-codec"),
        ("tests, only std", "cargo test -p tidings-codec --no-default-features --features std --lib"),
        ("tests, no features", "cargo test -p tidings-codec --no-default-features --lib"),
        ("tests of the client, no features", "cargo test -p tidings-client --no-default-features --tests"),
        (
            "tests of the hub, no features",
            "cargo test -p tidings-hub --no-default-features --lib --test without_runtime",
        ),
    ] {
        steps.step(name, || run(line));
    }
    for peers in bench::WITH_PEERS {
        steps.step(format!("tests of benches/{peers}"), || bench::test(peers));
    }
    parts::steps(steps);
    python::steps(steps);
    node::steps(steps);
    steps.step("workflows", workflows::check);
    steps.step("tests, portable", || run_command(&mut conformance::portable("")));
    steps.step("benchmarks, once", bench::ours_once);
    steps.step("codec and peers, once", || bench::codec(&["--quick"]));
    steps.step("adapters and peers, once", || bench::adapters(&["--quick"]));
    steps.step("hub and peers, once", || bench::hub(&["--quick"]));
    steps.step("client and peers, once", || bench::client(&["--quick"]));
    steps.step("Python and peers, once", || python::bench(&["--quick"]));
    steps.step("node and peers, once", || node::bench(&["--quick"]));
    fuzz::steps(steps, FUZZ, &fuzz::targets());
}
