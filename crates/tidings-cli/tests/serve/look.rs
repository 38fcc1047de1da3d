//! How the page looks, and the pictures of it in the docs.

use std::{env, fs, path::Path, time::Duration};

use serde_json::json;
use tidings_e2e::{hub::Hub, tab::Tab};

use crate::{
    page::{RETRY, cut, is, publish_by_form},
    support::{publish, start},
};

/// Functions that say what is wrong.
const LOOK: &str = include_str!("look.js");
const SCHEMES: [&str; 2] = ["light", "dark"];
/// Where pictures are written to, if this is set: `cargo xtask screenshot` does. They have some history then.
const PICTURES: &str = "TIDINGS_PICTURES";
/// What the pictures show, in CSS pixels.
const SIZE: (u32, u32) = (1120, 930);
/// How large they may be: everybody who clones the repository has them.
const MOST_BYTES: usize = 150_000;

/// On a phone and on a desktop, in light and dark: all of it can be read and used, and nothing is wider than the window.
#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_looks_good() {
    let pictures = env::var_os(PICTURES);
    let retry = if pictures.is_some() { "3000" } else { RETRY };
    let hub = start(&["--retry", retry]).await;
    let _subscriber = hub.subscribe("match=demo/*").await;
    history(&hub, if pictures.is_some() { 40 } else { 1 }).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;
    cut(&mut tab, &hub, "This was published while the page was away").await;
    publish_by_form(&mut tab, "Hello to everyone who listens").await;
    if pictures.is_some() {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    take_pictures(&mut tab, pictures.as_deref().map(Path::new)).await;

    everything(&mut tab, &hub).await;
    let mut colours = Vec::new();
    for (width, phone, least) in [(360, true, 40), (768, false, 24), (1280, false, 24)] {
        tab.resize((width, 800), phone).await;
        for scheme in SCHEMES {
            tab.prefer(scheme).await;
            for look in [format!("layout({width}, {least})"), "contrast()".to_owned()] {
                let problems = tab.evaluate(&format!("{LOOK}.{look}")).await;
                assert_eq!(problems, json!([]), "{width} px, {scheme}");
            }
            let style =
                "JSON.stringify([getComputedStyle(document.body)].flatMap((s) => [s.color, s.backgroundColor]))";
            colours.push(tab.evaluate(style).await);
        }
    }
    for pair in colours.chunks(2) {
        assert_ne!(pair[0], pair[1], "light and dark are the same");
    }
    assert_eq!(tab.complaints().await, []);
}

/// Lets there be something in the charts and in the list; one part of it takes a second.
async fn history(hub: &Hub, parts: u32) {
    for part in 0..parts {
        for number in 0..[1, 3, 0, 5, 2][part as usize % 5] {
            publish(hub, "demo/prices/gold", &format!("{}.{number}", 4012 + part)).await;
        }
        if parts > 1 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// Takes the pictures, and writes them if there is a place for them.
async fn take_pictures(tab: &mut Tab, folder: Option<&Path>) {
    // As it is where nobody says `--listen`.
    let default_port = "for (const code of document.querySelectorAll('.command code'))
        code.textContent = code.textContent.replace(location.port, '3000')";
    tab.evaluate(default_port).await;
    tab.resize(SIZE, false).await;
    for scheme in SCHEMES {
        tab.prefer(scheme).await;
        let picture = tab.picture().await;
        assert!(picture.starts_with(b"\x89PNG"));
        if let Some(folder) = folder {
            assert!(picture.len() < MOST_BYTES, "{} bytes", picture.len());
            let file = folder.join(format!("serve-{scheme}.png"));
            fs::write(&file, picture).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
}

/// Lets the page show all that it can: what is hidden at first, what is wrong, and names and data that do not fit.
async fn everything(tab: &mut Tab, hub: &Hub) {
    let long = "long".repeat(40);
    tab.evaluate(&format!("document.getElementById('type').value = '{long}'")).await;
    publish_by_form(tab, &long).await;
    publish(hub, "demo/hello", &"a line\n".repeat(9)).await;
    tab.until("document.querySelectorAll('#arrived details').length === 1").await;
    let show = "document.querySelector('#arrived details').open = true;
        document.getElementById('key-row').hidden = false;
        document.querySelector('#notices li').className = 'bad'";
    tab.evaluate(show).await;
}
