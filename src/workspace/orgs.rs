//! Orgs: known, added, reached, described.

use super::practice::PRACTICE;
use super::{Described, NewOrg, ObjectCard, OrgCard, SignIn, Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::mapping::{Mapping, TargetShape};
use crate::record::Schema;
use crate::salesforce::{Auth, Environment, Identity, Org, OrgSettings, org_address};
use crate::secret::Secret;
use crate::store::{AuthKind, OrgRecord, StoredSchema};
use crate::vault::VaultKind;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// How old a description may be before it is asked for again.
const FRESH_MS: i64 = 60 * 60 * 1000;

impl Workspace {
    /// All orgs, the practice org first.
    pub fn orgs(&self) -> Result<Vec<OrgCard>, WorkspaceError> {
        let mut orgs: Vec<_> = self.store()?.orgs()?.into_iter().map(card).collect();
        orgs.sort_by_key(|org| org.auth != AuthKind::Practice);
        Ok(orgs)
    }

    /// Adds an org once it was reached; its secret goes to the vault.
    pub fn add_org(&self, new: NewOrg) -> Result<OrgCard, WorkspaceError> {
        let alias = new.alias.trim().to_owned();
        let letters = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if alias.is_empty() || !alias.chars().all(letters) {
            return Err(WorkspaceError::new(format!("\"{alias}\" cannot be the alias of an org"))
                .hint("Use letters, digits, -, _ and dots, such as acme-sandbox."));
        }
        if alias.eq_ignore_ascii_case(PRACTICE) {
            return Err(WorkspaceError::new("the alias practice always means the practice org of this workspace")
                .hint("Choose another alias."));
        }
        let url = org_address(&new.url)?;
        let (auth, client_id, login, secret) = match &new.sign_in {
            SignIn::Token(token) => (AuthKind::Token, None, None, token),
            SignIn::Jwt { client_id, username, key } => {
                (AuthKind::Jwt, Some(client_id.clone()), Some(username.clone()), key)
            }
            SignIn::ClientCredentials { client_id, client_secret } => {
                (AuthKind::ClientCredentials, Some(client_id.clone()), None, client_secret)
            }
        };
        let mut record = OrgRecord {
            alias: alias.clone(),
            url: url.as_str().trim_end_matches('/').to_owned(),
            auth,
            client_id,
            login,
            environment: None,
            name: String::new(),
            org_id: String::new(),
            user_id: String::new(),
            username: String::new(),
            api_version: String::new(),
            api_usage: None,
            seen_at: None,
            problem: None,
        };
        let org = Org::new(with_secret(&record, secret.clone())?);
        reach(&org, &mut record, self.now())?;
        let store = self.store()?;
        self.keep_secret(&alias, secret)?;
        store.forget_schemas(&alias)?;
        store.save_org(&record)?;
        let what = format!("Org {alias} added: {} as {}", record.name, record.username);
        store.log(self.now(), &what, None)?;
        Ok(card(record))
    }

    /// Forgets an org and its secret. Runs into it stay.
    pub fn remove_org(&self, alias: &str) -> Result<(), WorkspaceError> {
        let record = self.org_record(alias)?;
        if record.auth == AuthKind::Practice {
            return Err(WorkspaceError::new("the practice org cannot be removed")
                .hint("It costs nothing while nobody uses it."));
        }
        if self.0.vault.kind() != VaultKind::Env {
            self.0.vault.remove(&secret_name(&record.alias))?;
        }
        let store = self.store()?;
        store.remove_org(&record.alias)?;
        store.log(self.now(), &format!("Org {} removed", record.alias), None)?;
        Ok(())
    }

    /// Reaches an org, and keeps what it says of itself.
    pub fn test_org(&self, alias: &str) -> Result<OrgCard, WorkspaceError> {
        let mut record = self.org_record(alias)?;
        let reached = self.connect(alias).and_then(|org| reach(&org, &mut record, self.now()));
        record.problem = reached.as_ref().err().map(|error| error.message.clone());
        self.store()?.save_org(&record)?;
        reached.map(|()| card(record))
    }

    /// The objects of an org that rows can go into.
    pub fn objects(&self, alias: &str) -> Result<Vec<ObjectCard>, WorkspaceError> {
        let global = self.connect(alias)?.describe_global(None, &Cancel::new())?;
        let objects = global.map(|global| global.objects).unwrap_or_default();
        let writable = objects.into_iter().filter(|object| !object.companion && object.queryable);
        Ok(writable
            .map(|object| ObjectCard {
                name: object.name,
                label: object.label,
                label_plural: object.label_plural,
                key_prefix: object.key_prefix,
                custom: object.custom,
                createable: object.createable,
                updateable: object.updateable,
                deletable: object.deletable,
            })
            .collect())
    }

    /// An object's fields: what the org said within the last hour, or says now.
    pub fn describe(&self, alias: &str, object: &str, refresh: bool) -> Result<Described, WorkspaceError> {
        let store = self.store()?;
        let alias = store.org(alias)?.map_or_else(|| alias.to_owned(), |org| org.alias);
        let known =
            store.schema(&alias, object)?.filter(|known| !refresh && self.now() - known.described_at < FRESH_MS);
        let known = match known {
            Some(known) => known,
            None => {
                let described = self.connect(&alias)?.describe(object, None, &Cancel::new())?;
                let schema = described.map(|described| described.schema).unwrap_or_default();
                let fresh = StoredSchema { schema, described_at: self.now() };
                store.save_schema(&alias, &fresh)?;
                fresh
            }
        };
        Ok(Described { schema: Arc::new(known.schema), described_at: known.described_at })
    }

    /// The object and the parents that some target path leads to.
    pub(super) fn target_shape(
        &self,
        alias: &str,
        object: &str,
        mapping: &Mapping,
        refresh: bool,
    ) -> Result<TargetShape, WorkspaceError> {
        let schema =
            |object: &str| Ok::<_, WorkspaceError>(Schema::clone(&self.describe(alias, object, refresh)?.schema));
        let mut shape = TargetShape { object: schema(object)?, parents: Default::default() };
        for rule in &mapping.rules {
            for parent in parents(&shape.object, &rule.target) {
                if let Entry::Vacant(place) = shape.parents.entry(parent) {
                    let described = schema(place.key())?;
                    place.insert(described);
                }
            }
        }
        for lookup in mapping.rules.iter().filter_map(|rule| rule.lookup.as_ref()) {
            // An object that is not there is a problem of its rule, not of everything.
            let Ok(searched) = schema(&lookup.object) else { continue };
            let paths = std::iter::once(&lookup.by).chain(lookup.also.iter().map(|condition| &condition.field));
            for parent in paths.flat_map(|path| parents(&searched, path)) {
                if let Ok(described) = schema(&parent) {
                    shape.parents.entry(parent).or_insert(described);
                }
            }
            shape.parents.entry(searched.name.clone()).or_insert(searched);
        }
        Ok(shape)
    }

    /// A client for an org, not signed in yet.
    pub(super) fn connect(&self, alias: &str) -> Result<Org, WorkspaceError> {
        let record = self.org_record(alias)?;
        if record.auth == AuthKind::Practice {
            return Ok(Org::new(self.practice_settings()?));
        }
        let secret = self.0.vault.get(&secret_name(&record.alias))?.ok_or_else(|| {
            WorkspaceError::new(format!("the secret of the org {} is not in the vault", record.alias))
                .hint("Add the org again, or set LINKSPAN_VAULT as it was when you added it.")
        })?;
        Ok(Org::new(with_secret(&record, secret)?))
    }

    /// Signs in, and says who we are there; keeps it.
    pub(super) fn identify(&self, alias: &str, org: &Org) -> Result<Identity, WorkspaceError> {
        let identity = org.identity(&Cancel::new())?;
        let mut record = self.org_record(alias)?;
        note(&mut record, &identity, org, self.now());
        self.store()?.save_org(&record)?;
        Ok(identity)
    }

    /// Keeps how many of the org's API calls are used, as its last answer told.
    pub(super) fn note_usage(&self, alias: &str, org: &Org) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        if let (Some(mut record), Some(usage)) = (store.org(alias)?, org.usage()) {
            record.api_usage = Some((usage.used, usage.allowed));
            record.seen_at = Some(self.now());
            store.save_org(&record)?;
        }
        Ok(())
    }

    /// Keeps an org's secret in the vault. The environment keeps its own.
    fn keep_secret(&self, alias: &str, secret: &Secret) -> Result<(), WorkspaceError> {
        let vault = &self.0.vault;
        if vault.kind() == VaultKind::Env && vault.get(&secret_name(alias))?.as_ref() == Some(secret) {
            return Ok(());
        }
        Ok(vault.set(&secret_name(alias), secret)?)
    }

    pub(super) fn org_record(&self, alias: &str) -> Result<OrgRecord, WorkspaceError> {
        let store = self.store()?;
        let found = store.org(alias)?;
        found.map_or_else(
            || {
                let known: Vec<_> = store.orgs()?.into_iter().map(|org| org.alias).collect();
                Err(WorkspaceError::new(format!("there is no org called {alias}")).hint(format!(
                    "Known orgs: {}. Add one with: linkspan org add {alias} --url URL …",
                    known.join(", ")
                )))
            },
            Ok,
        )
    }
}

fn secret_name(alias: &str) -> String {
    alias.to_lowercase()
}

fn with_secret(record: &OrgRecord, secret: Secret) -> Result<OrgSettings, WorkspaceError> {
    let client_id = record.client_id.clone().unwrap_or_default();
    let auth = match record.auth {
        AuthKind::Practice | AuthKind::Token => Auth::Session { token: secret },
        AuthKind::Jwt => {
            Auth::Jwt { client_id, username: record.login.clone().unwrap_or_default(), key: secret, audience: None }
        }
        AuthKind::ClientCredentials => Auth::ClientCredentials { client_id, client_secret: secret },
    };
    Ok(OrgSettings { alias: record.alias.clone(), url: record.url.clone(), auth, api_version: None })
}

fn reach(org: &Org, record: &mut OrgRecord, now: i64) -> Result<(), WorkspaceError> {
    let identity = org.identity(&Cancel::new())?;
    note(record, &identity, org, now);
    record.api_version = org.api_version(&Cancel::new())?;
    Ok(())
}

fn note(record: &mut OrgRecord, identity: &Identity, org: &Org, now: i64) {
    if record.auth != AuthKind::Practice {
        record.name.clone_from(&identity.org_name);
    }
    record.org_id.clone_from(&identity.org_id);
    record.user_id.clone_from(&identity.user_id);
    record.username.clone_from(&identity.username);
    record.environment = serde_json::json!(identity.environment).as_str().map(str::to_owned);
    record.api_usage = org.usage().map(|usage| (usage.used, usage.allowed));
    record.seen_at = Some(now);
    record.problem = None;
}

/// What kind of org it is; unknown until it was reached.
pub(super) fn environment_of(record: &OrgRecord) -> Option<Environment> {
    serde_json::from_value(serde_json::Value::String(record.environment.clone()?)).ok()
}

fn card(record: OrgRecord) -> OrgCard {
    OrgCard {
        environment: environment_of(&record),
        alias: record.alias,
        url: record.url,
        auth: record.auth,
        name: record.name,
        org_id: record.org_id,
        username: record.username,
        api_usage: record.api_usage,
        api_version: record.api_version,
        seen_at: record.seen_at,
        problem: record.problem,
    }
}

/// The objects that a path such as `Owner.Username` or `Lead:Who.Email` leads to from an object; none for a plain field.
fn parents(object: &Schema, path: &str) -> Vec<String> {
    let Some((relationship, _)) = path.split_once('.') else { return Vec::new() };
    let (wanted, relationship) = match relationship.split_once(':') {
        Some((object, relationship)) => (Some(object), relationship),
        None => (None, relationship),
    };
    let lookup = object.relationship(relationship);
    let objects = lookup.map(|lookup| lookup.reference_to.clone()).unwrap_or_default();
    objects.into_iter().filter(|parent| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(parent))).collect()
}
