//! What the tests of hubs share.

#![allow(unreachable_pub, reason = "it is a module of several tests")]

use std::time::Duration;

use futures_util::StreamExt as _;
use tidings_codec::{BytesDecoder, EncodedFrame, OwnedItem};
use tidings_hub::{Subscription, Topics};

pub fn topics(selector: &str) -> Topics {
    Topics::parse([selector]).unwrap()
}

/// The types, data and IDs of the events in some frames.
pub fn events(frames: EncodedFrame) -> Vec<[String; 3]> {
    let mut decoder = BytesDecoder::new();
    decoder.push(frames.into_bytes());
    decoder
        .filter_map(|item| match item.unwrap() {
            OwnedItem::Event(event) => {
                Some([event.event_type(), event.data(), event.last_event_id()].map(str::to_owned))
            }
            _ => None,
        })
        .collect()
}

pub async fn next(subscription: &mut Subscription) -> EncodedFrame {
    tokio::time::timeout(Duration::from_secs(10), subscription.next())
        .await
        .expect("nothing came")
        .expect("it has ended")
}
