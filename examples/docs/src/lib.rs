//! The examples in the README of the repository and in `docs/serving`, which are run as doctests of this package.

#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

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
