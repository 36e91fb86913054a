//! The client and the target against a practice org: what was sent arrives, every row is told what became of it, and bad days
//! lose or double nothing.

use linkspan::cancel::Cancel;
use linkspan::connect::sobject::{SObjectTarget, TargetSpec};
use linkspan::connect::{
    Action, Api, ConnectError, Digester, EncodedRows, Encoder, From, Keys, OutColumn, Outcome, RowOutcome, Sent,
    Target, Ticket,
};
use linkspan::mapping::{Expression, Mapped, Mapper, Mapping, Reading, TargetShape, no_links};
use linkspan::practice_org::{Credentials, Fault, Options, PracticeOrg, Seed, When};
use linkspan::record::{Batch, BatchBuilder, Field, RowNumber, Schema};
use linkspan::salesforce::{Auth, Environment, JobState, Org, OrgError, OrgSettings, Part, Stop};
use linkspan::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::time::Duration;

fn practice() -> PracticeOrg {
    PracticeOrg::start(Options { seed: Seed::Small, ..Options::default() }).unwrap()
}

fn pasted(practice: &PracticeOrg) -> Org {
    signed_in(practice, Auth::Session { token: Secret::new(practice.credentials().access_token) })
}

fn by_app(practice: &PracticeOrg) -> Org {
    let Credentials { client_id, client_secret, .. } = practice.credentials();
    signed_in(practice, Auth::ClientCredentials { client_id, client_secret: Secret::new(client_secret) })
}

fn signed_in(practice: &PracticeOrg, auth: Auth) -> Org {
    Org::new(OrgSettings { alias: "practice".into(), url: practice.url(), auth, api_version: None })
}

/// Rows of a file, mapped one to one, on their way to an object.
struct Load {
    mapper: Mapper,
    batch: Batch,
    encoder: Encoder,
    pair_by: Option<usize>,
    from: usize,
    rows: usize,
    at: usize,
    begun: bool,
}

impl Load {
    /// Rows per piece of a body.
    const PIECE: usize = 500;

    fn new(target: &SObjectTarget, columns: &[OutColumn], mapper: Mapper, batch: Batch, object: &str) -> Load {
        let terms = target.terms();
        let encoder = Encoder::new(terms.encoding, object, from_cells(columns));
        let rows = batch.len();
        Load { mapper, batch, encoder, pair_by: terms.pair_by, from: 0, rows, at: 0, begun: false }
    }

    fn sent(&self) -> Sent {
        let mut mapped = Mapped::default();
        let mut sent = Sent::default();
        for row in self.batch.rows().skip(self.from).take(self.rows) {
            self.mapper.map(row, &no_links, &mut mapped, |_, why| panic!("{why:?}"));
            sent.rows.push((row.number(), self.encoder.digest(&mapped, "", self.pair_by, &mut Digester::default())));
        }
        sent
    }

    fn keys(&self) -> Vec<String> {
        let Some(key) = self.pair_by else { return vec![String::new(); self.rows] };
        self.batch.rows().skip(self.from).take(self.rows).map(|row| row.cell(key).to_owned()).collect()
    }
}

impl EncodedRows for Load {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        if self.at == self.rows {
            return Ok(None);
        }
        let mut out = Vec::new();
        let mut mapped = Mapped::default();
        if !std::mem::replace(&mut self.begun, true) {
            self.encoder.begin(&mut out);
        }
        for row in self.batch.rows().skip(self.from + self.at).take(Load::PIECE.min(self.rows - self.at)) {
            self.mapper.map(row, &no_links, &mut mapped, |_, why| panic!("{why:?}"));
            self.encoder.row(&mapped, "", self.at == 0, &mut out);
            self.at += 1;
        }
        Ok(Some(out))
    }

    fn rewind(&mut self) {
        self.at = 0;
        self.begun = false;
    }
}

fn from_cells(columns: &[OutColumn]) -> Vec<(From, OutColumn)> {
    columns.iter().enumerate().map(|(cell, column)| (From::Cell(cell), column.clone())).collect()
}

fn batch(columns: usize, rows: &[Vec<String>]) -> Batch {
    let mut builder = BatchBuilder::new(1, columns);
    for (line, row) in rows.iter().enumerate() {
        row.iter().for_each(|cell| builder.cell(cell));
        builder.end_row(line as u64 + 2, None);
    }
    builder.finish()
}

/// A target and the rows for it, one column a field.
fn prepare(
    org: &Org,
    object: &str,
    action: Action,
    api: Api,
    paths: &[&str],
    rows: &[Vec<String>],
) -> (SObjectTarget, Load) {
    let cancel = Cancel::new();
    let describe = |object: &str| org.describe(object, None, &cancel).unwrap().unwrap().schema;
    let mut shape = TargetShape { object: describe(object), parents: BTreeMap::new() };
    for path in paths.iter().filter_map(|path| path.split_once('.')) {
        let parent = shape.object.relationship(path.0).unwrap().reference_to[0].clone();
        shape.parents.insert(parent.clone(), describe(&parent));
    }
    let mut mapping = Mapping::default();
    paths.iter().for_each(|path| mapping.set(path, Expression::Column((*path).to_owned())));
    let source = Schema { fields: paths.iter().map(|path| Field::column(*path)).collect(), ..Schema::default() };
    let mapper = Mapper::compile(&mapping, &source, &shape, &Reading::default()).unwrap();
    let columns: Vec<OutColumn> =
        mapper.targets().map(|to| OutColumn { path: to.path.clone(), kind: to.field.kind }).collect();
    let spec = TargetSpec {
        object: object.to_owned(),
        action,
        columns: columns.clone(),
        api,
        rows_per_call: None,
        all_or_none: false,
        assignment_rules: None,
        save_duplicates: false,
        hard_delete: false,
        parallel: None,
        unique_column: None,
    };
    let target = SObjectTarget::new(org.clone(), spec);
    let load = Load::new(&target, &columns, mapper, batch(paths.len(), rows), object);
    (target, load)
}

type Outcomes = BTreeMap<RowNumber, RowOutcome>;

/// Keeps outcomes, and that none comes twice.
fn keep(outcomes: &mut Outcomes) -> impl FnMut(RowNumber, RowOutcome) + '_ {
    |row, outcome| {
        let before = outcomes.insert(row, outcome);
        assert_eq!(before, None, "row {row} is told twice");
    }
}

/// Delivers all rows, one delivery after the other, as large as the target wants them.
fn deliver(target: &SObjectTarget, load: &mut Load) -> Outcomes {
    let cancel = Cancel::new();
    let mut outcomes = Outcomes::new();
    let all = load.batch.len();
    while load.from < all {
        load.rows = target.terms().rows.min(all - load.from);
        load.rewind();
        let ticket = target.stage(load, &cancel).unwrap();
        target.commit(&ticket, &load.sent(), &cancel, &mut keep(&mut outcomes)).unwrap();
        load.from += load.rows;
    }
    outcomes
}

fn settle(target: &SObjectTarget, load: &mut Load, ticket: &Ticket) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let (sent, keys) = (load.sent(), load.keys());
    target.settle(ticket, &sent, &keys, load, &Cancel::new(), &mut keep(&mut outcomes)).unwrap();
    outcomes
}

fn count(outcomes: &Outcomes, wanted: Outcome) -> usize {
    outcomes.values().filter(|outcome| outcome.outcome() == wanted).count()
}

fn total(org: &Org, soql: &str) -> u64 {
    org.query(soql, false, &Cancel::new()).unwrap().total
}

fn texts<const N: usize>(row: [&str; N]) -> Vec<String> {
    row.map(str::to_owned).into()
}

#[test]
fn every_way_to_sign_in_leads_to_the_same_user() {
    let practice = practice();
    let credentials = practice.credentials();
    let key = Secret::new(practice.private_key_pem().unwrap());
    let jwt = Auth::Jwt {
        client_id: credentials.client_id.clone(),
        username: credentials.username.clone(),
        key,
        audience: None,
    };
    for org in [pasted(&practice), by_app(&practice), signed_in(&practice, jwt)] {
        let identity = org.identity(&Cancel::new()).unwrap();
        assert_eq!((&identity.org_id, &identity.user_id), (&credentials.org_id, &credentials.user_id));
        assert_eq!(
            (identity.username.as_str(), identity.environment),
            (credentials.username.as_str(), Environment::Practice)
        );
        assert!(!identity.org_name.is_empty() && !identity.display_name.is_empty());
        assert_eq!(org.api_version(&Cancel::new()).unwrap(), "67.0");
        let limits = org.limits(&Cancel::new()).unwrap();
        assert!(limits.iter().any(|limit| limit.name == "DailyApiRequests" && limit.max > 0));
        let usage = org.usage().unwrap();
        assert!(usage.used > 0 && usage.allowed >= usage.used);
        assert!(org.calls() >= 2);
    }
}

#[test]
fn a_wrong_secret_is_refused_with_advice() {
    let practice = practice();
    let cancel = Cancel::new();
    let wrong = signed_in(&practice, Auth::Session { token: Secret::new("00Dnothing!wrong") });
    let error = wrong.identity(&cancel).unwrap_err();
    assert!(matches!(error, OrgError::SignedOut { .. }) && error.hint().is_some(), "{error:?}");
    let client_id = practice.credentials().client_id;
    let wrong = signed_in(&practice, Auth::ClientCredentials { client_id, client_secret: Secret::new("wrong") });
    let error = wrong.identity(&cancel).unwrap_err();
    assert!(error.to_string().contains("invalid") && error.hint().is_some(), "{error:?}");
}

#[test]
fn objects_are_described_as_the_user_may_see_them() {
    let practice = practice();
    let org = pasted(&practice);
    let cancel = Cancel::new();
    let global = org.describe_global(None, &cancel).unwrap().unwrap();
    let account = global.objects.iter().find(|object| object.name == "Account").unwrap();
    assert_eq!((account.key_prefix.as_deref(), account.createable), (Some("001"), true));
    assert_eq!(org.describe_global(global.last_modified.as_deref(), &cancel).unwrap(), None);

    let described = org.describe("Account", None, &cancel).unwrap().unwrap();
    let field = |name| described.schema.field(name).unwrap();
    assert!(field("Name").required && field("ERP_Id__c").external_id && field("ERP_Id__c").unique);
    assert!(described.schema.field("Margin__c").is_none());
    assert!(!field("Credit_Rating__c").createable);
    assert_eq!(org.describe("Account", described.last_modified.as_deref(), &cancel).unwrap(), None);

    let error = org.describe("Nonsense__c", None, &cancel).unwrap_err();
    assert!(error.hint().unwrap().contains("Nonsense__c"), "{error:?}");
}

#[test]
fn an_upsert_makes_once_and_then_changes() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> =
        (0..450).map(|n| vec![format!("T{n}"), format!("Firma {n}, \"Ö\"\nzwei"), format!("{n}000000")]).collect();
    let paths = ["ERP_Id__c", "Name", "AnnualRevenue"];
    for api in [Api::Rest, Api::Bulk] {
        let key = |n: usize| format!("{}-{n}", api.label().len());
        let rows: Vec<_> =
            rows.iter().enumerate().map(|(n, row)| vec![key(n), row[1].clone(), row[2].clone()]).collect();
        let action = || Action::Upsert { key: "ERP_Id__c".into() };
        let (target, mut load) = prepare(&org, "Account", action(), api, &paths, &rows);
        let first = deliver(&target, &mut load);
        assert_eq!((count(&first, Outcome::Created), first.len()), (450, 450), "{api:?}");
        load.from = 0;
        let second = deliver(&target, &mut load);
        assert_eq!(count(&second, Outcome::Updated), 450, "{api:?}");
        let ids =
            |outcomes: &Outcomes| outcomes.values().map(|outcome| outcome.id().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&second));
        assert!(target.calls() > 0);
    }
}

#[test]
fn shuffled_results_with_numbers_in_another_spelling_find_their_rows() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..4_500)
        .map(|n| {
            vec![format!("Firma {n}"), format!("{}", 912_260_031u64 + n * 1_000), format!("Zeile {n}\nzwei; \"drei\"")]
        })
        .collect();
    let (target, mut load) =
        prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name", "AnnualRevenue", "BillingStreet"], &rows);
    let outcomes = deliver(&target, &mut load);
    assert_eq!(count(&outcomes, Outcome::Created), 4_500);
    // Each row was told the id of the record that holds its values.
    let mut names = BTreeMap::new();
    let soql = "SELECT Id, Name, AnnualRevenue FROM Account WHERE Name LIKE 'Firma %'";
    let mut pages = 0;
    org.query_pages(soql, false, &Cancel::new(), &mut |page| {
        pages += 1;
        names.extend(page.rows.into_iter().map(|row| (row[0].clone(), (row[1].clone(), row[2].clone()))));
    })
    .unwrap();
    assert!(pages > 1 && names.len() == 4_500);
    for (row, outcome) in &outcomes {
        let sent = &rows[*row as usize - 1];
        assert_eq!(names[outcome.id().unwrap()], (sent[0].clone(), sent[1].clone()), "row {row}");
    }
}

#[test]
fn refused_rows_say_why_on_both_doors() {
    let practice = practice();
    let org = pasted(&practice);
    let good = vec!["Good GmbH".to_owned(), "1".to_owned()];
    let taken = vec!["Doppelt".to_owned(), "2".to_owned()];
    let rows = [good, taken.clone(), taken, vec!["".to_owned(), "3".to_owned()]];
    for api in [Api::Rest, Api::Bulk] {
        let rows: Vec<_> = rows.iter().map(|row| vec![row[0].clone(), format!("{api:?}{}", row[1])]).collect();
        let (target, mut load) = prepare(&org, "Account", Action::Insert, api, &["Name", "ERP_Id__c"], &rows);
        let outcomes = deliver(&target, &mut load);
        assert_eq!(outcomes.len(), 4, "{api:?}");
        let missing = outcomes[&4].rejection().unwrap();
        assert_eq!(
            (missing.code.as_str(), missing.fields.join(",").as_str()),
            ("REQUIRED_FIELD_MISSING", "Name"),
            "{api:?}"
        );
        assert!(missing.hint.is_some());
        assert_eq!(outcomes[&1].outcome(), Outcome::Created, "{api:?}");
        assert_eq!(count(&outcomes, Outcome::Failed), if count(&outcomes, Outcome::Created) == 1 { 3 } else { 2 });
    }
}

#[test]
fn records_are_changed_and_deleted_by_id() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..30).map(|n| vec![format!("Kurz {n}")]).collect();
    for api in [Api::Rest, Api::Bulk] {
        let (target, mut load) = prepare(&org, "Account", Action::Insert, api, &["Name"], &rows);
        let made = deliver(&target, &mut load);
        let ids: Vec<_> = made.values().map(|outcome| outcome.id().unwrap().to_owned()).collect();
        let changes: Vec<_> = ids.iter().map(|id| vec![id.clone(), "Geändert".to_owned(), "#N/A".to_owned()]).collect();
        let (target, mut load) = prepare(&org, "Account", Action::Update, api, &["Id", "Name", "Phone"], &changes);
        assert_eq!(count(&deliver(&target, &mut load), Outcome::Updated), 30, "{api:?}");
        assert_eq!(total(&org, "SELECT COUNT() FROM Account WHERE Name = 'Geändert'"), 30);
        let gone: Vec<_> = ids.iter().map(|id| vec![id.clone()]).collect();
        let (target, mut load) = prepare(&org, "Account", Action::Delete, api, &["Id"], &gone);
        let outcomes = deliver(&target, &mut load);
        assert_eq!(count(&outcomes, Outcome::Deleted), 30, "{api:?}");
        assert_eq!(outcomes[&7].id(), Some(ids[6].as_str()));
        load.from = 0;
        let again = deliver(&target, &mut load);
        assert_eq!(again[&1].rejection().unwrap().code, "ENTITY_IS_DELETED", "{api:?}");
    }
}

#[test]
fn parents_are_found_by_their_own_key() {
    let practice = practice();
    let org = pasted(&practice);
    for api in [Api::Rest, Api::Bulk] {
        let rows = [texts(["Ander", "ALFKI"]), texts(["Niemand", "NOBODY"])];
        let (target, mut load) =
            prepare(&org, "Contact", Action::Insert, api, &["LastName", "Account.ERP_Id__c"], &rows);
        let outcomes = deliver(&target, &mut load);
        assert_eq!((outcomes[&1].outcome(), outcomes[&2].outcome()), (Outcome::Created, Outcome::Failed), "{api:?}");
        let soql = format!("SELECT Account.ERP_Id__c FROM Contact WHERE Id = '{}'", outcomes[&1].id().unwrap());
        let page = org.query(&soql, false, &Cancel::new()).unwrap();
        assert_eq!((page.columns, page.rows), (texts(["Account.ERP_Id__c"]), vec![texts(["ALFKI"])]));
    }
}

fn fails(status: u16, retry_after: Option<u64>, path: &str) -> Fault {
    Fault::FailNext { status, code: None, body: None, retry_after, when: When::next(path) }
}

fn lost(path: &str, processed: bool) -> Fault {
    Fault::DropConnection { processed, when: When::next(path) }
}

/// Delivers with this fault on the call that writes, which must count as lost, and settles.
fn lost_and_settled(practice: &PracticeOrg, processed: bool, target: &SObjectTarget, load: &mut Load) -> Outcomes {
    let cancel = Cancel::new();
    let ticket = target.stage(load, &cancel).unwrap();
    practice.set_fault(lost("composite/sobjects", processed));
    let error = target.commit(&ticket, &load.sent(), &cancel, &mut |row, _| panic!("row {row} is told")).unwrap_err();
    assert!(matches!(error, ConnectError::Lost { .. }), "{error:?}");
    settle(target, load, &ticket)
}

#[test]
fn an_answer_lost_after_the_work_doubles_nothing() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..50).map(|n| vec![format!("L{n}"), format!("Verloren {n}"), format!("{n}.5")]).collect();
    let paths = ["ERP_Id__c", "Name", "AnnualRevenue"];

    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Rest, &paths, &rows);
    let outcomes = lost_and_settled(&practice, true, &target, &mut load);
    assert_eq!(count(&outcomes, Outcome::Created), 50);
    assert_eq!(total(&org, "SELECT COUNT() FROM Account WHERE Name LIKE 'Verloren %'"), 50);

    let upsert = || Action::Upsert { key: "ERP_Id__c".into() };
    let there_before = ["ALFKI", "BERGS", "CHOPS"].map(str::to_owned).into_iter();
    let keys = there_before.chain((60..70).map(|n| format!("L{n}")));
    let changed: Vec<_> = keys.map(|key| vec![key.clone(), format!("Neu {key}"), String::new()]).collect();
    let (target, mut load) = prepare(&org, "Account", upsert(), Api::Rest, &paths, &changed);
    let outcomes = lost_and_settled(&practice, true, &target, &mut load);
    // The ten were made by the call whose answer was lost. Of the three, an org that is a second old cannot tell.
    assert!((4..=13).all(|row| outcomes[&row].outcome() == Outcome::Created));
    assert!((1..=3).all(|row| outcomes[&row].id().is_some()));
    assert_eq!(total(&org, "SELECT COUNT() FROM Account WHERE Name LIKE 'Neu %'"), 13);

    let ids: Vec<_> = outcomes.values().map(|outcome| vec![outcome.id().unwrap().to_owned()]).collect();
    let (target, mut load) = prepare(&org, "Account", Action::Delete, Api::Rest, &["Id"], &ids);
    assert_eq!(count(&lost_and_settled(&practice, true, &target, &mut load), Outcome::Deleted), 13);
}

#[test]
fn an_answer_lost_before_the_work_is_made_good_where_that_is_safe() {
    let practice = practice();
    let org = pasted(&practice);
    let rows = [texts(["Z1", "Verschollen"])];
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Rest, &["ERP_Id__c", "Name"], &rows);
    let outcomes = lost_and_settled(&practice, false, &target, &mut load);
    let why = outcomes[&1].rejection().unwrap();
    assert_eq!(outcomes[&1].outcome(), Outcome::Unconfirmed);
    // The query in the hint runs, and finds that nothing was made.
    let (_, soql) = why.hint.as_ref().unwrap().split_once(": ").unwrap();
    assert_eq!(total(&org, soql), 0);

    let upsert = Action::Upsert { key: "ERP_Id__c".into() };
    let (target, mut load) = prepare(&org, "Account", upsert, Api::Rest, &["ERP_Id__c", "Name"], &rows);
    assert_eq!(count(&lost_and_settled(&practice, false, &target, &mut load), Outcome::Created), 1);
    assert_eq!(total(&org, soql), 1);
}

#[test]
fn a_bad_minute_is_told_as_one() {
    let practice = practice();
    let org = pasted(&practice);
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Rest, &["Name"], &[texts(["Geduld"])]);
    let ticket = target.stage(&mut load, &Cancel::new()).unwrap();
    practice.set_fault(fails(503, Some(7), ""));
    let commit = || target.commit(&ticket, &load.sent(), &Cancel::new(), &mut |_, _| ());
    match commit().unwrap_err() {
        ConnectError::Busy { after, .. } => assert_eq!(after, Some(Duration::from_secs(7))),
        other => panic!("{other:?}"),
    }
    practice.set_fault(Fault::HtmlBody { status: 503, when: When::default() });
    assert!(matches!(commit().unwrap_err(), ConnectError::Lost { .. }));
    practice.set_fault(Fault::TruncateAnswer { gzip: false, when: When::next("query") });
    let error = org.query("SELECT Id FROM Account", false, &Cancel::new()).unwrap_err();
    assert!(matches!(error, OrgError::Interrupted { .. }), "{error:?}");
    practice.set_fault(Fault::RequestLimit);
    let error = commit().unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("24 hours")), "{error:?}");
}

#[test]
fn a_session_that_ends_in_the_middle_is_renewed_and_a_pasted_one_says_so() {
    let practice = practice();
    let rows: Vec<_> = (0..2_000).map(|n| vec![format!("Ablauf {n}")]).collect();
    let org = by_app(&practice);
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    practice.set_fault(Fault::ExpireTokens);
    let ticket = target.stage(&mut load, &Cancel::new()).unwrap();
    practice.set_fault(Fault::ExpireTokens);
    let mut outcomes = Outcomes::new();
    target.commit(&ticket, &load.sent(), &Cancel::new(), &mut keep(&mut outcomes)).unwrap();
    assert_eq!(count(&outcomes, Outcome::Created), 2_000);

    let org = pasted(&practice);
    practice.set_fault(Fault::ExpireTokens);
    let error = org.limits(&Cancel::new()).unwrap_err();
    assert!(matches!(error, OrgError::SignedOut { .. }), "{error:?}");
}

#[test]
fn an_upload_that_broke_is_staged_again_and_loads_once() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..3_000).map(|n| vec![format!("Abriss {n}")]).collect();
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    practice.set_fault(lost("/batches", true));
    let error = target.stage(&mut load, &Cancel::new()).unwrap_err();
    assert!(matches!(error, ConnectError::Busy { .. }), "{error:?}");
    load.rewind();
    assert_eq!(count(&deliver(&target, &mut load), Outcome::Created), 3_000);
    assert_eq!(total(&org, "SELECT COUNT() FROM Account WHERE Name LIKE 'Abriss %'"), 3_000);
}

#[test]
fn a_job_cut_off_anywhere_may_be_asked_again() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..1_000).map(|n| vec![format!("Zweimal {n}")]).collect();
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    let ticket = target.stage(&mut load, &Cancel::new()).unwrap();
    let job = ticket.job.clone().unwrap();
    practice.set_fault(fails(503, None, "uccessfulResults"));
    let error = target.commit(&ticket, &load.sent(), &Cancel::new(), &mut |row, _| panic!("{row}")).unwrap_err();
    assert!(matches!(error, ConnectError::Lost { .. }), "{error:?}");
    practice.set_fault(lost(&job, true));
    practice.set_fault(lost("ailedResults", true));
    practice.set_fault(Fault::TruncateAnswer { gzip: false, when: When::next("uccessfulResults") });
    let mut outcomes = Outcomes::new();
    let mut tries = 1;
    loop {
        let (sent, keys) = (load.sent(), load.keys());
        let mut report = keep(&mut outcomes);
        let done = target.settle(&ticket, &sent, &keys, &mut load, &Cancel::new(), &mut report);
        drop(report);
        let Err(error) = done else { break };
        assert!(matches!(error, ConnectError::Busy { .. }), "{error:?}");
        assert!(outcomes.is_empty(), "nothing is told by halves");
        tries += 1;
        assert!(tries < 10);
    }
    assert!(tries > 2, "{tries}");
    assert_eq!(count(&outcomes, Outcome::Created), 1_000);
    assert_eq!(total(&org, "SELECT COUNT() FROM Account WHERE Name LIKE 'Zweimal %'"), 1_000);
}

#[test]
fn a_job_that_fails_half_way_leaves_the_rest_to_be_sent() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..1_000).map(|n| vec![format!("Halb {n}")]).collect();
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    practice.set_fault(Fault::JobFails { after_rows: 400 });
    let outcomes = deliver(&target, &mut load);
    assert_eq!((outcomes.len(), count(&outcomes, Outcome::Created)), (400, 400));
    assert_eq!(total(&org, "SELECT COUNT() FROM Account WHERE Name LIKE 'Halb %'"), 400);
}

#[test]
fn a_column_without_permission_fails_every_row_with_its_name() {
    let practice = practice();
    let org = pasted(&practice);
    let (target, mut load) =
        prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &[texts(["A"]), texts(["B"])]);
    // The field was there when the rows were encoded.
    let columns = vec![OutColumn { path: "Margin__c".into(), kind: Default::default() }];
    load.encoder = Encoder::new(target.terms().encoding, "Account", from_cells(&columns));
    let outcomes = deliver(&target, &mut load);
    assert_eq!(count(&outcomes, Outcome::Failed), 2);
    let why = outcomes[&1].rejection().unwrap();
    assert_eq!((why.code.as_str(), why.fields.join(",").as_str()), ("InvalidBatch", "Margin__c"), "{why:?}");
}

#[test]
fn rows_missing_from_all_results_are_unconfirmed() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..1_000).map(|n| vec![format!("Lücke {n}")]).collect();
    practice.set_fault(Fault::MissingResults { share: 0.1 });
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    let outcomes = deliver(&target, &mut load);
    let (created, unconfirmed) = (count(&outcomes, Outcome::Created), count(&outcomes, Outcome::Unconfirmed));
    assert_eq!(created + unconfirmed, 1_000);
    assert!(unconfirmed > 20, "{unconfirmed}");
}

#[test]
fn locked_rows_fail_with_a_code_that_says_it_passes() {
    let practice = practice();
    let org = pasted(&practice);
    practice.set_fault(Fault::LockRows { share: 1.0 });
    for api in [Api::Rest, Api::Bulk] {
        let (target, mut load) = prepare(&org, "Account", Action::Insert, api, &["Name"], &[texts(["Gesperrt"])]);
        let outcomes = deliver(&target, &mut load);
        let code = &outcomes[&1].rejection().unwrap().code;
        assert!(linkspan::salesforce::passing(code), "{code}");
    }
}

#[test]
fn a_stuck_job_can_be_stopped_and_its_rows_stay_to_be_sent() {
    let practice = practice();
    let org = pasted(&practice);
    let rows: Vec<_> = (0..500).map(|n| vec![format!("Fest {n}")]).collect();
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    practice.set_fault(Fault::JobStuck);
    let cancel = Cancel::new();
    let ticket = target.stage(&mut load, &cancel).unwrap();
    let job = linkspan::salesforce::Job { id: ticket.job.clone().unwrap(), version: ticket.version.clone() };
    let sent = load.sent();
    let mut outcomes = Outcomes::new();
    std::thread::scope(|scope| {
        let committing = scope.spawn(|| target.commit(&ticket, &sent, &cancel, &mut keep(&mut outcomes)));
        while org.job(&job, &Cancel::new()).unwrap().state == JobState::Open {
            std::thread::yield_now();
        }
        cancel.request();
        committing.join().unwrap().unwrap();
    });
    practice.clear_faults();
    assert_eq!(org.job(&job, &Cancel::new()).unwrap().state, JobState::Aborted);
    let made = total(&org, "SELECT COUNT() FROM Account WHERE Name LIKE 'Fest %'") as usize;
    assert_eq!(count(&outcomes, Outcome::Created), made);
    assert_eq!(count(&outcomes, Outcome::Unconfirmed), 0, "{:?}", outcomes.get(&1));
}

#[test]
fn a_bulk_query_gives_every_row_once() {
    let practice = practice();
    let org = pasted(&practice);
    let cancel = Cancel::new();
    let rows: Vec<_> = (0..3_000).map(|n| vec![format!("Abfrage {n}")]).collect();
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &rows);
    deliver(&target, &mut load);
    let job = org
        .open_query("SELECT Id, Name, Owner.Username FROM Account WHERE Name LIKE 'Abfrage %'", false, &cancel)
        .unwrap();
    while !org.query_job(&job, &cancel).unwrap().state.ended() {
        cancel.sleep(Duration::from_millis(10)).unwrap();
    }
    let mut names = BTreeSet::new();
    let mut locator = None;
    loop {
        let page = org.query_page(&job, locator.as_deref(), &cancel).unwrap();
        assert_eq!(page.rows, Some(3_000));
        let mut reader = csv::Reader::from_reader(page.body);
        assert_eq!(reader.headers().unwrap(), vec!["Id", "Name", "Owner.Username"]);
        names.extend(reader.records().map(|row| row.unwrap()[1].to_owned()));
        match page.next {
            Some(next) => locator = Some(next),
            None => break,
        }
    }
    assert_eq!(names.len(), 3_000);
}

#[test]
fn results_can_be_read_raw() {
    let practice = practice();
    let org = pasted(&practice);
    let (target, mut load) = prepare(&org, "Account", Action::Insert, Api::Bulk, &["Name"], &[texts(["Roh"])]);
    let cancel = Cancel::new();
    let ticket = target.stage(&mut load, &cancel).unwrap();
    target.commit(&ticket, &load.sent(), &cancel, &mut |_, _| ()).unwrap();
    let job = linkspan::salesforce::Job { id: ticket.job.unwrap(), version: ticket.version };
    let mut text = String::new();
    org.job_results(&job, Part::Successful, Stop::from(&cancel)).unwrap().read_to_string(&mut text).unwrap();
    assert!(text.starts_with("\"sf__Id\",\"sf__Created\",") && text.contains("\"Roh\""), "{text}");
}

#[test]
fn records_are_found_by_any_fields_without_case() {
    let practice = practice();
    let org = pasted(&practice);
    let rows = [
        texts(["F1", "Öl Handel", "Bremen"]),
        texts(["F2", "öl handel", "Köln"]),
        texts(["F3", "O'Hara \\ Söhne", "Köln"]),
    ];
    let (target, mut load) =
        prepare(&org, "Account", Action::Insert, Api::Rest, &["ERP_Id__c", "Name", "BillingCity"], &rows);
    let made = deliver(&target, &mut load);
    let id = |row: u64| made[&row].id().unwrap().to_owned();
    let find = |fields: &[&str], values: &[Vec<String>]| {
        let keys = Keys { fields: fields.iter().map(|field| (*field).to_owned()).collect(), values: values.to_vec() };
        let matches =
            target.current(&keys, &["ERP_Id__c".to_owned(), "Owner.Username".to_owned()], &Cancel::new()).unwrap();
        matches
            .into_iter()
            .map(|found| found.into_iter().map(|found| found.id).collect::<BTreeSet<_>>())
            .collect::<Vec<_>>()
    };
    let set = |rows: &[u64]| rows.iter().map(|row| id(*row)).collect::<BTreeSet<_>>();
    assert_eq!(find(&["erp_id__c"], &[texts(["f1"]), texts([""]), texts(["nobody"])]), [set(&[1]), set(&[]), set(&[])]);
    assert_eq!(find(&["Name"], &[texts(["ÖL HANDEL"]), texts(["o'hara \\ söhne"])]), [set(&[1, 2]), set(&[3])]);
    assert_eq!(
        find(&["Name", "BillingCity"], &[texts(["Öl Handel", "KÖLN"]), texts(["Öl Handel", ""])]),
        [set(&[2]), set(&[])]
    );
    assert_eq!(find(&["Id"], &[vec![id(3)[..15].to_owned()], vec![id(1)]]), [set(&[3]), set(&[1])]);
    // Far more values than one address holds.
    let many: Vec<_> = (0..1_500)
        .map(|n| vec![format!("F{n} Gesellschaft mit beschränkter Haftung")])
        .chain([texts(["F2"])])
        .collect();
    assert_eq!(find(&["ERP_Id__c"], &many).last(), Some(&set(&[2])));

    let keys = Keys { fields: vec!["Description".into()], values: vec![texts(["x"])] };
    let error = target.current(&keys, &[], &Cancel::new()).unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("external id")), "{error:?}");
    let (contacts, _) = prepare(&org, "Contact", Action::Insert, Api::Rest, &["LastName"], &[]);
    let keys = Keys { fields: vec!["Account.ERP_Id__c".into()], values: vec![texts(["alfki"])] };
    contacts.current(&keys, &[], &Cancel::new()).unwrap();
}
