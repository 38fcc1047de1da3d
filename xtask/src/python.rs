//! The Python package. Each recipe has an environment of its own, in `target/python`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    parts,
    run::{Result, Steps, command, output, run_command, succeeds},
};

const PACKAGE: &str = "bindings/python";
/// Where the package is built, also from its source distribution: what both need is compiled once.
const BUILD: &str = "bindings/python/target";
const ENVIRONMENTS: &str = "target/python";
const UV: &str = "uv==0.13.9";
/// What the tests need. The package itself works with older ones: `requires-python` in its `pyproject.toml`.
const OLDEST: &str = "(3,11)";

/// The steps of `cargo xtask python`.
pub(crate) fn steps(steps: &mut Steps) {
    let mut environment = None;
    steps.step("Python: environment", || {
        environment = Some(Environment::new("tests", &format!("{PACKAGE}/tests/requirements.txt"))?);
        Ok(())
    });
    let Some(environment) = environment else { return };
    steps.step("Python: lints", || {
        for features in ["", "abi3"] {
            let line = format!(
                "cargo clippy --release --manifest-path {PACKAGE}/Cargo.toml --features={features} -- -D warnings"
            );
            run_command(environment.python_for_cargo(&mut command(&line)))?;
        }
        environment.run_in(PACKAGE, "-m ruff format --check")?;
        environment.run_in(PACKAGE, "-m ruff check python")
    });
    let mut installed = false;
    steps.step("Python: package", || environment.install(PACKAGE).inspect(|()| installed = true));
    if installed {
        // From its folder, where its configuration is, and where there is no `tidings` that is not installed.
        steps.step("Python: tests", || environment.run_in(PACKAGE, "-m pytest -q"));
        steps.step("Python: types", || {
            environment.run_in(PACKAGE, "-m mypy --strict python/tidings tests")?;
            environment.run_in(PACKAGE, "-m mypy.stubtest tidings")
        });
    }
    steps.step("Python: source distribution", || source_distribution(&environment));
}

/// The package beside its peers.
pub(crate) fn bench(arguments: &[&str]) -> Result {
    let environment = Environment::new("bench", &format!("{PACKAGE}/bench/requirements.txt"))?;
    environment.install(PACKAGE)?;
    run_command(environment.python().arg(format!("{PACKAGE}/bench/main.py")).args(arguments))
}

/// Builds it, installs it where nothing else is, and uses that.
fn source_distribution(environment: &Environment) -> Result {
    let folder = format!("{ENVIRONMENTS}/sdist");
    remove(&folder)?;
    environment.run(&format!("-m maturin sdist -m {PACKAGE}/Cargo.toml -o {folder}"))?;
    let mut entries = fs::read_dir(&folder).map_err(|error| format!("{folder}: {error}"))?;
    let Some(Ok(file)) = entries.next() else { return Err(format!("{folder} is empty")) };
    remove(&format!("{ENVIRONMENTS}/empty"))?;
    let empty = Environment::empty("empty")?;
    empty.install(&file.path().to_string_lossy())?;
    empty.run(&format!("{PACKAGE}/tests/installed.py"))
}

fn remove(folder: &str) -> Result {
    if !Path::new(folder).exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(|error| format!("{folder}: {error}"))
}

/// A virtual environment.
pub(crate) struct Environment {
    python: PathBuf,
}

impl Environment {
    /// Makes sure that there is one of this name with what a file of requirements says.
    pub(crate) fn new(name: &str, requirements: &str) -> Result<Self> {
        let environment = Self::empty(name)?;
        let mut install = uv()?;
        install
            .args(["pip", "install", "--quiet", "--requirements", requirements, "--python"])
            .arg(&environment.python);
        run_command(&mut install)?;
        Ok(environment)
    }

    /// Makes sure that there is one of this name.
    fn empty(name: &str) -> Result<Self> {
        provide()?;
        let folder = std::env::current_dir().map_err(|error| error.to_string())?.join(ENVIRONMENTS).join(name);
        let python = folder.join("bin").join("python");
        if !python.is_file() {
            run_command(command("python3 -m venv").arg(&folder))?;
        }
        Ok(Self { python })
    }

    fn install(&self, package: &str) -> Result {
        let mut pip = self.python();
        pip.args("-m pip install -q --disable-pip-version-check --force-reinstall --no-deps".split(' '));
        let package = if package == PACKAGE { format!("./{PACKAGE}") } else { package.to_owned() };
        let build = std::env::current_dir().map_err(|error| error.to_string())?.join(BUILD);
        run_command(pip.arg(package).env("CARGO_TARGET_DIR", build))
    }

    fn run(&self, arguments: &str) -> Result {
        run_command(self.python().args(arguments.split(' ')))
    }

    fn run_in(&self, folder: &str, arguments: &str) -> Result {
        run_command(self.python().args(arguments.split(' ')).current_dir(folder))
    }

    /// A program that was installed in it.
    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.python.with_file_name(name))
    }

    fn python(&self) -> Command {
        Command::new(&self.python)
    }

    /// Lets a build know which Python it is for.
    fn python_for_cargo<'c>(&self, cargo: &'c mut Command) -> &'c mut Command {
        cargo.env("PYO3_PYTHON", &self.python)
    }
}

/// What fills the environments: it takes seconds where pip takes a minute. The package itself is installed with pip, as its
/// users do.
fn uv() -> Result<Command> {
    let environment = Environment::empty("uv")?;
    environment.run(&format!("-m pip install -q --disable-pip-version-check {UV}"))?;
    Ok(environment.program("uv"))
}

/// Makes sure that there is a Python that can make environments.
fn provide() -> Result {
    let mut missing = Vec::new();
    if !succeeds("python3 --version") {
        missing.push("python3");
    }
    // Debian has what an environment begins with in a package of its own.
    if !succeeds("python3 -m ensurepip --version") {
        missing.push("python3-venv");
    }
    if !missing.is_empty() {
        parts::install(&missing)?;
    }
    let version = output("python3 --version")?;
    if succeeds(&format!("python3 -c __import__('sys').exit(__import__('sys').version_info<{OLDEST})")) {
        return Ok(());
    }
    Err(format!("{} is too old for the tests: {OLDEST} or later has to be `python3` in PATH", version.trim()))
}
