//! What it says on standard error.

use hyper::{Version, header};
use tidings_e2e::{
    client,
    hub::{Hub, PATH},
};

use crate::support::{publish, raw, start};

const REFUSED: usize = 50;

/// Sends requests that are refused, in ways of their own, and gives what was said of that.
async fn refuse(hub: &mut Hub) -> Vec<String> {
    for _ in 0..REFUSED {
        client::get(&hub.url("/nothing?secret"), Version::HTTP_11, &[]).await;
        for query in ["match_exact=secret/*", "match=secret/a*", "match_secret=a"] {
            client::get(&hub.url(&format!("{PATH}?{query}")), Version::HTTP_11, &[]).await;
        }
        hub.post(&[(header::AUTHORIZATION, b"Bearer wrong-key")], &[("topic", "a")]).await;
        raw(hub, b"no http\r\n\r\n").await;
    }
    let log = hub.process().stderr();
    for secret in ["secret", "wrong-key", "s3cret"] {
        assert!(!log.contains(secret), "{log}");
    }
    log.lines().filter(|line| line.contains(" refused ")).map(str::to_owned).collect()
}

#[tokio::test]
async fn refusals_are_told_and_cannot_fill_a_disk() {
    let mut hub = start(&["--publish-key", "s3cret"]).await;
    let told = refuse(&mut hub).await;
    assert!((1..10).contains(&told.len()), "{told:?}");
    assert!(told[0].contains("WARN") && told[0].contains("404") && told[0].contains("/nothing"), "{told:?}");
    assert!(told[0].contains("127.0.0.1"), "{told:?}");
}

#[tokio::test]
async fn all_of_them_are_told_to_who_asks() {
    let mut hub = start(&["--publish-key", "s3cret", "--log", "debug"]).await;
    let told = refuse(&mut hub).await;
    for (what, why) in [("404", "there is nothing here"), ("401", "the key"), ("400", "HTTP")] {
        let lines = told.iter().filter(|line| line.contains(what) && line.contains(why));
        assert_eq!(lines.count(), REFUSED, "{what}");
    }
}

#[tokio::test]
async fn there_may_be_nothing() {
    let mut hub = start(&["--log", "off"]).await;
    refuse(&mut hub).await;
    publish(&hub, "a", "1").await;
    assert_eq!(hub.process().stderr(), "");
}
