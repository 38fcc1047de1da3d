//! What a subscriber saw, and whether it should have.

use tidings_e2e::{client::Response, hub::Hub};

use crate::publisher::{TOPIC, sequence};

/// The events that a subscriber has seen, and of which gaps it was told.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// For each number its place in the hub's order; 0 if it was not seen.
    places: Vec<u64>,
    /// For each gap the number that was seen before it, and the place up to which it goes.
    gaps: Vec<(usize, u64)>,
    last_event_id: String,
}

impl Ledger {
    /// Subscribes: from the first event on, or after the last that it has seen.
    pub(crate) async fn subscribe(&self, hub: &Hub) -> Response {
        let id = if self.last_event_id.is_empty() { "earliest" } else { &self.last_event_id };
        hub.subscribe(&format!("match={TOPIC}&lastEventID={id}")).await
    }

    /// Notes the next event. Returns its number; `None` if it is a gap.
    ///
    /// # Panics
    ///
    /// If it is not later than all before it: so none is seen twice, or out of order.
    pub(crate) async fn read(&mut self, stream: &mut Response) -> Option<u32> {
        let event = stream.event().await.expect("the stream does not end");
        let id = event.last_event_id();
        self.last_event_id.replace_range(.., id);
        let last = self.places.len();
        if event.event_type() == "gap" {
            self.gaps.push((last, sequence(id)));
            return None;
        }
        let number: u32 = event.data().trim_end().parse().expect("the data is a number");
        assert!(number as usize >= last, "{number} comes after {}", last - 1);
        self.places.resize(number as usize, 0);
        self.places.push(sequence(id));
        Some(number)
    }

    /// How many gaps there were.
    pub(crate) fn gaps(&self) -> usize {
        self.gaps.len()
    }

    /// Asserts that each event was seen under its ID, or that a gap says that it was not; that what is later than a gap was
    /// seen; and that no gap was told for nothing. Returns how many were seen.
    ///
    /// `published` has the place of each number, as the hub told the publisher.
    pub(crate) fn check(&self, published: &[u64]) -> usize {
        assert_eq!(self.places.len(), published.len(), "the last was not seen");
        let mut missed_in = vec![0; self.gaps.len()];
        let mut seen = 0;
        for (number, (place, expected)) in self.places.iter().zip(published).enumerate() {
            if *place != 0 {
                assert_eq!(place, expected, "the ID of {number}");
                seen += 1;
                continue;
            }
            let gap = self.gaps.iter().position(|(after, up_to)| *after <= number && expected <= up_to);
            let gap = gap.unwrap_or_else(|| panic!("{number} was neither seen nor in a gap: {:?}", self.gaps));
            missed_in[gap] += 1;
        }
        assert!(missed_in.iter().all(|missed| *missed > 0), "a gap for nothing: {missed_in:?} {:?}", self.gaps);
        seen
    }
}
