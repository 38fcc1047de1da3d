//! The HTTP client.

use reqwest::{ClientBuilder, redirect};

use super::{Error, ErrorKind};

/// A builder of HTTP clients as an [`EventSource`](super::EventSource) makes them for itself: for adding what only it can set
/// (a proxy, the time that TCP may take to connect), and for one client that many event sources share.
///
/// It follows no redirects, because an event source does that itself. With the feature `tls` it trusts whom the system trusts, or on
/// Linux the certificates of `SSL_CERT_FILE`; whatever else is to be set of TLS is set as a whole, with `tls_backend_preconfigured`.
///
/// # Errors
///
/// If TLS cannot be set up.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use tidings_client::{EventSource, client_builder};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = client_builder()?.connect_timeout(Duration::from_secs(5)).build()?;
/// let one = EventSource::builder("https://example.com/one").client(client.clone()).build()?;
/// let two = EventSource::builder("https://example.com/two").client(client).build()?;
/// # Ok(())
/// # }
/// ```
pub fn client_builder() -> Result<ClientBuilder, Error> {
    let builder = ClientBuilder::new().redirect(redirect::Policy::none());
    #[cfg(feature = "tls")]
    let builder = builder.tls_backend_preconfigured(tls().map_err(|error| Error::with(ErrorKind::Client, error))?);
    Ok(builder)
}

pub(super) fn client() -> Result<reqwest::Client, Error> {
    client_builder()?.build().map_err(|error| Error::with(ErrorKind::Client, error))
}

/// With the cryptography that the program has chosen for all of itself, if it has.
#[cfg(feature = "tls")]
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    use std::sync::Arc;

    use rustls::crypto::{CryptoProvider, ring};
    use rustls_platform_verifier::BuilderVerifierExt as _;

    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()));
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    if cfg!(feature = "http2") {
        config.alpn_protocols.push(b"h2".into());
    }
    config.alpn_protocols.push(b"http/1.1".into());
    Ok(config)
}
