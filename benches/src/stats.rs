//! What is kept of repetitions.

use std::fmt;

use serde_json::{Value, json};

/// Repetitions of one measurement, in the order in which they ran.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The median; not a number if there is no repetition.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The least value that so large a part of all does not exceed, in the middle of two if it is between them.
    pub fn quantile(&self, part: f64) -> f64 {
        let mut values = self.0.clone();
        values.sort_by(f64::total_cmp);
        let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
        let at = last as f64 * part;
        values[at.floor() as usize].midpoint(values[at.ceil() as usize])
    }

    /// How many times the other this is.
    ///
    /// It is the median of the quotients and not the quotient of the medians: both ran within one repetition, right
    /// after each other, and a moment in which the machine was slow was slow for both.
    pub fn over(&self, other: &Self) -> f64 {
        self.with(other, |own, other| own / other).median()
    }

    /// By how much this is more than the other, likewise.
    pub fn beyond(&self, other: &Self) -> f64 {
        self.with(other, |own, other| own - other).median()
    }

    /// The same in another unit.
    pub fn scaled(&self, unit: f64) -> Self {
        self.0.iter().map(|value| value * unit).collect()
    }

    fn with(&self, other: &Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(&own, &other)| combine(own, other)).collect())
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({ "median": self.median(), "samples": self.0 })
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// The least and the greatest.
impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        write!(f, "{:.digits$}–{:.digits$}", self.quantile(0.0), self.quantile(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_up() {
        let samples = Samples::from_iter([4.0, 1.0, 2.0, 8.0]);
        assert_eq!((samples.quantile(0.0), samples.median(), samples.quantile(1.0)), (1.0, 3.0, 8.0));
        assert_eq!(format!("{samples:.1}"), "1.0–8.0");
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn quotients_are_taken_within_a_repetition() {
        let (fast, slow) = (Samples::from_iter([1.0, 10.0, 2.0]), Samples::from_iter([3.0, 30.0, 6.0]));
        assert!((slow.over(&fast) - 3.0).abs() < 1e-9);
        assert!((slow.beyond(&fast) - 4.0).abs() < 1e-9);
    }
}
