//! Why there is no response.

use std::{error::Error, io, time::Duration};

use reqwest::Url;
use tokio::{net::lookup_host, time::timeout};

use super::{
    super::{
        observation::{Fault, FaultKind},
        report,
    },
    BESIDE, fault, milliseconds,
};

/// What went wrong with a request to this URL.
pub(super) async fn of(error: &reqwest::Error, url: &Url) -> Fault {
    let kind = if is_tls(error) {
        FaultKind::Tls
    } else if !error.is_connect() {
        FaultKind::Response
    } else if has_address(url).await {
        FaultKind::Connection
    } else {
        FaultKind::Dns
    };
    // The outermost text has the URL, which may be secret. That and the next say no more than that something failed.
    let cause = error.source().map(|error| error.source().unwrap_or(error));
    fault(kind, cause.map_or_else(|| "the request failed".to_owned(), chain))
}

/// There was no head in time.
pub(super) fn no_head(time: Duration) -> Fault {
    fault(FaultKind::Timeout, format!("nothing in {}", report::duration(milliseconds(time))))
}

/// An error, and what it stands on.
pub(in crate::check) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // Some repeat what they stand on.
        if !texts.iter().any(|said| said.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

/// Whether the TLS library is among the causes.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        // What an IO error is made of is not its source.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    false
}

async fn has_address(url: &Url) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    // An IPv6 address is in brackets.
    let addresses = timeout(BESIDE, lookup_host((host.trim_matches(['[', ']']), port))).await;
    addresses.is_ok_and(|addresses| addresses.is_ok_and(|mut addresses| addresses.next().is_some()))
}
