//! Objects and fields for the practice org, from a connected org or a file, so that people practise on their own.
//!
//! Only descriptions are read, never a record. What the practice org has of its own stays; records in it stay too.

use super::serve::PRACTICE;
use crate::cancel::Cancel;
use crate::salesforce::{Org, OrgError, escaped};
use crate::workspace::{Workspace, WorkspaceError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Descriptions sent to the practice org at once: a large one has half a megabyte.
const TOGETHER: usize = 6;

/// What became of the objects of another org.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopiedSchema {
    /// Objects that are new in the practice org.
    pub added: Vec<String>,
    /// Objects that it had and that have been brought into shape.
    pub changed: Vec<String>,
    /// Fields that are new, in all objects.
    pub fields: usize,
    /// What could not be taken over as it is, each a sentence with its place.
    pub remarks: Vec<String>,
    /// Calls to the other org.
    pub calls: u64,
}

/// How far a copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyProgress {
    /// The object being read.
    pub object: String,
    /// Objects read.
    pub done: usize,
    /// Objects to read.
    pub of: usize,
}

#[derive(Deserialize)]
struct Adopted {
    added: Vec<String>,
    changed: Vec<String>,
    fields: usize,
    remarks: Vec<String>,
}

impl Workspace {
    /// Copies the descriptions of an org's objects into the practice org: of these, or without any of all custom objects
    /// and of the standard ones that the practice org has. One call to the org each, and one for the list.
    pub fn practice_copy_schema(
        &self,
        alias: &str,
        objects: &[String],
        cancel: &Cancel,
        report: &mut dyn FnMut(CopyProgress),
    ) -> Result<CopiedSchema, WorkspaceError> {
        if alias == PRACTICE {
            return Err(WorkspaceError::new("the practice org has its own schema already").hint("Name another org."));
        }
        let org = self.connect(alias)?;
        let global = org.resource("sobjects", cancel)?;
        let wanted = match objects {
            [] => usual(&global, &self.practice_objects(cancel)?),
            names => chosen(&global, names)?,
        };
        let before = org.calls();
        let mut copied = CopiedSchema::default();
        let mut waiting = Vec::new();
        for (done, entry) in wanted.iter().enumerate() {
            let object = name(entry).to_owned();
            report(CopyProgress { object: object.clone(), done, of: wanted.len() });
            cancel.check().map_err(|_| stopped(done))?;
            match describe(&org, &object, cancel)? {
                Ok(description) => waiting.push(((*entry).clone(), description)),
                Err(why) => copied.remarks.push(format!("{object} was left out: {why}")),
            }
            if waiting.len() == TOGETHER {
                self.adopt(&mut waiting, &mut copied)?;
            }
        }
        self.adopt(&mut waiting, &mut copied)?;
        copied.calls = org.calls() - before + 1;
        let line = format!("Schema of {alias} copied into the practice org: {} objects", wanted.len());
        self.store()?.log(self.now(), &line, None)?;
        Ok(copied)
    }

    /// Gives the practice org the objects and fields of a schema file, in the words of the Metadata API; all of them or none.
    pub fn practice_add_schema(&self, path: &Path) -> Result<(), WorkspaceError> {
        let hint = r#"A schema file looks like {"objects": [{"name": "Account", "fields": [{"name": "Vat_Id__c", "label": "VAT Id", "type": "Text", "length": 20}]}]}."#;
        let wrong = |what: String| WorkspaceError::new(format!("{}: {what}", path.display())).hint(hint);
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let file: Value = serde_json::from_str(&text).map_err(|error| wrong(format!("this is no JSON: {error}")))?;
        self.practice_ask::<()>("POST", "schema", Some(&file))
    }

    fn practice_objects(&self, cancel: &Cancel) -> Result<BTreeSet<String>, WorkspaceError> {
        let global = Org::new(self.practice_settings()?).resource("sobjects", cancel)?;
        Ok(entries(&global).iter().map(|entry| name(entry).to_owned()).collect())
    }

    /// Sends what is waiting to the practice org.
    fn adopt(&self, waiting: &mut Vec<(Value, Value)>, copied: &mut CopiedSchema) -> Result<(), WorkspaceError> {
        if waiting.is_empty() {
            return Ok(());
        }
        let (entries, descriptions): (Vec<Value>, Vec<Value>) = waiting.drain(..).unzip();
        let body = json!({"global": {"sobjects": entries}, "describes": descriptions});
        let adopted: Adopted = self.practice_ask("POST", "adopt", Some(&body))?;
        copied.added.extend(adopted.added);
        copied.changed.extend(adopted.changed);
        copied.fields += adopted.fields;
        copied.remarks.extend(adopted.remarks);
        Ok(())
    }
}

fn entries(global: &Value) -> &[Value] {
    global["sobjects"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn name(entry: &Value) -> &str {
    entry["name"].as_str().unwrap_or_default()
}

/// What most people practise on: everything of the org's own, and the standard objects that the practice org has.
fn usual<'g>(global: &'g Value, known: &BTreeSet<String>) -> Vec<&'g Value> {
    let yes = |entry: &Value, flag: &str| entry[flag] == true;
    let own = |entry: &Value| {
        let records = entry["keyPrefix"].is_string() && yes(entry, "queryable") && !yes(entry, "customSetting");
        yes(entry, "custom") && records && (name(entry).ends_with("__c") || name(entry).ends_with("__e"))
    };
    entries(global).iter().filter(|entry| own(entry) || known.contains(name(entry))).collect()
}

fn chosen<'g>(global: &'g Value, names: &[String]) -> Result<Vec<&'g Value>, WorkspaceError> {
    let find = |wanted: &String| {
        let found = entries(global).iter().find(|entry| name(entry).eq_ignore_ascii_case(wanted));
        found.ok_or_else(|| {
            WorkspaceError::new(format!("the org has no object {wanted}, or the user may not see it"))
                .hint("API names of custom objects end in __c; linkspan describe lists them all.")
        })
    };
    names.iter().map(find).collect()
}

/// The description, or why the org does not give it.
fn describe(org: &Org, object: &str, cancel: &Cancel) -> Result<Result<Value, String>, WorkspaceError> {
    match org.resource(&format!("sobjects/{}/describe", escaped(object)), cancel) {
        Ok(description) => Ok(Ok(description)),
        Err(OrgError::Refused { refusal, .. }) if matches!(refusal.status, 403 | 404) => Ok(Err(refusal.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn stopped(done: usize) -> WorkspaceError {
    WorkspaceError::new(format!("the copy was stopped after {done} objects; what was copied stays"))
        .hint("Copy again to go on: what is there already is brought into shape, not doubled.")
}
