//! The hub.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    intern,
    prelude::*,
    pybacked::PyBackedStr,
    types::{PyBytes, PyDict, PyString},
};
use tidings_codec::{EncodedFrame, EventType, Frame};
use tidings_hub::{Epoch, HubBuilder, InvalidTopic, Publication, SlowPolicy, Start, Topics};

use crate::{
    encode::{Json, text_of},
    errors::{invalid_name, invalid_topic, publish_error},
    json,
    text::text,
};

/// How often this process was forked since the module was loaded, and its parents.
static FORKS: AtomicUsize = AtomicUsize::new(0);

/// Says that this process was forked. Hubs in it have logs of their own from now on.
#[pyfunction]
pub(crate) fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// A hub, without a way to wait for anything.
#[pyclass(frozen, subclass, module = "tidings._tidings")]
pub(crate) struct Hub {
    log: tidings_hub::Hub,
    forks: AtomicUsize,
    /// The frames that were made `bytes` last: the next subscriber most likely wants the same.
    last: Mutex<Option<(EncodedFrame, Py<PyBytes>)>>,
}

#[pymethods]
impl Hub {
    #[new]
    #[pyo3(signature = (
        *,
        keep_events = HubBuilder::DEFAULT_EVENTS,
        keep_bytes = HubBuilder::DEFAULT_BYTES,
        keep_seconds = None,
        max_event_bytes = HubBuilder::DEFAULT_EVENT_BYTES,
        slow = "gap",
    ))]
    fn new(
        py: Python<'_>,
        keep_events: usize,
        keep_bytes: usize,
        keep_seconds: Option<f64>,
        max_event_bytes: usize,
        slow: &str,
    ) -> PyResult<Self> {
        let slow = match slow {
            "gap" => SlowPolicy::Gap,
            "disconnect" => SlowPolicy::Disconnect,
            _ => return Err(PyValueError::new_err("slow is neither \"gap\" nor \"disconnect\"")),
        };
        let mut options = tidings_hub::Hub::builder()
            .keep_events(keep_events)
            .keep_bytes(keep_bytes)
            .max_event_bytes(max_event_bytes)
            .slow_policy(slow);
        if let Some(seconds) = keep_seconds {
            let age = Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(error.to_string()))?;
            options = options.keep_for(age);
        }
        let hub =
            options.build_without_runtime(epoch(py)?).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { log: hub, forks: Self::process().into(), last: Mutex::default() })
    }

    /// Publishes an event, and returns its ID. It waits for nobody.
    ///
    /// topics is the name of its topic, or up to 16 of them. data is a text; json any object that JSON can say. With a key, a text of
    /// up to 1024 bytes, it is published only if no event with that key is kept; else the ID of that one is returned.
    ///
    /// Raises InvalidTopic, InvalidName for an event type with a line end, and PublishError if the event or the key is too large.
    #[pyo3(signature = (topics, data = None, *, event = None, key = None, json = Json::Absent))]
    fn publish<'py>(
        &self,
        py: Python<'py>,
        topics: &Bound<'py, PyAny>,
        data: Option<&Bound<'py, PyAny>>,
        event: Option<&Bound<'py, PyString>>,
        key: Option<&Bound<'py, PyString>>,
        json: Json<'py>,
    ) -> PyResult<Bound<'py, PyString>> {
        let event = event.map(PyStringMethods::to_cow).transpose()?;
        let key = key.map(PyStringMethods::to_cow).transpose()?;
        let names = names(topics)?;
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let mut frame = Frame::new();
        if let Some(event) = &event {
            frame = frame.event_type(EventType::new(event).map_err(|error| invalid_name(py, "event", error))?);
        }
        self.renew_if_forked(py)?;
        let publish = |data: &str| {
            let mut publication = Publication::new(&names, frame.data(data));
            if let Some(key) = &key {
                publication = publication.key(key);
            }
            let published = self.log.publish_with(&publication).map_err(|error| publish_error(py, error))?;
            text(py, &published.id.to_string())
        };
        match (data, json) {
            (Some(data), Json::Absent) => publish(&text_of(data)?),
            (None, Json::Object(object)) => json::with_text(&object, publish),
            _ => Err(PyTypeError::new_err("an event has either data or json")),
        }
    }

    /// How many subscriptions the topic has, by its name or by any selector that includes it.
    fn presence(&self, py: Python<'_>, topic: &str) -> PyResult<usize> {
        self.renew_if_forked(py)?;
        Ok(self.log.presence(topic))
    }

    /// The ID of the last event that was published; one that ends in 0 if there was none.
    ///
    /// With it a client can have a state first and then its changes: take the ID, then read the state, and send both.
    #[getter]
    fn last_id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.renew_if_forked(py)?;
        text(py, &self.log.last_id().to_string())
    }

    /// What the hub holds, and what has happened since it was made.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.renew_if_forked(py)?;
        let (sizes, counts) = (self.log.sizes(), self.log.counts());
        let stats = PyDict::new(py);
        for (name, size) in [
            ("events", sizes.events),
            ("bytes", sizes.bytes),
            ("topics", sizes.topics),
            ("subscribers", sizes.subscribers),
        ] {
            stats.set_item(name, size)?;
        }
        stats.set_item("oldest_seconds", sizes.oldest.unwrap_or_default().as_secs_f64())?;
        for (name, count) in [
            ("published", counts.published),
            ("repeated", counts.repeated),
            ("subscribed", counts.subscribed),
            ("gaps_evicted", counts.gaps.evicted),
            ("gaps_unknown_id", counts.gaps.unknown_id),
            ("gaps_future_id", counts.gaps.future_id),
            ("gaps_fell_behind", counts.gaps.fell_behind),
        ] {
            stats.set_item(name, count)?;
        }
        Ok(stats)
    }

    fn __repr__(&self) -> String {
        format!("<Hub at {}, {} subscribers>", self.log.last_id(), self.log.sizes().subscribers)
    }
}

impl Hub {
    pub(crate) fn subscribe(
        &self,
        topics: &Bound<'_, PyAny>,
        after: Option<&str>,
        start: Option<&Bound<'_, PyAny>>,
        selectors: bool,
    ) -> PyResult<tidings_hub::Subscription> {
        let py = topics.py();
        let names = names(topics)?;
        let names = names.iter().map(|name| &**name);
        let topics = if selectors { Topics::parse(names) } else { Topics::named(names) };
        let topics = topics.map_err(|error| invalid_topic(py, error))?;
        let new = start.map_or(Ok(Start::Live), self::start)?;
        let start = Start::after_or(after.filter(|id| !id.is_empty()), new);
        self.renew_if_forked(py)?;
        Ok(self.log.subscribe(&topics, &start))
    }

    /// Which process this is, of those that were forked from one another.
    pub(crate) fn process() -> usize {
        FORKS.load(Ordering::Relaxed)
    }

    /// Gives the hub a log of its own if this process was forked since: what was published in its parent goes on there.
    #[inline]
    pub(crate) fn renew_if_forked(&self, py: Python<'_>) -> PyResult<()> {
        let forks = Self::process();
        if self.forks.load(Ordering::Relaxed) == forks { Ok(()) } else { self.renew(py, forks) }
    }

    #[cold]
    fn renew(&self, py: Python<'_>, forks: usize) -> PyResult<()> {
        let epoch = epoch(py)?;
        if self.forks.swap(forks, Ordering::Relaxed) != forks {
            self.log.begin_anew(epoch);
        }
        Ok(())
    }

    /// Frames as `bytes`: one object for all who get the same.
    pub(crate) fn bytes<'py>(&self, py: Python<'py>, frames: Option<EncodedFrame>) -> Bound<'py, PyBytes> {
        let Some(frames) = frames else { return PyBytes::new(py, b"") };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, bytes)) = &*last
            && known.as_ptr() == frames.as_ptr()
            && known.len() == frames.len()
        {
            return bytes.bind(py).clone();
        }
        drop(last);
        // Not locked: making an object may run anything.
        let bytes = PyBytes::new(py, &frames);
        last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.replace((frames, bytes.clone().unbind()));
        drop(last);
        drop(before);
        bytes
    }
}

/// The names in an argument: one text, or some.
fn names(argument: &Bound<'_, PyAny>) -> PyResult<Vec<PyBackedStr>> {
    /// As many as a subscription can have, repeated ones included.
    const MOST: usize = 256;
    if let Ok(name) = argument.cast::<PyString>() {
        return Ok(vec![name.clone().try_into()?]);
    }
    let names: PyResult<Vec<_>> = argument.try_iter()?.take(MOST + 1).map(|name| name?.extract()).collect();
    match names {
        Ok(names) if names.len() > MOST => Err(invalid_topic(argument.py(), InvalidTopic::TooMany)),
        names => names,
    }
}

/// Where a subscriber begins who is new.
fn start(start: &Bound<'_, PyAny>) -> PyResult<Start> {
    match start.cast::<PyString>() {
        Ok(name) if name == "live" => Ok(Start::Live),
        Ok(name) if name == "earliest" => Ok(Start::Earliest),
        Ok(_) => Err(PyValueError::new_err("start is neither \"live\" nor \"earliest\" nor a number of events")),
        Err(_) => Ok(Start::Last(start.extract()?)),
    }
}

/// One for each log: from the system, since a process that was forked has no chance of its own but that.
fn epoch(py: Python<'_>) -> PyResult<Epoch> {
    let random: [u8; 8] = py.import(intern!(py, "os"))?.call_method1(intern!(py, "urandom"), (8,))?.extract()?;
    Ok(Epoch::new(u64::from_le_bytes(random)))
}
