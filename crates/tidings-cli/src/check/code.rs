//! All that can be found, with why it matters and how it is mended: `docs/check.md` is this list.

use serde::{Serialize, Serializer};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Clients do not get the events, or not all of them, or not as they were meant.
    Error,
    /// It works here and now, and will not everywhere or always.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Severity {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident { $means:literal, $why:literal, $mend:literal })*) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum Code {
            $(#[doc = $means] $variant),*
        }

        impl Code {
            /// All of them, in the order in which they are told.
            pub(super) const ALL: &[Self] = &[$(Self::$variant),*];

            /// What users and scripts call it.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub(super) fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// What it means, for the documentation.
            #[cfg(test)]
            pub(super) fn means(self) -> &'static str {
                match self { $(Self::$variant => $means),* }
            }

            /// Why it matters.
            pub(super) fn why(self) -> &'static str {
                match self { $(Self::$variant => $why),* }
            }

            /// How it is mended.
            pub(super) fn mend(self) -> &'static str {
                match self { $(Self::$variant => $mend),* }
            }
        }
    };
}

impl Code {
    /// The code of this name; for the command line.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let code = Self::ALL.iter().copied().find(|code| code.name() == name);
        code.ok_or_else(|| "there is no such code; docs/check.md has them all".to_owned())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

codes! {
    // The connection.
    Dns "dns" Error {
        "The name of the host has no address.",
        "Without an address there is nothing to connect to. A browser tries again for ever.",
        "Look for a mistake in the host's name, and at its DNS records." }
    NoConnection "no-connection" Error {
        "No connection could be made, or it broke before the response began.",
        "A browser tries again after the reconnection time, for ever.",
        "See that the server runs, listens on this address and port, and that no firewall is in between." }
    Tls "tls" Error {
        "The TLS handshake failed.",
        "Browsers refuse the connection too, and `EventSource` cannot ask the user for an exception.",
        "See that the certificate is of this host name, has not expired, and comes with its intermediate certificates." }
    BadResponse "bad-response" Error {
        "What answers does not speak HTTP, or its response head is too large or broken.",
        "No client can read it.",
        "See that the port is the one for HTTP (or for HTTPS), and look at the first bytes with `curl -v`." }
    NoHead "no-head" Error {
        "No response head came within the time, and to other requests neither.",
        "A browser stays at `connecting`, and fires neither `open` nor `error`.",
        "See whether the server hangs. If it waits for the first event before it answers, let it send the head and a comment \
         at once." }
    HeadWithheld "head-withheld" Error {
        "No response head came within the time, while another request to the same URL was answered.",
        "The head is held back until there is something to send, or until a buffer is full: by the server's framework, or by \
         a proxy that buffers responses. A browser stays at `connecting`.",
        "Send the head and a comment (`:` and an empty line) at once, and flush. nginx: `proxy_buffering off;`, or the \
         response header `x-accel-buffering: no`. Apache: `flushpackets=on` with `ProxyPass`. Node: \
         `response.flushHeaders()`. PHP: `flush()`. See docs/serving/proxies.md." }
    HeadLate "head-late" Warning {
        "The response head came late, and the first bytes of the body with it.",
        "The server, or a proxy that buffers, holds the head back until the first event. Until then a browser stays at \
         `connecting`; when the first event takes longer than a proxy waits (60 s with nginx), the proxy answers 504, and \
         `EventSource` gives up.",
        "Send the head and a comment (`:` and an empty line) at once, and flush. nginx: `proxy_buffering off;`, or the \
         response header `x-accel-buffering: no`. Node: `response.flushHeaders()`. See docs/serving/proxies.md." }
    Busy "busy" Hint {
        "The machine that `tidings check` runs on was busy.",
        "What came meanwhile was seen late. It is not judged by when it came, so that something may be overlooked.",
        "Run it again when that machine has less to do." }

    // Redirects.
    Redirect "redirect" Hint {
        "The URL redirects.",
        "`EventSource` follows, but begins at the first URL each time that it comes back.",
        "Give clients the last URL." }
    RedirectLoop "redirect-loop" Error {
        "It redirects without end.",
        "Clients give up after 20 redirects.",
        "Look at what decides on the redirect: mostly the scheme or host that a proxy does not pass on." }
    RedirectBroken "redirect-broken" Error {
        "It redirects, but says not where to, or to where no HTTP is spoken.",
        "Clients give up.",
        "Send a `location` with a URL of http or https." }
    RedirectInsecure "redirect-insecure" Warning {
        "It redirects from https to http.",
        "Browsers block that as mixed content, and what is sent can be read on the way.",
        "Let the application know that it is behind TLS: `proxy_set_header X-Forwarded-Proto $scheme;` in nginx." }
    RedirectMethod "redirect-method" Warning {
        "A redirect turns the method into GET.",
        "The body of the request is lost: statuses 301, 302 and 303 do that to a POST.",
        "Answer with 307 or 308, which keep the method." }
    RedirectOrigin "redirect-origin" Warning {
        "It redirects to another origin, and headers were given with -H.",
        "Credentials must not follow there; `tidings check` sends none of your headers to the other origin.",
        "Use the last URL, or stay at one origin." }

    // The head.
    Status "status" Error {
        "The status is not 200.",
        "`EventSource` gives up for good at any other status, also at 429 and 503, and ignores `Retry-After`.",
        "Answer 200. A server that cannot serve now should close the connection, or begin a stream and end it: then browsers \
         come back. For 401 and 403 try -H with credentials. See docs/serving/browsers.md." }
    Status204 "status-204" Warning {
        "The status is 204.",
        "That tells `EventSource` to stop for good.",
        "Right if it is meant to stop clients; else answer 200, and begin a stream." }
    ContentTypeMissing "content-type-missing" Error {
        "There is no content type.",
        "`EventSource` takes `text/event-stream` and nothing else, and gives up.",
        "Send `content-type: text/event-stream`." }
    ContentTypeNearMiss "content-type-near-miss" Error {
        "The content type is almost `text/event-stream`.",
        "`EventSource` takes `text/event-stream` and nothing else, and gives up.",
        "Mend the spelling: `content-type: text/event-stream`." }
    ContentType "content-type" Error {
        "The content type is another than `text/event-stream`.",
        "`EventSource` takes `text/event-stream` and nothing else, and gives up. Proxies and middleware buffer and compress \
         other types.",
        "Send `content-type: text/event-stream`, and set it before the first write: frameworks guess one otherwise." }
    ContentTypeTwice "content-type-twice" Warning {
        "There are several content types.",
        "Which of them counts depends on the client.",
        "Let only one place set it: the application or the proxy." }
    Charset "charset" Warning {
        "The content type has a charset other than UTF-8.",
        "Event streams are UTF-8, whatever the charset says: text in another one arrives broken.",
        "Send UTF-8, and leave the charset out." }
    CacheControlMissing "cache-control-missing" Warning {
        "There is no `cache-control`.",
        "Caches, those of CDNs above all, may keep the response and give it to others, or wait for its end.",
        "Send `cache-control: no-cache, no-transform`." }
    Cacheable "cacheable" Warning {
        "`cache-control` lets caches keep the response.",
        "Clients may get an old stream, and a cache that stores the response waits for its end.",
        "Send `cache-control: no-cache, no-transform`, and switch caching off for this path in the CDN." }
    Transformable "transformable" Hint {
        "`cache-control` has no `no-transform`.",
        "CDNs and development servers may compress what passes, and hold events back for that.",
        "Send `cache-control: no-cache, no-transform`." }
    FromCache "from-cache" Error {
        "The response comes out of a cache.",
        "It is what was sent to somebody else, and nothing new will come.",
        "Send `cache-control: no-cache`, switch caching off for this path in the CDN, and empty its cache." }
    XAccelBuffering "x-accel-buffering" Warning {
        "`x-accel-buffering` asks proxies to buffer.",
        "nginx, and others that heed the header, then hold events back until some KiB have come.",
        "Send `x-accel-buffering: no`." }
    XAccelBufferingMissing "x-accel-buffering-missing" Hint {
        "There is no `x-accel-buffering: no`.",
        "nginx buffers responses unless its configuration or this header says otherwise. (nginx does not pass the header on, so \
         behind it its absence says nothing.)",
        "Send `x-accel-buffering: no`, or write `proxy_buffering off;` in the location." }
    ContentLength "content-length" Warning {
        "The response has a `content-length`.",
        "Its end is fixed before it begins: it was made as a whole, or something on the way collects it. Nothing can be added \
         to it when something happens.",
        "Write events as they happen, without a length (chunked in HTTP/1.1), and look for what buffers the response." }
    Compressed "compressed" Warning {
        "The response is compressed.",
        "A compressor holds events back unless it is flushed after each, costs memory for each client, and saves little.",
        "Leave `text/event-stream` out of what is compressed. nginx: not in `gzip_types`. Express: `compression` with a \
         `filter`, or `response.flush()` after each event. See docs/serving/operations.md." }
    CompressionHoldsBack "compression-holds-back" Error {
        "Uncompressed, bytes come at once; compressed, none came.",
        "The compressor is not flushed: events wait until it has enough.",
        "Leave `text/event-stream` out of what is compressed, send `cache-control: no-transform`, or flush the compressor \
         after each event (`response.flush()` with Express's `compression`; `Z_SYNC_FLUSH` with zlib)." }
    CodingUnknown "coding-unknown" Error {
        "The response has a content coding that was not asked for, or is not what it says.",
        "A client that did not ask for it cannot read it.",
        "Heed `accept-encoding`, or better, do not compress event streams." }
    NotFramed "not-framed" Hint {
        "The response ends with the connection: neither chunked nor with a length.",
        "A client cannot tell a stream that was cut off from one that has ended. An old proxy between may speak HTTP/1.0.",
        "nginx: `proxy_http_version 1.1;` and `proxy_set_header Connection \"\";`." }
    Http1 "http1" Hint {
        "It is HTTP/1.",
        "Browsers open six connections to an origin, over all tabs: with six streams open, the seventh tab loads nothing.",
        "Serve it with HTTP/2 (nginx: `http2 on;` with TLS), or share one stream between tabs. See docs/serving/browsers.md." }

    // How it arrives.
    Silent "silent" Warning {
        "No byte of the body came.",
        "Either nothing happened, or something holds bytes back: this cannot be told apart from outside.",
        "Let the server write a comment (`:` and an empty line) at once: then it can be. If it does, a proxy or a compressor \
         buffers: nginx `proxy_buffering off;`. See docs/serving/proxies.md." }
    Buffered "buffered" Error {
        "Events are held back on the way, and come in heaps.",
        "A proxy, a CDN, a compressor or the server's own output buffer collects them until it is full.",
        "nginx: `proxy_buffering off;` in the location, or the response header `x-accel-buffering: no`. HAProxy does not buffer, \
         unless it compresses. PHP: `output_buffering = Off`, `ob_end_flush()` and \
         `flush()`. Python: an asynchronous or threaded server, and no middleware that collects. CDN: switch caching, \
         compression and response buffering off for this path. See docs/serving/proxies.md." }
    PausesWithinEvents "pauses-within-events" Warning {
        "The stream pauses in the middle of events.",
        "The end of an event comes long after its beginning: an output buffer of odd size, or a server that flushes before it has \
         written the empty line.",
        "Write each event whole, with its empty line, in one write, and flush after it." }
    Heaps "heaps" Hint {
        "Events come in heaps, with pauses between.",
        "The server may make them so; if it makes them one by one, something on the way collects them.",
        "Put the time into the data (as JSON, `\"at\": milliseconds`): then `tidings check` can tell." }
    KeepAliveMissing "keep-alive-missing" Warning {
        "It was quiet for a long time, without a keep-alive.",
        "Proxies take a quiet connection for dead: nginx after 60 s, CloudFront after 30 s. And a server that writes nothing does \
         not notice that a client has gone.",
        "Send a comment (`:` and an empty line) whenever it was quiet for 15 s." }
    KeepAliveUnseen "keep-alive-unseen" Hint {
        "No keep-alive was seen, but it was not watched for long enough to expect one.",
        "Proxies take a quiet connection for dead, nginx after 60 s.",
        "Watch for longer, with --time 60." }
    CutOff "cut-off" Warning {
        "The connection broke within the response.",
        "A client loses what was on the way, and comes back; without IDs it cannot go on where it was.",
        "Look at the server's log, and at the time-outs and limits of the proxies before it." }
    Ends "ends" Hint {
        "The stream came to its end.",
        "That is right for an answer that is complete, as that of an LLM. `EventSource` comes back after its reconnection time, \
         again and again.",
        "For `EventSource`: leave the stream open, or answer 204 when the client comes back." }
    TooMuch "too-much" Hint {
        "It was not read further, because it had sent very much.",
        "What came later was not looked at.",
        "Check with a quieter stream." }

    // The event stream.
    Bom "bom" Warning {
        "The stream begins with a byte order mark.",
        "The standard has it dropped, but some clients take it as part of the first field's name, and lose the first event.",
        "Write UTF-8 without a byte order mark; in .NET `new UTF8Encoding(false)`." }
    BomInside "bom-inside" Error {
        "A line that is not the first begins with a byte order mark.",
        "It becomes part of the field's name, and the field is ignored.",
        "Write UTF-8 without byte order marks: each new writer of .NET adds one, unless it has `new UTF8Encoding(false)`." }
    InvalidUtf8 "invalid-utf8" Error {
        "There are bytes that are no UTF-8.",
        "Each becomes U+FFFD, and the text is lost.",
        "Encode as UTF-8 whatever goes into the stream, and do not cut text in the middle of a character." }
    MixedLineEnds "mixed-line-ends" Warning {
        "Lines end in different ways.",
        "Clients that take only one of them see other events. Often data with a carriage return was not split into lines.",
        "End lines with LF only, and begin every line of data, at CR too, with `data:`." }
    BareCr "bare-cr" Warning {
        "Lines end with CR alone.",
        "The standard permits it, but many clients wait for LF, and never see an event.",
        "End lines with LF." }
    Markup "markup" Error {
        "There are lines of HTML in the stream.",
        "Clients ignore them. Mostly it is the message of an error, which the user never gets to see.",
        "Look at the server's log. PHP: `display_errors = Off`. Do not let an error page follow the stream." }
    JsonWithoutData "json-without-data" Error {
        "There are lines of JSON without `data:`.",
        "They are fields of unknown names to the standard: no event comes of them.",
        "Begin each with `data: `, and end each event with an empty line." }
    MisspeltField "misspelt-field" Error {
        "There are fields whose names are almost those of the standard.",
        "Names are `data`, `event`, `id` and `retry`, in lower case and with nothing before them. All others are ignored.",
        "Mend the spelling." }
    UnknownField "unknown-field" Warning {
        "There are fields that the standard does not know.",
        "Clients ignore them. Often they are the rest of data that has raw line ends.",
        "Put what clients need into `data`, and begin every line of it with `data:`." }
    SplitData "split-data" Error {
        "JSON is split over lines that do not begin with `data:`.",
        "Only the first line arrives, which is no JSON.",
        "Write JSON in one line, or begin every line of it with `data: `. The codec of Tidings does that." }
    JoinedEvents "joined-events" Warning {
        "There are events of several lines of data, each of them JSON by itself.",
        "Probably the empty line between events is missing: clients get one event whose data is no JSON.",
        "End each event with an empty line: `\\n\\n`." }
    UnfinishedEvent "unfinished-event" Error {
        "The last event has no empty line behind it.",
        "Clients dispatch an event at the empty line, and drop what is unfinished at the end.",
        "End each event, the last one too, with an empty line: `\\n\\n`." }
    EventWithoutData "event-without-data" Error {
        "There are events with a type and without data.",
        "The standard never dispatches them: no handler is called.",
        "Add a line `data:`, which may be empty." }
    LongLine "long-line" Warning {
        "There are lines of more than 64 KiB.",
        "Clients that read lines with a limit fail: 64 KiB is that of Python's asyncio and of Go's `bufio.Scanner`.",
        "Send less in one event, or split data into several lines where it may have line ends." }
    LargeEvent "large-event" Warning {
        "There are events of more than 1 MiB.",
        "Each client keeps an event in memory until it is complete, and many have a limit.",
        "Send a reference, and let clients fetch the rest." }
    RetryInvalid "retry-invalid" Error {
        "There is a reconnection time that is no number.",
        "`retry` counts only if it has nothing but digits; else it is ignored.",
        "Send whole milliseconds without a unit: `retry: 3000`." }
    RetryExtreme "retry-extreme" Warning {
        "The reconnection time is very short or very long.",
        "It is in milliseconds. When the server restarts, a short one brings all clients back at once, again and again; with a \
         long one they miss what happens.",
        "Send between 1000 and 30000." }
    RetryMissing "retry-missing" Hint {
        "No reconnection time was sent.",
        "Each client takes its own: 3 s in Chromium, 5 s in Firefox.",
        "Send `retry: 3000` at the beginning, if it matters." }

    // IDs.
    IdNul "id-nul" Error {
        "There are IDs with a NUL in them.",
        "Such an ID is ignored, and the event has the ID of the one before.",
        "Write IDs as text: numbers in decimal, bytes in hexadecimal." }
    IdsMissing "ids-missing" Warning {
        "No event has an ID.",
        "A client that comes back cannot say what it got last: what happens in between is lost.",
        "Give each event an ID, keep the last events, and heed `Last-Event-ID`; a hub does (`tidings serve`)." }
    IdsPartial "ids-partial" Warning {
        "Some events have an ID, and some not.",
        "A client that comes back after one without gets events twice, or misses some.",
        "Give every event an ID, or none." }
    IdRepeated "id-repeated" Warning {
        "Events one after another have the same ID.",
        "Which of them a client got last, its ID cannot say.",
        "Let each event have an ID of its own." }
    ResumeRefused "resume-refused" Error {
        "Coming back with `Last-Event-ID` is refused, or not answered in time.",
        "`EventSource` gives up for good at any status other than 200: one lost connection, and no event comes any more.",
        "Never answer a last event ID with an error: begin anew if it is not known." }
    ResumeRepeats "resume-repeats" Error {
        "After coming back with `Last-Event-ID`, events come that the client has had.",
        "They are handled twice.",
        "Send only what came after that ID." }
    ResumeHoles "resume-holes" Error {
        "After coming back with `Last-Event-ID`, events are left out.",
        "They are lost without anybody knowing.",
        "Keep the last events, and send first all that came after that ID; see docs/serving/operations.md." }
    ResumeOrder "resume-order" Error {
        "After coming back with `Last-Event-ID`, events come in another order.",
        "A client that is cut off again in between loses some.",
        "Send what is kept in its order, and only then what is new." }
    ResumeIgnored "resume-ignored" Warning {
        "After coming back with `Last-Event-ID`, none of the events came that the client had missed.",
        "The events have IDs, but these lead to nothing: what happens during a reconnection is lost.",
        "Keep the last events, and send first all that came after that ID. CDNs and proxies must pass the header on." }

    // CORS.
    CorsNotAllowed "cors-not-allowed" Error {
        "The origin may not read the response.",
        "Pages of the origin get an error, and `EventSource` gives up.",
        "Send `access-control-allow-origin` with the origin; see CORS in docs/serving for each framework." }
    CorsTwice "cors-twice" Error {
        "There are several `access-control-allow-origin`, or several values in it.",
        "Browsers take that as no permission.",
        "Let only one place set it: the application or the proxy." }
    CorsCredentialsStar "cors-credentials-star" Warning {
        "`access-control-allow-credentials` comes with `access-control-allow-origin: *`.",
        "Browsers refuse `*` for requests with cookies (`withCredentials`).",
        "Send the origin itself in place of `*`, and `vary: origin`." }
    CorsPreflight "cors-preflight" Warning {
        "The preflight request is refused.",
        "`EventSource` makes none; `fetch` does, if it sends `Last-Event-ID`, `Authorization` or another method, and then fails.",
        "Answer OPTIONS with 204 and the headers of CORS, without asking for a login." }
    CorsPreflightHeaders "cors-preflight-headers" Warning {
        "The answer to the preflight request does not allow all headers or the method.",
        "`EventSource` does not ask; `fetch` does, and fails. `*` does not stand for `Authorization`.",
        "Send `access-control-allow-headers: last-event-id, authorization`, and `access-control-allow-methods` with the method." }
}
