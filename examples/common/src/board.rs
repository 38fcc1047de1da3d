//! State that changes, and a hub that tells of the changes.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tidings_http::{EventType, Frame};
use tidings_hub::{Hub, Id, PublishError};

const PRICE: EventType<'_> = EventType::from_static("price");

/// How many names can have a price: names come from the network, and the board keeps them all.
const MOST_NAMES: usize = 1000;

/// The price of something: what is posted, and the data of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What has the price. Its topic is `prices/<name>`.
    pub name: String,
    /// The price.
    pub price: f64,
}

/// A board of prices: the latest of each name. Every change is an event of the hub.
///
/// A client asks for the [state](Self::state), and subscribes after the ID that stands in it. Both are of one moment, because the
/// state is changed and the event published under the same lock: so the client gets every change after that state, and none
/// that is in it.
#[derive(Clone, Debug)]
pub struct Board {
    hub: Hub,
    prices: Arc<Mutex<BTreeMap<String, f64>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct State<'a> {
    last_event_id: String,
    prices: &'a BTreeMap<String, f64>,
}

impl Board {
    /// An empty board that tells this hub of its changes.
    pub fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone(), prices: Arc::default() }
    }

    /// Sets a price, and tells everybody. Returns the ID of the event.
    ///
    /// # Errors
    ///
    /// If it is no price, or the board is full, or the name cannot be part of a topic.
    pub fn set(&self, price: &Price) -> Result<Id, Refused> {
        let data = serde_json::to_string(price).ok().filter(|_| price.price.is_finite()).ok_or(Refused::Number)?;
        let mut prices = self.prices.lock().unwrap_or_else(PoisonError::into_inner);
        if prices.len() >= MOST_NAMES && !prices.contains_key(&price.name) {
            return Err(Refused::Full);
        }
        let topic = format!("prices/{}", price.name);
        let id = self.hub.publish(&topic, Frame::event(&data).event_type(PRICE)).map_err(Refused::Hub)?;
        prices.insert(price.name.clone(), price.price);
        Ok(id)
    }

    /// All prices as JSON, with the ID of the last event that is in them.
    pub fn state(&self) -> String {
        let prices = self.prices.lock().unwrap_or_else(PoisonError::into_inner);
        let state = State { last_event_id: self.hub.last_id().to_string(), prices: &prices };
        serde_json::to_string(&state).expect("the keys are text, and nothing else can fail")
    }
}

/// A price cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not a finite number.
    Number,
    /// The board has as many names as it can have.
    Full,
    /// The hub does not take the event.
    Hub(PublishError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "not a number",
            Self::Full => "too many names",
            Self::Hub(_) => "the hub does not take it",
        })
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Hub(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(name: &str, price: f64) -> Price {
        Price { name: name.to_owned(), price }
    }

    #[tokio::test]
    async fn what_cannot_be_set() {
        let board = Board::new(&Hub::new());
        assert_eq!(board.set(&price("gold", f64::NAN)), Err(Refused::Number));
        assert!(matches!(board.set(&price("a\nb", 1.0)), Err(Refused::Hub(PublishError::Topic(_)))));
        for number in 0..MOST_NAMES {
            board.set(&price(&number.to_string(), 1.0)).expect("there is room");
        }
        assert_eq!(board.set(&price("gold", 1.0)), Err(Refused::Full));
        assert!(board.set(&price("0", 2.0)).is_ok(), "it is there already");
        assert!(!board.state().contains("gold"), "what was refused is not in the state");
    }
}
