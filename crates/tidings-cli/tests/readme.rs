//! The examples of the README do what they show.

#![cfg(unix)]

use std::{env, path::Path, process::Command};

#[test]
fn the_examples_of_the_readme_are_true() {
    let folder = Path::new(env!("CARGO_BIN_EXE_tidings")).parent().expect("a program is in a folder");
    let path = format!("{}:{}", folder.display(), env::var("PATH").expect("there is a PATH"));
    let mut examples = 0;
    for example in include_str!("../README.md").split("```console\n$ ").skip(1) {
        let (example, _) = example.split_once("```").expect("a block ends");
        let (command, want) = example.split_once('\n').expect("a command has output");
        let output = Command::new("sh")
            .args(["-c", &format!("{command} 2>&1")])
            .env("PATH", &path)
            .output()
            .expect("there is a shell");
        assert_eq!(String::from_utf8_lossy(&output.stdout), want, "{command}");
        examples += 1;
    }
    assert_eq!(examples, 4);
}
