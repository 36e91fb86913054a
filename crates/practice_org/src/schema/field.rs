//! One field of one object: its type, its bounds, and what may be done with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// A field as a file in `standard/` writes it, with its rights as letters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldEntry {
    name: String,
    label: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    length: usize,
    #[serde(default)]
    precision: u32,
    #[serde(default)]
    scale: u32,
    #[serde(default)]
    digits: u32,
    #[serde(default)]
    flags: String,
    #[serde(default)]
    to: Vec<String>,
    rel: Option<String>,
    children: Option<String>,
    #[serde(default)]
    cascade: bool,
    #[serde(default)]
    restrict: bool,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    default: Option<String>,
    compound: Option<String>,
    extra: Option<String>,
}

/// One value of a picklist.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct Choice {
    /// What rows hold.
    pub(crate) value: String,
    /// What people read.
    pub(crate) label: String,
    /// Offered to people, and allowed when the list is restricted.
    pub(crate) active: bool,
    /// What a new row gets when nothing is given.
    pub(crate) default: bool,
    /// For which values of the controlling field: base64 of a bitmap.
    pub(crate) valid_for: Option<String>,
}

impl Choice {
    /// An active value that is its own label.
    pub(crate) fn plain(value: &str) -> Self {
        Choice { value: value.to_owned(), label: value.to_owned(), active: true, default: false, valid_for: None }
    }
}

/// How an auto number is made.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct AutoNumber {
    /// `INV-{0000}`, also with `{YYYY}`, `{YY}`, `{MM}` and `{DD}`.
    pub(crate) format: String,
    /// The number that the first row got or will get.
    pub(crate) start: i64,
    /// What is added to the object's row counter.
    pub(crate) offset: i64,
}

/// One field of one object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Field {
    /// API name.
    pub(crate) name: String,
    /// What people read.
    pub(crate) label: String,
    /// Type.
    pub(crate) kind: Kind,
    /// Most characters a text may have.
    pub(crate) length: usize,
    /// Digits of a decimal in all.
    pub(crate) precision: u32,
    /// Digits after the point.
    pub(crate) scale: u32,
    /// Digits of an int.
    pub(crate) digits: u32,
    /// Objects that a reference may point to.
    pub(crate) to: Vec<String>,
    /// Name of the path to the parent, `Owner` for `OwnerId`.
    pub(crate) relationship: Option<String>,
    /// Name of the path from the parent to these rows.
    pub(crate) children: Option<String>,
    /// Whether rows go with their parent.
    pub(crate) cascade: bool,
    /// Whether the parent must stay while rows point to it.
    pub(crate) restricted_delete: bool,
    /// 0 for the first master of a detail object, 1 for the second.
    pub(crate) relationship_order: Option<u8>,
    /// Whoever may read the master may write the detail.
    pub(crate) write_requires_master_read: bool,
    /// Picklist values in the order of setup, active ones only.
    pub(crate) values: Vec<String>,
    /// The same with all that describe tells, inactive ones too.
    pub(crate) choices: Vec<Choice>,
    /// API name of the picklist or checkbox that narrows the choices.
    pub(crate) controller: Option<String>,
    /// What a new row gets when nothing is given.
    pub(crate) default: Option<String>,
    /// The compound field this is a part of.
    pub(crate) compound: Option<String>,
    /// May be given when a row is created.
    pub(crate) createable: bool,
    /// May be given when a row is updated.
    pub(crate) updateable: bool,
    /// Must be given when a row is created.
    pub(crate) required: bool,
    /// May be null.
    pub(crate) nillable: bool,
    /// The server fills it when missing.
    pub(crate) defaulted: bool,
    /// May serve as a key.
    pub(crate) id_lookup: bool,
    /// Takes only the listed values.
    pub(crate) restricted: bool,
    /// May stand in WHERE.
    pub(crate) filterable: bool,
    /// A key from another system.
    pub(crate) external_id: bool,
    /// No two living rows may have the same value.
    pub(crate) unique: bool,
    /// `a` and `A` are two values.
    pub(crate) case_sensitive: bool,
    /// Made by the server, one higher for every row.
    pub(crate) auto_number: Option<AutoNumber>,
    /// A formula or roll-up in the org that it was copied from; never computed here.
    pub(crate) calculated: bool,
    /// The formula's text, for describe.
    pub(crate) formula: Option<String>,
    /// Its formula takes a missing number for 0.
    pub(crate) blank_as_zero: bool,
    /// Rich text.
    pub(crate) html: bool,
    /// What describe calls `extraTypeInfo`.
    pub(crate) extra: Option<String>,
    /// Help beside the field.
    pub(crate) help: Option<String>,
    /// What the admins say of it.
    pub(crate) description: Option<String>,
    /// Lines of a long text or list in the user interface.
    pub(crate) visible_lines: Option<u32>,
    /// Coordinates are shown as decimals.
    pub(crate) decimal_location: bool,
    /// Whether field-level security can hide it, where the rule would say otherwise.
    pub(crate) permissionable: Option<bool>,
    /// Whether lookups can be narrowed by it, where the rule would say otherwise.
    pub(crate) prefilterable: Option<bool>,
    /// Not visible to the practice user.
    pub(crate) hidden: bool,
    /// Deleted: it keeps its place, and nothing else.
    pub(crate) removed: bool,
}

impl Field {
    pub(super) fn new(entry: FieldEntry) -> Self {
        let has = |flag: char| entry.flags.contains(flag);
        let external_id = has('X');
        let choices = entry
            .values
            .iter()
            .map(|value| Choice {
                label: entry.labels.get(value).unwrap_or(value).clone(),
                default: entry.default.as_ref() == Some(value),
                ..Choice::plain(value)
            })
            .collect();
        let mut field = Field {
            createable: has('C'),
            updateable: has('U'),
            required: has('*'),
            nillable: has('n'),
            defaulted: has('d'),
            id_lookup: has('L') || external_id,
            restricted: has('R'),
            filterable: !has('f'),
            external_id,
            unique: external_id || has('u'),
            calculated: has('c'),
            hidden: has('h'),
            permissionable: either(has('P'), has('p')),
            prefilterable: either(has('s'), has('S')),
            length: if entry.kind.is_id() { 18 } else { entry.length },
            extra: entry.extra.or_else(|| usual_extra(&entry.name, entry.kind)),
            name: entry.name,
            label: entry.label,
            kind: entry.kind,
            precision: entry.precision,
            scale: entry.scale,
            digits: entry.digits,
            to: entry.to,
            relationship: entry.rel,
            children: entry.children,
            cascade: entry.cascade,
            restricted_delete: entry.restrict,
            default: entry.default,
            compound: entry.compound,
            ..Field::default()
        };
        field.set_choices(choices);
        field
    }

    /// Gives the field its picklist values.
    pub(crate) fn set_choices(&mut self, choices: Vec<Choice>) {
        self.values = choices.iter().filter(|choice| choice.active).map(|choice| choice.value.clone()).collect();
        self.choices = choices;
    }

    /// Turns the field into what a deleted one leaves: a place that nobody sees.
    pub(crate) fn remove(&mut self) {
        let name = std::mem::take(&mut self.name);
        *self = Field { name, hidden: true, removed: true, ..Field::default() };
    }

    /// A field of the org's own, not Salesforce's.
    pub(crate) fn is_custom(&self) -> bool {
        ["__c", "__s", "__pc"].iter().any(|ending| self.name.ends_with(ending))
    }

    /// More text than Salesforce filters, sorts or groups by.
    pub(crate) fn is_long(&self) -> bool {
        self.kind == Kind::TextArea && self.length > 255
    }

    /// May stand in ORDER BY.
    pub(crate) fn is_sortable(&self) -> bool {
        self.filterable && self.is_comparable()
    }

    fn is_comparable(&self) -> bool {
        !self.is_long() && !self.kind.is_compound() && !matches!(self.kind, Kind::MultiPicklist | Kind::EncryptedString)
    }

    /// May stand in GROUP BY.
    pub(crate) fn is_groupable(&self) -> bool {
        self.is_comparable()
            && !self.kind.is_decimal()
            && self.auto_number.is_none()
            && (!self.calculated || self.kind == Kind::Boolean)
            && self.name != "CaseNumber"
            && !matches!(self.kind, Kind::DateTime | Kind::Time)
    }

    /// Points to more than one object.
    pub(crate) fn is_polymorphic(&self) -> bool {
        self.to.len() > 1
    }

    /// A detail's reference to its master.
    pub(crate) fn is_master(&self) -> bool {
        self.relationship_order.is_some()
    }

    /// Has a column of its own; compounds are put together from their parts.
    pub(crate) fn is_stored(&self) -> bool {
        !self.kind.is_compound() && !self.removed
    }
}

fn either(yes: bool, no: bool) -> Option<bool> {
    if yes || no { Some(yes) } else { None }
}

fn usual_extra(name: &str, kind: Kind) -> Option<String> {
    match (kind, name) {
        (Kind::TextArea, _) => Some("plaintextarea".into()),
        (Kind::Url, "PhotoUrl") => Some("imageurl".into()),
        _ => None,
    }
}
