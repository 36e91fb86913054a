//! What the columns of an upload mean, settled once from its header.

use super::job::{Job, Operation};
use crate::schema::{Kind, Object, Schema};

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    /// The row's id.
    Id,
    /// A field of the object.
    Field(usize),
    /// A parent, looked up by one of its keys.
    Parent {
        /// The reference field.
        field: usize,
        /// The parent's object.
        target: usize,
        /// API name of the key.
        key: String,
    },
}

impl Column {
    /// Whether this column holds that field.
    pub(crate) fn is(&self, object: &Object, place: usize) -> bool {
        match self {
            Column::Id => object.fields[place].kind == Kind::Id,
            Column::Field(known) => *known == place,
            Column::Parent { .. } => false,
        }
    }

    /// The field whose value stands in the column itself.
    pub(crate) fn field(&self) -> Option<usize> {
        match self {
            Column::Field(place) => Some(*place),
            Column::Id | Column::Parent { .. } => None,
        }
    }

    /// Whether results show this column's values in Java's double form.
    pub(crate) fn is_decimal(&self, object: &Object) -> bool {
        matches!(self, Column::Field(place) if object.fields[*place].kind.is_decimal())
    }
}

/// The columns of a header, or why the job must fail.
pub(crate) fn read(schema: &Schema, object: &Object, job: &Job, header: &[String]) -> Result<Vec<Column>, String> {
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let column = one(schema, object, name, job.version)
            .ok_or_else(|| format!("InvalidBatch : Field name not found : {name}"))?;
        if columns.contains(&column) {
            return Err(format!("InvalidBatch : Duplicate field name : {name}"));
        }
        columns.push(column);
    }
    let has_id = columns.contains(&Column::Id);
    match job.operation {
        Operation::Delete | Operation::HardDelete if columns != [Column::Id] => {
            Err("InvalidBatch : The 'delete' batch must contain only ids".into())
        }
        Operation::Update if !has_id => Err("InvalidBatch : Field name not found : Id".into()),
        _ => Ok(columns),
    }
}

fn one(schema: &Schema, object: &Object, name: &str, version: u32) -> Option<Column> {
    let Some((path, key)) = name.split_once('.') else {
        let place = object.find(name)?;
        return match object.fields[place].kind {
            Kind::Id => Some(Column::Id),
            Kind::Address | Kind::Location => None,
            _ => Some(Column::Field(place)),
        };
    };
    let (named, relationship) = match path.split_once(':') {
        Some((named, relationship)) => (Some(named), relationship),
        None => (None, path),
    };
    let place = object.relationship(relationship)?;
    let field = &object.fields[place];
    let target = match (named, field.is_polymorphic()) {
        (Some(named), true) => field.to.iter().find(|target| is_named(target, named, version))?,
        (None, false) => field.to.first()?,
        _ => return None,
    };
    let target = schema.object(target)?;
    let key = target.field(key).filter(|key| key.id_lookup)?;
    Some(Column::Parent { field: place, target: target.number, key: key.name.clone() })
}

/// Since version 57 objects are named in full; before, the suffix of custom ones was left out.
fn is_named(target: &str, named: &str, version: u32) -> bool {
    let short = if version < 57 { target.strip_suffix("__c").unwrap_or(target) } else { target };
    short.eq_ignore_ascii_case(named)
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn custom_parents_are_named_by_version() {
        for (named, version, answer) in
            [("Parcel__c", 57, true), ("Parcel", 57, false), ("parcel", 56, true), ("Parcel__c", 56, false)]
        {
            assert_eq!(is_named("Parcel__c", named, version), answer, "{named} {version}");
        }
        assert!(is_named("User", "user", 40) && is_named("User", "User", 68));
    }
}
