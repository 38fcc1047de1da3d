//! The browser.

use std::{
    process::{ChildStdin, ChildStdout},
    time::Duration,
};

use crate::{
    folder::Folder,
    process::{self, Process},
};

/// What is not about the page: no window, no sandbox (it needs rights that containers do not have), and no talk with the
/// rest of the world.
const OPTIONS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
    "--password-store=basic",
];

/// How long it may take to end by itself.
const LONGEST_END: Duration = Duration::from_secs(5);

/// A running headless Chromium with one page.
///
/// There is no remote control unless it is opened as a [`Tab`](crate::tab::Tab): the page
/// [reports](crate::page::Page::report) what it sees. Over HTTP/1.1 a browser has at most six
/// connections at once for each host and port, and every open event stream takes one.
#[derive(Debug)]
pub struct Chromium(Process);

impl Chromium {
    /// Opens a page in a browser that has never been used before.
    pub fn open(url: &str) -> Self {
        let folder = Folder::new("chromium");
        let arguments = arguments(&folder, [url]);
        Self(Process::start(&process::installed("chromium"), arguments, folder))
    }

    /// Opens an empty page in a browser that has never been used before, with the two ends of its remote control.
    pub(crate) fn with_remote_control() -> (Self, ChildStdin, ChildStdout) {
        let folder = Folder::new("chromium");
        let arguments = arguments(&folder, ["--remote-debugging-pipe", "about:blank"]);
        let (process, to, from) = Process::start_with_pipes(&process::installed("chromium"), arguments, folder);
        (Self(process), to, from)
    }
}

fn arguments<const N: usize>(folder: &Folder, more: [&str; N]) -> Vec<String> {
    let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
    OPTIONS.into_iter().chain([profile.as_str()]).chain(more).map(str::to_owned).collect()
}

/// Killed, it would leave processes behind that write to its folder for a while, and bring it back.
impl Drop for Chromium {
    fn drop(&mut self) {
        self.0.terminate_and_wait(LONGEST_END);
    }
}
