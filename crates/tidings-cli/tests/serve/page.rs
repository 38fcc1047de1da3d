//! The live page in a browser.

use std::{process::Command, time::Duration};

use tidings_e2e::{hub::Hub, tab::Tab};

use crate::support::{next, publish, start};

/// How long the browser stays away when its stream is cut.
pub(crate) const RETRY: &str = "2000";

/// The text of the element with this ID.
pub(crate) fn text(id: &str) -> String {
    format!("document.getElementById('{id}').innerText")
}

/// Whether the list of what has arrived has an event with this data, and this tag beside its type.
pub(crate) fn has_arrived(data: &str, tag: &str) -> String {
    format!(
        "[...document.querySelectorAll('#arrived li')].some((item) => item.innerText.includes('{data}') && item.innerText.includes('{tag}'))"
    )
}

/// Waits until the page's connection is in this state.
pub(crate) async fn is(tab: &mut Tab, state: &str) {
    tab.until(&format!("document.getElementById('state').dataset.state === '{state}'")).await;
}

/// Publishes by the page's form, and waits until the event is back.
pub(crate) async fn publish_by_form(tab: &mut Tab, data: &str) {
    let fill =
        format!("document.getElementById('data').value = '{data}'; document.querySelector('#publish button').click()");
    tab.evaluate(&fill).await;
    tab.until(&format!("{}.includes('was here after')", text("published"))).await;
    tab.until(&has_arrived(data, "yours")).await;
}

/// Cuts the connection by the page's button, with something published meanwhile: nothing is lost.
pub(crate) async fn cut(tab: &mut Tab, hub: &Hub, data: &str) {
    tab.evaluate("document.getElementById('cut').click()").await;
    is(tab, "reconnecting").await;
    publish(hub, "demo/hello", data).await;
    is(tab, "open").await;
    tab.until(&has_arrived(data, "came on return")).await;
    tab.until(&format!("{}.includes(' 0 lost')", text("notices"))).await;
    nothing_is_lost(tab).await;
}

pub(crate) async fn nothing_is_lost(tab: &mut Tab) {
    for counter in ["lost", "doubled"] {
        assert_eq!(tab.evaluate(&text(counter)).await, "0", "{counter}");
    }
}

/// A page without charts claims nothing that only they could tell.
#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_does_without_vitals() {
    let hub = start(&["--retry", RETRY, "--no-vitals"]).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;
    tab.until("document.getElementById('charts').hidden").await;
    for counter in ["lost", "doubled"] {
        assert_eq!(tab.evaluate(&text(counter)).await, "–", "{counter}");
    }
    assert!(!tab.evaluate(&text("state-since")).await.as_str().expect("it is text").contains("silent"));
    publish(&hub, "demo/hello", "from elsewhere").await;
    tab.until(&has_arrived("from elsewhere", "message")).await;
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

/// What the page says to type into a terminal does what it says.
#[tokio::test]
#[ignore = "needs Chromium and curl: cargo xtask e2e"]
async fn its_commands_work() {
    let hub = start(&[]).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;
    let command = tab.evaluate(&text("publish-command")).await;
    shell(command.as_str().expect("it is text"));
    tab.until(&has_arrived("Hello", "message")).await;

    let command = tab.evaluate(&text("subscribe-command")).await;
    let first = shell(&format!("{} --silent --max-time 1", command.as_str().expect("it is text")));
    assert!(first.contains("id: "), "{first:?}");

    tab.evaluate("document.querySelector('[data-copy=subscribe-command]').click()").await;
    let copied = "document.querySelector('[data-copy=subscribe-command]').innerText";
    let copied = tab.until(&format!("{copied} !== 'Copy' && {copied}")).await;
    if copied != "Copied" {
        // This browser lets nobody write to its clipboard.
        assert_eq!(copied, "Selected");
        assert_eq!(tab.evaluate("getSelection().toString()").await, command);
    }
}

/// What a command line writes to its standard output.
fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().expect("there is a shell");
    String::from_utf8(output.stdout).expect("it is text")
}

/// Where all ticks of the tape are, in seconds of its two minutes.
const TICKS: &str = "[...document.querySelector('#tape .live').getAttribute('d').matchAll(/M([-0-9.]+) /g)].map((tick) => Number(tick[1]))";

/// Events have no time. What was before the page is shown where the vitals say that it was, also before the first of these.
#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_begins_with_the_past() {
    const PAST: usize = 120;
    let hub = start(&["--retry", RETRY]).await;
    for _ in 0..PAST - 3 {
        publish(&hub, "demo/hello", "earlier").await;
    }
    let mut vitals = hub.subscribe("match=tidings/vitals").await;
    for _ in 0..3 {
        next(&mut vitals).await;
    }
    let mut tab = Tab::open(&hub.url("/")).await;
    let received = format!("Number({})", text("received"));
    tab.until(&format!("{received} >= {PAST}")).await;
    let past = tab.evaluate(&format!("{TICKS}.length - ({received} - {PAST})")).await;
    assert!(past.as_f64().is_some_and(|past| past >= 3.0), "{past}");
    let sorted = format!("{TICKS}.every((tick, index, all) => !index || all[index - 1] <= tick)");
    assert_eq!(tab.evaluate(&sorted).await, true);
}

/// As many events as the hub takes: none is missed, and the page keeps no more than it says.
#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_bears_a_flood() {
    const EACH: u32 = 500;
    let hub = start(&["--retry", RETRY]).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;
    tab.until(&format!("{} !== '0'", text("received"))).await;
    let publish_all = async || {
        for _ in 0..EACH {
            publish(&hub, "demo/flood", "drop").await;
        }
    };
    tokio::join!(publish_all(), publish_all(), publish_all(), publish_all());
    let last = publish(&hub, "demo/flood", "the last drop").await;
    tab.until(&has_arrived("the last drop", &last)).await;
    assert_eq!(tab.evaluate("document.querySelectorAll('#arrived li').length").await, 50);
    let received = tab.evaluate(&format!("Number({}.replace(/,/g, ''))", text("received"))).await;
    assert!(received.as_f64().is_some_and(|received| received > f64::from(4 * EACH)), "{received}");

    // An event may have as much data as the server permits. What is shown of it, even when it is asked for, has a limit.
    publish(&hub, "demo/flood", &"a line\n".repeat(60_000)).await;
    tab.until(&has_arrived("a line", "all 420,000 characters")).await;
    tab.evaluate("document.querySelector('#arrived summary').click()").await;
    let shown = "document.querySelector('#arrived details pre').textContent.length";
    tab.until(&format!("{shown} > 100_000 && {shown} < 100_100")).await;

    // Of 20,000,000 characters of data, no more is kept.
    let large = "x".repeat(900_000);
    for _ in 0..24 {
        publish(&hub, "demo/flood", &large).await;
    }
    let last = publish(&hub, "demo/flood", "the end").await;
    tab.until(&has_arrived("the end", &last)).await;
    assert_eq!(tab.evaluate("document.querySelectorAll('#arrived li').length").await, 23);
    nothing_is_lost(&mut tab).await;
    assert_eq!(tab.complaints().await, []);
}

/// Lets the server's clock go wrong by `setBack` milliseconds, as the page sees it.
const SERVER_CLOCK: &str = r#"
    globalThis.setBack = 0;
    const listen = EventSource.prototype.addEventListener;
    EventSource.prototype.addEventListener = function (type, listener) {
        if (type !== "tidings/vitals") return listen.call(this, type, listener);
        listen.call(this, type, (event) => {
            const data = event.data.replace(/"at":(\d+)/, (_, at) => `"at":${at - setBack}`);
            listener(new MessageEvent(type, { data, lastEventId: event.lastEventId }));
        });
    };"#;

/// Clocks are set, here and on the server: what happens now is still drawn at the end.
#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_bears_clocks_that_are_set() {
    let hub = start(&["--retry", RETRY]).await;
    let mut tab = Tab::open_after(&hub.url("/"), SERVER_CLOCK).await;
    is(&mut tab, "open").await;
    tab.until(&format!("{TICKS}.length >= 2")).await;
    for wrong in ["Date.now = () => 5e12", "Date.now = () => 0", "setBack = 3_600_000", "setBack = 0"] {
        let received = tab.evaluate(&text("received")).await;
        tab.evaluate(wrong).await;
        tab.until(&format!("{} !== {received}", text("received"))).await;
        let ends = tab.evaluate(&format!("{TICKS}.at(-1)")).await;
        assert!(ends.as_f64().is_some_and(|end| (115.0..=120.5).contains(&end)), "{wrong}: {ends}");
    }
    nothing_is_lost(&mut tab).await;
}

/// A page that the browser has kept while another was shown begins where it was.
#[tokio::test]
#[ignore = "needs Chromium: cargo xtask e2e"]
async fn it_comes_back_with_the_back_button() {
    let hub = start(&["--retry", RETRY]).await;
    let mut tab = Tab::open(&hub.url("/")).await;
    is(&mut tab, "open").await;
    tab.evaluate("setTimeout(() => (location.href = '/healthz'))").await;
    tab.until("location.pathname === '/healthz'").await;
    publish(&hub, "demo/hello", "while another page was there").await;
    tab.evaluate("setTimeout(() => history.back())").await;
    tab.until(&has_arrived("while another page was there", "")).await;

    // A browser may keep the page, but not its stream, and say nothing of that.
    is(&mut tab, "open").await;
    tab.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))").await;
    is(&mut tab, "reconnecting").await;
    publish(&hub, "demo/hello", "while its stream was dead").await;
    is(&mut tab, "open").await;
    tab.until(&has_arrived("while its stream was dead", "came on return")).await;
    tab.until(&format!("{}.includes(' 0 lost')", text("notices"))).await;
    nothing_is_lost(&mut tab).await;
}
