//! From an object's definition to the object with its system fields; and whole schema files.

use super::definition::{FieldDefinition, NameDefinition, ObjectDefinition, SchemaFile};
use super::fields::auto_number;
use super::growth::Growth;
use super::labels::{bad, check_label, check_name};
use super::{Field, Kind, Object, Trait};
use crate::failure::Failure;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Growth<'_> {
    /// Creates a custom object or a platform event, without its fields, and tells its place.
    pub(crate) fn create_object(&mut self, definition: &ObjectDefinition) -> Result<usize, Failure> {
        let ending = if definition.name.ends_with("__e") { "__e" } else { "__c" };
        let name = check_name(&definition.name, ending, "object")?;
        if self.number(name).is_some() {
            return Err(Failure::of(
                "DUPLICATE_DEVELOPER_NAME",
                "FullName",
                format!("That object name is already in use: {name}"),
            ));
        }
        let label = check_label(definition.label.as_deref(), "CustomObject")?.to_owned();
        let plural = match &definition.plural_label {
            Some(plural) => check_label(Some(plural), "CustomObject")?.to_owned(),
            None if ending == "__e" => label.clone(),
            None => {
                return Err(Failure::of(
                    "REQUIRED_FIELD_MISSING",
                    "pluralLabel",
                    "Must specify a non-empty pluralLabel for the CustomObject",
                ));
            }
        };
        let object = if ending == "__e" {
            event(name, label, plural, self.free_prefix('e'))
        } else {
            custom(name, label, plural, self.free_prefix('a'), definition)?
        };
        let number = self.add_object(object)?;
        if definition.enable_activities == Some(true) && ending == "__c" {
            self.allow_activities(name);
        }
        Ok(number)
    }

    /// Changes what people read of an object.
    pub(crate) fn relabel(&mut self, number: usize, definition: &ObjectDefinition) -> Result<(), Failure> {
        self.must_be(number, None)?;
        let label = definition.label.as_deref().map(|label| check_label(Some(label), "CustomObject")).transpose()?;
        let plural =
            definition.plural_label.as_deref().map(|label| check_label(Some(label), "CustomObject")).transpose()?;
        let object = self.object(number);
        let same = label.is_none_or(|label| label == object.label)
            && plural.is_none_or(|plural| plural == object.plural)
            && (definition.description.is_none() || definition.description == object.description)
            && (definition.sharing_model.is_none() || definition.sharing_model == object.sharing);
        if !same {
            self.change_object(number, |object| {
                object.label = label.unwrap_or(&object.label).to_owned();
                object.plural = plural.unwrap_or(&object.plural).to_owned();
                object.description = definition.description.clone().or(object.description.take());
                object.sharing = definition.sharing_model.clone().or(object.sharing.take());
            });
        }
        if let Some(NameDefinition { label: Some(label), .. }) = &definition.name_field {
            let place = self.object(number).name_field;
            let mut field = self.object(number).fields[place].clone();
            field.label = check_label(Some(label), "CustomField")?.to_owned();
            self.put_field(number, place, field)?;
        }
        Ok(())
    }

    /// Brings the schema into the shape that a file wants. The error begins with the place in the file.
    pub(crate) fn apply(&mut self, file: &SchemaFile) -> Result<(), Failure> {
        let mut made = Vec::with_capacity(file.objects.len());
        // Objects first, so that their fields may point to one another.
        for (at, json) in file.objects.iter().enumerate() {
            let definition = ObjectDefinition::read(json).map_err(|error| bad(format!("objects[{at}]: {error}")))?;
            let number = self.apply_object(&definition).map_err(|failure| placed(&definition.name, failure))?;
            made.push((number, definition));
        }
        // Masters after the fields of the other objects that they may need would make no difference: none has rows yet.
        for (number, definition) in &made {
            for (at, json) in definition.fields.iter().enumerate() {
                let field = FieldDefinition::read(json)
                    .map_err(|error| bad(format!("{}, fields[{at}]: {error}", definition.name)))?;
                self.apply_field(*number, &field)
                    .map_err(|failure| placed(&format!("{}.{}", definition.name, field.name), failure))?;
            }
        }
        Ok(())
    }

    fn apply_object(&mut self, definition: &ObjectDefinition) -> Result<usize, Failure> {
        match self.number(&definition.name) {
            Some(number) if !self.object(number).is_definition() => {
                self.relabel(number, definition)?;
                Ok(number)
            }
            None if definition.name.ends_with("__c") || definition.name.ends_with("__e") => {
                self.create_object(definition)
            }
            _ => Err(Failure::new(
                "INVALID_TYPE",
                format!("sObject type '{}' is not supported, and no name of an own object.", definition.name),
            )),
        }
    }

    fn apply_field(&mut self, number: usize, definition: &FieldDefinition) -> Result<(), Failure> {
        match self.place(number, &definition.name) {
            None => self.create_field(number, definition).map(drop),
            Some(place) if self.object(number).fields[place].is_custom() => {
                self.change_field(number, place, definition)
            }
            Some(_) => Err(bad("a standard field cannot be defined anew")),
        }
    }

    /// The next key prefix that no object has.
    pub(super) fn free_prefix(&self, first: char) -> String {
        let taken: std::collections::HashSet<&str> = self.objects.iter().map(|object| object.prefix.as_str()).collect();
        (0..62 * 62)
            .map(|number| format!("{first}{}{}", char::from(DIGITS[number / 62]), char::from(DIGITS[number % 62])))
            .find(|prefix| !taken.contains(prefix.as_str()))
            .unwrap_or_default()
    }
}

/// The same failure with its place before it.
fn placed(place: &str, failure: Failure) -> Failure {
    Failure { message: format!("{place}: {}", failure.message), ..failure }
}

fn system(name: &str, label: &str, kind: Kind) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        length: if kind.is_id() { 18 } else { 0 },
        defaulted: true,
        filterable: true,
        id_lookup: kind == Kind::Id,
        ..Field::default()
    }
}

fn reference(name: &str, label: &str, to: &[&str], relationship: &str) -> Field {
    Field {
        to: to.iter().map(|name| (*name).to_owned()).collect(),
        relationship: Some(relationship.to_owned()),
        ..system(name, label, Kind::Reference)
    }
}

fn custom(
    name: &str,
    label: String,
    plural: String,
    prefix: String,
    definition: &ObjectDefinition,
) -> Result<Object, Failure> {
    let setting = definition.custom_settings_type.is_some();
    let name_label = definition.name_field.as_ref().and_then(|field| field.label.clone());
    let mut named = Field {
        length: 80,
        createable: true,
        updateable: true,
        nillable: true,
        id_lookup: true,
        ..system("Name", name_label.as_deref().unwrap_or("Name"), Kind::String)
    };
    check_label(Some(&named.label), "CustomField")?;
    match definition.name_field.as_ref().and_then(|field| Some((field, field.kind.as_deref()?))) {
        None | Some((_, "Text")) => {}
        Some((field, "AutoNumber")) => {
            let format = field
                .display_format
                .clone()
                .ok_or_else(|| bad("Must specify 'displayFormat' for a CustomField of type AutoNumber"))?;
            named.auto_number = Some(auto_number(format, field.starting_number.unwrap_or(1), 1)?);
            (named.createable, named.updateable, named.nillable) = (false, false, false);
        }
        Some((_, other)) => return Err(bad(format!("The name field is Text or AutoNumber, not {other}"))),
    }
    let nillable =
        |name: &str, label: &str, kind: Kind| Field { nillable: true, defaulted: false, ..system(name, label, kind) };
    let mut fields = vec![
        system("Id", "Record ID", Kind::Id),
        Field { createable: true, updateable: true, ..reference("OwnerId", "Owner ID", &["Group", "User"], "Owner") },
        system("IsDeleted", "Deleted", Kind::Boolean),
        named,
        system("CreatedDate", "Created Date", Kind::DateTime),
        reference("CreatedById", "Created By ID", &["User"], "CreatedBy"),
        system("LastModifiedDate", "Last Modified Date", Kind::DateTime),
        reference("LastModifiedById", "Last Modified By ID", &["User"], "LastModifiedBy"),
        system("SystemModstamp", "System Modstamp", Kind::DateTime),
    ];
    if definition.enable_activities == Some(true) {
        fields.push(nillable("LastActivityDate", "Last Activity Date", Kind::Date));
    }
    fields.push(nillable("LastViewedDate", "Last Viewed Date", Kind::DateTime));
    fields.push(nillable("LastReferencedDate", "Last Referenced Date", Kind::DateTime));
    let mut traits = vec![
        Trait::CompactLayoutable,
        Trait::Layoutable,
        Trait::Queryable,
        Trait::Replicateable,
        Trait::Retrieveable,
        Trait::SearchLayoutable,
        Trait::Triggerable,
    ];
    if setting {
        traits.push(Trait::CustomSetting);
    }
    Ok(Object {
        name: name.to_owned(),
        label,
        plural,
        prefix,
        named_by: "Name".into(),
        createable: true,
        updateable: true,
        deletable: true,
        undeletable: true,
        searchable: true,
        traits,
        description: definition.description.clone(),
        sharing: Some(definition.sharing_model.clone().unwrap_or_else(|| "ReadWrite".into())),
        fields,
        ..Object::default()
    })
}

fn event(name: &str, label: String, plural: String, prefix: String) -> Object {
    let words = |name: &str, label: &str, length: usize| Field {
        length,
        nillable: true,
        defaulted: false,
        ..system(name, label, Kind::String)
    };
    Object {
        name: name.to_owned(),
        label,
        plural,
        prefix,
        named_by: "ReplayId".into(),
        createable: true,
        traits: vec![Trait::Triggerable],
        fields: vec![
            words("ReplayId", "Replay ID", 1000),
            system("CreatedDate", "Created Date", Kind::DateTime),
            reference("CreatedById", "Created By ID", &["User"], "CreatedBy"),
            words("EventUuid", "Event UUID", 36),
        ],
        ..Object::default()
    }
}
