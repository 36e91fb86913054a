//! From a field's definition to the field: every rule that Salesforce keeps for custom fields.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::definition::{FieldDefinition, ValueSet};
use super::field::AutoNumber;
use super::growth::Growth;
use super::labels::{bad, check_label, check_name, child_name, relationship_name};
use super::{Choice, Field, Kind, Object};
use crate::failure::Failure;
use crate::rows::value;

/// Most digits of a number.
const MOST_DIGITS: u32 = 18;
/// Most values of a picklist.
const MOST_VALUES: usize = 1000;
/// Longest value of a picklist.
const LONGEST_VALUE: usize = 255;
/// Most external ids of an object.
const MOST_EXTERNAL_IDS: usize = 25;
/// Most lookups of an object.
const MOST_LOOKUPS: usize = 40;
/// Most masters of an object.
const MOST_MASTERS: usize = 2;

/// The types of a definition, with the type in describe and the length that needs no saying.
const TYPES: [(&str, Kind, usize); 20] = [
    ("AutoNumber", Kind::String, 30),
    ("Checkbox", Kind::Boolean, 0),
    ("Currency", Kind::Currency, 0),
    ("Date", Kind::Date, 0),
    ("DateTime", Kind::DateTime, 0),
    ("Email", Kind::Email, 80),
    ("EncryptedText", Kind::EncryptedString, 0),
    ("Html", Kind::TextArea, 0),
    ("Location", Kind::Location, 0),
    ("LongTextArea", Kind::TextArea, 0),
    ("Lookup", Kind::Reference, 18),
    ("MasterDetail", Kind::Reference, 18),
    ("MultiselectPicklist", Kind::MultiPicklist, 4099),
    ("Number", Kind::Double, 0),
    ("Percent", Kind::Percent, 0),
    ("Phone", Kind::Phone, 40),
    ("Picklist", Kind::Picklist, 255),
    ("Text", Kind::String, 0),
    ("TextArea", Kind::TextArea, 255),
    ("Time", Kind::Time, 0),
];

/// The type of a definition that this field could have come from.
pub(crate) fn type_of(field: &Field) -> &'static str {
    match field.kind {
        Kind::String if field.auto_number.is_some() => "AutoNumber",
        Kind::TextArea if field.html => "Html",
        Kind::TextArea if field.is_long() => "LongTextArea",
        Kind::TextArea => "TextArea",
        Kind::Reference if field.is_master() => "MasterDetail",
        Kind::Reference => "Lookup",
        Kind::Url => "Url",
        Kind::Int => "Number",
        kind => TYPES
            .iter()
            .find(|(name, known, _)| *known == kind && *name != "AutoNumber")
            .map_or("Text", |(name, ..)| name),
    }
}

impl Growth<'_> {
    /// Creates a custom field and tells its place.
    pub(crate) fn create_field(&mut self, number: usize, definition: &FieldDefinition) -> Result<usize, Failure> {
        let object = self.object(number);
        let name = check_name(&definition.name, "__c", "field")?;
        if self.place(number, name).is_some() {
            return Err(Failure::of(
                "DUPLICATE_DEVELOPER_NAME",
                "FullName",
                format!("There is already a field named {} on {}.", name.trim_end_matches("__c"), object.label),
            ));
        }
        let field = self.field(number, definition, None)?;
        if field.is_master() && self.has_rows(number)? {
            return Err(bad("Cannot create a master-detail relationship on an object that has records."));
        }
        if field.required && !field.is_master() && self.has_blanks(number, &field)? && field.default.is_none() {
            return Err(bad("A required field needs a default value when its object has records."));
        }
        let location = (field.kind == Kind::Location).then(|| field.clone());
        let default = field.default.clone().filter(|_| field.required || field.kind == Kind::Boolean);
        let place = self.add_field(number, field)?;
        if let Some(location) = location {
            for part in location_parts(&location) {
                self.add_field(number, part)?;
            }
        }
        if let Some(default) = default {
            self.fill(number, place, &default)?;
        }
        self.settle_owner(number);
        Ok(place)
    }

    /// Changes a custom field as defined.
    pub(crate) fn change_field(
        &mut self,
        number: usize,
        place: usize,
        definition: &FieldDefinition,
    ) -> Result<(), Failure> {
        self.must_be(number, Some(place))?;
        let old = self.object(number).fields[place].clone();
        let mut field = self.field(number, definition, Some(&old))?;
        let convertible = |one: Kind, other: Kind| {
            one == other
                || (one.is_text() && other.is_text())
                || (one.is_decimal() && other.is_decimal())
                || (one == Kind::Reference && other == Kind::Reference)
        };
        if !convertible(old.kind, field.kind) || old.auto_number.is_some() != field.auto_number.is_some() {
            return Err(bad(format!(
                "Cannot change the type of {} from {} to {}.",
                old.name,
                type_of(&old),
                type_of(&field)
            )));
        }
        if old.is_master() != field.is_master() || (old.kind == Kind::Reference && old.to != field.to) {
            return Err(bad(format!("Cannot change what {} refers to.", old.name)));
        }
        if field.required && !old.required && self.has_blanks(number, &old)? {
            return Err(bad(format!("{} cannot be required: there are records without a value.", old.name)));
        }
        if let (Some(number), Some(known)) = (&mut field.auto_number, &old.auto_number) {
            number.offset = known.offset;
            number.start = known.start;
        }
        // These are the org's, not the definition's.
        field.hidden = old.hidden;
        if field.kind == Kind::Location {
            for part in location_parts(&field) {
                if let Some(place) = self.place(number, &part.name) {
                    self.put_field(number, place, part)?;
                }
            }
        }
        self.put_field(number, place, field)?;
        self.settle_owner(number);
        Ok(())
    }

    fn field(&self, number: usize, definition: &FieldDefinition, old: Option<&Field>) -> Result<Field, Failure> {
        let object = self.object(number);
        let name = old.map_or(definition.name.as_str(), |old| old.name.as_str());
        let label = check_label(definition.label.as_deref(), "CustomField")?;
        let kind_name = definition.kind.as_deref().ok_or_else(|| bad("Must specify 'type' for a CustomField."))?;
        let (kind, length) = kind_of(kind_name)?;
        if definition.formula.is_some() || definition.summary_operation.is_some() {
            return Err(bad(format!("{name}: formulas and roll-ups are not computed in this org.")));
        }
        if object.is_event()
            && !matches!(kind_name, "Checkbox" | "Date" | "DateTime" | "Number" | "Text" | "LongTextArea")
        {
            return Err(bad(format!("A platform event cannot have a field of type {kind_name}.")));
        }
        let mut field = Field {
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            length,
            createable: true,
            updateable: true,
            nillable: true,
            filterable: true,
            help: definition.inline_help_text.clone(),
            description: definition.description.clone(),
            visible_lines: definition.visible_lines,
            ..Field::default()
        };
        if definition.required == Some(true) {
            if kind == Kind::MultiPicklist || field_is_unboundable(kind_name) {
                return Err(bad(format!("Can not specify 'required' for a CustomField of type {kind_name}")));
            }
            field.required = true;
            field.nillable = false;
        }
        sized(&mut field, kind_name, definition)?;
        match kind_name {
            "AutoNumber" => self.auto_number(number, &mut field, definition)?,
            "Lookup" | "MasterDetail" => self.reference(object, &mut field, kind_name, definition, old)?,
            "Picklist" | "MultiselectPicklist" => {
                choices(&mut field, definition)?;
                self.depend(object, &mut field, definition)?;
            }
            "Checkbox" => {
                field.nillable = false;
                field.defaulted = true;
                field.required = false;
            }
            "Location" => {
                (field.createable, field.updateable) = (false, false);
                field.decimal_location = definition.display_location_in_decimal == Some(true);
                field.required = false;
                field.nillable = true;
            }
            "EncryptedText" => field.filterable = false,
            _ => {}
        }
        self.keys(object, &mut field, kind_name, definition, old)?;
        default(&mut field, definition)?;
        Ok(field)
    }

    fn auto_number(&self, number: usize, field: &mut Field, definition: &FieldDefinition) -> Result<(), Failure> {
        let format = definition
            .display_format
            .clone()
            .ok_or_else(|| bad("Must specify 'displayFormat' for a CustomField of type AutoNumber"))?;
        let start = definition.starting_number.unwrap_or(1);
        field.auto_number = Some(auto_number(format, start, self.counter(number))?);
        (field.createable, field.updateable, field.nillable, field.required) = (false, false, false, false);
        field.defaulted = true;
        Ok(())
    }

    /// Says for which values of the controlling field each choice is valid.
    fn depend(&self, object: &Object, field: &mut Field, definition: &FieldDefinition) -> Result<(), Failure> {
        let Some(controller) = field.controller.clone() else {
            return Ok(());
        };
        let controlling = object
            .field(&controller)
            .filter(|known| matches!(known.kind, Kind::Picklist | Kind::Boolean) && known.name != field.name)
            .ok_or_else(|| bad(format!("{}: no picklist or checkbox named {controller} can control it", field.name)))?;
        // A checkbox counts as a list of false and true.
        let known: Vec<&str> = match controlling.kind {
            Kind::Boolean => vec!["false", "true"],
            _ => controlling.choices.iter().map(|choice| choice.value.as_str()).collect(),
        };
        field.controller = Some(controlling.name.clone());
        let settings = definition.value_set.as_ref().and_then(|set| set.value_settings.as_deref()).unwrap_or_default();
        let mut bits = vec![vec![0u8; known.len().div_ceil(8)]; field.choices.len()];
        for setting in settings {
            let place = field.choices.iter().position(|choice| choice.value == setting.value_name);
            let place = place
                .ok_or_else(|| bad(format!("{}: there is no value {} to depend", field.name, setting.value_name)))?;
            for value in &setting.controlling_field_value {
                let at = known
                    .iter()
                    .position(|known| known == value)
                    .ok_or_else(|| bad(format!("{controller} has no value {value}")))?;
                bits[place][at / 8] |= 0x80 >> (at % 8);
            }
        }
        for (choice, bits) in field.choices.iter_mut().zip(bits) {
            choice.valid_for = Some(STANDARD.encode(bits));
        }
        Ok(())
    }

    fn keys(
        &self,
        object: &Object,
        field: &mut Field,
        kind_name: &str,
        definition: &FieldDefinition,
        old: Option<&Field>,
    ) -> Result<(), Failure> {
        field.external_id = definition.external_id == Some(true);
        field.unique = definition.unique == Some(true);
        field.id_lookup = field.external_id;
        field.case_sensitive = field.unique && definition.case_sensitive == Some(true);
        let refuse = |word: &str| Err(bad(format!("Can not specify '{word}' for a CustomField of type {kind_name}")));
        if field.external_id && !matches!(kind_name, "Text" | "Number" | "Email" | "AutoNumber") {
            return refuse("externalId");
        }
        if field.unique && !matches!(kind_name, "Text" | "Number" | "Email" | "AutoNumber") {
            return refuse("unique");
        }
        if field.case_sensitive && kind_name != "Text" {
            return refuse("caseSensitive");
        }
        let known = object.fields.iter().filter(|known| known.external_id).count();
        if field.external_id && !old.is_some_and(|old| old.external_id) && known >= MOST_EXTERNAL_IDS {
            return Err(Failure::new(
                "LIMIT_EXCEEDED",
                format!("An object can have at most {MOST_EXTERNAL_IDS} external ids."),
            ));
        }
        Ok(())
    }

    fn reference(
        &self,
        object: &Object,
        field: &mut Field,
        kind_name: &str,
        definition: &FieldDefinition,
        old: Option<&Field>,
    ) -> Result<(), Failure> {
        let targets = definition.targets();
        let [target] = targets.as_slice() else {
            return Err(bad(format!("Must specify 'referenceTo' for a CustomField of type {kind_name}")));
        };
        let target =
            self.number(target).map(|number| self.object(number)).filter(|target| target.is_stored()).ok_or_else(
                || bad(format!("referenceTo value of '{target}' does not resolve to a valid sObject type")),
            )?;
        field.to = vec![target.name.clone()];
        field.relationship = Some(relationship_name(&field.name));
        field.children = match &definition.relationship_name {
            Some(name) => Some(child_name(check_name(name, "", "relationship")?)),
            None => None,
        };
        let taken = |name: &String| {
            self.objects.iter().filter(|other| !other.removed).any(|other| {
                other.fields.iter().any(|known| {
                    known.to.contains(&target.name)
                        && known.children.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name))
                        && !(other.number == object.number && known.name == field.name)
                })
            })
        };
        if let Some(name) = field.children.as_ref().filter(|name| taken(name)) {
            return Err(Failure::new(
                "DUPLICATE_DEVELOPER_NAME",
                format!(
                    "There is already a Child Relationship named {} on {}.",
                    name.trim_end_matches("__r"),
                    target.label
                ),
            ));
        }
        if kind_name == "Lookup" {
            let lookups = object.fields.iter().filter(|known| known.is_custom() && known.kind == Kind::Reference);
            if old.is_none() && lookups.count() >= MOST_LOOKUPS {
                return Err(Failure::new(
                    "LIMIT_EXCEEDED",
                    format!("An object can have at most {MOST_LOOKUPS} lookup relationships."),
                ));
            }
            match definition.delete_constraint.as_deref() {
                None | Some("SetNull") if field.required && definition.delete_constraint.is_some() => {
                    return Err(bad("A required lookup cannot be set to null: use Restrict or Cascade."));
                }
                None | Some("SetNull") => field.restricted_delete = field.required,
                Some("Restrict") => field.restricted_delete = true,
                Some("Cascade") => field.cascade = true,
                Some(other) => return Err(bad(format!("'{other}' is not a valid value for 'deleteConstraint'"))),
            }
            return Ok(());
        }
        if !object.is_custom() {
            return Err(bad("A master-detail relationship needs a custom object as its detail."));
        }
        if field.children.is_none() {
            return Err(bad("Must specify 'relationshipName' for a CustomField of type MasterDetail"));
        }
        let masters = object.masters().filter(|known| known.name != field.name).count();
        if masters >= MOST_MASTERS {
            return Err(Failure::new(
                "LIMIT_EXCEEDED",
                format!("An object can have at most {MOST_MASTERS} master-detail relationships."),
            ));
        }
        field.cascade = true;
        field.relationship_order = Some(old.and_then(|old| old.relationship_order).unwrap_or(masters as u8));
        field.write_requires_master_read = definition.write_requires_master_read == Some(true);
        (field.required, field.nillable) = (true, false);
        field.updateable = definition.reparentable_master_detail == Some(true);
        Ok(())
    }
}

fn kind_of(name: &str) -> Result<(Kind, usize), Failure> {
    if name == "Url" {
        return Ok((Kind::Url, 255));
    }
    TYPES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, kind, length)| (*kind, *length))
        .ok_or_else(|| bad(format!("'{name}' is not a valid value for the enum 'FieldType'")))
}

/// Types whose fields cannot be required.
fn field_is_unboundable(name: &str) -> bool {
    matches!(name, "LongTextArea" | "Html" | "AutoNumber" | "EncryptedText")
}

/// Lengths, precisions and scales.
fn sized(field: &mut Field, kind_name: &str, definition: &FieldDefinition) -> Result<(), Failure> {
    let must = |word: &str| bad(format!("Must specify '{word}' for a CustomField of type {kind_name}"));
    let span = match kind_name {
        "Text" => Some(1..=255),
        "LongTextArea" | "Html" => Some(256..=131_072),
        "EncryptedText" => Some(1..=175),
        _ => None,
    };
    if let Some(span) = span {
        let length = definition.length.ok_or_else(|| must("length"))?;
        if !span.contains(&length) {
            return Err(bad(format!(
                "The length of a CustomField of type {kind_name} must be between {} and {}: {length}",
                span.start(),
                span.end()
            )));
        }
        field.length = length;
    }
    if field.is_long() {
        field.filterable = false;
    }
    field.html = kind_name == "Html";
    match kind_name {
        "Number" | "Currency" | "Percent" => {
            let precision = definition.precision.ok_or_else(|| must("precision"))?;
            let scale = definition.scale.ok_or_else(|| must("scale"))?;
            if !(1..=MOST_DIGITS).contains(&precision) || scale > precision {
                return Err(bad(format!(
                    "Precision and scale of {} must be at most {MOST_DIGITS} digits in all: {precision}, {scale}",
                    field.name
                )));
            }
            (field.precision, field.scale) = (precision, scale);
        }
        "Location" => field.scale = definition.scale.ok_or_else(|| must("scale"))?.min(15),
        _ => {}
    }
    Ok(())
}

/// How the numbers of an object's rows become an auto number that begins with `start` at the next row.
pub(super) fn auto_number(format: String, start: i64, counter: u64) -> Result<AutoNumber, Failure> {
    let digits = format.split_once("{0").and_then(|(_, rest)| rest.split_once('}'));
    let good = format.len() <= 30 && digits.is_some_and(|(zeros, _)| zeros.bytes().all(|sign| sign == b'0'));
    if !good || !(0..=1_000_000_000).contains(&start) {
        return Err(bad(format!("'{format}' with {start} is no valid display format and starting number")));
    }
    Ok(AutoNumber { format, start, offset: start - counter as i64 })
}

/// The two numbers behind a location.
fn location_parts(location: &Field) -> [Field; 2] {
    ["Latitude", "Longitude"].map(|part| Field {
        name: format!("{}__{part}__s", location.name.trim_end_matches("__c")),
        label: format!("{} ({part})", location.label),
        kind: Kind::Double,
        precision: location.scale + 3,
        scale: location.scale,
        createable: true,
        updateable: true,
        nillable: true,
        filterable: true,
        compound: Some(location.name.clone()),
        ..Field::default()
    })
}

fn choices(field: &mut Field, definition: &FieldDefinition) -> Result<(), Failure> {
    if let Some(values) = &definition.values {
        field.set_choices(values.iter().map(|value| Choice::plain(value)).collect());
        field.restricted = definition.restricted == Some(true);
    }
    if let Some(set) = &definition.value_set {
        if let Some(name) = &set.value_set_name {
            return Err(bad(format!("There is no global value set named {name}.")));
        }
        field.restricted = set.restricted == Some(true);
        field.controller = set.controlling_field.clone();
        field.set_choices(listed(set));
    }
    if field.choices.is_empty() {
        return Err(bad(format!("Must specify a valueSet for the picklist {}", field.name)));
    }
    let too_long = |choice: &Choice| choice.value.is_empty() || choice.value.chars().count() > LONGEST_VALUE;
    if field.choices.len() > MOST_VALUES || field.choices.iter().any(too_long) {
        return Err(bad(format!(
            "A picklist has at most {MOST_VALUES} values of at most {LONGEST_VALUE} characters: {}",
            field.name
        )));
    }
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = field.choices.iter().find(|choice| !seen.insert(choice.value.to_lowercase())) {
        return Err(Failure::new("DUPLICATE_VALUE", format!("Duplicate picklist value: {}", twice.value)));
    }
    let default = field.choices.iter().find(|choice| choice.default).map(|choice| choice.value.clone());
    if let Some(default) = default {
        field.default = Some(default);
        field.defaulted = true;
    }
    Ok(())
}

fn listed(set: &ValueSet) -> Vec<Choice> {
    let Some(list) = &set.value_set_definition else {
        return Vec::new();
    };
    let mut choices: Vec<Choice> = list
        .value
        .iter()
        .map(|one| {
            let value = one.name.clone().unwrap_or_default();
            Choice {
                label: one.label.clone().unwrap_or_else(|| value.clone()),
                active: one.is_active != Some(false),
                default: one.default == Some(true),
                valid_for: None,
                value,
            }
        })
        .collect();
    if list.sorted == Some(true) {
        choices.sort_by_key(|choice| choice.label.to_lowercase());
    }
    choices
}

/// What a new row gets: a constant, since formulas are not computed.
fn default(field: &mut Field, definition: &FieldDefinition) -> Result<(), Failure> {
    let text = match &definition.default_value {
        None if field.kind == Kind::Boolean => "false".to_owned(),
        None => return Ok(()),
        Some(serde_json::Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    };
    let quoted = text.len() >= 2 && text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']);
    let plain = if quoted { text[1..text.len() - 1].to_owned() } else { text };
    if plain.is_empty() {
        return Ok(());
    }
    let formula = !quoted && field.kind.is_text() && field.kind != Kind::Picklist && plain.contains(['(', '&', '+']);
    let fits = match field.kind {
        Kind::Boolean => matches!(plain.as_str(), "true" | "false"),
        Kind::Reference | Kind::Location => false,
        _ => !formula && value::from_csv(field, &plain).is_ok(),
    };
    if !fits {
        return Err(bad(format!("{}: the default must be a constant that fits the field: {plain}", field.name)));
    }
    if field.kind == Kind::Picklist {
        for choice in &mut field.choices {
            choice.default = choice.value == plain;
        }
    }
    field.default = Some(plain);
    field.defaulted = true;
    Ok(())
}
