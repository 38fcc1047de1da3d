//! What is asked for, and cannot be.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

use crate::{
    common,
    script::{HEAD, events, say, serve},
    support::bench,
};

#[test]
fn wrong_arguments() {
    let url = "http://127.0.0.1:1/";
    for (arguments, words) in [
        (&["http://192.0.2.1/"][..], "is not this machine"),
        (&[url, "--publish", "http://192.0.2.1/"], "--allow-remote"),
        (&["https://127.0.0.1/"], "https is not supported"),
        (&["nonsense"], "begins with http://"),
        (&[url, "--rate", "5"], "--publish"),
        (&[url, "--publish", url, "--rate", "0"], "events a second"),
        (&[url, "--duration=-1"], "--duration"),
        (&[url, "--events", "1", "--duration", "1", "--publish", url], "cannot be used with"),
        (&[url, "--missed", "5"], "--reconnect"),
        (&[url, "--header", "host: a"], "is set already"),
    ] {
        let bench = bench(arguments);
        assert_eq!(bench.status, Some(2), "{bench:#?}");
        assert!(bench.stderr.contains(words), "no {words:?} in {bench:#?}");
    }
}

#[test]
fn nobody_listens() {
    // Taken, so that nobody else listens on it in the meantime either.
    let taken = Socket::new(Domain::IPV4, Type::STREAM, None).expect("there are files left");
    taken.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("there is a port");
    let address = taken.local_addr().ok().and_then(|address| address.as_socket()).expect("it has an address");
    let url = format!("http://{address}/");
    let listening = bench(&[&url, "-n", "3"]);
    let failures = serde_json::json!({ "cannot connect: connection refused": 3 });
    assert_eq!((listening.status, &listening.report["failures"]), (Some(1), &failures), "{listening:#?}");
    let publishing = bench(&[&url, "--publish", &url]);
    assert_eq!(publishing.stderr, "tidings: publisher: cannot connect: connection refused\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_system_does_not_have() {
    let url = "http://127.0.0.1:1/";
    for (arguments, words) in [
        (&[url, "-n", "1000000"][..], &["open files are needed", "ulimit"][..]),
        (&[url, "--pid", "4294967295"], &["--pid", "4294967295"]),
        (&[url, "--cpu", "100000"], &["--cpu"]),
    ] {
        let run = common::run(&[&["bench"], arguments].concat(), b"");
        run.assert_failure("", words);
    }
}

#[test]
fn the_report_reads_well() {
    let url = serve(say(&(HEAD.to_owned() + &events(&[1, 3]))));
    let run = common::run(&["bench", &url, "-n", "2", "-d", "0.2"], b"");
    assert_eq!((run.status, run.stderr.as_str()), (Some(1), "tidings: 2 lost\n"), "{run:?}");
    for words in ["2 of 2 open after 0.", "deliveries    ", "4 by their numbers: 2 lost, 0 doubled"] {
        assert!(run.stdout.contains(words), "no {words:?} in {}", run.stdout);
    }
}
