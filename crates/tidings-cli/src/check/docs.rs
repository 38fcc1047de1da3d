//! `docs/check.md` has each finding, in the words of the command.

use std::fmt::Write as _;

use super::code::Code;

const PAGE: &str = include_str!("../../../../docs/check.md");
/// What the list begins with.
const LIST: &str = "## The findings\n";

/// The list as it should be.
fn list() -> String {
    let mut list = LIST.to_owned();
    for code in Code::ALL {
        let (name, severity) = (code.name(), code.severity().name());
        let _ = write!(list, "\n### {name}\n\n**{severity}.** {} {}\n\n{}\n", code.means(), code.why(), code.mend());
    }
    list
}

#[test]
fn the_page_has_each_finding() {
    let found = PAGE.find(LIST).map(|start| &PAGE[start..]).expect("the page has a list");
    let list = list();
    let wrong = found.lines().zip(list.lines()).position(|(found, expected)| found != expected);
    assert!(found == list, "docs/check.md differs at line {wrong:?} of the list, which should be:\n{list}");
}
