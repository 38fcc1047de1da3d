//! What npm and pip have to install for the servers of others that the client is tested against: in pinned versions, into
//! `target/foreign`.

use std::{fs, path::Path};

use crate::{
    node,
    run::{Result, command, run_command},
};

const PINNED: &str = "crates/tidings-e2e/foreign";
const INSTALLED: &str = "target/foreign";
/// The oldest Node that what is pinned works with.
const NODE: u32 = 20;

/// Makes sure that everything is there.
pub(crate) fn provide() -> Result {
    fs::create_dir_all(INSTALLED).map_err(|error| format!("{INSTALLED}: {error}"))?;
    check_node()?;
    install("package-lock.json", "node_modules", || {
        copy("package.json")?;
        copy("package-lock.json")?;
        run_command(&mut command(&format!("npm ci --prefix {INSTALLED} --ignore-scripts --no-audit --no-fund")))
    })?;
    install("requirements.txt", "venv", || {
        run_command(&mut command(&format!("python3 -m venv --clear {INSTALLED}/venv")))?;
        let pip = format!("{INSTALLED}/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps");
        run_command(command(&pip).args(["-r", &format!("{PINNED}/requirements.txt")]))
    })
}

fn check_node() -> Result {
    if node::is_at_least((NODE, 0))? {
        return Ok(());
    }
    Err(format!("the servers need node {NODE} or later: install it in any way"))
}

/// Installs into a folder, unless what is there was installed for these very pins.
fn install(pins: &str, folder: &str, work: impl FnOnce() -> Result) -> Result {
    let pinned = read(&Path::new(PINNED).join(pins))?;
    let folder = Path::new(INSTALLED).join(folder);
    let done = folder.join("tidings-pins");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == pinned) {
        println!("{}: as pinned", folder.display());
        return Ok(());
    }
    work()?;
    fs::write(&done, pinned).map_err(|error| format!("{}: {error}", done.display()))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn copy(name: &str) -> Result {
    let from = Path::new(PINNED).join(name);
    fs::copy(&from, Path::new(INSTALLED).join(name)).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(())
}
