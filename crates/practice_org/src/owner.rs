//! What the owner of the org may do to it, beside what callers may do over HTTP: set rules, lock rows, empty the bin.

use serde_json::{Map, Value as Json};

use crate::PracticeOrg;
use crate::failure::{Failure, Refusal};
use crate::ids;
use crate::org::Org;
use crate::rows::Desk;
use crate::rows::given;
use crate::rows::policy::{self, Rule};
use crate::schema::Object;

/// Why the org did not do what its owner asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OwnerError(pub(crate) String);

impl From<Refusal> for OwnerError {
    fn from(refusal: Refusal) -> Self {
        OwnerError(refusal.failure.message)
    }
}

/// The object behind an id, and the id's long form.
fn row<'s>(org: &'s Org, id: &str) -> Result<(&'s Object, String), Failure> {
    let long = ids::normal(id).ok_or_else(|| Failure::new("MALFORMED_ID", format!("malformed id {id}")))?;
    let object = org.schema.object_of(&long);
    let object =
        object.ok_or_else(|| Failure::new("INVALID_CROSS_REFERENCE_KEY", format!("no object has the id {id}")))?;
    Ok((object, long))
}

/// All rules, as JSON objects.
pub(crate) fn rules(org: &Org) -> Result<Vec<Json>, OwnerError> {
    let rules = policy::rules(&org.database)?;
    rules.iter().map(|rule| serde_json::to_value(rule).map_err(|error| OwnerError(error.to_string()))).collect()
}

/// Adds a rule, or puts it in the place of the one of its object and name.
pub(crate) fn set_rule(org: &Org, rule: Json) -> Result<(), OwnerError> {
    let rule: Rule = serde_json::from_value(rule).map_err(|error| OwnerError(format!("This is no rule: {error}")))?;
    policy::set_rule(&org.schema, &org.database, rule)
}

/// Takes rows out of the recycle bin, with what went along with them.
pub(crate) fn undelete(org: &Org, ids: &[&str]) -> Result<(), OwnerError> {
    each(org, ids, |desk, object, id| desk.restore(object, id))
}

/// Removes rows for good, with what went along with them.
pub(crate) fn erase(org: &Org, ids: &[&str]) -> Result<(), OwnerError> {
    each(org, ids, |desk, object, id| desk.erase(object, id))
}

/// Removes everything in the recycle bin for good.
pub(crate) fn empty_bin(org: &Org) -> Result<usize, OwnerError> {
    as_owner(org, |desk| {
        let mut count = 0;
        for object in org.schema.objects.iter().filter(|object| object.has_bin() && object.is_stored()) {
            for id in desk.binned(object)? {
                // It may have gone with another already.
                if desk.is_in_bin(object, &id)? {
                    desk.erase(object, &id)?;
                    count += 1;
                }
            }
        }
        Ok(count)
    })
}

/// Merges rows into another, which also gets these fields.
pub(crate) fn merge(org: &Org, master: &str, others: &[&str], fields: &Map<String, Json>) -> Result<(), OwnerError> {
    as_owner(org, |desk| {
        let (object, master) = row(org, master)?;
        let mut merged = Vec::new();
        for other in others {
            merged.push(row(org, other)?.1);
        }
        let mut given = given::from_json(desk, object, fields, &[])?;
        desk.merge(object, &master, &merged, &mut given)
    })
}

fn each(
    org: &Org,
    ids: &[&str],
    work: impl Fn(&mut Desk<'_>, &Object, &str) -> Result<(), Failure>,
) -> Result<(), OwnerError> {
    as_owner(org, |desk| {
        ids.iter().try_for_each(|id| {
            let (object, id) = row(org, id)?;
            work(desk, object, &id)
        })
    })
}

fn as_owner<T>(org: &Org, work: impl FnOnce(&mut Desk<'_>) -> Result<T, Failure>) -> Result<T, OwnerError> {
    let user = &org.identity.user_id;
    Ok(org.database.write(|pen| Ok(work(&mut Desk::new(&org.schema, pen, user))?))?)
}

impl PracticeOrg {
    fn view(&self) -> Org {
        Org::now(&self.org)
    }

    /// Duplicate and validation rules, switched on or not, each as a JSON object:
    ///
    /// ```json
    /// {"kind": "duplicate", "object": "Contact", "name": "Standard_Contact_Duplicate_Rule", "active": false,
    ///  "fields": ["Name", "Email"], "action": "allow", "message": "Use one of these records?"}
    /// {"kind": "validation", "object": "Account", "name": "Phone_or_Website", "active": false,
    ///  "condition": "AND(ISBLANK(Phone), ISBLANK(Website))", "message": "Phone or Website must be filled",
    ///  "errorField": "Phone"}
    /// ```
    ///
    /// A duplicate rule refuses a row that equals another, without case, in all its fields; with the action `allow` a
    /// caller may insist by `Sforce-Duplicate-Rule-Header: allowSave=true`, with `block` nobody may. A validation rule
    /// refuses a row that meets its condition.
    pub fn rules(&self) -> Result<Vec<Json>, OwnerError> {
        rules(&self.view())
    }

    /// Adds a rule, or puts it in the place of the one of its object and name; also to switch one on or off.
    pub fn set_rule(&self, rule: Json) -> Result<(), OwnerError> {
        set_rule(&self.view(), rule)
    }

    /// Takes a rule away; those that every org comes with are only switched off. False when there is no such rule.
    pub fn remove_rule(&self, object: &str, name: &str) -> Result<bool, OwnerError> {
        policy::remove_rule(&self.view().schema, &self.org.database, object, name)
    }

    /// Locks a row, as an approval does: nobody may change or delete it, and who tries meets `ENTITY_IS_LOCKED`.
    pub fn lock_row(&self, id: &str) -> Result<(), OwnerError> {
        Ok(policy::lock_row(&self.org.database, id, true)?)
    }

    /// Ends a lock.
    pub fn unlock_row(&self, id: &str) -> Result<(), OwnerError> {
        Ok(policy::lock_row(&self.org.database, id, false)?)
    }

    /// The rows that are locked.
    pub fn locked_rows(&self) -> Result<Vec<String>, OwnerError> {
        Ok(policy::locked_rows(&self.org.database)?.into_iter().collect())
    }

    /// Takes rows out of the recycle bin, with what went along with them; all of them or none.
    pub fn undelete(&self, ids: &[&str]) -> Result<(), OwnerError> {
        undelete(&self.view(), ids)
    }

    /// Removes rows for good, with what went along with them; all of them or none.
    pub fn erase(&self, ids: &[&str]) -> Result<(), OwnerError> {
        erase(&self.view(), ids)
    }

    /// Removes everything in the recycle bin for good, and tells how many rows that were.
    pub fn empty_bin(&self) -> Result<usize, OwnerError> {
        empty_bin(&self.view())
    }

    /// Merges up to two accounts, contacts or leads into a third, which also gets these fields.
    pub fn merge(&self, master: &str, others: &[&str], fields: &Map<String, Json>) -> Result<(), OwnerError> {
        merge(&self.view(), master, others, fields)
    }
}
