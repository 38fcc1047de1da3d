//! `HAProxy`.

use crate::{
    folder::Folder,
    port,
    process::{self, Process},
    proxy::Proxy,
};

/// Starts it in front of the server on this port.
///
/// It does as it does by default, with the time-outs that Debian's configuration has (there is no default for them): `extra` is
/// what one would have to write into `defaults` beside them.
pub async fn start(server: u16, extra: &str) -> Proxy {
    let folder = Folder::new("haproxy");
    let (http1, http2) = (port::free(), port::free());
    let config = format!(
        "defaults
             mode http
             timeout connect 5000
             timeout client 50000
             timeout server 50000
             {extra}
         frontend clients
             bind 127.0.0.1:{http1}
             bind 127.0.0.1:{http2} proto h2
             default_backend servers
         backend servers
             server tidings 127.0.0.1:{server}\n"
    );
    let file = folder.write("haproxy.cfg", &config);
    // In the foreground, and one process.
    let arguments = ["-db".as_ref(), "-f".as_ref(), file.as_os_str()];
    let process = Process::start(&process::installed("haproxy"), arguments, folder);
    Proxy { process, http1, http2 }.ready().await
}
