//! The tables and the file.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{
    Error,
    outcome::{Bar, Limit, Outcome},
};

/// A case, and what it came to.
pub struct Measured {
    /// What the command line calls it.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// What came out.
    pub outcome: Outcome,
}

/// How everything was measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Only to see that everything works.
    pub quick: bool,
    /// How many repetitions.
    pub reps: usize,
}

/// Prints all tables to standard output: the bars first, then everything they are made of.
pub fn print(measured: &[Measured], effort: Effort) {
    if effort.quick {
        println!("Quick run: all results are right; the figures below mean nothing.\n");
    } else {
        println!(
            "Medians of interleaved repetitions (--reps {}); each table has the least and the greatest.\n",
            effort.reps
        );
    }
    for Measured { name, about, outcome } in measured {
        println!("{}: BARS ({})", name.to_uppercase(), about);
        for bar in &outcome.bars {
            println!("{:45} {}", bar.what, judged(bar));
        }
        println!();
    }
    for Measured { name, outcome, .. } in measured {
        println!("{name}");
        print_table(outcome);
        println!();
    }
}

/// A figure beside its limit, such as `4.31 ≥ 4.00 OK`.
fn judged(bar: &Bar) -> String {
    let limit = match bar.limit {
        Limit::AtLeast(least) => format!("≥ {least:.2}"),
        Limit::AtMost(most) => format!("≤ {most:.2}"),
    };
    format!("{:9.2} {limit:8} {}", bar.figure, if bar.holds() { "OK" } else { "LOW" })
}

fn print_table(outcome: &Outcome) {
    print!("  {:24}", "");
    for column in &outcome.columns {
        print!(" {column:>13}");
    }
    println!();
    for row in &outcome.rows {
        print!("  {:24}", row.name);
        for cell in &row.cells {
            print!(" {cell:>13}");
        }
        println!();
    }
}

/// Writes the same figures for programs.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_json(measured: &[Measured], effort: Effort, path: &Path) -> Result<(), Error> {
    let cases: Map<String, Value> =
        measured.iter().map(|case| (case.name.to_owned(), outcome_json(&case.outcome))).collect();
    let document = json!({
        "quick": effort.quick,
        "reps": effort.reps,
        "arch": std::env::consts::ARCH,
        "os": std::env::consts::OS,
        "cases": cases,
    });
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(path, format!("{document:#}\n")).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn outcome_json(outcome: &Outcome) -> Value {
    let bars = outcome.bars.iter().map(|bar| {
        let (limit, value) = match bar.limit {
            Limit::AtLeast(least) => ("at_least", least),
            Limit::AtMost(most) => ("at_most", most),
        };
        json!({ "what": bar.what, "figure": bar.figure, limit: value, "holds": bar.holds() })
    });
    let kinds: Map<String, Value> = outcome.rows.iter().map(|row| (row.name.to_owned(), row.json.clone())).collect();
    json!({ "bars": bars.collect::<Vec<_>>(), "kinds": kinds })
}
