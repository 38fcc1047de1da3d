//! Who is where, and what is said.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::{Stream, StreamExt as _, stream};
use serde_json::json;
use tidings_axum::{EncodedFrame, EventType, Frame, LastEventId};
use tidings_hub::{Hub, Id, Publication, Start, SubscriberId, Subscription, Topics};
use tokio::sync::watch;

use crate::refused::Refused;

const SAID: EventType<'_> = EventType::from_static("said");
const BANNED: EventType<'_> = EventType::from_static("banned");
const PRESENT: EventType<'_> = EventType::from_static("present");

/// How many messages those get who enter.
const HISTORY: usize = 50;

/// All rooms. Clones are the same.
#[derive(Clone)]
pub(crate) struct Rooms(Arc<Shared>);

struct Shared {
    hub: Hub,
    /// Those that somebody is in or banned from. What is said is in the hub.
    rooms: Mutex<HashMap<String, Room>>,
}

#[derive(Default)]
struct Room {
    members: HashMap<SubscriberId, String>,
    banned: HashSet<String>,
    /// How many are in it.
    present: watch::Sender<usize>,
}

impl Rooms {
    pub(crate) fn new(hub: Hub) -> Self {
        Self(Arc::new(Shared { hub, rooms: Mutex::default() }))
    }

    /// Enters a room, or comes back to it: what is said there, from the last messages or the last event on, and how many are
    /// there whenever that changes. It ends when the name is banned.
    pub(crate) fn enter(
        &self,
        room: &str,
        name: &str,
        last: &LastEventId,
    ) -> Result<impl Stream<Item = EncodedFrame> + Send + use<>, Refused> {
        let (topic, name) = (topic(room)?, checked(name)?);
        let topics = Topics::of(&topic).map_err(|_| Refused::Room)?;
        let start = Start::after_or(last.as_str(), Start::Last(HISTORY));

        let mut rooms = self.0.lock();
        let state = rooms.entry(room.to_owned()).or_default();
        if state.banned.contains(name) {
            return Err(Refused::Banned);
        }
        let messages = self.0.hub.subscribe(&topics, &start);
        state.members.insert(messages.id(), name.to_owned());
        state.present.send_replace(self.0.hub.presence(&topic));
        let mut present = state.present.subscribe();
        present.mark_changed();
        drop(rooms);

        let seat = Seat { rooms: self.clone(), room: room.to_owned(), subscriber: messages.id() };
        let visit = Visit { messages, present, _seat: seat };
        Ok(stream::unfold(visit, async |mut visit| {
            let frame = visit.next().await?;
            Some((frame, visit))
        }))
    }

    /// Says something in a room. Said again with the same key, it is the same message.
    pub(crate) fn say(&self, room: &str, name: &str, text: &str, key: Option<&str>) -> Result<Id, Refused> {
        let (topic, name, text) = (topic(room)?, checked(name)?, text.trim());
        if text.is_empty() || text.chars().count() > 2000 {
            return Err(Refused::Text);
        }
        if self.0.lock().get(room).is_some_and(|room| room.banned.contains(name)) {
            return Err(Refused::Banned);
        }
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let data = json!({ "name": name, "text": text, "at": at }).to_string();
        // Keys count for the whole hub: with room and name nobody can take another's.
        let key = key.map(|key| format!("{topic}/{name}/{key}"));
        let topics = [&topic[..]];
        let mut publication = Publication::new(&topics, Frame::event(&data).event_type(SAID));
        if let Some(key) = &key {
            publication = publication.key(key);
        }
        Ok(self.0.hub.publish_with(&publication).map_err(Refused::Hub)?.id)
    }

    /// Sends everybody of this name away, and does not let them in again.
    pub(crate) fn ban(&self, room: &str, name: &str) -> Result<(), Refused> {
        let (topic, name) = (topic(room)?, checked(name)?);
        let data = json!({ "name": name }).to_string();
        let mut rooms = self.0.lock();
        let state = rooms.entry(room.to_owned()).or_default();
        if state.banned.insert(name.to_owned()) {
            // The stream ends, the browser comes back, and is refused then.
            let theirs = state.members.iter().filter(|(_, member)| *member == name);
            theirs.for_each(|(subscriber, _)| self.0.hub.revoke(*subscriber));
            self.0.hub.publish(&topic, Frame::event(&data).event_type(BANNED)).map_err(Refused::Hub)?;
        }
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who is in a room. The fields are dropped in this order: first out of the hub, then out of the room.
struct Visit {
    messages: Subscription,
    present: watch::Receiver<usize>,
    _seat: Seat,
}

impl Visit {
    /// The next messages, or how many are there.
    ///
    /// That number is state, of which only the latest counts, so it is no event of the hub: it has no ID, is not kept, and leaves
    /// the client's last event ID as it is.
    async fn next(&mut self) -> Option<EncodedFrame> {
        tokio::select! {
            biased; // the first frame gives the client its position
            frames = self.messages.next() => frames,
            changed = self.present.changed() => {
                changed.ok()?;
                let count = self.present.borrow_and_update().to_string();
                Some(Frame::event(&count).event_type(PRESENT).encode())
            }
        }
    }
}

/// A place among the members of a room, until it is dropped.
struct Seat {
    rooms: Rooms,
    room: String,
    subscriber: SubscriberId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = self.rooms.0.lock();
        let Some(room) = rooms.get_mut(&self.room) else { return };
        room.members.remove(&self.subscriber);
        if room.members.is_empty() && room.banned.is_empty() {
            rooms.remove(&self.room);
        } else if let Ok(topic) = topic(&self.room) {
            room.present.send_replace(self.rooms.0.hub.presence(&topic));
        }
    }
}

/// The topic of a room.
fn topic(room: &str) -> Result<String, Refused> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let fits = (1..=40).contains(&room.chars().count()) && room.chars().all(is_name);
    fits.then(|| format!("room/{room}")).ok_or(Refused::Room)
}

/// The name of a person.
fn checked(name: &str) -> Result<&str, Refused> {
    let name = name.trim();
    let fits = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then_some(name).ok_or(Refused::Name)
}
