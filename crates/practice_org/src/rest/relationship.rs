//! From a row to its parent or its children, by the name of the relationship.

use super::sobjects::select;
use super::{query, sobjects};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::schema::Object;

/// `GET …/sobjects/Contact/003…/Account`, or `…/Account/001…/Contacts`.
pub(crate) fn read(org: &Org, call: &Call, object: &Object, id: &str, name: &str) -> Result<Reply, Refusal> {
    if object.relationship(name).is_some() {
        let (target, parent) = parent(org, call, object, id, name)?;
        return sobjects::read(org, call, target, &parent);
    }
    let children = org.schema.children(object).iter().find(|children| {
        let field = &org.schema.objects[children.object].fields[children.field];
        field.children.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name))
    });
    let children = children.ok_or_else(Refusal::not_found)?;
    select(org, call, &format!("SELECT Id FROM {} WHERE Id = '{id}'", object.name))?
        .pop()
        .ok_or_else(Refusal::not_found)?;
    let child = &org.schema.objects[children.object];
    let fields = match call.parameter("fields") {
        Some(fields) => fields.to_owned(),
        None => child.visible().map(|field| field.name.as_str()).collect::<Vec<_>>().join(","),
    };
    // As a query, with its pages.
    let text = format!("SELECT {fields} FROM {} WHERE {} = '{id}'", child.name, child.fields[children.field].name);
    query::answer(org, call, &text, false)
}

/// The row that a row points to, and its object.
pub(crate) fn parent<'o>(
    org: &'o Org,
    call: &Call,
    object: &Object,
    id: &str,
    name: &str,
) -> Result<(&'o Object, String), Refusal> {
    let place = object.relationship(name).ok_or_else(Refusal::not_found)?;
    let field = &object.fields[place];
    let rows = select(org, call, &format!("SELECT {} FROM {} WHERE Id = '{id}'", field.name, object.name))?;
    let parent = rows.first().and_then(|record| record[&field.name].as_str()).ok_or_else(Refusal::not_found)?;
    let target = org.schema.object_of(parent).ok_or_else(Refusal::not_found)?;
    Ok((target, parent.to_owned()))
}
