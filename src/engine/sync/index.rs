//! All known pairs of a step, small enough that a million of them fit into memory: found by key, with what each end was seen to hold.

use super::ends::key_digest;
use crate::connect::{Digest, Digester};
use crate::store::{IntegrationId, LetGo, Store, StoreError};
use crate::sync::End;

/// What a pass knows and learns of a pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) seen: [Option<Digest>; 2],
    pub(super) let_go: LetGo,
    /// Which ends have the record, as far as was known.
    pub(super) has: [bool; 2],
    /// Which ends were read to have it.
    pub(super) read: [bool; 2],
    /// Which ends were read to have it twice.
    pub(super) doubled: [bool; 2],
    /// Which ends were read to have deleted it, and when.
    pub(super) gone: [bool; 2],
    pub(super) gone_at: Option<i64>,
    /// Whether it must be judged although nothing about it was read anew.
    pub(super) waits: bool,
}

/// The pairs by their place, and their places by key.
pub(super) struct Index {
    pub(super) pairs: Vec<Known>,
    /// Digests of keys, ascending, with the place of the pair; for each end.
    places: [Vec<(Digest, u32)>; 2],
    digester: Digester,
}

impl Index {
    pub(super) fn load(store: &Store, integration: IntegrationId, step: usize) -> Result<Index, StoreError> {
        let mut pairs = Vec::new();
        let mut places = [Vec::new(), Vec::new()];
        let mut digester = Digester::default();
        store.each_pair(integration, step, &mut |pair| {
            for (keys, places) in pair.keys.iter().zip(&mut places) {
                places.extend(keys.map(|key| (key_digest(&mut digester, key), pairs.len() as u32)));
            }
            let has = pair.keys.map(|key| key.is_some());
            pairs.push(Known {
                id: pair.id,
                seen: pair.seen,
                let_go: pair.let_go,
                has,
                read: [false; 2],
                doubled: [false; 2],
                gone: [false; 2],
                gone_at: None,
                waits: pair.let_go == LetGo::No && pair.seen.contains(&None),
            });
        })?;
        places.iter_mut().for_each(|places| places.sort_unstable());
        Ok(Index { pairs, places, digester })
    }

    /// The place of the pair whose record that end calls so.
    pub(super) fn find(&mut self, end: End, key: &str) -> Option<usize> {
        let digest = key_digest(&mut self.digester, key);
        let places = &self.places[end as usize];
        places.binary_search_by_key(&digest, |(digest, _)| *digest).ok().map(|at| places[at].1 as usize)
    }
}
