//! Nothing secret leaks.

use crate::harness::{Bench, fixture};
use std::path::Path;

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn neither_token_nor_rows_lie_open_in_any_file() {
    let bench = Bench::empty();
    bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &["--external-id", "ERP_Id__c"]);
    let token = bench.org.welcome["access_token"].as_str().unwrap();
    let mut all = Vec::new();
    files(bench.home.path(), &mut all);
    assert!(all.iter().any(|path| path.extension().is_some_and(|ending| ending == "linkspan")), "{all:?}");
    for path in all {
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let shown = path.display();
        let example = path.ends_with("examples/northwind-customers.csv");
        assert!(example || !holds("Alfreds Futterkiste"), "{shown} shows rows");
        if holds(token) {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = std::fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o077, 0, "{shown} holds a token and others may read it");
            }
            assert!(path.extension().is_none_or(|ending| ending != "linkspan"), "{shown} holds a token");
        }
    }
}

/// The practice org of a workspace keeps its tokens in a file of its own.
#[cfg(unix)]
#[test]
fn the_practice_orgs_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::TempDir::new().unwrap();
    let done =
        crate::harness::program(home.path()).args(["query", "practice", "SELECT Id FROM Account"]).output().unwrap();
    assert!(done.status.success());
    let mut all = Vec::new();
    files(home.path(), &mut all);
    let data: Vec<_> = all.iter().filter(|path| path.to_string_lossy().contains(".practice")).collect();
    assert!(!data.is_empty(), "{all:?}");
    for path in data.into_iter().filter(|path| !path.to_string_lossy().ends_with(".lock")) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may read {}", path.display());
    }
}

#[test]
fn no_output_repeats_a_token() {
    let bench = Bench::empty();
    let token = bench.org.welcome["access_token"].as_str().unwrap();
    for arguments in [&["org", "list"][..], &["org", "test", "p"], &["activity"], &["runs"], &["describe", "p"]] {
        let done = bench.run(arguments);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(!done.stdout.contains(token) && !done.stderr.contains(token), "{arguments:?}");
    }
}
