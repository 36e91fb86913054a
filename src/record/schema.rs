//! What a table or an object consists of.

use serde::{Deserialize, Serialize};

/// The kinds of value a field holds. Every kind travels as text; the kind says how to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text of bounded length on one line.
    #[default]
    Text,
    /// Text of many lines.
    LongText,
    /// A whole number.
    Integer,
    /// A decimal number; also currencies and percents.
    Number,
    /// True or false; never blank in Salesforce.
    Boolean,
    /// A day, `2026-01-31`.
    Date,
    /// An instant.
    DateTime,
    /// A time of day.
    Time,
    /// An e-mail address.
    Email,
    /// A phone number, which Salesforce treats as text.
    Phone,
    /// A web address.
    Url,
    /// The record's own id.
    Id,
    /// The id of another record.
    Reference,
    /// One of a list of values.
    Picklist,
    /// Several of a list of values, joined by `;`.
    MultiPicklist,
    /// Bytes, base64 on the wire.
    Base64,
    /// Something that cannot be written as one value: an address, a location.
    Compound,
    /// Whatever comes: the columns of a file that is written.
    Any,
}

impl Kind {
    /// The word people see.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Text => "Text",
            Kind::LongText => "Long text",
            Kind::Integer => "Whole number",
            Kind::Number => "Number",
            Kind::Boolean => "Checkbox",
            Kind::Date => "Date",
            Kind::DateTime => "Date and time",
            Kind::Time => "Time",
            Kind::Email => "Email",
            Kind::Phone => "Phone",
            Kind::Url => "URL",
            Kind::Id => "Record id",
            Kind::Reference => "Lookup",
            Kind::Picklist => "Picklist",
            Kind::MultiPicklist => "Multi-select picklist",
            Kind::Base64 => "File",
            Kind::Compound => "Compound",
            Kind::Any => "Any value",
        }
    }
}

/// One value of a picklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PicklistValue {
    /// What is stored and sent.
    pub value: String,
    /// What people see.
    pub label: String,
    /// Whether it may still be chosen.
    pub active: bool,
}

/// One field of an object, or one column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// API name, or the column's header.
    pub name: String,
    /// What people see; the name where there is nothing else.
    pub label: String,
    /// How its text is to be read.
    pub kind: Kind,
    /// Longest text, in characters; 0 where there is no limit of that kind.
    pub length: u32,
    /// Digits in all, of a number.
    pub precision: u32,
    /// Digits after the point, of a number.
    pub scale: u32,
    /// Whether a number counts hundredths: 45 where a formula says 0.45.
    pub percent: bool,
    /// Whether a new record must have it.
    pub required: bool,
    /// Whether it may be set on a new record.
    pub createable: bool,
    /// Whether it may be changed later.
    pub updateable: bool,
    /// Whether a query may filter by it.
    pub filterable: bool,
    /// Whether no two records may share a value.
    pub unique: bool,
    /// Whether `a` and `A` are two values of a unique field.
    pub case_sensitive: bool,
    /// Whether it is marked as an external id.
    pub external_id: bool,
    /// Whether Salesforce finds records by it in upserts and relationship columns.
    pub id_lookup: bool,
    /// Whether Salesforce computes it.
    pub calculated: bool,
    /// Whether the org's own people made it.
    pub custom: bool,
    /// Whether only the listed values are taken.
    pub restricted: bool,
    /// The picklist's values, in set-up order.
    pub values: Vec<PicklistValue>,
    /// Objects a lookup points to.
    pub reference_to: Vec<String>,
    /// The name of the relationship to them: `Owner` for `OwnerId`.
    pub relationship: Option<String>,
}

/// A table or an object: its name and fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Schema {
    /// API name, or the file's name.
    pub name: String,
    /// What people see.
    pub label: String,
    /// What people see of several.
    pub label_plural: String,
    /// First three characters of its record ids.
    pub key_prefix: Option<String>,
    /// The column whose text is the id of a record, where that is not `Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether records may be made.
    pub createable: bool,
    /// Whether records may be changed.
    pub updateable: bool,
    /// Whether records may be deleted.
    pub deletable: bool,
    /// Its fields, in the order of the other side.
    pub fields: Vec<Field>,
}

impl Field {
    /// A plain text column, as files have them.
    pub fn column(name: impl Into<String>) -> Field {
        let name = name.into();
        Field { label: name.clone(), name, createable: true, updateable: true, ..Field::default() }
    }

    /// Whether a person may find records by it in an upsert.
    pub fn finds_records(&self) -> bool {
        self.external_id || self.id_lookup
    }
}

impl Schema {
    /// Whether it is a table of a database; else it is an object of an org, or a file.
    pub fn is_table(&self) -> bool {
        self.key.is_some()
    }

    /// The field that holds a record's own id.
    pub fn id_field(&self) -> &str {
        self.key.as_deref().unwrap_or("Id")
    }

    /// The field of that name; Salesforce and people ignore its case.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.position(name).map(|index| &self.fields[index])
    }

    /// Where the field of that name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        // The exact name first: the columns of a file may differ by case alone.
        let exact = self.fields.iter().position(|field| field.name == name);
        exact.or_else(|| self.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name)))
    }

    /// The lookup field behind a relationship name: `OwnerId` for `Owner`.
    pub fn relationship(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.relationship.as_deref().is_some_and(|r| r.eq_ignore_ascii_case(name)))
    }
}
