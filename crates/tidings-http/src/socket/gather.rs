//! Writing what is small in one piece.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest write that is gathered, in bytes.
const MOST: usize = 4096;

/// A connection on which a small vectored write is made as a plain one.
///
/// A server on hyper writes each event as three slices: the length of its HTTP chunk, the event, and the end of the chunk. The kernel
/// takes longer to collect these than it takes to copy up to 4 KiB of them: for an event of 100 bytes that is a tenth of all the time
/// that its delivery costs. Longer writes pass through as they are.
///
/// # Examples
///
/// ```
/// use tidings_http::socket::{Gather, SocketOptions};
///
/// # tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap().block_on(async {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// SocketOptions::new().set_on(&listener)?;
/// # let client = tokio::net::TcpStream::connect(listener.local_addr()?);
/// # let (accepted, _client) = tokio::join!(listener.accept(), client);
/// # let accept = async || accepted;
/// let (connection, _) = accept().await?;
/// let connection = Gather::new(connection);
/// // hyper_util::server::conn::auto::Builder::new(executor).serve_connection(TokioIo::new(connection), service)
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Gather<T>(T);

impl<T> Gather<T> {
    /// Gathers the small writes to a connection.
    pub const fn new(connection: T) -> Self {
        Self(connection)
    }

    /// The connection.
    pub const fn get_ref(&self) -> &T {
        &self.0
    }

    /// The connection.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Gather<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Gather<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let connection = Pin::new(&mut self.0);
        let length = slices.iter().map(|slice| slice.len()).fold(0, usize::saturating_add);
        if slices.len() < 2 || length > MOST {
            return connection.poll_write_vectored(cx, slices);
        }
        let mut buffer = [MaybeUninit::uninit(); MOST];
        let mut gathered = ReadBuf::uninit(&mut buffer);
        for slice in slices {
            gathered.put_slice(slice);
        }
        connection.poll_write(cx, gathered.filled())
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// What each write was: the lengths of its slices, and the bytes.
    #[derive(Default)]
    struct Written(Vec<(Vec<usize>, Vec<u8>)>);

    impl AsyncWrite for Written {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.0.push((vec![bytes.len()], bytes.to_vec()));
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
            let length = bytes.len();
            self.0.push((slices.iter().map(|slice| slice.len()).collect(), bytes));
            Poll::Ready(Ok(length))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn small_writes_are_one_and_long_ones_pass() {
        let long = vec![b'x'; MOST - 3];
        for (slices, lengths) in [
            (vec![&b"5\r\n"[..], b"data\n", b"\r\n"], vec![10]),
            (vec![], vec![]),
            (vec![b"one"], vec![3]),
            (vec![b"ff\r", &long], vec![MOST]),
            (vec![b"ff\r\n", &long], vec![4, long.len()]),
        ] {
            let mut connection = Gather::new(Written::default());
            assert!(connection.is_write_vectored());
            let given: Vec<IoSlice<'_>> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
            let count = connection.write_vectored(&given).await.expect("all is taken");
            assert_eq!(count, slices.concat().len());
            assert_eq!(connection.into_inner().0, [(lengths, slices.concat())]);
        }
    }
}
