//! The scripts of `examples/publish`, with the programs of others.

use std::{
    process::{Command, Output},
    time::Duration,
};

use tidings_e2e::process;

use crate::support::{data_until, publish, start};

const KEY: &str = "s3cret & more";

/// One of the scripts, and the program that runs it.
#[derive(Clone, Copy)]
struct Script {
    program: &'static str,
    path: &'static str,
}

const SHELL: Script =
    Script { program: "sh", path: concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/publish/publish.sh") };
const PHP: Script =
    Script { program: "php", path: concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/publish/publish.php") };

impl Script {
    /// Runs it to its end.
    async fn run(self, hub: &str, key: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(process::installed(self.program));
        command.arg(self.path).args(arguments).env("TIDINGS_URL", hub).env("TIDINGS_KEY", key);
        let run = tokio::task::spawn_blocking(move || command.output().expect("it can be started"));
        run.await.expect("it does not panic")
    }
}

async fn publishes(script: Script) {
    let hub = start(&["--publish-key", KEY]).await;
    let mut stream = hub.subscribe("match=a/b").await;
    for (data, event_type) in [("1", "message"), ("@größer=1&2%\n+3 ", "note"), ("", "message")] {
        let arguments = ["a/b", data, event_type];
        let arguments = if event_type == "message" { &arguments[..2] } else { &arguments };
        let output = script.run(&hub.url(""), KEY, arguments).await;
        assert!(output.status.success(), "{output:?}");
        let event = stream.event().await.expect("the stream does not end");
        assert_eq!((event.event_type(), event.data()), (event_type, data));
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", event.last_event_id()));
    }
    // Why it was refused is said.
    for (key, topic, reason) in [("", "a", "the key"), ("wrong", "a", "the key"), (KEY, "a\nb", "control character")] {
        let output = script.run(&hub.url(""), key, &[topic, "1"]).await;
        assert!(!output.status.success(), "{output:?}");
        let said = [output.stdout, output.stderr].concat();
        assert!(String::from_utf8_lossy(&said).contains(reason), "{}", said.escape_ascii());
    }
}

/// While the hub is away it tries again, and the event is published once.
async fn tries_again(script: Script) {
    let mut hub = start(&[]).await;
    let url = hub.url("");
    let restart = hub.kill_and_restart(Duration::from_millis(1500));
    let ((), output) = tokio::join!(restart, script.run(&url, "", &["a", "1"]));
    assert!(output.status.success(), "{output:?}");
    publish(&hub, "a", "end").await;
    let mut stream = hub.subscribe("match=a&lastEventID=earliest").await;
    assert_eq!(data_until(&mut stream, "end").await, ["1"]);
}

#[tokio::test]
#[ignore = "needs curl: cargo xtask e2e"]
async fn a_shell_script_publishes() {
    publishes(SHELL).await;
}

#[tokio::test]
#[ignore = "needs curl: cargo xtask e2e"]
async fn a_shell_script_tries_again() {
    tries_again(SHELL).await;
}

#[tokio::test]
#[ignore = "needs PHP: cargo xtask e2e"]
async fn a_php_script_publishes() {
    publishes(PHP).await;
}

#[tokio::test]
#[ignore = "needs PHP: cargo xtask e2e"]
async fn a_php_script_tries_again() {
    tries_again(PHP).await;
}
