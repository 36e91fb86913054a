//! What this org's objects and fields are: read once from `schema.json`, then only looked up.
//!
//! Flags in the file: `C` createable, `U` updateable, `*` required on create, `n` nillable, `d` filled by the server
//! when missing, `L` usable as a key (idLookup), `R` restricted picklist, `f` not filterable, `X` external id, unique
//! without case, `h` hidden from the practice user by field-level security.

use std::collections::HashMap;

use serde::Deserialize;

use super::time::Millis;

const STANDARD: &str = include_str!("schema.json");

/// A field's type as describe names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Id,
    String,
    TextArea,
    Picklist,
    MultiPicklist,
    Combobox,
    Reference,
    Boolean,
    Currency,
    Int,
    Double,
    Percent,
    Date,
    DateTime,
    Time,
    Phone,
    Url,
    Email,
    Address,
}

impl Kind {
    /// The name in describe.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Id => "id",
            Kind::String => "string",
            Kind::TextArea => "textarea",
            Kind::Picklist => "picklist",
            Kind::MultiPicklist => "multipicklist",
            Kind::Combobox => "combobox",
            Kind::Reference => "reference",
            Kind::Boolean => "boolean",
            Kind::Currency => "currency",
            Kind::Int => "int",
            Kind::Double => "double",
            Kind::Percent => "percent",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Time => "time",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Email => "email",
            Kind::Address => "address",
        }
    }

    /// Words that a person typed, compared without case.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Kind::String
                | Kind::TextArea
                | Kind::Picklist
                | Kind::MultiPicklist
                | Kind::Combobox
                | Kind::Phone
                | Kind::Url
                | Kind::Email
        )
    }

    /// Stored as a double.
    pub(crate) fn is_decimal(self) -> bool {
        matches!(self, Kind::Currency | Kind::Double | Kind::Percent)
    }

    /// Ids and references.
    pub(crate) fn is_id(self) -> bool {
        matches!(self, Kind::Id | Kind::Reference)
    }
}

#[derive(Deserialize)]
struct File {
    objects: Vec<ObjectEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ObjectEntry {
    name: String,
    label: String,
    plural: String,
    prefix: String,
    name_field: String,
    #[serde(default = "yes")]
    createable: bool,
    #[serde(default = "yes")]
    updateable: bool,
    #[serde(default = "yes")]
    deletable: bool,
    #[serde(default = "yes")]
    undeletable: bool,
    #[serde(default = "yes")]
    searchable: bool,
    fields: Vec<FieldEntry>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
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
    values: Vec<String>,
    default: Option<String>,
    compound: Option<String>,
}

/// One field of one object.
#[derive(Debug, Clone)]
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
    /// Picklist values in the order of setup.
    pub(crate) values: Vec<String>,
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
    /// External id, unique.
    pub(crate) external_id: bool,
    /// Not visible to the practice user.
    pub(crate) hidden: bool,
}

impl Field {
    fn new(entry: FieldEntry) -> Self {
        let has = |flag: char| entry.flags.contains(flag);
        let (required, external_id) = (has('*'), has('X'));
        Field {
            createable: has('C'),
            updateable: has('U'),
            required,
            nillable: has('n'),
            defaulted: has('d'),
            id_lookup: has('L') || external_id,
            restricted: has('R'),
            filterable: !has('f'),
            external_id,
            hidden: has('h'),
            length: if entry.kind.is_id() { 18 } else { entry.length },
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
            values: entry.values,
            default: entry.default,
            compound: entry.compound,
        }
    }

    /// A field of the org's own, not Salesforce's.
    pub(crate) fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
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
        !self.is_long() && !matches!(self.kind, Kind::MultiPicklist | Kind::Address)
    }

    /// May stand in GROUP BY.
    pub(crate) fn is_groupable(&self) -> bool {
        self.is_comparable()
            && !self.kind.is_decimal()
            && self.name != "CaseNumber"
            && !matches!(self.kind, Kind::DateTime | Kind::Time)
    }

    /// Points to more than one object.
    pub(crate) fn is_polymorphic(&self) -> bool {
        self.to.len() > 1
    }

    /// Has a column of its own; compounds are put together from their parts.
    pub(crate) fn is_stored(&self) -> bool {
        self.kind != Kind::Address
    }
}

/// The children that point to an object through one field.
#[derive(Debug, Clone)]
pub(crate) struct Children {
    /// Index of the child object.
    pub(crate) object: usize,
    /// Index of the reference field in it.
    pub(crate) field: usize,
}

/// One object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// Place in [`Schema::objects`].
    pub(crate) number: usize,
    /// API name.
    pub(crate) name: String,
    /// What people read.
    pub(crate) label: String,
    /// The same, for several.
    pub(crate) plural: String,
    /// First three characters of its ids.
    pub(crate) prefix: String,
    /// Index of the field that names a row.
    pub(crate) name_field: usize,
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
    /// Every field, hidden ones too.
    pub(crate) fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Object {
    fn new(number: usize, entry: ObjectEntry) -> Self {
        let fields: Vec<Field> = entry.fields.into_iter().map(Field::new).collect();
        let by_name: HashMap<String, usize> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| !field.hidden)
            // Both spellings, since nearly every caller knows the right one and should not pay for the other.
            .flat_map(|(place, field)| [(field.name.clone(), place), (field.name.to_ascii_lowercase(), place)])
            .collect();
        let name_field = by_name.get(&entry.name_field.to_ascii_lowercase()).copied().unwrap_or_default();
        Object {
            number,
            name: entry.name,
            label: entry.label,
            plural: entry.plural,
            prefix: entry.prefix,
            name_field,
            createable: entry.createable,
            updateable: entry.updateable,
            deletable: entry.deletable,
            undeletable: entry.undeletable,
            searchable: entry.searchable,
            fields,
            by_name,
        }
    }

    /// Index of a field that the practice user can see, by name without case.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        match self.by_name.get(name) {
            Some(place) => Some(*place),
            None => self.by_name.get(&name.to_ascii_lowercase()).copied(),
        }
    }

    /// A field that the practice user can see, by name without case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.find(name).map(|place| &self.fields[place])
    }

    /// Index of a field that the schema is known to hold.
    pub(crate) fn place(&self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| panic!("schema.json has no {}.{name}", self.name))
    }

    /// Index of the reference field behind a relationship name, without case.
    pub(crate) fn relationship(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| {
            !field.hidden && field.relationship.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// The fields that the practice user can see.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.hidden)
    }

    /// Whether the object has a recycle bin.
    pub(crate) fn has_bin(&self) -> bool {
        self.by_name.contains_key("isdeleted")
    }
}

/// All objects.
#[derive(Debug)]
pub(crate) struct Schema {
    /// In the order of the file.
    pub(crate) objects: Vec<Object>,
    /// What a polymorphic parent shows, whatever it is; no object of its own.
    pub(crate) any_parent: Object,
    /// When it last changed, for describe.
    pub(crate) changed: Millis,
    by_name: HashMap<String, usize>,
    children: Vec<Vec<Children>>,
}

/// The fields that any polymorphic parent shows.
pub(crate) const ANY_PARENT_FIELDS: [&str; 12] = [
    "Id",
    "Name",
    "Type",
    "FirstName",
    "LastName",
    "Email",
    "Phone",
    "Title",
    "Username",
    "Alias",
    "IsActive",
    "ProfileId",
];

fn any_parent(number: usize) -> Object {
    let field = |name: &&str| FieldEntry {
        name: (*name).to_owned(),
        label: (*name).to_owned(),
        kind: match *name {
            "Id" => Kind::Id,
            "ProfileId" => Kind::Reference,
            "IsActive" => Kind::Boolean,
            "Email" => Kind::Email,
            "Phone" => Kind::Phone,
            _ => Kind::String,
        },
        length: 255,
        precision: 0,
        scale: 0,
        digits: 0,
        flags: "n".into(),
        to: Vec::new(),
        rel: None,
        children: None,
        cascade: false,
        values: Vec::new(),
        default: None,
        compound: None,
    };
    Object::new(
        number,
        ObjectEntry {
            name: "Name".into(),
            label: "Name".into(),
            plural: "Names".into(),
            prefix: String::new(),
            name_field: "Name".into(),
            createable: false,
            updateable: false,
            deletable: false,
            undeletable: false,
            searchable: false,
            fields: ANY_PARENT_FIELDS.iter().map(field).collect(),
        },
    )
}

impl Schema {
    /// The schema that comes with the program.
    pub(crate) fn standard() -> Self {
        let file: File = serde_json::from_str(STANDARD).expect("schema.json is checked by the tests");
        Schema::new(file)
    }

    fn new(file: File) -> Self {
        let objects: Vec<Object> =
            file.objects.into_iter().enumerate().map(|(number, entry)| Object::new(number, entry)).collect();
        let by_name: HashMap<String, usize> =
            objects.iter().map(|object| (object.name.to_ascii_lowercase(), object.number)).collect();
        let mut children = vec![Vec::new(); objects.len()];
        for child in &objects {
            for (place, field) in child.fields.iter().enumerate() {
                for parent in field.to.iter().filter_map(|name| by_name.get(&name.to_ascii_lowercase())) {
                    children[*parent].push(Children { object: child.number, field: place });
                }
            }
        }
        let any_parent = any_parent(objects.len());
        Schema { objects, any_parent, changed: 0, by_name, children }
    }

    /// An object by name without case.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        self.by_name.get(&name.to_ascii_lowercase()).map(|number| &self.objects[*number])
    }

    /// The object that an id belongs to.
    pub(crate) fn object_of(&self, id: &str) -> Option<&Object> {
        self.objects.iter().find(|object| id.starts_with(&object.prefix))
    }

    /// Everything that points to this object.
    pub(crate) fn children(&self, object: &Object) -> &[Children] {
        &self.children[object.number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_reads_and_knows_its_fields() {
        let schema = Schema::standard();
        let account = schema.object("account").unwrap();
        assert_eq!(account.field("erp_id__C").unwrap().label, "ERP Id");
        assert!(account.field("Margin__c").is_none(), "hidden from the practice user");
        assert!(!account.field("Credit_Rating__c").unwrap().updateable);
        assert_eq!(account.fields[account.name_field].name, "Name");
        assert!(schema.children(account).iter().any(|child| schema.objects[child.object].name == "Contact"));
    }

    #[test]
    fn labels_and_lengths_are_there() {
        for object in &Schema::standard().objects {
            for field in &object.fields {
                assert!(!field.label.is_empty(), "{}.{}", object.name, field.name);
                if field.kind.is_text() {
                    assert!(field.length > 0, "{}.{}", object.name, field.name);
                }
            }
        }
    }
}
