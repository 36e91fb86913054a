//! What this org's objects and fields are: read from the files in `standard/`, grown at run time, then only looked up.
//!
//! Flags in the files: `C` createable, `U` updateable, `*` required on create, `n` nillable, `d` filled by the server
//! when missing, `L` usable as a key (idLookup), `R` restricted picklist, `f` not filterable, `X` external id, unique
//! without case, `u` unique without case, `c` calculated by the server, `h` hidden from the practice user by
//! field-level security; `P` and `p` for permissionable or not, `s` and `S` for searchPrefilterable or not, where
//! Salesforce makes an exception.
//!
//! A schema only grows: an object or field keeps its place as long as the process lives, and a deleted one leaves a
//! place that nobody can see.

pub(crate) mod adopt;
pub(crate) mod definition;
mod field;
mod fields;
pub(crate) mod growth;
pub(crate) mod keep;
mod kind;
mod labels;
pub(crate) mod metadata;
pub(crate) mod mirror;
pub(crate) mod names;
mod object;
mod objects;
mod standard;

use std::sync::OnceLock;

pub(crate) use self::field::{Choice, Field};
pub(crate) use self::kind::Kind;
pub(crate) use self::object::{Object, RecordType, Trait};

use self::names::Names;
use super::time::Millis;

/// The children that point to an object through one field.
#[derive(Debug, Clone)]
pub(crate) struct Children {
    /// Index of the child object.
    pub(crate) object: usize,
    /// Index of the reference field in it.
    pub(crate) field: usize,
}

/// All objects.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// In the order of their arrival.
    pub(crate) objects: Vec<Object>,
    /// What a polymorphic parent shows, whatever it is; no object of its own.
    pub(crate) any_parent: Object,
    /// When it last changed, for describe.
    pub(crate) changed: Millis,
    /// Whether anything in it is not the program's.
    pub(crate) own: bool,
    by_name: Names,
    by_prefix: Names,
    children: Vec<Vec<Children>>,
}

/// The fields that any polymorphic parent shows.
const ANY_PARENT: [(&str, Kind); 12] = [
    ("Id", Kind::Id),
    ("Name", Kind::String),
    ("Type", Kind::String),
    ("FirstName", Kind::String),
    ("LastName", Kind::String),
    ("Email", Kind::Email),
    ("Phone", Kind::Phone),
    ("Title", Kind::String),
    ("Username", Kind::String),
    ("Alias", Kind::String),
    ("IsActive", Kind::Boolean),
    ("ProfileId", Kind::Reference),
];

impl Schema {
    /// The schema that comes with the program.
    pub(crate) fn standard() -> Self {
        Schema::new(standard::objects(), 0)
    }

    /// What the Tooling API shows, which is the same in every org.
    pub(crate) fn tooling() -> &'static Self {
        static TOOLING: OnceLock<Schema> = OnceLock::new();
        TOOLING.get_or_init(|| Schema::new(standard::tooling(), 0))
    }

    /// Puts objects together; their places are those in the list.
    pub(crate) fn new(mut objects: Vec<Object>, changed: Millis) -> Self {
        let (mut by_name, mut by_prefix) = (Names::default(), Names::default());
        for (number, object) in objects.iter_mut().enumerate() {
            object.number = number;
            if !object.removed {
                by_name.insert(&object.name, number);
                by_prefix.insert_exactly(&object.prefix, number);
            }
        }
        let mut children = vec![Vec::new(); objects.len()];
        for child in objects.iter().filter(|object| !object.removed) {
            for (place, field) in child.fields.iter().enumerate() {
                for parent in field.to.iter().filter_map(|name| by_name.get(name)) {
                    children[parent].push(Children { object: child.number, field: place });
                }
            }
        }
        let mut any_parent = Object::plain("Name", "Names", "Name", &ANY_PARENT);
        // No object has this number, however many there will be.
        any_parent.number = usize::MAX;
        Schema { objects, any_parent, changed, own: false, by_name, by_prefix, children }
    }

    /// An object by name without case.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        self.by_name.get(name).map(|number| &self.objects[number])
    }

    /// The object that an id belongs to.
    pub(crate) fn object_of(&self, id: &str) -> Option<&Object> {
        self.by_prefix.get_exactly(id.get(..3)?).map(|number| &self.objects[number])
    }

    /// Every object that is there.
    pub(crate) fn alive(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| !object.removed)
    }

    /// Everything that points to this object.
    pub(crate) fn children(&self, object: &Object) -> &[Children] {
        self.children.get(object.number).map_or(&[], Vec::as_slice)
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
        assert_eq!(schema.object_of("001Lk0000000001AAA").map(|object| object.name.as_str()), Some("Account"));
        assert!(schema.object_of("00").is_none());
    }

    #[test]
    fn labels_and_lengths_are_there() {
        for object in &Schema::standard().objects {
            for field in &object.fields {
                assert!(!field.label.is_empty(), "{}.{}", object.name, field.name);
                if field.kind.is_text() {
                    assert!(field.length > 0, "{}.{}", object.name, field.name);
                }
                if let Some(compound) = &field.compound {
                    assert!(object.field(compound).is_some(), "{}.{compound}", object.name);
                }
            }
        }
    }
}
