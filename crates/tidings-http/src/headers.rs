//! What the response says of itself.

/// The headers of a response whose body is an event stream, in lower case.
///
/// - `content-type` is what makes a client read it as one (HTML 9.2.2).
/// - `cache-control` keeps caches from storing it, and proxies from compressing or otherwise holding it back.
/// - `x-accel-buffering` makes nginx, and proxies that follow it, pass each event on as it comes.
///
/// None of them is hop-by-hop, so they fit every version of HTTP. CORS is for the framework's own middleware.
pub const RESPONSE_HEADERS: [(&str, &str); 3] =
    [("content-type", "text/event-stream"), ("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no")];
