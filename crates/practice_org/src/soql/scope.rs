//! From a path such as `Account.Owner.Name` to a column, joining parents on the way.
//!
//! A parent that may be of several objects is not joined: its columns are looked up by id in the table that the id's
//! prefix names, which costs one step in a tree for each row, however many objects there are.

use super::Fault;
use super::ast::{Name, Path, Query};
use super::clock::Clock;
use crate::schema::{Field, Object, Schema};

/// Most levels a path may go up.
const MOST_LEVELS: usize = 5;
/// Most parents in one query.
const MOST_JOINS: usize = 55;

/// One table of the query: the object itself, or a parent reached by a path.
#[derive(Debug)]
pub(crate) struct Table<'s> {
    /// The object, or the one that stands for any polymorphic parent.
    pub(crate) object: &'s Object,
    /// Relationship names in lower case, joined by points; empty for the object itself.
    path: String,
    /// Table and reference field that lead here.
    from: Option<(usize, &'s Field)>,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'s> {
    /// Index into the scope's tables.
    pub(crate) table: usize,
    /// The field.
    pub(crate) field: &'s Field,
}

/// What names mean inside one query.
pub(crate) struct Scope<'s> {
    /// All objects.
    pub(crate) schema: &'s Schema,
    /// When and where the query is asked.
    pub(crate) clock: &'s Clock,
    /// The object first, then the parents that were needed.
    pub(crate) tables: Vec<Table<'s>>,
    letter: char,
    aliases: Vec<(Name, Vec<Name>)>,
}

impl<'s> Scope<'s> {
    /// The scope of a query on `object`; `letter` keeps the tables of nested queries apart.
    pub(crate) fn new(
        (schema, clock): (&'s Schema, &'s Clock),
        object: &'s Object,
        query: &Query,
        letter: char,
    ) -> Result<Self, Fault> {
        let root = Table { object, path: String::new(), from: None };
        let mut scope = Scope { schema, clock, tables: vec![root], letter, aliases: Vec::new() };
        if let Some(alias) = &query.alias {
            scope.aliases.push((alias.clone(), Vec::new()));
        }
        for (path, alias) in &query.parents {
            let parts = scope.expand(path);
            scope.walk(0, &parts)?;
            scope.aliases.push((alias.clone(), parts));
        }
        Ok(scope)
    }

    /// The object that is queried.
    pub(crate) fn root(&self) -> &'s Object {
        self.tables[0].object
    }

    /// The column behind a path.
    pub(crate) fn resolve(&mut self, path: &Path) -> Result<Column<'s>, Fault> {
        let parts = self.expand(path);
        self.resolve_from(0, &parts)
    }

    /// The column behind a path that begins at another table, without aliases.
    pub(crate) fn resolve_from(&mut self, table: usize, parts: &[Name]) -> Result<Column<'s>, Fault> {
        let (name, parents) = parts.split_last().expect("a path has one name at least");
        let table = self.walk(table, parents)?;
        let object = self.tables[table].object;
        let field = object.field(&name.text).ok_or_else(|| no_column(name, object))?;
        Ok(Column { table, field })
    }

    /// `t0."Name"`.
    pub(crate) fn sql(&self, column: Column<'_>) -> String {
        self.sql_of(column.table, &column.field.name)
    }

    /// A column of some table by the field's name.
    pub(crate) fn sql_of(&self, table: usize, name: &str) -> String {
        let Table { object, from, .. } = &self.tables[table];
        match from {
            Some((from, field)) if self.is_any(object) => self.any_sql(*from, field, name),
            _ => format!("{}{table}.\"{name}\"", self.letter),
        }
    }

    /// A column of whatever a reference to several objects points to.
    fn any_sql(&self, from: usize, reference: &Field, name: &str) -> String {
        let key = self.sql_of(from, &reference.name);
        let mut arms = String::new();
        for target in reference.to.iter().filter_map(|name| self.schema.object(name)) {
            let value = match name {
                // A group that owns rows is a queue.
                "Type" => format!("'{}'", if target.name == "Group" { "Queue" } else { &target.name }),
                _ => {
                    let field = if name == "Name" { target.fields.get(target.name_field) } else { target.field(name) };
                    let Some(field) = field else { continue };
                    format!("(SELECT p.\"{}\" FROM \"{}\" AS p WHERE p.\"Id\" = {key})", field.name, target.name)
                }
            };
            arms.push_str(&format!(" WHEN '{}' THEN {value}", target.prefix));
        }
        if arms.is_empty() {
            return "NULL".into();
        }
        let text = self.schema.any_parent.field(name).is_some_and(|field| field.kind.is_text());
        // A CASE forgets how its texts compare.
        let collation = if text { " COLLATE sf_ci" } else { "" };
        format!("(CASE substr({key}, 1, 3){arms} END{collation})")
    }

    /// The table at the end of a path of relationships.
    pub(crate) fn reach(&mut self, path: &Path) -> Result<usize, Fault> {
        let parts = self.expand(path);
        self.walk(0, &parts)
    }

    /// The reference that leads to a table.
    pub(crate) fn source(&self, table: usize) -> Option<Column<'s>> {
        self.tables[table].from.map(|(table, field)| Column { table, field })
    }

    /// Prefix and name of the objects that a polymorphic parent may be of; none for another table.
    pub(crate) fn targets(&self, table: usize) -> Vec<(String, String)> {
        let Table { object, from: Some((_, field)), .. } = &self.tables[table] else { return Vec::new() };
        if !self.is_any(object) {
            return Vec::new();
        }
        let known = field.to.iter().filter_map(|name| self.schema.object(name));
        known.map(|object| (object.prefix.clone(), object.name.clone())).collect()
    }

    /// The table of one object that a reference to several may point to; `None` if it never does.
    pub(crate) fn arm(&mut self, reference: Column<'s>, object: &'s Object, at: usize) -> Result<Option<usize>, Fault> {
        if !reference.field.to.contains(&object.name) {
            return Ok(None);
        }
        let path = format!("{}#{}", self.tables[reference.table].path, object.name);
        self.join(Table { object, path, from: Some((reference.table, reference.field)) }, at).map(Some)
    }

    /// The object's table under its alias, without parents.
    pub(crate) fn root_sql(&self) -> String {
        format!("\"{}\" AS {}0", self.root().name, self.letter)
    }

    /// The joins that reach the parents.
    pub(crate) fn joins_sql(&self) -> String {
        let mut sql = String::new();
        for (place, table) in self.tables.iter().enumerate() {
            let Some((from, field)) = table.from else {
                continue;
            };
            if self.is_any(table.object) {
                continue;
            }
            let letter = self.letter;
            sql.push_str(&format!(
                " LEFT JOIN \"{}\" AS {letter}{place} ON {letter}{place}.\"Id\" = {}",
                table.object.name,
                self.sql_of(from, &field.name)
            ));
        }
        sql
    }

    /// Whether this object stands for any polymorphic parent.
    pub(crate) fn is_any(&self, object: &Object) -> bool {
        object.number == self.schema.any_parent.number
    }

    /// The relationship names from one table to another, outermost first, with the table of each.
    pub(crate) fn trail(&self, start: usize, table: usize) -> Vec<(usize, String)> {
        let mut trail = Vec::new();
        let mut at = table;
        while let Some((from, field)) = self.tables[at].from.filter(|_| at != start) {
            trail.push((at, field.relationship.clone().unwrap_or_default()));
            at = from;
        }
        trail.reverse();
        trail
    }

    /// Replaces an alias, or the object's own name, at the beginning of a path.
    fn expand(&self, path: &Path) -> Vec<Name> {
        let mut parts = path.parts.clone();
        if parts.len() < 2 {
            return parts;
        }
        if let Some((_, target)) = self.aliases.iter().find(|(alias, _)| alias.is(&parts[0].text)) {
            let at = parts[0].at;
            // A fault in what the alias stands for is shown where the alias was used.
            parts.splice(0..1, target.iter().map(|name| Name { at, ..name.clone() }));
        } else if parts[0].is(&self.root().name) && self.root().relationship(&parts[0].text).is_none() {
            parts.remove(0);
        }
        parts
    }

    fn walk(&mut self, mut table: usize, parents: &[Name]) -> Result<usize, Fault> {
        if let Some(last) = parents.get(MOST_LEVELS) {
            return Err(Fault::field(last.at, "maximum relationship depth of 5 exceeded"));
        }
        for name in parents {
            table = self.step(table, name)?;
        }
        Ok(table)
    }

    fn step(&mut self, from: usize, name: &Name) -> Result<usize, Fault> {
        let start = self.tables[from].object;
        let unknown = || {
            Fault::field(
                name.at,
                format!(
                    "Didn't understand relationship '{}' in field path. If you are attempting to use a custom relationship, be \
                     sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe \
                     call for the appropriate names.",
                    name.text
                ),
            )
        };
        let field = &start.fields[start.relationship(&name.text).ok_or_else(unknown)?];
        let object = if field.is_polymorphic() {
            &self.schema.any_parent
        } else {
            field.to.first().and_then(|target| self.schema.object(target)).ok_or_else(unknown)?
        };
        let path = format!("{}.{}", self.tables[from].path, name.text.to_ascii_lowercase());
        self.join(Table { object, path, from: Some((from, field)) }, name.at)
    }

    /// The table's number, whether it was there before or not.
    fn join(&mut self, table: Table<'s>, at: usize) -> Result<usize, Fault> {
        if let Some(known) = self.tables.iter().position(|known| known.path == table.path) {
            return Ok(known);
        }
        if self.tables.len() > MOST_JOINS {
            return Err(Fault::malformed(
                at,
                format!("SOQL statements cannot follow more than {MOST_JOINS} child-to-parent relationships"),
            ));
        }
        self.tables.push(table);
        Ok(self.tables.len() - 1)
    }
}

/// The fault for a name that is no field here.
pub(crate) fn no_column(name: &Name, object: &Object) -> Fault {
    Fault::field(
        name.at,
        format!(
            "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after \
             the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
            name.text, object.name
        ),
    )
}
