//! The end that a step writes to, within reach: a signed-in org, a database, or a text file.

use super::lane::Lane;
use crate::connect::sobject::{SObjectTarget, TargetSpec};
use crate::connect::{Api, DatabaseSettings, Target};
use crate::integration::PlannedStep;
use crate::salesforce::Org;

/// Where a step writes.
#[derive(Clone)]
pub enum Reach {
    /// An object of this org.
    Org(Org),
    /// A table of this database, or this text file.
    Table(DatabaseSettings),
}

impl Reach {
    /// The org, if it is one.
    pub fn org(&self) -> Option<&Org> {
        match self {
            Reach::Org(org) => Some(org),
            Reach::Table(_) => None,
        }
    }

    /// API calls made so far; a database needs none.
    pub(super) fn calls(&self) -> u64 {
        self.org().map_or(0, Org::calls)
    }

    /// Opens the target at the end of a lane; `change` has the last word on the terms of an org's.
    pub(super) fn target(
        &self,
        planned: &PlannedStep,
        lane: &Lane,
        api: Api,
        change: impl FnOnce(&mut TargetSpec),
    ) -> Box<dyn Target> {
        match self {
            Reach::Org(org) => {
                let mut spec = lane.spec(planned, api);
                change(&mut spec);
                Box::new(SObjectTarget::new(org.clone(), spec))
            }
            Reach::Table(database) => {
                database.target(&planned.shape.object.name, lane.action.clone(), lane.out_columns())
            }
        }
    }
}
