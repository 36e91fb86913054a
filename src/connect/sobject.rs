//! A Salesforce object as a target.
use super::*;
/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// new
    Insert,
    /// by Id
    Update,
    /// by key
    Upsert {
        /// path
        key: String,
    },
    /// by Id
    Delete,
}
/// spec
#[derive(Debug, Clone)]
pub struct TargetSpec {
    /// object
    pub object: String,
    /// action
    pub action: Action,
    /// columns
    pub columns: Vec<OutColumn>,
    /// api
    pub api: Api,
    /// rows
    pub rows_per_call: Option<usize>,
    /// aon
    pub all_or_none: bool,
    /// assignment
    pub assignment_rules: Option<bool>,
    /// dup
    pub save_duplicates: bool,
    /// unique
    pub unique_column: Option<usize>,
}
/// temp
pub struct SObjectTarget;
impl SObjectTarget {
    /// temp
    pub fn new(_o: crate::salesforce::Org, _s: TargetSpec) -> Self {
        SObjectTarget
    }
}
#[allow(missing_docs, unused)]
impl Target for SObjectTarget {
    fn terms(&self) -> &Terms {
        unreachable!()
    }
    fn current(&self, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError> {
        unreachable!()
    }
    fn stage(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError> {
        unreachable!()
    }
    fn commit(&self, ticket: &Ticket, sent: &Sent, cancel: &Cancel, report: &mut Report) -> Result<(), ConnectError> {
        unreachable!()
    }
    fn settle(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        keys: &[String],
        rows: &mut dyn EncodedRows,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        unreachable!()
    }
    fn calls(&self) -> u64 {
        0
    }
}
