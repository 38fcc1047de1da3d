//! The live page in a browser.

use std::time::Duration;

use tidings_e2e::{hub::Hub, nginx, tab::Tab};

use crate::support::{publish, start};

/// How long the browser stays away when its stream is cut.
const RETRY: &str = "700";

/// The text of the element with this ID.
fn text(id: &str) -> String {
    format!("document.getElementById('{id}').innerText")
}

/// Whether the list of what has arrived has an event with this data, and this tag beside its type.
fn has_arrived(data: &str, tag: &str) -> String {
    format!(
        "[...document.querySelectorAll('#arrived li')].some((item) => item.innerText.includes('{data}') && item.innerText.includes('{tag}'))"
    )
}

/// Waits until the page's connection is in this state.
async fn is(tab: &mut Tab, state: &str) {
    tab.until(&format!("document.getElementById('state').dataset.state === '{state}'")).await;
}

/// Publishes by the page's form, and waits until the event is back.
async fn publish_by_form(tab: &mut Tab, data: &str) {
    let fill =
        format!("document.getElementById('data').value = '{data}'; document.querySelector('#publish button').click()");
    tab.evaluate(&fill).await;
    tab.until(&format!("{}.includes('was here after')", text("published"))).await;
    tab.until(&has_arrived(data, "yours")).await;
}

/// Cuts the connection by the page's button, with something published meanwhile: nothing is lost.
async fn cut(tab: &mut Tab, hub: &Hub, data: &str) {
    tab.evaluate("document.getElementById('cut').click()").await;
    is(tab, "reconnecting").await;
    publish(hub, "demo/hello", data).await;
    is(tab, "open").await;
    tab.until(&has_arrived(data, "came on return")).await;
    tab.until(&format!("{}.includes(' 0 lost')", text("notices"))).await;
    nothing_is_lost(tab).await;
}

async fn nothing_is_lost(tab: &mut Tab) {
    for counter in ["lost", "doubled"] {
        assert_eq!(tab.evaluate(&text(counter)).await, "0", "{counter}");
    }
}

#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_lives() {
    let hub = start(&["--retry", RETRY]).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;

    // All charts are there, and move.
    let lines = "JSON.stringify([...document.querySelectorAll('#charts .line')].map((line) => line.getAttribute('d')))";
    tab.until(&format!("{lines}.split('L').length > 6")).await;
    assert_eq!(tab.evaluate("document.querySelectorAll('#charts figure').length").await, 6);
    let before = tab.evaluate(lines).await;
    let received = tab.evaluate(&text("received")).await;
    tab.until(&format!("{lines} !== {before}")).await;
    tab.until(&format!("{} !== {received}", text("received"))).await;
    for (chart, unit) in [("CPU", "%"), ("Memory", "B"), ("Subscribers", "1 open stream"), ("Kept", "event")] {
        let figure = format!(
            "[...document.querySelectorAll('#charts figcaption')].find((caption) => caption.innerText.startsWith('{chart}')).innerText"
        );
        let caption = tab.evaluate(&figure).await.as_str().expect("it is text").to_owned();
        assert!(caption.contains(unit), "{caption:?}");
    }

    publish(&hub, "demo/hello", "<b>from elsewhere</b>").await;
    tab.until(&has_arrived("<b>from elsewhere</b>", "message")).await;
    publish_by_form(&mut tab, "from the page").await;
    cut(&mut tab, &hub, "while it was away").await;
    cut(&mut tab, &hub, "and again").await;
    assert_eq!(tab.complaints().await, []);

    // What the policy forbids would have been seen.
    tab.evaluate("document.body.append(Object.assign(new Image(), { src: 'data:,' }))").await;
    tab.until("document.images.length > 1").await;
    assert!(tab.complaints().await.iter().any(|complaint| complaint.text.contains("policy:")));
}

#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_survives_the_server() {
    let mut hub = start(&["--retry", RETRY]).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;
    // At once, and when the browser has found nobody there.
    for (down, data) in [(Duration::ZERO, "after the first time"), (Duration::from_secs(3), "after the second")] {
        assert_eq!(tab.complaints().await, []);
        hub.kill_and_restart(down).await;
        tab.until(&format!("{}.includes('The server was started anew')", text("notices"))).await;
        is(&mut tab, "open").await;
        publish(&hub, "demo/hello", data).await;
        tab.until(&has_arrived(data, "message")).await;
        tab.evaluate("document.getElementById('notices').replaceChildren()").await;
        let complaints = tab.complaints().await;
        assert!(complaints.iter().all(|complaint| complaint.source == "network"), "{complaints:?}");
    }
    nothing_is_lost(&mut tab).await;
}

#[tokio::test]
#[ignore = "needs Chromium and nginx: cargo xtask e2e"]
async fn it_lives_behind_nginx() {
    let hub = start(&["--retry", RETRY]).await;
    let proxy = nginx::start(hub.port(), "").await;
    let mut tab = Tab::open(&proxy.url(hyper::Version::HTTP_11, "/")).await;
    is(&mut tab, "open").await;
    publish(&hub, "demo/hello", "from elsewhere").await;
    tab.until(&has_arrived("from elsewhere", "message")).await;
    publish_by_form(&mut tab, "from the page").await;
    cut(&mut tab, &hub, "while it was away").await;
    assert_eq!(tab.complaints().await, []);
}
