//! What a measurement came to, and its bars.

use serde_json::Value;

/// What came out.
pub struct Outcome {
    /// What is judged.
    pub bars: Vec<Bar>,
    /// The heads of the table's columns, after the kind.
    pub columns: Vec<&'static str>,
    /// The table.
    pub rows: Vec<Row>,
}

/// What one kind did.
pub struct Row {
    /// Who.
    pub name: &'static str,
    /// What the table shows.
    pub cells: Vec<String>,
    /// The same for programs, with all repetitions.
    pub json: Value,
}

/// A figure beside its bar.
pub struct Bar {
    /// What it is the figure of.
    pub what: String,
    /// The figure.
    pub figure: f64,
    /// What it has to be.
    pub limit: Limit,
}

/// What a figure has to be.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Bar {
    /// Whether the figure is what it has to be.
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::AtLeast(least) => self.figure >= least,
            Limit::AtMost(most) => self.figure <= most,
        }
    }
}
