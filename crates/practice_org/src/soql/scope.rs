//! From a path such as `Account.Owner.Name` to a column, joining parents on the way.

use super::Fault;
use super::ast::{Name, Path, Query};
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
    /// The object first, then the parents that were needed.
    pub(crate) tables: Vec<Table<'s>>,
    letter: char,
    aliases: Vec<(Name, Vec<Name>)>,
}

impl<'s> Scope<'s> {
    /// The scope of a query on `object`; `letter` keeps the tables of nested queries apart.
    pub(crate) fn new(schema: &'s Schema, object: &'s Object, query: &Query, letter: char) -> Result<Self, Fault> {
        let root = Table { object, path: String::new(), from: None };
        let mut scope = Scope { schema, tables: vec![root], letter, aliases: Vec::new() };
        if let Some(alias) = &query.alias {
            scope.aliases.push((alias.clone(), Vec::new()));
        }
        for (path, alias) in &query.parents {
            let mut parts = scope.expand(path);
            scope.walk(&parts)?;
            parts.truncate(MOST_LEVELS);
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
        let (name, parents) = match parts.split_last() {
            Some((name, parents)) => (name.clone(), parents.to_vec()),
            // An alias alone names no field.
            None => (path.last().clone(), Vec::new()),
        };
        let table = self.walk(&parents)?;
        let object = self.tables[table].object;
        let field = object.field(&name.text).ok_or_else(|| no_column(&name, object))?;
        Ok(Column { table, field })
    }

    /// `t0."Name"`.
    pub(crate) fn sql(&self, column: Column<'_>) -> String {
        format!("{}{}.\"{}\"", self.letter, column.table, column.field.name)
    }

    /// A column of some table by the field's name.
    pub(crate) fn sql_of(&self, table: usize, name: &str) -> String {
        format!("{}{table}.\"{name}\"", self.letter)
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
            let source = if self.is_any(table.object) {
                "practice_name".to_owned()
            } else {
                format!("\"{}\"", table.object.name)
            };
            let letter = self.letter;
            sql.push_str(&format!(
                " LEFT JOIN {source} AS {letter}{place} ON {letter}{place}.\"Id\" = {letter}{from}.\"{}\"",
                field.name
            ));
        }
        sql
    }

    /// Whether this object stands for any polymorphic parent.
    pub(crate) fn is_any(&self, object: &Object) -> bool {
        object.number == self.schema.any_parent.number
    }

    /// The relationship names from the object to this table, outermost first, with the table of each.
    pub(crate) fn trail(&self, table: usize) -> Vec<(usize, String)> {
        let mut trail = Vec::new();
        let mut at = table;
        while let Some((from, field)) = self.tables[at].from {
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
            parts.splice(0..1, target.iter().cloned());
        } else if parts[0].is(&self.root().name) && self.root().relationship(&parts[0].text).is_none() {
            parts.remove(0);
        }
        parts
    }

    fn walk(&mut self, parents: &[Name]) -> Result<usize, Fault> {
        if let Some(last) = parents.get(MOST_LEVELS) {
            return Err(Fault::field(last.at, "maximum relationship depth of 5 exceeded"));
        }
        let mut table = 0;
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
        if let Some(known) = self.tables.iter().position(|table| table.path == path) {
            return Ok(known);
        }
        if self.tables.len() > MOST_JOINS {
            return Err(Fault::malformed(name.at, "maximum number of relationships in a query exceeded"));
        }
        self.tables.push(Table { object, path, from: Some((from, field)) });
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
