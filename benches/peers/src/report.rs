//! The tables and the file.

use serde_json::{Value, json};

use crate::encode::View;
use crate::measure::{Error, Spread};
use crate::{Options, decode, encode, linear};

/// Everything that was measured.
#[derive(Default)]
pub struct Results {
    /// Decoding of what stays in the cache.
    pub hot: Vec<decode::Outcome>,
    /// Decoding of what does not.
    pub cold: Vec<decode::Outcome>,
    /// Encoding.
    pub encode: Vec<encode::Outcome>,
    /// Growth of the cost with the length.
    pub linear: Vec<linear::Outcome>,
}

/// Prints all tables to standard output: the bars first, then everything they are made of.
pub fn print(results: &Results, options: &Options) {
    if options.quick {
        println!("Quick run: all results are right; the times below mean nothing.\n");
    } else {
        println!("Medians of {} interleaved repetitions, CPU time of one thread.\n", options.reps);
    }
    decode_bars(&results.hot);
    allocation_bars(&results.hot);
    encode_bars(&results.encode);
    linear_bars(&results.linear);
    for outcomes in [&results.hot, &results.cold] {
        decode_matrix(outcomes);
    }
    for outcome in results.hot.iter().chain(&results.cold) {
        decode_details(outcome);
    }
    for outcome in &results.encode {
        encode_details(outcome);
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "OK" } else { "LOW" }
}

/// A quotient beside its floor, such as `1.16 ≥ 1.10 OK`.
fn judged(value: f64, floor: Option<f64>) -> String {
    match floor {
        Some(floor) => format!("{value:6.3} ≥ {floor:4.2} {:3}", verdict(value >= floor)),
        None => format!("{value:6.3}           "),
    }
}

fn decode_bars(outcomes: &[decode::Outcome]) {
    if outcomes.is_empty() {
        return;
    }
    println!("DECODING: BARS (hot; the limit is memchr2 + simdutf8)");
    println!(
        "{:12} {:18} {:18} {:18} {:18} best peer",
        "case", "borrowed ÷ limit", "owned ÷ limit", "borrowed ÷ peer", "owned ÷ peer"
    );
    for outcome in outcomes {
        let floors = outcome.case.floors.as_ref();
        let (limit, peer) = (outcome.limit(), outcome.best_peer());
        let (borrowed, owned) = (outcome.ours("borrowed"), outcome.ours("owned"));
        println!(
            "{:12} {:18} {:18} {:18} {:18} {}",
            outcome.case.name(),
            judged(borrowed.seconds.speed_over(&limit.seconds), floors.map(|floors| floors.borrowed_to_limit)),
            judged(owned.seconds.speed_over(&limit.seconds), floors.map(|floors| floors.owned_to_limit)),
            judged(borrowed.seconds.speed_over(&peer.seconds), floors.map(|floors| floors.borrowed_to_peer)),
            judged(owned.seconds.speed_over(&peer.seconds), floors.map(|floors| floors.owned_to_peer)),
            peer.engine.name,
        );
    }
    println!();
}

fn allocation_bars(outcomes: &[decode::Outcome]) {
    let counted = outcomes.iter().filter(|outcome| outcome.case.counts_allocations);
    for (index, outcome) in counted.enumerate() {
        if index == 0 {
            println!("ALLOCATIONS PER EVENT: BARS (after one pass; + r are reallocations)");
        }
        let (borrowed, owned) = (outcome.ours("borrowed"), outcome.ours("owned"));
        let count = |row: &decode::Row| format!("{:.3} + {:.3}r", row.allocations, row.reallocations);
        println!(
            "{:12} borrowed {} = 0 {:3}   owned {} ≤ 1 {}",
            outcome.case.name(),
            count(borrowed),
            verdict(borrowed.allocations + borrowed.reallocations == 0.0),
            count(owned),
            verdict(owned.allocations <= 1.0),
        );
    }
    println!();
}

fn encode_bars(outcomes: &[encode::Outcome]) {
    if outcomes.is_empty() {
        return;
    }
    println!(
        "ENCODING: BARS (events per second, of owned inputs; \"less drop\" without what dropping them alone takes, for both \
         sides; \"borrowed\" of inputs that stay where they are)"
    );
    println!(
        "{:13} {:18} {:18} {:18} {:18} {:18} best peer",
        "case", "", "÷ axum", "÷ warp", "÷ actix-web-lab", "÷ best peer"
    );
    for outcome in outcomes {
        let line = |title: &str, of: View, row: &str, floors: [Option<f64>; 4]| {
            let best = outcome.best_peer(of);
            let peers = [outcome.row("axum"), outcome.row("warp"), outcome.row("actix-web-lab"), best];
            let title = format!("{}{title}", row.split(' ').next_back().unwrap_or_default());
            print!("{:13} {title:18}", encode::name(outcome.corpus));
            for (peer, floor) in peers.iter().zip(floors) {
                print!(" {:18}", judged(of(outcome.row(row)).speed_over(of(peer)), floor));
            }
            println!(" {}", best.encoder.name);
        };
        let views: [(&str, View); 3] =
            [("", |row| &row.seconds), (", less drop", |row| &row.less_drop), (", borrowed", |row| &row.borrowed)];
        for (title, of) in views {
            line(title, of, "tidings reused", [Some(2.0), Some(2.0), Some(2.0), Some(1.0)]);
            line(title, of, "tidings shared", [Some(2.3), None, None, None]);
            line(title, of, "limit: memcpy", [None; 4]);
        }
    }
    println!();
}

fn linear_bars(outcomes: &[linear::Outcome]) {
    for (index, outcome) in outcomes.iter().enumerate() {
        if index == 0 {
            println!("LINEARITY: BARS (ns per byte of a quarter → of the whole)");
        }
        for row in &outcome.rows {
            println!(
                "{:38} {:8} {:8.3} → {:8.3} = {:4.2} ≤ {:4.2} {}",
                outcome.probe.name,
                row.surface,
                row.quarter.median,
                row.whole.median,
                row.growth,
                linear::CEILING,
                verdict(row.growth <= linear::CEILING),
            );
        }
    }
    println!();
}

fn decode_matrix(outcomes: &[decode::Outcome]) {
    let Some(first) = outcomes.first() else { return };
    println!("DECODING: MiB/s, {}", first.variant.name());
    print!("{:26}", "engine");
    for outcome in outcomes {
        print!(" {:>11}", outcome.case.name());
    }
    println!();
    for (index, row) in first.rows.iter().enumerate() {
        print!("{:26}", row.engine.name);
        for outcome in outcomes {
            print!(" {:11.0}", outcome.rows[index].mib.median);
        }
        println!();
    }
    println!();
}

fn decode_details(outcome: &decode::Outcome) {
    println!("{} {}", outcome.case.name(), outcome.variant.name());
    println!(
        "  {:26} {:>8} {:>17} {:>9} {:>8} {:>7} {:>14} {:>11}",
        "engine", "MiB/s", "min–max", "Mevents/s", "÷ limit", "÷ peer", "allocs/event", "B/event"
    );
    let (limit, peer) = (&outcome.limit().seconds, &outcome.best_peer().seconds);
    for row in &outcome.rows {
        println!(
            "  {:26} {:8.0} {:>17} {:9.2} {:8.3} {:7.2} {:>14} {:11.1}",
            row.engine.name,
            row.mib.median,
            format!("{:.0}–{:.0}", row.mib.min, row.mib.max),
            row.events.median * 1e-6,
            row.seconds.speed_over(limit),
            row.seconds.speed_over(peer),
            format!("{:.2} + {:.2}r", row.allocations, row.reallocations),
            row.allocated_bytes,
        );
    }
    println!();
}

fn encode_details(outcome: &encode::Outcome) {
    println!("{}", encode::name(outcome.corpus));
    println!(
        "  {:24} {:8} {:>9} {:>15} {:>8} {:>9} {:>9} {:>7} {:>7} {:>14} {:>9}",
        "encoder",
        "surface",
        "Mevents/s",
        "min–max",
        "ns/event",
        "less drop",
        "borrowed",
        "÷ axum",
        "÷ copy",
        "allocs/event",
        "B/event"
    );
    let (axum, copy) = (&outcome.row("axum").seconds, &outcome.row("limit: memcpy").seconds);
    for row in &outcome.rows {
        println!(
            "  {:24} {:8} {:9.2} {:>15} {:8.1} {:9.1} {:9.1} {:7.2} {:7.3} {:>14} {:9.1}",
            row.encoder.name,
            row.encoder.surface,
            row.events.median * 1e-6,
            format!("{:.2}–{:.2}", row.events.min * 1e-6, row.events.max * 1e-6),
            row.nanos.median,
            row.nanos_less_drop.median,
            row.nanos_borrowed.median,
            row.seconds.speed_over(axum),
            row.seconds.speed_over(copy),
            format!("{:.2} + {:.2}r", row.allocations, row.reallocations),
            row.allocated_bytes,
        );
    }
    println!();
}

/// Writes the same figures for programs.
pub fn write_json(results: &Results, options: &Options) -> Result<(), Error> {
    let decode = results.hot.iter().chain(&results.cold).flat_map(decode_json);
    let encode = results.encode.iter().flat_map(encode_json);
    let linear = results.linear.iter().flat_map(linear_json);
    let document = json!({
        "quick": options.quick,
        "reps": options.reps,
        "arch": std::env::consts::ARCH,
        "os": std::env::consts::OS,
        "decode": decode.collect::<Vec<_>>(),
        "encode": encode.collect::<Vec<_>>(),
        "linear": linear.collect::<Vec<_>>(),
    });
    if let Some(directory) = options.json.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(&options.json, format!("{document:#}\n"))
        .map_err(|error| format!("{}: {error}", options.json.display()).into())
}

fn spread(value: Spread) -> Value {
    json!({ "median": value.median, "min": value.min, "max": value.max })
}

fn decode_json(outcome: &decode::Outcome) -> impl Iterator<Item = Value> {
    let (limit, peer) = (outcome.limit(), outcome.best_peer());
    outcome.rows.iter().map(move |row| {
        json!({
            "case": outcome.case.name,
            "chunk": outcome.case.chunk,
            "variant": outcome.variant.name(),
            "engine": row.engine.name,
            "surface": row.engine.surface,
            "mib_per_s": row.mib.median,
            "mib_per_s_min": row.mib.min,
            "mib_per_s_max": row.mib.max,
            "events_per_s": row.events.median,
            "allocations_per_event": row.allocations,
            "reallocations_per_event": row.reallocations,
            "allocated_bytes_per_event": row.allocated_bytes,
            "ratio_to_limit": row.seconds.speed_over(&limit.seconds),
            "ratio_to_best_peer": row.seconds.speed_over(&peer.seconds),
            "best_peer": peer.engine.name,
        })
    })
}

fn encode_json(outcome: &encode::Outcome) -> impl Iterator<Item = Value> {
    let (copy, peer, axum) = (outcome.row("limit: memcpy"), outcome.best_peer(|row| &row.seconds), outcome.row("axum"));
    outcome.rows.iter().map(move |row| {
        json!({
            "case": outcome.corpus.name(),
            "engine": row.encoder.name,
            "surface": row.encoder.surface,
            "events_per_s": row.events.median,
            "events_per_s_min": row.events.min,
            "events_per_s_max": row.events.max,
            "mib_per_s": row.mib.median,
            "ns_per_event": row.nanos.median,
            "ns_per_event_without_drop": row.nanos_less_drop.median,
            "ns_per_event_of_borrowed_inputs": row.nanos_borrowed.median,
            "allocations_per_event": row.allocations,
            "reallocations_per_event": row.reallocations,
            "allocated_bytes_per_event": row.allocated_bytes,
            "ratio_to_limit": row.seconds.speed_over(&copy.seconds),
            "ratio_to_axum": row.seconds.speed_over(&axum.seconds),
            "ratio_to_best_peer": row.seconds.speed_over(&peer.seconds),
            "best_peer": peer.encoder.name,
        })
    })
}

fn linear_json(outcome: &linear::Outcome) -> impl Iterator<Item = Value> {
    outcome.rows.iter().map(move |row| {
        json!({
            "case": outcome.probe.name,
            "engine": row.engine,
            "surface": row.surface,
            "quarter_ns_per_byte": spread(row.quarter),
            "whole_ns_per_byte": spread(row.whole),
            "growth": row.growth,
            "ceiling": linear::CEILING,
        })
    })
}
