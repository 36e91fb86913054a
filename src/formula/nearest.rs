//! The name that was probably meant.

/// The name among `names` that differs least from `wanted`, if it differs little.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| -> Vec<char> {
        let text = text.strip_suffix("__c").or(text.strip_suffix("__C")).unwrap_or(text);
        text.chars().filter(|c| c.is_alphanumeric() || *c == '.').flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(wanted);
    let most = (wanted.len() / 3).clamp(1, 3);
    let ranked = names.into_iter().filter_map(|name| {
        let distance = distance(&wanted, &plain(name), most)?;
        Some((distance, name))
    });
    ranked.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Letters added, taken away, changed or swapped; `None` when more than `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let width = b.len() + 1;
    let mut rows = vec![(0..width).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, y) in b.iter().enumerate() {
            let changed = rows[i][j] + usize::from(x != y);
            row[j + 1] = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                row[j + 1] = row[j + 1].min(rows[i - 1][j - 1] + 1);
            }
        }
        rows.push(row);
    }
    let distance = rows[a.len()][b.len()];
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_mistakes_are_seen() {
        let names = ["Amount__c", "Account.Name", "SUBSTITUTE"];
        assert_eq!(nearest("Amuont", names), Some("Amount__c"));
        assert_eq!(nearest("account.nam", names), Some("Account.Name"));
        assert_eq!(nearest("SUBSTITUT", names), Some("SUBSTITUTE"));
        assert_eq!(nearest("Quantity", names), None);
    }
}
