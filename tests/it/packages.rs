//! The crates that others install: complete by themselves, and of use outside of this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PUBLISHED: [&str; 4] = ["sdk", "terminal", "tui", "cli"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn manifest(folder: &str) -> toml::Table {
    let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    text.parse().unwrap()
}

#[test]
fn each_has_what_a_registry_shows_and_needs() {
    let workspace = &manifest("")["workspace"]["dependencies"];
    let has_version = |dependency: &toml::Value| dependency.get("version").is_some();
    for folder in PUBLISHED {
        let manifest = manifest(folder);
        let package = manifest["package"].as_table().unwrap();
        for name in [
            "description",
            "license",
            "repository",
            "readme",
            "keywords",
            "categories",
        ] {
            assert!(package.contains_key(name), "{folder} has no {name}");
        }
        assert!(
            package["keywords"].as_array().unwrap().len() <= 5,
            "{folder}"
        );
        assert!(package["metadata"]["docs"]["rs"].is_table(), "{folder}");
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            let text = fs::read_to_string(root().join(folder).join(file)).unwrap_or_default();
            assert!(!text.is_empty(), "{folder} has no {file}");
        }
        let target = manifest.get("target").and_then(toml::Value::as_table);
        let tables = target.into_iter().flat_map(|target| target.values());
        let tables = tables.filter_map(|table| table.get("dependencies"));
        for (name, dependency) in tables
            .chain(manifest.get("dependencies"))
            .flat_map(|table| table.as_table().unwrap())
        {
            let is_own = dependency.get("path").is_some() || workspace[name].get("path").is_some();
            let versioned = has_version(dependency) || has_version(&workspace[name]);
            assert!(
                !is_own || versioned,
                "{folder} needs {name} without a version"
            );
        }
    }
    let oldest = manifest("")["workspace"]["package"]["rust-version"].to_string();
    let readme = fs::read_to_string(root().join("sdk/README.md")).unwrap();
    assert!(
        readme.contains(&format!("Rust {}", oldest.trim_matches('"'))),
        "{oldest}"
    );
}

const PROGRAM: &str = r#"
use gatepost_sdk::testing::MockServer;
use gatepost_sdk::{NewPost, Result};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let server = MockServer::start().await;
    let client = server.client().build()?;
    client.login("ada", &server.password()).await?;
    client.posts().create(&NewPost::new("From outside", "")).await?;
    let page = client.posts().list().send().await?;
    println!("{}", page.items[0].title);
    Ok(())
}
"#;

fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("cargo");
    command.current_dir(folder).args(arguments);
    let output = command.output().expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}:\n{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// All are packed; the sdk's package is then all that a program elsewhere has of this repository.
#[test]
fn a_program_outside_depends_on_the_packaged_sdk() {
    if !gatepost_tests::is_full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("packed");
    let target = target.to_str().unwrap();
    let mut arguments = vec![
        "package",
        "--allow-dirty",
        "--no-verify",
        "--target-dir",
        target,
    ];
    for name in [
        "gatepost-sdk",
        "gatepost-terminal",
        "gatepost-tui",
        "gatepost-cli",
    ] {
        arguments.extend(["-p", name]);
    }
    cargo(&root(), &arguments);
    let packed = folder.path().join("packed/package");
    let unpacked = Command::new("tar")
        .current_dir(folder.path())
        .arg("xzf")
        .arg(packed.join("gatepost-sdk-0.1.0.crate"))
        .status();
    assert!(unpacked.unwrap().success());
    let program = folder.path().join("program");
    fs::create_dir_all(program.join("src")).unwrap();
    fs::write(program.join("src/main.rs"), PROGRAM).unwrap();
    fs::write(
        program.join("Cargo.toml"),
        "[package]\nname = \"outside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\ngatepost-sdk = { path = \"../gatepost-sdk-0.1.0\", features = [\"testing\"] }\ntokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n",
    )
    .unwrap();
    // the versions that are built here already
    fs::copy(root().join("Cargo.lock"), program.join("Cargo.lock")).unwrap();
    assert_eq!(cargo(&program, &["run", "--quiet"]), "From outside\n");
}
