//! One object: its fields by place and by name, and what may be done with its rows.

use serde::{Deserialize, Serialize};

use super::field::{Field, FieldEntry};
use super::kind::Kind;
use super::names::Names;

/// An object as a file in `standard/` writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ObjectEntry {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) plural: String,
    pub(super) prefix: String,
    pub(super) name_field: String,
    #[serde(default = "yes")]
    pub(super) createable: bool,
    #[serde(default = "yes")]
    pub(super) updateable: bool,
    #[serde(default = "yes")]
    pub(super) deletable: bool,
    #[serde(default = "yes")]
    pub(super) undeletable: bool,
    #[serde(default = "yes")]
    pub(super) searchable: bool,
    #[serde(default)]
    pub(super) traits: Vec<Trait>,
    #[serde(default)]
    pub(super) scopes: Vec<(String, String)>,
    pub(super) fields: Vec<FieldEntry>,
}

fn yes() -> bool {
    true
}

/// What describe says of an object beyond what may be done with its rows. The names are describe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Trait {
    Activateable,
    CompactLayoutable,
    CustomSetting,
    DeepCloneable,
    DeprecatedAndHidden,
    FeedEnabled,
    HasSubtypes,
    IsInterface,
    IsSubtype,
    Layoutable,
    Mergeable,
    MruEnabled,
    Queryable,
    Replicateable,
    Retrieveable,
    SearchLayoutable,
    Triggerable,
}

/// One way to lay out and narrow down the rows of an object.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct RecordType {
    /// 18 characters.
    pub(crate) id: String,
    /// API name.
    pub(crate) developer_name: String,
    /// What people read.
    pub(crate) name: String,
    /// In use.
    pub(crate) active: bool,
    /// Open to the practice user.
    pub(crate) available: bool,
    /// What a row gets when none is given.
    pub(crate) default: bool,
}

/// One object.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Object {
    /// Place in [`super::Schema::objects`].
    #[serde(skip)]
    pub(crate) number: usize,
    /// API name.
    pub(crate) name: String,
    /// What people read.
    pub(crate) label: String,
    /// The same, for several.
    pub(crate) plural: String,
    /// First three characters of its ids; empty for objects without ids of their own.
    pub(crate) prefix: String,
    /// Index of the field that names a row.
    #[serde(skip)]
    pub(crate) name_field: usize,
    /// API name of that field.
    pub(crate) named_by: String,
    /// Rows can be created.
    pub(crate) createable: bool,
    /// Rows can be updated.
    pub(crate) updateable: bool,
    /// Rows can be deleted.
    pub(crate) deletable: bool,
    /// Rows can be taken out of the recycle bin.
    pub(crate) undeletable: bool,
    /// Rows can be found by SOSL.
    pub(crate) searchable: bool,
    /// What else describe says.
    pub(crate) traits: Vec<Trait>,
    /// Label and name of what `USING SCOPE` takes.
    pub(crate) scopes: Vec<(String, String)>,
    /// Record types beside the master's.
    pub(crate) record_types: Vec<RecordType>,
    /// `History`, `Share`, `Feed`, `ChangeEvent` for companions of another object.
    pub(crate) associate: Option<(String, String)>,
    /// What the admins say of it.
    pub(crate) description: Option<String>,
    /// Who sees which rows, in the words of the Metadata API.
    pub(crate) sharing: Option<String>,
    /// Deleted: it keeps its place, and nothing else.
    pub(crate) removed: bool,
    /// Every field, hidden ones too.
    #[serde(skip)]
    pub(crate) fields: Vec<Field>,
    #[serde(skip)]
    pub(super) by_name: Names,
    #[serde(skip)]
    pub(super) every_name: Names,
    #[serde(skip)]
    pub(super) by_relationship: Names,
    #[serde(skip)]
    pub(super) has_bin: bool,
}

impl Object {
    pub(super) fn new(entry: ObjectEntry) -> Self {
        let mut object = Object {
            name: entry.name,
            label: entry.label,
            plural: entry.plural,
            prefix: entry.prefix,
            named_by: entry.name_field,
            createable: entry.createable,
            updateable: entry.updateable,
            deletable: entry.deletable,
            undeletable: entry.undeletable,
            searchable: entry.searchable,
            traits: entry.traits,
            scopes: entry.scopes,
            fields: entry.fields.into_iter().map(Field::new).collect(),
            ..Object::default()
        };
        object.index();
        object
    }

    /// Learns the names of the fields anew; to be called after any of them changed.
    pub(super) fn index(&mut self) {
        self.by_name = Names::default();
        self.every_name = Names::default();
        self.by_relationship = Names::default();
        for (place, field) in self.fields.iter().enumerate().filter(|(_, field)| !field.removed) {
            self.every_name.insert(&field.name, place);
            if !field.hidden {
                self.by_name.insert(&field.name, place);
                if let Some(name) = &field.relationship {
                    self.by_relationship.insert(name, place);
                }
            }
        }
        self.name_field = self.every_name.get(&self.named_by).unwrap_or_default();
        self.has_bin = self.every_name.get("IsDeleted").is_some();
    }

    /// Index of a field that the practice user can see, by name without case.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)
    }

    /// A field that the practice user can see, by name without case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.find(name).map(|place| &self.fields[place])
    }

    /// Index of a field, even one that the practice user cannot see.
    pub(crate) fn find_any(&self, name: &str) -> Option<usize> {
        self.every_name.get(name)
    }

    /// Index of a field that the schema is known to hold, visible or not.
    pub(crate) fn place(&self, name: &str) -> usize {
        self.find_any(name).unwrap_or_else(|| panic!("the schema has no {}.{name}", self.name))
    }

    /// Index of the reference field behind a relationship name, without case.
    pub(crate) fn relationship(&self, name: &str) -> Option<usize> {
        self.by_relationship.get(name)
    }

    /// The fields that the practice user can see.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.hidden)
    }

    /// Whether the object has a recycle bin.
    pub(crate) fn has_bin(&self) -> bool {
        self.has_bin
    }

    /// Whether describe says this of the object.
    pub(crate) fn has(&self, what: Trait) -> bool {
        self.traits.contains(&what)
    }

    /// An object of the org's own, not Salesforce's.
    pub(crate) fn is_custom(&self) -> bool {
        self.name.ends_with("__c") || self.is_event() || self.name.ends_with("__mdt") || self.name.ends_with("__x")
    }

    /// A platform event: published, never stored.
    pub(crate) fn is_event(&self) -> bool {
        self.name.ends_with("__e")
    }

    /// Shows the schema itself as rows.
    pub(crate) fn is_definition(&self) -> bool {
        matches!(self.name.as_str(), "EntityDefinition" | "FieldDefinition" | "CustomObject" | "CustomField")
    }

    /// Whether rows are kept in a table of this object's name.
    pub(crate) fn is_stored(&self) -> bool {
        !self.removed && !self.is_event()
    }

    /// The references of a detail object to its masters.
    pub(crate) fn masters(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_master())
    }

    /// An object that is only read, made of plain fields.
    pub(super) fn plain(name: &str, plural: &str, named_by: &str, fields: &[(&str, Kind)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, kind)| Field {
                name: (*name).to_owned(),
                label: (*name).to_owned(),
                kind: *kind,
                length: if kind.is_id() { 18 } else { 255 },
                nillable: true,
                filterable: true,
                ..Field::default()
            })
            .collect();
        let mut object = Object {
            name: name.to_owned(),
            label: name.to_owned(),
            plural: plural.to_owned(),
            named_by: named_by.to_owned(),
            fields,
            ..Object::default()
        };
        object.index();
        object
    }
}
