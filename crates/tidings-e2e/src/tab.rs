//! The browser with remote control, for pages that cannot report.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{ChildStdin, ChildStdout},
    thread,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{chromium::Chromium, wait};

/// Runs before the page does: what its policy forbids is an error on the console.
const TELL_VIOLATIONS: &str = "addEventListener('securitypolicyviolation', (event) =>
    console.error('policy:', event.effectiveDirective, event.blockedURI));";

/// A running headless Chromium with one page, and remote control over it: the Chrome `DevTools` Protocol over pipes, one JSON
/// text after the other, each with a NUL at its end.
#[derive(Debug)]
pub struct Tab {
    to: ChildStdin,
    from: UnboundedReceiver<Value>,
    sent: u64,
    session: Option<String>,
    complaints: Vec<Complaint>,
    /// Dropped last, when nobody talks to it any more.
    _browser: Chromium,
}

/// Something that the browser would show in red or yellow on its console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What it is about, as the protocol names it: `javascript`, `network`, `security` …
    pub source: String,
    /// What it says.
    pub text: String,
}

impl Tab {
    /// Opens a page in a browser that has never been used before.
    pub async fn open(url: &str) -> Self {
        Self::open_after(url, "").await
    }

    /// The same with a script that runs before those of the page.
    pub async fn open_after(url: &str, script: &str) -> Self {
        let (browser, to, from) = Chromium::with_remote_control();
        let (sender, receiver) = unbounded_channel();
        thread::spawn(move || read(from, &sender));
        let mut tab = Self { to, from: receiver, sent: 0, session: None, complaints: Vec::new(), _browser: browser };
        let target = wait::until("the browser's page", async || {
            let targets = tab.call("Target.getTargets", json!({})).await;
            let targets = targets["targetInfos"].as_array().cloned().unwrap_or_default();
            targets.into_iter().find(|target| target["type"] == "page")
        })
        .await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = tab.call("Target.attachToTarget", attach).await;
        tab.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            tab.call(domain, json!({})).await;
        }
        for source in [TELL_VIOLATIONS, script] {
            tab.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
        }
        tab.call("Page.navigate", json!({ "url": url })).await;
        tab
    }

    /// What a JavaScript expression gives on the page; a promise is waited for.
    ///
    /// # Panics
    ///
    /// If it throws.
    pub async fn evaluate(&mut self, expression: &str) -> Value {
        let result = self.try_evaluate(expression).await;
        result.unwrap_or_else(|exception| panic!("{expression}: {exception}"))
    }

    /// Waits until a JavaScript expression gives something that is true, and returns it.
    ///
    /// # Panics
    ///
    /// If that takes too long.
    pub async fn until(&mut self, expression: &str) -> Value {
        wait::until(expression, async || {
            let value = self.try_evaluate(expression).await.ok()?; // the page may not be there yet
            (!matches!(value, Value::Null | Value::Bool(false)) && value != "" && value != 0).then_some(value)
        })
        .await
    }

    /// What the browser has complained of since the last time.
    pub async fn complaints(&mut self) -> Vec<Complaint> {
        self.evaluate("0").await; // what came before the answer has been read then
        std::mem::take(&mut self.complaints)
    }

    /// Gives the page a window of this size in CSS pixels; one of a phone, or of a desktop.
    pub async fn resize(&mut self, (width, height): (u32, u32), phone: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Lets the user prefer `light` or `dark` pages.
    pub async fn prefer(&mut self, scheme: &str) {
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", scheme).await;
    }

    /// A picture of what the window shows, as PNG.
    pub async fn picture(&mut self) -> Vec<u8> {
        let picture = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        BASE64_STANDARD.decode(picture["data"].as_str().unwrap_or_default()).expect("it is base64")
    }

    async fn try_evaluate(&mut self, expression: &str) -> Result<Value, Value> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        // There is no answer if the page goes meanwhile.
        let mut answer = self.try_call("Runtime.evaluate", parameters).await?;
        match answer.get_mut("exceptionDetails") {
            Some(exception) => Err(exception.take()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Calls a method, and waits for its result.
    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    async fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser is there");
        loop {
            let message = wait::within(format!("the browser to do {method}"), self.from.recv()).await;
            let mut message = message.expect("the browser is there");
            if message["id"] == self.sent {
                return match message.get_mut("error") {
                    Some(error) => Err(error.take()),
                    None => Ok(message["result"].take()),
                };
            }
            self.complaints.extend(complaint(&message));
        }
    }
}

/// Reads messages, as long as there is somebody who wants them.
fn read(from: ChildStdout, to: &UnboundedSender<Value>) {
    for message in BufReader::new(from).split(0) {
        let message = message.ok().and_then(|message| serde_json::from_slice(&message).ok());
        if message.is_none_or(|message| to.send(message).is_err()) {
            return;
        }
    }
}

/// What a message complains of.
fn complaint(message: &Value) -> Option<Complaint> {
    let parameters = &message["params"];
    let (source, text) = match message["method"].as_str()? {
        "Runtime.exceptionThrown" => (&json!("javascript"), &parameters["exceptionDetails"]),
        "Runtime.consoleAPICalled" if ["error", "warning", "assert"].iter().any(|kind| parameters["type"] == *kind) => {
            (&json!("console"), &parameters["args"])
        }
        "Log.entryAdded" if ["error", "warning"].iter().any(|level| parameters["entry"]["level"] == *level) => {
            (&parameters["entry"]["source"], &parameters["entry"])
        }
        _ => return None,
    };
    Some(Complaint { source: source.as_str().unwrap_or_default().to_owned(), text: text.to_string() })
}
