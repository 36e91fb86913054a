//! The order of floors: a module names only what stands before it in the map of `src/lib.rs`.

use std::path::{Path, PathBuf};

/// The modules in the order of the map.
fn floors() -> Vec<String> {
    let map = std::fs::read_to_string("src/lib.rs").unwrap();
    let named =
        map.lines().filter_map(|line| line.strip_prefix("//! - [`")?.split_once("`]").map(|(name, _)| name.to_owned()));
    named.collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Modules that a text names as `crate::module`.
fn named(text: &str) -> Vec<&str> {
    let after = text.split("crate::").skip(1);
    after.map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()).collect()
}

#[test]
fn no_file_names_a_higher_floor() {
    let floors = floors();
    assert!(floors.len() > 10, "the map is in src/lib.rs: {floors:?}");
    let mut all = Vec::new();
    files(Path::new("src"), &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let inside = path.strip_prefix("src").unwrap();
        let module = inside.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("practice_org::") && !["lib", "workspace"].contains(&module.as_str()) {
            wrong.push(format!("{} names the practice org", path.display()));
        }
        for name in named(&text) {
            let allowed = match (module.as_str(), name) {
                ("lib" | "main", _) => true,
                (module, name) if module == name => true,
                ("gui", "cli") => false,
                (module, name) => {
                    let floor = |wanted: &str| floors.iter().position(|floor| floor == wanted);
                    match (floor(module), floor(name)) {
                        (Some(here), Some(there)) => there < here,
                        // A name that is no module: a macro or a re-export of the crate itself.
                        (_, None) => true,
                        (None, _) => false,
                    }
                }
            };
            if !allowed {
                wrong.push(format!("{} names crate::{name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
