//! What the manifests say, so that it is said in one place only.

use serde_json::Value;

use crate::run::{Result, output};

/// What Cargo knows of the workspace.
pub(crate) struct Metadata(Value);

impl Metadata {
    /// Asks Cargo.
    pub(crate) fn read() -> Result<Self> {
        let json = output("cargo metadata --format-version 1 --no-deps")?;
        serde_json::from_str(&json).map(Self).map_err(|error| format!("cargo metadata: {error}"))
    }

    /// Where Cargo builds.
    pub(crate) fn target_directory(&self) -> &str {
        self.0["target_directory"].as_str().expect("every workspace has one")
    }

    /// The oldest Rust that the codec promises to work with.
    pub(crate) fn rust_version(&self) -> &str {
        self.codec()["rust_version"].as_str().expect("the workspace sets rust-version")
    }

    /// The features of the codec, without `default`.
    pub(crate) fn codec_features(&self) -> Vec<&str> {
        let features = self.codec()["features"].as_object().expect("a package has a map of features");
        features.keys().map(String::as_str).filter(|feature| *feature != "default").collect()
    }

    fn codec(&self) -> &Value {
        let packages = self.0["packages"].as_array().expect("a workspace has a list of packages");
        packages.iter().find(|package| package["name"] == "tidings-codec").expect("the codec is in the workspace")
    }
}
