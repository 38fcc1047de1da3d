//! Two browsers in a room.

#![cfg(unix)]

use std::time::Duration;

use tidings_e2e::{port, program::Program, tab::Tab};

/// Something that would run if it became part of the page.
const HOSTILE: &str = "<img src=x onerror='document.title=1'><b>bold</b>";

async fn enter(program: &Program, name: &str) -> Tab {
    let mut tab = Tab::open(&program.url(&format!("/?room=lobby&name={name}"))).await;
    is(&mut tab, "open").await;
    tab
}

async fn is(tab: &mut Tab, state: &str) {
    tab.until(&format!("document.getElementById('state').dataset.state === '{state}'")).await;
}

async fn say(tab: &mut Tab, text: &str) {
    let say =
        format!("document.getElementById('say').text.value = `{text}`; document.querySelector('#say button').click()");
    tab.evaluate(&say).await;
}

/// Waits until this is among the messages, as text.
async fn shows(tab: &mut Tab, text: &str) {
    let text =
        format!("[...document.querySelectorAll('#messages li')].some((item) => item.innerText.includes(`{text}`))");
    tab.until(&text).await;
}

async fn are_present(tab: &mut Tab, count: usize) {
    tab.until(&format!("document.getElementById('present').innerText === '{count} here'")).await;
}

#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn two_talk() {
    let port = port::free();
    let mut program = Program::start(env!("CARGO_BIN_EXE_example-chat"), vec![format!("127.0.0.1:{port}")], port).await;
    let mut ann = enter(&program, "ann").await;
    say(&mut ann, "before bob came").await;
    shows(&mut ann, "before bob came").await;
    let mut bob = enter(&program, "bob").await;
    shows(&mut bob, "before bob came").await;
    are_present(&mut ann, 2).await;
    are_present(&mut bob, 2).await;

    say(&mut bob, HOSTILE).await;
    for tab in [&mut ann, &mut bob] {
        shows(tab, HOSTILE).await;
        assert_eq!(tab.evaluate("document.querySelectorAll('#messages img, #messages p b').length").await, 0);
        assert_eq!(tab.evaluate("document.title").await, "lobby · Tidings");
        assert_eq!(tab.complaints().await, []);
    }
    assert_eq!(ann.evaluate("document.querySelectorAll('.mine').length").await, 1);

    program.kill_and_restart(Duration::ZERO).await;
    for tab in [&mut ann, &mut bob] {
        shows(tab, "The server was started anew").await;
        is(tab, "open").await;
        are_present(tab, 2).await;
    }
    say(&mut ann, "still here").await;
    shows(&mut bob, "still here").await;
    drop(bob);
    are_present(&mut ann, 1).await;
}

#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn a_moderator_bans() {
    let program = example_testing::Program::start(env!("CARGO_BIN_EXE_example-chat"), &[("CHAT_KEY", "secret")]);
    let url = |name| format!("http://{}/?room=lobby&name={name}", program.address());
    let mut ann = Tab::open(&format!("{}#key=secret", url("ann"))).await;
    let mut eve = Tab::open(&url("eve")).await;
    is(&mut eve, "open").await;
    say(&mut eve, "spam").await;
    shows(&mut ann, "spam").await;
    ann.evaluate("document.querySelector('#messages button').click()").await;
    shows(&mut ann, "eve was banned").await;
    // Her stream ends, the browser comes back, and is told 403.
    is(&mut eve, "closed").await;
    shows(&mut eve, "does not let you in").await;
    are_present(&mut ann, 1).await;
    say(&mut eve, "let me in").await;
    shows(&mut eve, "Not sent: banned from this room").await;
}
