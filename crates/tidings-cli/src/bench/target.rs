//! Where the requests go.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use hyper::{
    Uri,
    header::{HeaderName, HeaderValue},
};

/// How long a try takes to find out which of several addresses is listened on.
const TRY: Duration = Duration::from_secs(1);
/// How many connections come from one address: the system has some 28,000 ports for them, and keeps those that were in use.
const PER_SOURCE: usize = 10_000;

/// A server, and what to ask it for.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    /// What the header `host` says.
    pub(super) host: String,
    /// The path and the query.
    pub(super) path: String,
}

impl Target {
    /// Reads a URL and looks up its host. Fails with what is wrong with it.
    pub(super) fn new(url: &str, allow_remote: bool) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(format!("{url}: https is not supported; what encrypts would be measured")),
            _ => return Err(format!("{url}: a URL begins with http://")),
        }
        let authority = uri.authority().ok_or_else(|| format!("{url}: there is no host"))?;
        if authority.as_str().contains('@') {
            return Err("the URL has a user or password; send them with --header 'authorization: …'".to_owned());
        }
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        let found = (name, authority.port_u16().unwrap_or(80)).to_socket_addrs();
        let addresses: Vec<SocketAddr> = found.map_err(|error| format!("{name}: {error}"))?.collect();
        let address = choose(&addresses).ok_or_else(|| format!("{name}: no address"))?;
        if !allow_remote && !address.ip().is_loopback() {
            return Err(format!(
                "{address} is not this machine; to put load on another one, which you may do to your own, say --allow-remote"
            ));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { address, host: authority.to_string(), path })
    }

    /// The address from which a connection comes, if the system is not to choose it. `round`: how often all have come back.
    pub(super) fn source(&self, index: usize, total: usize, round: usize) -> Option<SocketAddr> {
        // Elsewhere there is but one loopback address.
        if !cfg!(target_os = "linux") || !self.address.is_ipv4() || !self.address.ip().is_loopback() {
            return None;
        }
        let source = index / PER_SOURCE + round * total.div_ceil(PER_SOURCE);
        let last = u8::try_from(1 + source % 250).unwrap_or(1);
        // Other addresses with each run: for a minute, ports of the last one are not free.
        let [.., high, low] = std::process::id().to_be_bytes();
        (source > 0).then(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, high, low, last)), 0))
    }
}

/// The only address, or the first that is listened on.
fn choose(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    let listened_on = |address: &&SocketAddr| TcpStream::connect_timeout(address, TRY).is_ok();
    match addresses {
        [] | [_] => addresses.first().copied(),
        several => several.iter().find(listened_on).or(several.first()).copied(),
    }
}

/// A header that is sent with all requests.
#[derive(Clone, Debug)]
pub(super) struct Header(pub(super) String);

impl Header {
    /// What is sent anyway, or would change what the bytes mean.
    const OWN: [&str; 7] =
        ["accept", "accept-encoding", "connection", "content-length", "host", "last-event-id", "transfer-encoding"];

    /// Reads `name: value`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once(':').ok_or("not of the form 'name: value'")?;
        let name: HeaderName = name.parse().map_err(|_| "not the name of a header")?;
        if Self::OWN.contains(&name.as_str()) {
            return Err(format!("{name} is set already"));
        }
        let value = value.trim();
        HeaderValue::from_str(value).map_err(|_| "not the value of a header")?;
        Ok(Self(format!("{name}: {value}\r\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let target = Target::new("http://127.0.0.1:7777/a?match=*#b", false).expect("it is a URL");
        assert_eq!(target.address.to_string(), "127.0.0.1:7777");
        assert_eq!((target.host.as_str(), target.path.as_str()), ("127.0.0.1:7777", "/a?match=*"));
        let target = Target::new("http://[::1]", false).expect("it is a URL");
        assert_eq!((target.address.to_string().as_str(), target.path.as_str()), ("[::1]:80", "/"));
        for (url, what) in [
            ("https://127.0.0.1/", "https is not supported"),
            ("127.0.0.1:80", "begins with http://"),
            ("/a", "begins with http://"),
            ("http://a:b@127.0.0.1/", "--header"),
            ("http://192.0.2.1/", "--allow-remote"),
            ("http://127.0.0.1/\r\nx: y", "invalid"),
        ] {
            let error = Target::new(url, false).expect_err(url);
            assert!(error.contains(what), "{error}");
        }
        assert!(Target::new("http://192.0.2.1/", true).is_ok());
    }

    #[test]
    fn no_address_has_too_many_connections() {
        let target = Target::new("http://127.0.0.1:7777/", false).expect("it is a URL");
        let sources = [(0, 0), (9_999, 0), (10_000, 0), (0, 1), (10_000, 1)];
        let sources = sources.map(|(index, round)| match target.source(index, 15_000, round)?.ip() {
            IpAddr::V4(address) => Some((address.is_loopback(), address.octets()[3])),
            IpAddr::V6(_) => None,
        });
        if cfg!(target_os = "linux") {
            assert_eq!(sources, [None, None, Some((true, 2)), Some((true, 3)), Some((true, 4))]);
        } else {
            assert_eq!(sources, [const { None }; 5]);
        }
    }

    #[test]
    fn headers() {
        assert_eq!(Header::parse("X-A:  b ").map(|header| header.0), Ok("x-a: b\r\n".to_owned()));
        for text in ["a", ": b", "a b: c", "a: b\r\nc: d", "Host: a", "content-length: 5"] {
            assert!(Header::parse(text).is_err(), "{text}");
        }
    }
}
