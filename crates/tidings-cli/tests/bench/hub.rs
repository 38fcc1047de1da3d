//! Against `tidings serve`: what is counted is what there was.

use tidings_e2e::hub::{Hub, PATH};

use crate::support::{Bench, bench, finish, interrupt, start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tidings");

/// A benchmark of a hub on the topic of its publisher.
fn run(hub: &Hub, arguments: &[&str]) -> Bench {
    let (subscribe, publish) = (hub.url(&format!("{PATH}?match=bench")), hub.url(PATH));
    let begin = [subscribe.as_str(), "--publish", &publish];
    bench(&begin.into_iter().chain(arguments.iter().copied()).collect::<Vec<_>>())
}

#[tokio::test]
async fn each_event_is_counted_once_for_each_subscriber() {
    let hub = Hub::start(PROGRAM, &[]).await;
    for outstanding in ["1", "8", "1000"] {
        let bench = run(&hub, &["-n", "20", "--events", "50", "--outstanding", outstanding]);
        bench.assert_fine();
        assert_eq!((bench.number("/connect/open"), bench.number("/load/published")), (20, 50));
        assert_eq!((bench.number("/load/deliveries"), bench.number("/check/delivered")), (1000, 1000));
        let latency = |name: &str| bench.report["load"]["latency_ms"][name].as_f64().expect("it is measured");
        assert_eq!(bench.number("/load/latency_ms/count"), 1000);
        let rising = [0.0, latency("p50"), latency("p90"), latency("p99"), latency("max")];
        assert!(rising.is_sorted() && rising[1] > 0.0 && rising[4] < 60_000.0, "{rising:?}");
    }
}

#[tokio::test]
async fn at_a_rate() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let bench = run(&hub, &["-n", "5", "--duration", "1", "--rate", "50", "--size", "5000"]);
    bench.assert_fine();
    let published = bench.number("/load/published");
    // One at the begin, and one every 20 ms.
    assert!((1..=51).contains(&published), "{published}");
    assert_eq!(bench.number("/load/deliveries"), published * 5);
}

#[tokio::test]
async fn all_come_back_and_have_everything() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let bench = run(&hub, &["-n", "50", "--events", "5", "--reconnect", "--missed", "7", "--at-once", "9"]);
    bench.assert_fine();
    for name in ["cut", "with_last_event_id", "caught_up", "connect/open", "caught_up_ms/count"] {
        assert_eq!(bench.number(&format!("/reconnect/{name}")), 50, "{name}");
    }
    assert_eq!((bench.number("/load/published"), bench.number("/reconnect/load/deliveries")), (5, 350));
    assert_eq!(bench.number("/check/delivered"), 50 * 12);
}

#[tokio::test]
async fn a_command_is_run_while_all_are_away() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let come_back = |command: &str| run(&hub, &["-n", "9", "--events", "5", "--reconnect", "--while-away", command]);
    let bench = come_back("echo it was run");
    assert_eq!((bench.status, bench.wrong(), bench.stderr.as_str()), (Some(0), [0; 3], "it was run\n"));
    assert_eq!(bench.number("/reconnect/caught_up"), 9);
    let bench = come_back("exit 3");
    assert!(bench.stderr.contains("--while-away: exit status: 3"), "{}", bench.stderr);
    assert_eq!(bench.status, Some(1));
}

#[tokio::test]
async fn all_come_back_while_publishing_goes_on() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let bench = run(&hub, &["-n", "50", "--duration", "0.3", "--rate", "200", "--reconnect"]);
    bench.assert_fine();
    assert_eq!(bench.number("/reconnect/caught_up"), 50);
    assert_eq!(bench.number("/check/delivered") % 50, 0, "all have the same");
}

#[tokio::test]
async fn what_is_not_kept_is_in_a_gap() {
    let hub = Hub::start(PROGRAM, &["--keep-events", "3"]).await;
    let bench = run(&hub, &["-n", "4", "--events", "2", "--reconnect", "--missed", "10"]);
    assert_eq!((bench.status, bench.wrong()), (Some(0), [0; 3]), "{bench:#?}");
    let (gaps, missed) = (bench.number("/check/gaps"), bench.number("/check/missed_in_gaps"));
    assert_eq!((gaps, missed), (4, 7 * 4));
    assert_eq!(bench.number("/check/delivered") + missed, 12 * 4);
}

#[tokio::test]
async fn some_never_read() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let bench = run(&hub, &["-n", "5", "--stalled", "3", "--events", "200", "--size", "50000", "--outstanding", "4"]);
    bench.assert_fine();
    assert_eq!((bench.number("/stalled/count"), bench.number("/check/delivered")), (3, 1000));
}

#[tokio::test]
async fn events_of_others_are_told_apart() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let all = hub.url(&format!("{PATH}?match=*&match=tidings/vitals"));
    let quiet = bench(&[&all, "-n", "4", "--duration", "2.5"]);
    quiet.assert_fine();
    let (events, ids) = (quiet.number("/check/without_number"), quiet.number("/check/with_id"));
    assert!(events >= 4 && events == ids, "the hub publishes every second: {quiet:#?}");
    let mixed = bench(&[&all, "-n", "4", "--duration", "1.5", "--rate", "10", "--publish", &hub.url(PATH)]);
    mixed.assert_fine();
    assert_eq!(mixed.number("/check/delivered"), mixed.number("/load/published") * 4);
    assert!(mixed.number("/check/without_number") >= 4, "{mixed:#?}");
}

/// Those of an earlier benchmark have numbers too, and are sent again to who asks for them.
#[tokio::test]
async fn events_of_earlier_benchmarks_do_not_count() {
    let hub = Hub::start(PROGRAM, &[]).await;
    run(&hub, &["-n", "2", "--events", "50"]).assert_fine();
    let (all, publish) = (hub.url(&format!("{PATH}?match=bench&last=40")), hub.url(PATH));
    let bench = bench(&[&all, "-n", "2", "--publish", &publish, "--events", "60", "--outstanding", "60", "--spin"]);
    bench.assert_fine();
    assert_eq!((bench.number("/check/delivered"), bench.number("/check/without_number")), (120, 80));
}

#[tokio::test]
async fn a_publisher_needs_the_key() {
    let hub = Hub::start(PROGRAM, &["--publish-key", "secret"]).await;
    let without = run(&hub, &["-n", "2", "--events", "3"]);
    assert_eq!((without.status, without.report["publisher_failure"].as_str()), (Some(1), Some("status 401")));
    run(&hub, &["-n", "2", "--events", "3", "--publish-key", "secret"]).assert_fine();
    run(&hub, &["-n", "2", "--events", "3", "--header", "Authorization: Bearer secret"]).assert_fine();
}

#[tokio::test]
async fn control_c_ends_it_with_a_report() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let child = start(&[&hub.url(&format!("{PATH}?match=bench")), "-n", "7", "--duration", "3600"]);
    hub.has_open_streams(7).await;
    interrupt(&child);
    let bench = finish(child);
    bench.assert_fine();
    // Of the last it may have heard when it was over.
    let open = bench.number("/connect/open");
    assert!(bench.report["interrupted"] == true && (1..=7).contains(&open), "{bench:#?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_processes_use_is_measured() {
    let hub = Hub::start(PROGRAM, &[]).await;
    let pid = std::process::id().to_string();
    let bench = run(&hub, &["-n", "5", "--events", "5", "--idle", "0.2", "--pid", &pid, "--cpu", "0"]);
    bench.assert_fine();
    for path in ["/memory_before/server", "/memory_idle/client", "/memory_after/server"] {
        assert!(bench.number(path) > 0, "{path}");
    }
    let alone = run(&hub, &["-n", "5", "--events", "5", "--idle", "0.2"]);
    assert!(alone.report.pointer("/idle_server").is_none() && alone.report.pointer("/load/server").is_none());
    for path in [
        "/memory_after/sockets",
        "/idle_server/waits",
        "/load/server/waits",
        "/load/client/waits",
        "/memory_per_subscriber/server",
    ] {
        bench.number(path);
    }
}
