//! In which order the requests of a graph can be asked, and how deep the graph is.

use std::collections::HashMap;

/// The requests go round in a circle.
#[derive(Debug, PartialEq)]
pub(super) struct Circle;

/// An order in which every request comes after those that it uses, otherwise as given; and the longest path, in requests.
///
/// `uses` holds for each name the names that it uses; those that are nobody's name are ignored.
pub(super) fn order(names: &[&str], uses: &[Vec<&str>]) -> Result<(Vec<usize>, usize), Circle> {
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    let uses: Vec<Vec<usize>> =
        uses.iter().map(|used| used.iter().filter_map(|name| places.get(name).copied()).collect()).collect();
    let mut depth: Vec<Option<usize>> = vec![None; names.len()];
    let mut order = Vec::with_capacity(names.len());
    while order.len() < names.len() {
        let before = order.len();
        for place in 0..names.len() {
            let ready = depth[place].is_none() && uses[place].iter().all(|used| depth[*used].is_some());
            if ready {
                depth[place] = Some(1 + uses[place].iter().filter_map(|used| depth[*used]).max().unwrap_or(0));
                order.push(place);
            }
        }
        if order.len() == before {
            return Err(Circle);
        }
    }
    Ok((order, depth.into_iter().flatten().max().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_comes_first() {
        assert_eq!(order(&["a", "b", "c"], &[vec![], vec!["a"], vec!["b", "x"]]), Ok((vec![0, 1, 2], 3)));
        assert_eq!(order(&["a", "b", "c"], &[vec!["c"], vec![], vec!["b"]]), Ok((vec![1, 2, 0], 3)));
        assert_eq!(order(&["a", "b"], &[vec!["b"], vec!["a"]]), Err(Circle));
        assert_eq!(order(&["a"], &[vec!["a"]]), Err(Circle));
        assert_eq!(order(&[], &[]), Ok((vec![], 0)));
    }
}
