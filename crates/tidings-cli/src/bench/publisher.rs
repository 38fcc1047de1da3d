//! The publisher: one connection, over which requests go without waiting for the answers to those before.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    time::Duration,
};

use mio::{Interest, Registry, Token, net::TcpStream};

use super::{
    fault::Fault,
    note::Note,
    response::{Framing, Head},
    target::{Header, Target},
};

/// How many requests may be without an answer.
const MOST_UNANSWERED: usize = 256;

/// How often it reads at once: the subscribers wait.
const MOST_READS: usize = 16;

/// What it publishes, and where.
#[derive(Debug)]
pub(super) struct Publications {
    pub(super) target: Target,
    pub(super) topic: String,
    /// Bytes of data.
    pub(super) size: usize,
    pub(super) headers: Vec<Header>,
    /// How long a connection may take.
    pub(super) patience: Duration,
}

/// Publishes.
#[derive(Debug)]
pub(super) struct Publisher {
    publications: Publications,
    /// The request up to the length of its body.
    head: Vec<u8>,
    /// The body up to the data.
    form: Vec<u8>,
    token: Token,
    registry: Registry,
    connection: Option<TcpStream>,
    /// What is to be written, and how much of it is.
    output: Vec<u8>,
    written: usize,
    /// What has come of the head of an answer, or how much of its body is to come.
    input: Vec<u8>,
    answer: Option<Framing>,
    unanswered: usize,
}

impl Publisher {
    /// Connects.
    pub(super) fn new(publications: Publications, registry: Registry, token: Token) -> Result<Self, Fault> {
        let target = &publications.target;
        let headers: String = publications.headers.iter().map(|header| header.0.as_str()).collect();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\n{headers}content-type: application/x-www-form-urlencoded\r\ncontent-length: ",
            target.path, target.host
        );
        let topic = form_urlencoded::byte_serialize(publications.topic.as_bytes()).collect::<String>();
        let mut publisher = Self {
            head: head.into_bytes(),
            form: format!("topic={topic}&data=").into_bytes(),
            publications,
            token,
            registry,
            connection: None,
            output: Vec::new(),
            written: 0,
            input: Vec::new(),
            answer: None,
            unanswered: 0,
        };
        publisher.connect().map_err(|error| Fault::connect(&error))?;
        Ok(publisher)
    }

    fn connect(&mut self) -> io::Result<()> {
        let address = &self.publications.target.address;
        let connection = std::net::TcpStream::connect_timeout(address, self.publications.patience)?;
        connection.set_nodelay(true)?;
        connection.set_nonblocking(true)?;
        let mut connection = TcpStream::from_std(connection);
        self.registry.register(&mut connection, self.token, Interest::READABLE | Interest::WRITABLE)?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Whether it takes another event.
    pub(super) fn is_ready(&self) -> bool {
        self.unanswered < MOST_UNANSWERED
    }

    /// How many events were taken and are not answered.
    pub(super) fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// Takes an event. It is written by [`write`](Self::write).
    pub(super) fn publish(&mut self, note: Note) {
        let begin = self.form.len();
        note.write(self.publications.size, &mut self.form);
        self.output.extend_from_slice(&self.head);
        // A vector takes everything.
        let _ = write!(self.output, "{}\r\n\r\n", self.form.len());
        self.output.extend_from_slice(&self.form);
        self.form.truncate(begin);
        self.unanswered += 1;
    }

    /// Writes what the connection takes.
    pub(super) fn write(&mut self) -> Result<(), Fault> {
        if self.output.is_empty() {
            return Ok(());
        }
        if self.connection.is_none() {
            self.connect().map_err(|error| Fault::connect(&error))?;
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        while self.written < self.output.len() {
            match connection.write(&self.output[self.written..]) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::connection(&error)),
            }
        }
        self.output.clear();
        self.written = 0;
        Ok(())
    }

    /// Reads the answers that have come, but not too many at once. Returns whether there may be more.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<bool, Fault> {
        for _ in 0..MOST_READS {
            let Some(connection) = &mut self.connection else { return Ok(false) };
            match connection.read(buffer) {
                Ok(0) => {
                    self.connection = None;
                    // It may close a connection that is not in use, and then there is another.
                    return if self.unanswered == 0 { Ok(false) } else { Err(Fault::Cut) };
                }
                Ok(read) => self.answers(&buffer[..read])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::connection(&error)),
            }
        }
        Ok(true)
    }

    fn answers(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() || self.answer.is_some_and(Framing::has_ended) {
            if let Some(framing) = &mut self.answer {
                while framing.next(&mut bytes)?.is_some() {}
                if framing.has_ended() {
                    self.answer = None;
                }
                continue;
            }
            let before = self.input.len();
            self.input.extend_from_slice(bytes);
            let Some((length, head)) = Head::read(&self.input)? else { return Ok(()) };
            bytes = &bytes[length - before..];
            self.input.clear();
            self.answer = Some(head.framing);
            match head.status {
                100..=199 => {}
                200..=299 if self.unanswered > 0 => self.unanswered -= 1,
                200..=299 => return Err(Fault::Head("an answer to no request".to_owned())),
                status => return Err(Fault::Status(status)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn answers_are_counted_in_any_pieces() {
        let stream = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nidaHTTP/1.1 204 No Content\r\n\r\n\
            HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        for cut in 0..=stream.len() {
            let mut publisher = publisher();
            (0..3).for_each(|number| publisher.publish(Note { number, sent: 1 }));
            assert_eq!(publisher.answers(&stream[..cut]), Ok(()), "{cut}");
            assert_eq!(publisher.answers(&stream[cut..]), Ok(()), "{cut}");
            assert_eq!(publisher.unanswered(), 0);
            let more = publisher.answers(b"HTTP/1.1 200 OK\r\n\r\n");
            assert!(matches!(more, Err(Fault::Head(_))), "{more:?}");
        }
        assert_eq!(publisher().answers(b"HTTP/1.1 401 Unauthorized\r\n\r\n"), Err(Fault::Status(401)));
    }

    #[test]
    fn requests_have_the_size() {
        let mut publisher = publisher();
        publisher.publish(Note { number: 7, sent: 8 });
        publisher.publish(Note { number: 8, sent: 9 });
        let request = |data| {
            format!(
                "POST /hub HTTP/1.1\r\nhost: localhost\r\nx-a: b\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 content-length: 24\r\n\r\ntopic=a%26b&data={data}"
            )
        };
        let expected = request("7+8+xxx") + &request("8+9+xxx");
        assert_eq!(String::from_utf8_lossy(&publisher.output), expected);
    }

    fn publisher() -> Publisher {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a port");
        let address = listener.local_addr().expect("it has an address");
        let poll = mio::Poll::new().expect("there are files left");
        let target = Target { address, host: "localhost".to_owned(), path: "/hub".to_owned() };
        let headers = vec![Header("x-a: b\r\n".to_owned())];
        let publications =
            Publications { target, topic: "a&b".to_owned(), size: 7, headers, patience: Duration::from_secs(5) };
        let registry = poll.registry().try_clone().expect("there are files left");
        Publisher::new(publications, registry, Token(0)).expect("it is listened on")
    }
}
