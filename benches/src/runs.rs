//! Taking turns.

use std::fmt::Display;

use crate::{Error, stats::Samples};

/// What all repetitions of everybody came to.
pub struct Runs<K, T>(Vec<(K, Vec<T>)>);

impl<K: Copy + PartialEq + Display, T> Runs<K, T> {
    /// Runs everybody `reps` times in turn.
    pub fn interleaved(
        kinds: impl IntoIterator<Item = K>,
        reps: usize,
        mut run: impl FnMut(K) -> Result<T, Error>,
    ) -> Result<Self, Error> {
        let mut runs: Vec<(K, Vec<T>)> = kinds.into_iter().map(|kind| (kind, Vec::new())).collect();
        for _ in 0..reps {
            for (kind, of_kind) in &mut runs {
                of_kind.push(run(*kind).map_err(|error| format!("{kind}: {error}"))?);
            }
        }
        Ok(Self(runs))
    }

    /// Who ran.
    pub fn kinds(&self) -> impl Iterator<Item = K> {
        self.0.iter().map(|&(kind, _)| kind)
    }

    /// One figure of all repetitions of a kind that ran.
    pub fn samples(&self, kind: K, figure: impl Fn(&T) -> f64) -> Samples {
        let (_, runs) = self.0.iter().find(|(ran, _)| *ran == kind).expect("it ran");
        runs.iter().map(figure).collect()
    }
}
