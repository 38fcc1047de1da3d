//! The hub and its page behind nginx.

use hyper::Version;
use tidings_e2e::{nginx, tab::Tab};

use crate::{
    page::{RETRY, cut, has_arrived, is, publish_by_form},
    support::{publish, start},
};

#[tokio::test]
#[ignore = "needs Chromium and nginx: cargo xtask e2e"]
async fn the_page_lives() {
    let hub = start(&["--retry", RETRY]).await;
    let proxy = nginx::start(hub.port(), "").await;
    let mut tab = Tab::open(&proxy.url(Version::HTTP_11, "/")).await;
    is(&mut tab, "open").await;
    publish(&hub, "demo/hello", "from elsewhere").await;
    tab.until(&has_arrived("from elsewhere", "message")).await;
    publish_by_form(&mut tab, "from the page").await;
    cut(&mut tab, &hub, "while it was away").await;
    assert_eq!(tab.complaints().await, []);
}
