//! What an event source is made with.

use bytes::Bytes;
use reqwest::{
    Client, IntoUrl, Method, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{
    Attempt, Error, ErrorKind, EventSource, HeadersError, client,
    request::{Hook, Request, replace},
};
use crate::machine::{Machine, Options, REQUEST_HEADERS};

/// Makes an [`EventSource`].
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use tidings_client::{EventSource, machine::{Options, TRANSIENT_STATUSES}};
///
/// # fn example() -> Result<(), tidings_client::Error> {
/// let source = EventSource::builder("https://example.com/feed")
///     .header("x-tenant", "7")
///     .options(Options::new().retry_statuses(TRANSIENT_STATUSES).idle_timeout(Duration::from_secs(45)))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct EventSourceBuilder {
    url: Result<Url, Error>,
    client: Option<Client>,
    method: Method,
    headers: Result<HeaderMap, Error>,
    body: Option<Bytes>,
    hook: Option<Hook>,
    options: Options,
}

impl EventSourceBuilder {
    pub(super) fn new(url: impl IntoUrl) -> Self {
        Self {
            url: url.into_url().map_err(Error::transport),
            client: None,
            method: Method::GET,
            headers: Ok(standard_headers()),
            body: None,
            hook: None,
            options: Options::new(),
        }
    }

    /// The HTTP client. By default the event source makes one for itself, with [`client_builder`](super::client_builder).
    ///
    /// To share one saves memory and handshakes. If it is not from `client_builder`, switch its redirects off
    /// (`redirect::Policy::none()`): a client that follows them itself takes headers to other origins that the event source would
    /// not. Nor can an event source keep the default headers of a client from going there.
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// The method of every attempt. By default GET.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// A header of every attempt, in place of any of that name. By default there are those of [`REQUEST_HEADERS`].
    ///
    /// `Authorization`, `Cookie`, `Proxy-Authorization`, and whatever has a value that is marked as sensitive
    /// (`HeaderValue::set_sensitive`), do not follow a redirect to another origin.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        N::Error: std::error::Error + Send + Sync + 'static,
        V: TryInto<HeaderValue>,
        V::Error: std::error::Error + Send + Sync + 'static,
    {
        if let Ok(headers) = &mut self.headers {
            let name = name.try_into().map_err(|error| Error::with(ErrorKind::Header, error));
            let value = value.try_into().map_err(|error| Error::with(ErrorKind::Header, error));
            match (name, value) {
                (Ok(name), Ok(value)) => drop(headers.insert(name, value)),
                (Err(error), _) | (_, Err(error)) => self.headers = Err(error),
            }
        }
        self
    }

    /// Headers of every attempt, each in place of any of that name; see [`header`](Self::header).
    pub fn headers(mut self, by: HeaderMap) -> Self {
        if let Ok(headers) = &mut self.headers {
            replace(headers, by);
        }
        self
    }

    /// The body of every attempt. By default there is none.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Asks for headers before every attempt: for tokens that expire. Each goes in place of any of that name, and none follows a
    /// redirect to another origin.
    ///
    /// The time it takes counts against [`connect_timeout`](Options::connect_timeout). An error is as good as no connection: there
    /// is another attempt after a while.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use reqwest::header::{AUTHORIZATION, HeaderMap};
    /// use tidings_client::EventSource;
    ///
    /// # async fn token(fresh: bool) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// # fn example() -> Result<(), tidings_client::Error> {
    /// let source = EventSource::builder("https://example.com/feed")
    ///     .fresh_headers(|attempt| async move {
    ///         let token = token(attempt.status == Some(401)).await?;
    ///         Ok(HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse()?)]))
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fresh_headers<F, H>(mut self, hook: F) -> Self
    where
        F: Fn(Attempt) -> H + Send + Sync + 'static,
        H: Future<Output = Result<HeaderMap, HeadersError>> + Send + 'static,
    {
        self.hook = Some(Box::new(move |attempt| Box::pin(hook(attempt))));
        self
    }

    /// How the event source behaves: when it tries again, how long it waits, where its limits are.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Makes it. It connects when it is first polled.
    ///
    /// # Errors
    ///
    /// If the URL is none of http or https, a header cannot be sent, or the HTTP client cannot be made.
    pub fn build(self) -> Result<EventSource, Error> {
        let url = self.url?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::new(ErrorKind::Url));
        }
        let request = Request {
            client: self.client.map_or_else(|| client::client_for(&url), Ok)?,
            url,
            method: self.method,
            headers: self.headers?,
            body: self.body,
            hook: self.hook,
        };
        Ok(EventSource::with(Machine::new(self.options), request))
    }
}

fn standard_headers() -> HeaderMap {
    let headers = REQUEST_HEADERS.into_iter();
    headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

impl std::fmt::Debug for EventSourceBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventSourceBuilder").field("method", &self.method).finish_non_exhaustive()
    }
}
