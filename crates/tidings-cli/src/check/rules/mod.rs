//! What is wrong with what was seen. Each rule is a function without IO.

mod arrival;
mod connection;
mod cors;
mod head;
mod ids;
mod stream;
#[cfg(test)]
mod tests;

use super::{
    code::{Code, Severity},
    observation::Observation,
};

/// Something that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) code: Code,
    /// What was seen of it.
    pub(super) what: String,
}

/// What the rules found.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, code: Code, what: impl Into<String>) {
        self.0.push(Finding { code, what: what.into() });
    }

    fn has(&self, codes: &[Code]) -> bool {
        self.0.iter().any(|finding| codes.contains(&finding.code))
    }

    /// Adds it if there is something to say.
    fn add_some(&mut self, code: Code, what: Option<impl Into<String>>) {
        if let Some(what) = what {
            self.add(code, what);
        }
    }
}

/// All that is wrong, the worst first.
pub(super) fn findings(seen: &Observation) -> Vec<Finding> {
    let mut findings = Findings::default();
    connection::rules(seen, &mut findings);
    head::rules(seen, &mut findings);
    cors::rules(seen, &mut findings);
    if seen.has_stream() {
        arrival::rules(seen, &mut findings);
        stream::rules(seen, &mut findings);
        ids::rules(seen, &mut findings);
    }
    let mut all = findings.0;
    all.sort_by_key(|finding| (finding.code.severity(), Code::ALL.iter().position(|code| *code == finding.code)));
    all
}

/// What the findings come to.
pub(super) fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.code.severity()).min()
}

/// Seconds, for people.
fn seconds(milliseconds: u64) -> String {
    super::report::duration(milliseconds)
}
