//! What is half done on the screen of exports.

use super::import::default_org;
use crate::gui::command::{Command, Outbox};
use crate::gui::exporting::ExportAsk;
use crate::gui::state::State;
use crate::record::{Kind, Schema};
use crate::workspace::{ApiWish, ExportFormat, ExportJob, QueryDesign};
use std::sync::Arc;

/// An export as it is put together.
#[derive(Debug, Default)]
pub struct QueryDraft {
    /// Alias of the org.
    pub org: String,
    /// The query as it is put together by eye.
    pub design: QueryDesign,
    /// The query as it was typed; then the design steps aside.
    pub typed: Option<String>,
    /// Whether records in the recycle bin come too.
    pub deleted: bool,
    /// What the person says about the API.
    pub api: ApiWish,
    /// The kind of file.
    pub format: ExportFormat,
    /// The file to be, as typed.
    pub path: String,
    /// Whether no field was chosen yet since the object was.
    fresh: bool,
    /// Whether the path is the one proposed.
    path_proposed: bool,
    /// What narrows the list of fields.
    pub filter: String,
    /// Whether the filter takes the keyboard.
    pub filter_focus: bool,
    /// Relationships whose fields are listed.
    pub unfolded: Vec<String>,
    /// The question that was asked last, and its number.
    asked: Option<(String, bool, ApiWish, String)>,
    ticket: u64,
    listed: bool,
}

impl QueryDraft {
    /// The object's fields, once they are here.
    pub fn object<'a>(&self, state: &'a State) -> Option<&'a Arc<Schema>> {
        Some(&state.describe(&self.org, &self.design.object)?.here()?.schema)
    }

    /// The object that a relationship leads to, and its fields once they are here. One that leads to several has none.
    pub fn parent<'a>(&self, state: &'a State, relationship: &str) -> Option<(String, Option<&'a Arc<Schema>>)> {
        let field = self.object(state)?.relationship(relationship)?;
        let [to] = field.reference_to.as_slice() else { return None };
        let schema = state.describe(&self.org, to).and_then(|fact| fact.here()).map(|described| &described.schema);
        Some((to.clone(), schema))
    }

    /// What a field, or a parent's by path, holds.
    pub fn kind_of(&self, state: &State, path: &str) -> Option<Kind> {
        match path.split_once('.') {
            None => self.object(state)?.field(path).map(|field| field.kind),
            Some((relationship, field)) => self.parent(state, relationship)?.1?.field(field).map(|field| field.kind),
        }
    }

    /// The query, or why there is none yet.
    pub fn soql(&self, state: &State) -> Result<String, String> {
        match &self.typed {
            Some(typed) if typed.trim().is_empty() => Err("Write a query".to_owned()),
            Some(typed) => Ok(typed.trim().to_owned()),
            None => self.design.soql(&|path| self.kind_of(state, path)),
        }
    }

    /// Whether the last look is about what is on the screen.
    pub fn is_current(&self, state: &State) -> bool {
        state.exports.looked.as_ref().is_some_and(|(ticket, _)| *ticket == self.ticket)
    }

    /// What to begin.
    pub fn job(&self, state: &State) -> Option<ExportJob> {
        Some(ExportJob {
            org: self.org.clone(),
            soql: self.soql(state).ok()?,
            deleted: self.deleted,
            path: self.path.trim().into(),
            format: self.format,
            api: self.api,
        })
    }

    /// Another object: nothing of the old one makes sense there.
    pub fn choose_object(&mut self, object: &str) {
        self.design = QueryDesign { object: object.to_owned(), ..QueryDesign::default() };
        self.unfolded.clear();
        self.filter.clear();
        self.path_proposed = true;
        self.fresh = true;
    }

    /// The path as a person typed it.
    pub fn typed_path(&mut self) {
        self.path_proposed = false;
    }

    /// Follows the facts, and asks for what is missing.
    pub fn follow(&mut self, state: &State, preferred: Option<&str>, out: &mut Outbox) {
        if !self.listed {
            self.listed = true;
            out.push(Command::Exporting(ExportAsk::List));
        }
        if self.org.is_empty() {
            match default_org(state, preferred) {
                Some(org) => self.org = org,
                None => return,
            }
        }
        if !state.objects.contains_key(&self.org) {
            out.push(Command::LoadObjects(self.org.clone()));
        }
        self.describe(state, out);
        self.propose_path();
        self.propose_fields(state);
        let Ok(soql) = self.soql(state) else { return };
        // A query that is being typed is looked at when the person asks for it.
        let question = (self.org.clone(), self.deleted, self.api, soql);
        if self.typed.is_none() && self.asked.as_ref() != Some(&question) {
            self.look(question, out);
        }
    }

    /// Looks at the query as it is.
    pub fn look_now(&mut self, state: &State, out: &mut Outbox) {
        if let Ok(soql) = self.soql(state) {
            self.look((self.org.clone(), self.deleted, self.api, soql), out);
        }
    }

    fn look(&mut self, question: (String, bool, ApiWish, String), out: &mut Outbox) {
        self.ticket += 1;
        let (org, deleted, api, soql) = question.clone();
        self.asked = Some(question);
        out.push(Command::Exporting(ExportAsk::Look { org, soql, deleted, api, ticket: self.ticket }));
    }

    fn describe(&self, state: &State, out: &mut Outbox) {
        if self.design.object.is_empty() {
            return;
        }
        let mut needed = vec![self.design.object.clone()];
        needed.extend(self.unfolded.iter().filter_map(|name| Some(self.parent(state, name)?.0)));
        for object in needed {
            if state.describe(&self.org, &object).is_none() {
                out.push(Command::Describe { org: self.org.clone(), object, refresh: false });
            }
        }
    }

    /// What every export wants: the id and the name.
    fn propose_fields(&mut self, state: &State) {
        if self.fresh
            && let Some(object) = self.object(state).cloned()
        {
            self.fresh = false;
            let fields = ["Id", "Name"].into_iter().filter(|name| object.field(name).is_some());
            self.design.fields = fields.map(str::to_owned).collect();
        }
    }

    fn propose_path(&mut self) {
        if !(self.path.is_empty() || self.path_proposed) {
            return;
        }
        let object = if self.design.object.is_empty() { "export" } else { &self.design.object };
        let file = format!("{object}.{}", self.format.extension());
        let folder = directories::UserDirs::new()
            .map(|dirs| dirs.download_dir().or(dirs.document_dir()).unwrap_or(dirs.home_dir()).to_owned());
        self.path = folder.map_or(file.clone(), |folder| folder.join(&file).display().to_string());
        self.path_proposed = true;
    }
}
