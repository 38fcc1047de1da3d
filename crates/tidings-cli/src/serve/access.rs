//! Who may do what.

use std::net::IpAddr;

use hyper::{
    HeaderMap, StatusCode, Uri,
    header::{self, HeaderName, HeaderValue},
    http::uri::Authority,
};
use subtle::ConstantTimeEq as _;

use super::refusal::Refusal;

/// With it a browser says whose page asks. Pages cannot set it, and proxies leave it as it is.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who may do what.
pub(super) struct Access {
    /// What publishers must have.
    pub(super) publish_key: Option<String>,
    /// Whose pages may ask besides the hub's own.
    pub(super) origins: Vec<Origin>,
    /// By which names the hub may be called, besides addresses. `None` if by any.
    pub(super) hosts: Option<Vec<Host>>,
}

impl Access {
    /// Refuses requests that call the hub by a name which is not known to be its own.
    ///
    /// Anybody can have a name lead to this machine, and a page of that name is then one of the hub's own for a browser: it may read
    /// everything (DNS rebinding). Only the name tells.
    pub(super) fn check_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.hosts.is_none() || headers.get_all(header::HOST).iter().all(|host| self.knows(host.as_bytes())) {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "the hub is not known by this name: see --host"))
    }

    /// Whether a host, perhaps with a port, is an address, a name that browsers know to be this machine, or one that was given.
    fn knows(&self, host: &[u8]) -> bool {
        let Ok(authority) = Authority::try_from(host) else { return false };
        let host = authority.host().to_ascii_lowercase();
        is_address(&host) || self.hosts.iter().flatten().any(|Host(known)| *known == host)
    }

    /// Refuses pages of other origins, which a browser lets post forms to this machine.
    ///
    /// A browser says that a page is the hub's own even through a proxy that changes the host. To hosts without TLS that are
    /// not this machine it does not, nor do programs that have an origin: for these it must be that of the host they call, and
    /// nobody else's.
    pub(super) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = |name| headers.get(name).map(HeaderValue::as_bytes);
        let Some(origin) = header(header::ORIGIN) else { return Ok(()) };
        let own = header(SEC_FETCH_SITE)
            .map_or_else(|| self.is_own(origin, header(header::HOST)), |site| site == b"same-origin");
        if own || self.origins.iter().any(|Origin(allowed)| allowed == origin) {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, "pages of this origin may not do this: see --cors-origin"))
    }

    /// Whether an origin is that of the host that was called.
    ///
    /// Without TLS it may be a name that somebody has pointed at this machine. So where no key keeps such pages out, a name is not
    /// enough unless it is known.
    fn is_own(&self, origin: &[u8], host: Option<&[u8]>) -> bool {
        let secure = origin.strip_prefix(b"https://");
        let Some(name) = secure.or_else(|| origin.strip_prefix(b"http://")) else { return false };
        host == Some(name) && (secure.is_some() || self.publish_key.is_some() || self.knows(name))
    }

    /// Refuses who does not have the key, if there is one.
    pub(super) fn check_key(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(key) = &self.publish_key else { return Ok(()) };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().split_at_checked(7));
        if given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case(b"Bearer ") && given.ct_eq(key.as_bytes()).into()
        }) {
            return Ok(());
        }
        Err(Refusal::unauthorized("publishing needs the key: Authorization: Bearer"))
    }
}

/// Whether a host in lower case is an address, or a name that browsers know to be this machine.
fn is_address(host: &str) -> bool {
    let is_local = host == "localhost" || host.ends_with(".localhost");
    is_local || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

/// A name by which the hub may be called, in lower case.
#[derive(Clone, Debug)]
pub(super) struct Host(String);

impl Host {
    /// Reads one from the command line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<Authority>() {
            Ok(authority) if authority.host() == text => Ok(Self(text.to_ascii_lowercase())),
            _ => Err("a host is a name without a port, such as hub.example.com".to_owned()),
        }
    }
}

/// An origin as browsers say it: scheme, host, and the port if it is not the scheme's own.
#[derive(Clone, Debug)]
pub(super) struct Origin(pub(super) HeaderValue);

impl Origin {
    /// Reads one from the command line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let uri: Option<Uri> = text.parse().ok();
        let exact = uri.as_ref().and_then(|uri| Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?)));
        match HeaderValue::from_str(text) {
            Ok(value) if exact.is_some_and(|exact| exact == text) && !text.contains('@') => Ok(Self(value)),
            _ => Err("an origin is a scheme, a host and perhaps a port, such as https://example.com:8443".to_owned()),
        }
    }

    /// Its host: what is there may be in front of the hub, too.
    pub(super) fn host(&self) -> Option<Host> {
        let uri = Uri::try_from(self.0.as_bytes()).ok()?;
        uri.host().map(|host| Host(host.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let access = |hosts: &[&str]| Access {
            publish_key: None,
            origins: Vec::new(),
            hosts: Some(hosts.iter().map(|host| Host::parse(host).expect("it is a host")).collect()),
        };
        let (none, named) = (access(&[]), access(&["hub.Example"]));
        for good in ["127.0.0.1", "192.0.2.7:3000", "[::1]", "[::1]:3000", "localhost:3000", "A.localhost"] {
            assert!(none.knows(good.as_bytes()) && named.knows(good.as_bytes()), "{good}");
        }
        for bad in
            ["", "evil.example:3000", "127.0.0.1.evil.example", "localhost.evil.example", "1.2.3", "a.hub.example"]
        {
            assert!(!none.knows(bad.as_bytes()) && !named.knows(bad.as_bytes()), "{bad}");
        }
        assert!(named.knows(b"Hub.example:3000") && !none.knows(b"hub.example"));
    }

    #[test]
    fn origins() {
        for good in ["http://127.0.0.1:3000", "https://example.com", "http://[::1]:80"] {
            assert!(Origin::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "*", "null", "example.com", "https://example.com/", "https://a@b", "HTTP://a", "https://a b"] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
