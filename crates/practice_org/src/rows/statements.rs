//! The SQL that writes and finds rows, by the fields at hand.

use crate::schema::Object;

/// The kinds of statements that a desk keeps ready: object, and field indexes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Insert(usize, Vec<u16>),
    Update(usize, Vec<u16>),
    Read(usize, Vec<u16>),
    Find(usize, usize),
    Children(usize, usize),
}

/// The statement's text.
pub(super) fn sql_of(object: &Object, form: &Form) -> String {
    let name = |place: &u16| format!("\"{}\"", object.fields[usize::from(*place)].name);
    let alive = if object.has_bin() { " AND \"IsDeleted\" = 0" } else { "" };
    match form {
        Form::Insert(_, places) => {
            let columns: Vec<String> = places.iter().map(name).collect();
            let marks = vec!["?"; places.len()].join(",");
            format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", object.name, columns.join(","))
        }
        Form::Update(_, places) => {
            let settings: Vec<String> = places.iter().map(|place| format!("{} = ?", name(place))).collect();
            format!("UPDATE \"{}\" SET {} WHERE \"Id\" = ?", object.name, settings.join(", "))
        }
        Form::Read(_, places) => {
            let mut columns: Vec<String> = places.iter().map(name).collect();
            columns.push("1".into());
            format!("SELECT {} FROM \"{}\" WHERE \"Id\" = ?", columns.join(","), object.name)
        }
        Form::Find(_, place) => {
            let field = &object.fields[*place].name;
            format!("SELECT \"Id\" FROM \"{}\" WHERE \"{field}\" = ?{alive} LIMIT 3", object.name)
        }
        Form::Children(_, place) => {
            let field = &object.fields[*place].name;
            format!("SELECT \"Id\" FROM \"{}\" WHERE \"{field}\" = ?{alive}", object.name)
        }
    }
}
