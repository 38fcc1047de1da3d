//! The examples in the README of the repository and in `docs`, which are run as doctests of this package.

#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/client.md")]
mod client {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving/README.md")]
mod serving {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving/axum.md")]
mod axum {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving/actix-web.md")]
mod actix_web {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving/warp.md")]
mod warp {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving/browsers.md")]
mod browsers {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving/operations.md")]
mod operations {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/hub/README.md")]
mod hub {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/hub/resume.md")]
mod resume {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/hub/history.md")]
mod history {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/hub/gaps.md")]
mod gaps {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/hub/topics.md")]
mod topics {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/hub/operations.md")]
mod hub_operations {}

#[cfg(test)]
mod tests {
    /// What stands in the docs as a script is in the page, which the tests of `examples/hub-axum` open in a browser.
    #[test]
    fn scripts_are_those_of_the_page() {
        let page = include_str!("../../common/src/board.html");
        let page: Vec<&str> = page.lines().map(str::trim).collect();
        let guide = include_str!("../../../docs/hub/gaps.md");
        let scripts: Vec<&str> = guide.split("```js\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!scripts.is_empty());
        for script in scripts {
            let script: Vec<&str> = script.lines().map(str::trim).collect();
            assert!(page.windows(script.len()).any(|lines| lines == script), "{script:#?}");
        }
    }
}
