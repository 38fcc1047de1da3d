//! The page of the board in two browsers. It is the same for all three programs.

#![cfg(unix)]

use std::time::Duration;

use tidings_e2e::{port, program::Program, tab::Tab};

/// A name that would run if it became part of the page.
const HOSTILE: &str = "<img src=x onerror='document.title=1'>";

async fn set(tab: &mut Tab, name: &str, price: &str) {
    let fill = format!(
        "const form = document.querySelector('form'); form.elements.name.value = `{name}`; form.price.value = '{price}';"
    );
    tab.evaluate(&format!("{{ {fill} form.querySelector('button').click() }}")).await;
}

/// Waits until the page has these prices, and no others.
async fn shows(tab: &mut Tab, prices: &[(&str, &str)]) {
    let rows: Vec<String> = prices.iter().map(|(name, price)| format!("[`{name}`, '{price}']")).collect();
    let shown =
        "[...document.querySelectorAll('#prices tr')].map((row) => [...row.cells].map((cell) => cell.innerText))";
    tab.until(&format!("JSON.stringify({shown}) === JSON.stringify([{}])", rows.join(", "))).await;
}

#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn after_a_gap_the_page_has_the_state_again() {
    let port = port::free();
    let mut program =
        Program::start(env!("CARGO_BIN_EXE_example-hub-axum"), vec![format!("127.0.0.1:{port}")], port).await;
    let (mut ann, mut bob) = (Tab::open(&program.url("/")).await, Tab::open(&program.url("/")).await);
    for tab in [&mut ann, &mut bob] {
        tab.until("document.getElementById('state').innerText === 'connected'").await;
    }
    set(&mut ann, "gold", "4012.5").await;
    shows(&mut bob, &[("gold", "4012.5")]).await;
    set(&mut bob, HOSTILE, "1").await;
    set(&mut bob, "gold", "4013").await;
    shows(&mut ann, &[("gold", "4013"), (HOSTILE, "1")]).await;
    assert_eq!(ann.evaluate("document.images.length").await, 0);

    // The board begins anew, empty, and so does the page: what it had is not true any more.
    program.kill_and_restart(Duration::ZERO).await;
    for tab in [&mut ann, &mut bob] {
        shows(tab, &[]).await;
    }
    set(&mut ann, "silver", "51.2").await;
    for tab in [&mut ann, &mut bob] {
        shows(tab, &[("silver", "51.2")]).await;
    }
}
