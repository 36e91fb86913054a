//! Names with gaps: `invoices_*.csv` is the newest file of its folder that fits.

use super::disk::unreadable;
use crate::connect::ConnectError;
use std::path::{Path, PathBuf};

/// The file that a path means: itself where it is there or has no gap, else the newest one whose name fits. `*` stands for any
/// characters, `?` for one; folders have no gaps.
pub fn resolve(path: &Path) -> Result<PathBuf, ConnectError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !name.contains(['*', '?']) || path.exists() {
        return Ok(path.to_owned());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let newest = entries
        .filter_map(Result::ok)
        .filter(|entry| fits(&name, &entry.file_name().to_string_lossy()))
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((about.modified().ok(), entry.file_name(), entry.path()))
        })
        .max();
    newest.map(|(.., path)| path).ok_or_else(|| {
        ConnectError::refused(
            format!("no file in {} has a name like {name}", folder.display()),
            "Put the file there, or correct the name: * stands for any characters, ? for one.",
        )
    })
}

/// Whether a name fits a pattern; case makes no difference.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (lower(pattern), lower(name));
    let (mut at, mut in_name) = (0, 0);
    // Where the last star was, and how much of the name it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => {
                let Some((of, from)) = star else { return false };
                star = Some((of, from + 1));
                at = of + 1;
                in_name = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, fit) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.bak", false),
            ("inv_*_2026.csv", "INV_a_b_2026.CSV", true),
            ("inv_*_2026.csv", "inv_2026.csv", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*", "", true),
            ("", "a", false),
            ("**", "ä", true),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn the_newest_file_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let day = |days: u64| std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(days * 86_400);
        for (name, days) in [("a_1.csv", 20_000), ("a_2.csv", 20_002), ("a_3.csv", 20_001), ("b.csv", 20_009)] {
            std::fs::write(at(name), "x").unwrap();
            std::fs::File::options().write(true).open(at(name)).unwrap().set_modified(day(days)).unwrap();
        }
        assert_eq!(resolve(&at("a_*.csv")).unwrap(), at("a_2.csv"));
        assert_eq!(resolve(&at("b.csv")).unwrap(), at("b.csv"));
        assert_eq!(resolve(&at("gone.csv")).unwrap(), at("gone.csv"));
        assert!(resolve(&at("c_*.csv")).unwrap_err().to_string().contains("has a name like c_*.csv"));
    }
}
