//! nginx, as a proxy.

use crate::{
    folder::Folder,
    port,
    process::{self, Process},
    proxy::Proxy,
};

/// Starts it in front of the server on this port.
///
/// It does as it does by default, with Debian's settings around: `extra` is what one would have to write into the `location`
/// beside `proxy_pass`.
pub async fn start(server: u16, extra: &str) -> Proxy {
    let folder = Folder::new("nginx");
    let (http1, http2) = (port::free(), port::free());
    let here = folder.path().display();
    // One process, so that nothing is left when it is killed.
    let config = format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr;
         events {{}}
         http {{
             sendfile on; tcp_nopush on; gzip on; access_log off;
             client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
             uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
             server {{
                 listen 127.0.0.1:{http1};
                 listen 127.0.0.1:{http2} http2;
                 location / {{ proxy_pass http://127.0.0.1:{server}; {extra} }}
             }}
         }}"
    );
    let file = folder.write("nginx.conf", &config);
    let arguments = ["-e".as_ref(), "stderr".as_ref(), "-c".as_ref(), file.as_os_str()];
    let process = Process::start(&process::installed("nginx"), arguments, folder);
    Proxy { process, http1, http2 }.ready().await
}
