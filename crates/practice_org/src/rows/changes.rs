//! What changed: every row that is created, changed, deleted, taken back or erased is noted here, whoever wrote it.
//!
//! Notes belong to a transaction. They are handed to the listeners after it is committed, one [`Commit`] at a time and in
//! the order of the commits; what is undone was never noted. While nobody listens nothing is noted and nothing is paid.

use std::sync::Arc;

use super::Desk;
use super::given::Given;
use super::statements::Form;
use super::value::Cell;
use crate::failure::Failure;
use crate::schema::Object;
use crate::time::{self, Millis};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is new.
    Created,
    /// Some of its fields are different.
    Changed,
    /// It went into the recycle bin.
    Deleted,
    /// It came back from the recycle bin.
    Undeleted,
    /// It is gone for good.
    Erased,
}

/// One row and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowChange {
    /// Place of the object in the schema, which it keeps.
    pub(crate) object: usize,
    /// The row's id.
    pub(crate) id: String,
    /// What became of it.
    pub(crate) change: Change,
    /// For a new row its fields, for a changed one those that are different; by place in the object, with their values.
    pub(crate) cells: Vec<(u16, Cell)>,
    /// Whose call it was.
    pub(crate) user: Arc<str>,
    /// The name that the client gave itself in `Sforce-Call-Options`.
    pub(crate) client: Option<Arc<str>>,
}

/// What one transaction changed, in the order in which it did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Commit {
    /// Later commits have greater numbers, also after a restart.
    pub(crate) number: u64,
    /// When it was committed.
    pub(crate) at: Millis,
    /// The rows.
    pub(crate) changes: Vec<RowChange>,
}

/// Whoever wants to know. It is called while the pen is still held, so it must be quick and must not write.
pub(crate) type Listener = Box<dyn Fn(&Commit) + Send>;

/// The notes of the transaction under way, and who wants to have them.
#[derive(Default)]
pub(crate) struct Log {
    noted: Vec<RowChange>,
    listeners: Vec<Listener>,
    last: u64,
}

impl Log {
    /// Adds a listener, for the commits from now on.
    #[cfg_attr(not(test), expect(dead_code, reason = "who sends change events listens here"))]
    pub(crate) fn listen(&mut self, listener: Listener) {
        self.listeners.push(listener);
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        !self.listeners.is_empty()
    }

    /// The number of notes so far.
    pub(crate) fn length(&self) -> usize {
        self.noted.len()
    }

    /// Forgets all notes but the first.
    pub(crate) fn cut(&mut self, length: usize) {
        self.noted.truncate(length);
    }

    /// Hands the notes of a committed transaction to the listeners.
    pub(crate) fn hand_over(&mut self) {
        let changes = std::mem::take(&mut self.noted);
        if changes.is_empty() {
            return;
        }
        let at = time::now_exact();
        // A thousand numbers a millisecond: no counter needs to be kept for them to rise over a restart.
        self.last = (self.last + 1).max(at.unsigned_abs() * 1000);
        let commit = Commit { number: self.last, at, changes };
        for listener in &self.listeners {
            listener(&commit);
        }
    }
}

impl Desk<'_> {
    /// Notes what became of a row. Every statement that writes a row is followed by this.
    pub(super) fn note(&mut self, object: &Object, id: &str, change: Change, cells: &[(u16, Cell)]) {
        if self.log.is_heard() {
            self.log.noted.push(RowChange {
                object: object.number,
                id: id.to_owned(),
                change,
                cells: cells.to_vec(),
                user: self.user.into(),
                client: self.client.clone(),
            });
        }
    }

    /// Writes cells into a stored row: the only way in which one changes.
    pub(super) fn put(&mut self, object: &Object, id: &str, given: &Given, change: Change) -> Result<(), Failure> {
        let different = self.different(object, id, given)?;
        let statement = self.statement(object, Form::Update(object.number, given.places()))?;
        for (place, (_, cell)) in given.cells().iter().enumerate() {
            statement.raw_bind_parameter(place + 1, cell)?;
        }
        statement.raw_bind_parameter(given.cells().len() + 1, id)?;
        statement.raw_execute()?;
        self.note(object, id, change, &different);
        Ok(())
    }

    /// The cells that are not stored like this already. Empty while nobody listens.
    fn different(&mut self, object: &Object, id: &str, given: &Given) -> Result<Vec<(u16, Cell)>, Failure> {
        if !self.log.is_heard() {
            return Ok(Vec::new());
        }
        let places: Vec<usize> = given.cells().iter().map(|(place, _)| usize::from(*place)).collect();
        let stored = self.read(object, id, &places)?.unwrap_or_default();
        let pairs = given.cells().iter().enumerate();
        Ok(pairs.filter(|(at, (_, cell))| stored.get(*at) != Some(cell)).map(|(_, cell)| cell.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::{Options, PracticeOrg, Seed};

    struct Heard {
        org: PracticeOrg,
        http: reqwest::blocking::Client,
        commits: Receiver<Commit>,
    }

    fn listen() -> Heard {
        // Several tests set it; the first wins, and all want the same.
        let _set = rustls::crypto::ring::default_provider().install_default().is_ok();
        let org = PracticeOrg::start(Options { seed: Seed::Empty, ..Options::default() }).unwrap();
        let (sender, commits) = channel();
        let listener = Box::new(move |commit: &Commit| sender.send(commit.clone()).unwrap());
        let listening = org.org.database.write(|pen| {
            pen.log.listen(listener);
            Ok(())
        });
        listening.unwrap();
        Heard { org, http: reqwest::blocking::Client::new(), commits }
    }

    impl Heard {
        fn send(&self, verb: &str, path: &str, body: &Json) -> Json {
            let url = format!("{}/services/data/v67.0/{path}", self.org.url());
            let request = self.http.request(verb.parse().unwrap(), url).json(body);
            let request = request.header("Sforce-Call-Options", "client=sync");
            let answer = request.bearer_auth(self.org.credentials().access_token).send().unwrap();
            answer.json().unwrap_or(Json::Null)
        }

        /// What the next commit changed: object, change, and the names of its fields.
        fn next(&self) -> Vec<String> {
            let commit = self.commits.recv_timeout(Duration::from_secs(10)).unwrap();
            let schema = crate::org::Org::now(&self.org.org).schema;
            let tell = |row: &RowChange| {
                let object = &schema.objects[row.object];
                let fields: Vec<&str> =
                    row.cells.iter().map(|(place, _)| object.fields[usize::from(*place)].name.as_str()).collect();
                format!("{} {:?} {}", object.name, row.change, fields.join(","))
            };
            commit.changes.iter().map(tell).collect()
        }

        fn nothing(&self) -> bool {
            self.commits.try_recv().is_err()
        }
    }

    #[test]
    fn whoever_listens_hears_of_every_row_in_the_order_of_the_commits() {
        let heard = listen();
        let account = heard.send("POST", "sobjects/Account", &json!({"Name": "A"}))["id"].as_str().unwrap().to_owned();
        let commit = heard.commits.recv_timeout(Duration::from_secs(10)).unwrap();
        let row = &commit.changes[0];
        assert_eq!(
            (row.id.as_str(), row.change, row.client.as_deref()),
            (account.as_str(), Change::Created, Some("sync"))
        );
        assert_eq!(*row.user, *heard.org.credentials().user_id);
        assert!(row.cells.iter().any(|(_, cell)| *cell == Cell::text("A")));
        heard.send("POST", "sobjects/Contact", &json!({"LastName": "C", "AccountId": account}));
        let later = heard.commits.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(later.number > commit.number);
        heard.send("PATCH", &format!("sobjects/Account/{account}"), &json!({"Name": "A", "Site": "S"}));
        let changed = heard.next();
        assert!(changed[0].starts_with("Account Changed Site"), "what is the same is not told: {changed:?}");
        heard.send("DELETE", &format!("sobjects/Account/{account}"), &Json::Null);
        let gone = heard.next();
        assert_eq!(gone.len(), 2, "{gone:?}");
        assert!(gone[0].starts_with("Contact Deleted IsDeleted") && gone[1].starts_with("Account Deleted"), "{gone:?}");
        heard.org.undelete(&[&account]).unwrap();
        let back = heard.next();
        assert!(back[0].starts_with("Account Undeleted") && back[1].starts_with("Contact Undeleted"), "{back:?}");
        heard.org.erase(&[&account]).unwrap();
        assert_eq!(heard.next().iter().filter(|row| row.contains(" Erased ")).count(), 2);
    }

    #[test]
    fn what_is_undone_is_not_heard_of() {
        let heard = listen();
        let chain = |name: Json| {
            json!({"allOrNone": true, "compositeRequest": [
                {"method": "POST", "url": "/services/data/v67.0/sobjects/Account", "referenceId": "a", "body": {"Name": "A"}},
                {"method": "POST", "url": "/services/data/v67.0/sobjects/Account", "referenceId": "b", "body": {"Name": name}},
            ]})
        };
        heard.send("POST", "composite", &chain(Json::Null));
        assert!(heard.nothing());
        heard.send("POST", "composite", &chain(json!("B")));
        assert_eq!(heard.next().len(), 2, "one commit for the whole chain");
        let row = |name: Json| json!({"attributes": {"type": "Account"}, "Name": name});
        heard.send(
            "POST",
            "composite/sobjects",
            &json!({"allOrNone": true, "records": [row(json!("A")), row(Json::Null)]}),
        );
        assert!(heard.nothing());
        heard.send("POST", "composite/sobjects", &json!({"records": [row(json!("A")), row(Json::Null)]}));
        assert_eq!(heard.next().len(), 1);
        let rows = json!({"records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "A"}]});
        heard.send("POST", "composite/tree/Account", &rows);
        assert_eq!(heard.next().len(), 1);
        let job = heard.send(
            "POST",
            "jobs/ingest",
            &json!({"object": "Account", "operation": "insert", "contentType": "CSV"}),
        );
        let url = format!("{}/{}", heard.org.url(), job["contentUrl"].as_str().unwrap());
        let put = heard.http.put(url).header("Content-Type", "text/csv").body("Name\nA\nB\n");
        assert_eq!(put.bearer_auth(heard.org.credentials().access_token).send().unwrap().status(), 201);
        let id = job["id"].as_str().unwrap();
        heard.send("PATCH", &format!("jobs/ingest/{id}"), &json!({"state": "UploadComplete"}));
        let loaded = heard.commits.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!((loaded.changes.len(), loaded.changes[0].client.as_deref()), (2, Some("sync")));
    }
}
