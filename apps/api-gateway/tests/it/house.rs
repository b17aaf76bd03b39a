//! Invariants of ARCHITECTURE.md that a machine can check.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "node_modules" | "build" | "gen") {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["crates", "apps"] {
        files(&root().join(folder), ".rs", &mut found);
    }
    found
}

/// Names of the workspace crates that a crate's library depends on.
fn dependencies(manifest: &Path) -> Vec<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let tables: toml::Table = toml::from_str(&text).unwrap();
    let table = tables.get("dependencies").and_then(toml::Value::as_table);
    table
        .into_iter()
        .flat_map(toml::Table::keys)
        .filter(|name| name.starts_with("erynoa-"))
        .map(|name| name.trim_start_matches("erynoa-").to_owned())
        .collect()
}

#[test]
fn every_use_case_runs_in_a_context() {
    let mut found = 0;
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        if text.starts_with("//! Use case:") {
            found += 1;
            assert!(text.contains("Context::new("), "{} runs outside of one", path.display());
        }
    }
    assert!(found >= 2, "the use cases have another first line now");
}

#[test]
fn arrows_point_one_way() {
    // Each crate with the crates that it may see.
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("kernel", &[][..]),
        ("proto", &[][..]),
        ("access", &["kernel"][..]),
        ("execution", &["kernel"][..]),
        ("events", &["kernel", "proto", "execution"][..]),
        ("identity", &["kernel", "events"][..]),
        ("trust", &["kernel", "proto", "events", "identity"][..]),
        ("realms", &["kernel", "execution", "events", "identity", "trust"][..]),
        ("replica", &["kernel", "events", "identity", "trust", "realms"][..]),
        ("sync", &["kernel", "proto", "events"][..]),
        ("world", &["kernel", "events", "identity", "trust"][..]),
        ("workflows", &["kernel", "execution"][..]),
        ("storage", &["kernel"][..]),
        ("mail", &["kernel"][..]),
        ("notifications", &["kernel"][..]),
        (
            "moving",
            &[
                "kernel",
                "access",
                "events",
                "notifications",
                "replica",
                "storage",
                "sync",
                "trust",
                "workflows",
            ][..],
        ),
        ("documents", &["kernel", "proto", "events", "trust", "realms", "replica"][..]),
        ("cache", &["kernel"][..]),
    ]);
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "adapters" {
            continue;
        }
        let may_see = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("crates/{name} has no place in the order of the house"));
        for dependency in dependencies(&path.join("Cargo.toml")) {
            assert!(may_see.contains(&dependency.as_str()), "{name} must not see {dependency}");
        }
    }
    for entry in fs::read_dir(root().join("crates/adapters")).unwrap() {
        let path = entry.unwrap().path();
        for dependency in dependencies(&path.join("Cargo.toml")) {
            let domain = allowed.contains_key(dependency.as_str());
            assert!(domain, "{} must not see {dependency}", path.display());
        }
    }
}

#[test]
fn domain_crates_have_no_runtime_and_no_transport() {
    for name in [
        "kernel",
        "access",
        "execution",
        "events",
        "identity",
        "trust",
        "realms",
        "replica",
        "sync",
        "world",
        "workflows",
        "storage",
        "cache",
        "moving",
        "documents",
        "mail",
        "notifications",
    ] {
        let manifest = root().join("crates").join(name).join("Cargo.toml");
        let tables: toml::Table = toml::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
        let dependencies = tables["dependencies"].as_table().unwrap();
        for banned in ["tokio", "tonic", "axum", "fjall", "reqwest", "sqlx", "redis"] {
            // The contract suites, behind a feature, may.
            let used = dependencies.get(banned).is_some_and(|dependency| {
                dependency.get("optional").and_then(toml::Value::as_bool) != Some(true)
            });
            assert!(!used, "{name} must not use {banned}");
        }
    }
}

#[test]
fn only_wiring_names_a_store() {
    for path in rust_files() {
        let within = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let in_an_app = within.starts_with("apps/") && within.contains("/src/");
        if !in_an_app || within.ends_with("src/wiring.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for store in ["erynoa_fjall", "erynoa_local_fs", "erynoa_s3", "erynoa_typst"] {
            assert!(!text.contains(store), "{within} names {store}");
        }
    }
}

#[test]
fn files_stay_readable_and_are_named_for_what_they_hold() {
    for path in rust_files() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let shown = path.display();
        let vague = ["utils", "util", "common", "helpers", "manager", "misc", "mod"];
        assert!(!vague.contains(&name.as_str()), "{shown}: name it for what it holds");
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 550, "{shown} has {lines} lines; a reader would rather have two rooms");
    }
}

#[test]
fn there_is_no_unsafe_code_and_nothing_is_left_for_later() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        if path.ends_with("tests/it/house.rs") {
            continue;
        }
        for banned in ["unsafe {", "TODO", "FIXME", "todo!(", "unimplemented!(", "#[ignore"] {
            assert!(!text.contains(banned), "{}: {banned}", path.display());
        }
    }
}

/// Names of all tests of the workspace.
fn tests() -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line.starts_with("#[test") || line.starts_with("#[tokio::test");
            let Some(rest) = line.split("fn ").nth(1) else { continue };
            if is_test {
                names.extend(rest.split('(').next().map(str::to_owned));
            }
            is_test = false;
        }
    }
    names
}

#[test]
fn every_axiom_stands_in_the_book_and_is_held_by_a_test() {
    let book = fs::read_to_string(root().join("docs/axioms.md")).unwrap();
    let tests = tests();
    let mut axioms = Vec::new();
    for line in book.lines().filter(|line| line.starts_with("| K")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [axiom, _, test] = cells[..] else { panic!("three columns: {line}") };
        let test = test.trim_matches('`');
        assert!(tests.contains(test), "{axiom}: there is no test {test}");
        axioms.push(axiom.to_owned());
    }
    let all: Vec<String> = (1..=28).map(|number| format!("K{number}")).collect();
    assert_eq!(axioms, all);
}

#[test]
fn k27_every_constant_has_its_reason() {
    let mut seen = 0;
    for path in rust_files() {
        let within = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        if !within.starts_with("crates/") || !within.contains("/src/") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if !line.starts_with("pub const ") || line.starts_with("pub const fn") {
                continue;
            }
            seen += 1;
            let above = lines[..number].iter().rev().find(|line| !line.starts_with("#["));
            let reason = above.is_some_and(|line| line.starts_with("///"));
            assert!(reason, "{within}:{}: {line}", number + 1);
        }
    }
    assert!(seen > 50, "only {seen} constants were found");
}
