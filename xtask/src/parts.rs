//! The programs of others that the tests against real parts start.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    foreign,
    run::{Result, Steps, command, output, run, run_command, succeeds},
};

/// Each is a program, and the Debian package that has it.
const PARTS: [(&str, &str); 8] = [
    ("chromium", "chromium"),
    ("nginx", "nginx"),
    ("haproxy", "haproxy"),
    ("curl", "curl"),
    ("php", "php-cli"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("python3", "python3-venv"),
];
/// Where Debian has servers. It is not in everybody's `PATH`.
const SERVERS: &str = "/usr/sbin";
/// What Debian asks whether an installed service may be started. Answer 101: it may not.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const NOTHING_STARTS: &str = "\
#!/bin/sh
# Written by `cargo xtask test` while it installs packages. If it is left, delete it.
exit 101
";

/// The steps of `cargo xtask e2e`.
pub(crate) fn steps(steps: &mut Steps) {
    let mut ready = false;
    steps.step("parts", || provide().and_then(|()| foreign::provide()).inspect(|()| ready = true));
    if ready {
        // Of the whole workspace, for the features of the step "tests": nothing is built twice.
        steps.step("tests against real parts", || {
            let tests = "--test browser --test check --test foreign --test proxies --test serve";
            run(&format!("cargo test --workspace --all-features {tests} -- --ignored"))
        });
    }
}

/// Takes the pictures of the page of `tidings serve` that are in `docs`. The test that does it is one of those above; it takes its
/// time here, so that there is something to see.
pub(crate) fn screenshot() -> Result {
    if find("chromium").is_none() {
        install(&["chromium"])?;
    }
    let docs = fs::canonicalize("docs").map_err(|error| format!("docs: {error}"))?;
    let test = "cargo test --workspace --all-features --test serve -- --ignored look::it_looks_good";
    run_command(command(test).env("TIDINGS_PICTURES", docs))
}

/// Makes sure that the programs are there: installs what is missing if it may, and otherwise says how to.
fn provide() -> Result {
    let missing = PARTS.into_iter().filter(|(program, _)| !is_there(program));
    let missing: Vec<&str> = missing.map(|(_, package)| package).collect();
    if !missing.is_empty() {
        install(&missing)?;
    }
    for (program, _) in PARTS {
        let path = find(program).ok_or_else(|| format!("{program} is neither in PATH nor in {SERVERS}"))?;
        println!("{program}: {}", path.display());
    }
    Ok(())
}

/// Installs packages of Debian, if it may, and otherwise says how to.
pub(crate) fn install(missing: &[&str]) -> Result {
    let install = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    let root = output("id -u").is_ok_and(|user| user.trim() == "0");
    if !root || !succeeds("apt-get --version") {
        return Err(how_to(missing, &install));
    }
    run("apt-get update")?;
    without_services(|| run_command(command(&install).env("DEBIAN_FRONTEND", "noninteractive")))
}

fn is_there(program: &str) -> bool {
    // Debian has Python without what makes environments.
    find(program).is_some() && (program != "python3" || succeeds("python3 -m ensurepip --version"))
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([PathBuf::from(SERVERS)]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn how_to(missing: &[&str], install: &str) -> String {
    format!(
        "missing: {}\non Debian, install with: sudo apt-get update && sudo {install}\nelsewhere: install them in any way, \
         so that they can be called by these names; they only have to be in PATH",
        missing.join(", ")
    )
}

/// Does something while no service may be started: nginx would take port 80 of this machine.
fn without_services(install: impl FnOnce() -> Result) -> Result {
    if Path::new(POLICY).exists() {
        return install(); // the machine has a policy of its own; containers have this very one
    }
    fs::write(POLICY, NOTHING_STARTS).map_err(|error| format!("{POLICY}: {error}"))?;
    let result = run(&format!("chmod 755 {POLICY}")).and_then(|()| install());
    fs::remove_file(POLICY).map_err(|error| format!("{POLICY}: {error}"))?;
    result
}
