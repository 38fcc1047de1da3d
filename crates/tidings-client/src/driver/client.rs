//! The HTTP client.

use reqwest::{Client, ClientBuilder, Url, redirect};

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
    let builder = builder.tls_backend_preconfigured(tls::trusting_the_system().map_err(unusable)?);
    Ok(builder)
}

/// The client of an event source that was given none.
pub(super) fn client_for(url: &Url) -> Result<Client, Error> {
    #[cfg(feature = "tls")]
    let builder = match client_builder() {
        // A machine without certificates can speak plain HTTP.
        Err(_) if url.scheme() == "http" => ClientBuilder::new()
            .redirect(redirect::Policy::none())
            .tls_backend_preconfigured(tls::trusting_nobody().map_err(unusable)?),
        builder => builder?,
    };
    #[cfg(not(feature = "tls"))]
    let builder = match url.scheme() {
        "http" => client_builder()?,
        _ => return Err(unusable("https needs the feature `tls`")),
    };
    builder.build().map_err(unusable)
}

fn unusable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::with(ErrorKind::Client, error)
}

#[cfg(feature = "tls")]
mod tls {
    use std::sync::Arc;

    use rustls::{
        ClientConfig, ConfigBuilder, Error, RootCertStore, WantsVerifier,
        crypto::{CryptoProvider, ring},
    };
    use rustls_platform_verifier::BuilderVerifierExt as _;

    pub(super) fn trusting_the_system() -> Result<ClientConfig, Error> {
        Ok(with_protocols(builder()?.with_platform_verifier()?.with_no_client_auth()))
    }

    pub(super) fn trusting_nobody() -> Result<ClientConfig, Error> {
        Ok(with_protocols(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth()))
    }

    /// With the cryptography that the program has chosen for all of itself, if it has.
    fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
        let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()));
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
    }

    fn with_protocols(mut config: ClientConfig) -> ClientConfig {
        if cfg!(feature = "http2") {
            config.alpn_protocols.push(b"h2".into());
        }
        config.alpn_protocols.push(b"http/1.1".into());
        config
    }
}
