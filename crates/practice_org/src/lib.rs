//! A small faithful Salesforce that runs on this computer, to practise on and to test against.
//!
//! It is reached over HTTP only and shares no type with any client: if both sides were wrong in the same way, no test
//! would notice. [`PracticeOrg::start`] binds a loopback port, serves from threads of its own, and stops when dropped.
//!
//! Layout, from the ground up:
//!
//! - `schema`: which objects and fields there are
//! - `ids`, `time`, `java`, `noise`, `xml`, `failure`: ids, dates, number texts, repeatable chance, markup, error shapes
//! - `database`, `tables`: the data file, a table per object
//! - `rows`: writing rows under Salesforce's rules; the only way in
//! - `soql`: reading rows; lexer, parser, checker, SQL
//! - `sosl`: searching rows for words
//! - `oauth`, `soap`, `rest`, `bulk`: what callers see
//! - `http`: the server, the only part that knows of async
//! - `fault`: bad days on order
//! - `limits`: what a day allows, and what it has used
//! - `worlds`: what a new org holds, and going back to it
//! - `owner`: what the org's owner may do to it beside what callers may
//! - `evolve`: changing objects and fields while the org runs

mod bulk;
mod database;
mod evolve;
mod failure;
mod fault;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod ids;
mod java;
mod limits;
mod noise;
mod oauth;
mod org;
mod owner;
mod rest;
mod rows;
mod schema;
mod soap;
mod soql;
mod sosl;
mod tables;
mod time;
mod worlds;
mod xml;

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

pub use self::evolve::{AdoptReport, SchemaError};
pub use self::fault::{Fault, FaultScript, FaultState, ScriptError, When};
pub use self::http::log::LoggedCall;
pub use self::limits::Limits;
pub use self::owner::OwnerError;
pub use self::worlds::keep::Snapshot;
pub use self::worlds::{Seed, UnknownSeed};

use self::bulk::Jobs;
use self::database::Database;
use self::failure::Refusal;
use self::fault::Faults;
use self::http::Server;
use self::http::log::Log;
use self::limits::{Running, Usage};
use self::oauth::key;
use self::oauth::scope::Scopes;
use self::oauth::sessions::{Entry, Lifetime, Sessions, secret};
use self::oauth::waiting::Waiting;
use self::org::{Cursors, Identity, Org, Settings, Shared, USUAL_VERSION};
use self::schema::Schema;

/// How an org is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on. Default: 127.0.0.1, which only this computer reaches. With any other, whoever reaches
    /// it and has a token can do everything in the org.
    pub listen: IpAddr,
    /// The port; 0, the default, takes any free one.
    pub port: u16,
    /// Where rows live. Default: in memory.
    pub storage: Storage,
    /// What a new org holds. Default: [`Seed::Demo`].
    pub seed: Seed,
    /// Whether Bulk results come in another order than the rows came in, as they may. Default: true.
    pub shuffle_results: bool,
    /// What the org allows. Default: as a developer org.
    pub limits: Limits,
    /// How long an access token lives after it was last used. Default: two hours.
    pub session_lifetime: Duration,
    /// Whether using a refresh token replaces it. Default: false.
    pub rotate_refresh_tokens: bool,
    /// Own objects and fields, as JSON; the form is that of [`PracticeOrg::add_schema`]. Default: none.
    pub schema: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            storage: Storage::Memory,
            seed: Seed::Demo,
            shuffle_results: true,
            limits: Limits::default(),
            session_lifetime: Duration::from_secs(2 * 3600),
            rotate_refresh_tokens: false,
            schema: None,
        }
    }
}

/// Where an org's rows live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In temporary files that go with the org.
    Memory,
    /// In this file, with ids, tokens and key; a folder beside it holds the files of Bulk jobs.
    File(PathBuf),
}

/// Everything needed to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// A token that works at once.
    pub access_token: String,
    /// A token to get further access tokens with.
    pub refresh_token: String,
    /// User name of the practice user.
    pub username: String,
    /// Password of the practice user.
    pub password: String,
    /// The app's consumer key.
    pub client_id: String,
    /// The app's consumer secret.
    pub client_secret: String,
    /// The org's id, 18 characters.
    pub org_id: String,
    /// The practice user's id, 18 characters.
    pub user_id: String,
    /// The API version to use unless there is a reason for another.
    pub api_version: String,
}

/// Why an org could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("the practice org cannot listen on port {port}: {source}")]
    Port {
        /// The port asked for.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
    /// It was to listen on every address.
    #[error("the practice org needs one address to listen on, since it tells clients where it is; 0.0.0.0 is none")]
    Everywhere,
    /// The data file cannot be opened or written.
    #[error("the practice org's data cannot be opened: {0}")]
    Data(String),
    /// No thread could be started.
    #[error("the practice org cannot start its threads: {0}")]
    Threads(std::io::Error),
    /// The own objects and fields are not as they should be.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The app's key could not be made.
    #[error("the practice org's key cannot be made: {0}")]
    Key(String),
}

/// Why the org did not do what it was told.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ControlError(String);

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> Self {
        ControlError(refusal.failure.message)
    }
}

impl From<Refusal> for StartError {
    fn from(refusal: Refusal) -> Self {
        StartError::Data(refusal.failure.message)
    }
}

/// A running org. Dropping it stops the server and joins its threads.
pub struct PracticeOrg {
    org: Arc<Shared>,
    credentials: Credentials,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl PracticeOrg {
    /// Opens the data, binds the port and begins to serve.
    pub fn start(options: Options) -> Result<PracticeOrg, StartError> {
        let port = options.port;
        let busy = |source| StartError::Port { port, source };
        if options.listen.is_unspecified() {
            return Err(StartError::Everywhere);
        }
        let listener = TcpListener::bind((options.listen, port)).map_err(busy)?;
        listener.set_nonblocking(true).map_err(busy)?;
        let address = listener.local_addr().map_err(busy)?;
        let org = Arc::new(open(&options)?);
        if let Some(schema) = &options.schema {
            org.add_schema(schema)?;
        }
        org.url.get_or_init(|| format!("http://{address}"));
        let credentials = credentials(&org)?;
        let mut threads = bulk::start_workers(&org).map_err(StartError::Threads)?;
        let (stop, stopped) = watch::channel(false);
        threads.push(serve(listener, Arc::clone(&org), stopped).map_err(StartError::Threads)?);
        Ok(PracticeOrg { org, credentials, stop, threads })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        self.org.url().to_owned()
    }

    /// How to sign in.
    pub fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    /// The app's private key for the JWT bearer flow, PKCS#8 in PEM. Made on first call, which takes a moment.
    pub fn private_key_pem(&self) -> Result<String, StartError> {
        key::private_pem(&self.org.database).map_err(StartError::Key)
    }

    /// What the org allows now.
    pub fn limits(&self) -> Limits {
        self.org.usage.limits()
    }

    /// Changes what the org allows. What has been used today stays used.
    pub fn set_limits(&self, limits: Limits) {
        self.org.usage.set_limits(limits);
    }

    /// Switches a fault on and tells its number.
    pub fn set_fault(&self, fault: Fault) -> u64 {
        http::practice::set(&self.org, fault)
    }

    /// Switches the faults of a script on, with the chance that it asks for.
    pub fn play(&self, script: FaultScript) {
        http::practice::play(&self.org, script);
    }

    /// Every fault that is or was switched on, and how often it has struck.
    pub fn faults(&self) -> Vec<FaultState> {
        self.org.faults.list()
    }

    /// Empties the org and plants a world. Who is signed in stays signed in; jobs and open queries end.
    pub fn reset(&self, seed: &Seed) -> Result<(), ControlError> {
        Ok(worlds::keep::reset(&Org::now(&self.org), seed)?)
    }

    /// Keeps a copy of the org as it is, under a name; one of the same name is replaced.
    pub fn snapshot(&self, name: &str) -> Result<(), ControlError> {
        Ok(worlds::keep::take(&Org::now(&self.org), name)?)
    }

    /// Brings a copy back.
    pub fn restore(&self, name: &str) -> Result<(), ControlError> {
        Ok(worlds::keep::restore(&Org::now(&self.org), name)?)
    }

    /// Every copy, newest first.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, ControlError> {
        Ok(worlds::keep::list(&Org::now(&self.org))?)
    }

    /// Calls answered after the one with this number, oldest first; the org remembers the latest two thousand.
    pub fn calls_after(&self, number: u64) -> Vec<LoggedCall> {
        self.org.log.after(number)
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        http::practice::clear(&self.org);
    }
}

impl Drop for PracticeOrg {
    fn drop(&mut self) {
        self.org.jobs.stop();
        // The server may have ended already; then nobody listens, and that is what was wanted.
        self.stop.send(true).ok();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            thread.join().ok();
        }
        // Counts that cannot be kept are forgotten, as after a crash.
        self.org.usage.keep(&self.org.database, true).ok();
    }
}

fn serve(listener: TcpListener, org: Arc<Shared>, stopped: watch::Receiver<bool>) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("practice-org")
        .enable_all()
        .build()?;
    std::thread::Builder::new().name("practice-org".into()).spawn(move || {
        org.server.get_or_init(|| Server { runtime: runtime.handle().clone(), stopped: stopped.clone() });
        runtime.block_on(async move {
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                http::serve(listener, org, stopped).await;
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    })
}

/// Names of what is kept about the org itself.
const IDENTITY: [&str; 3] = ["client_id", "client_secret", "password"];

fn open(options: &Options) -> Result<Shared, StartError> {
    let mut schema = Schema::standard();
    let file = match &options.storage {
        Storage::Memory => None,
        Storage::File(path) => Some(path.as_path()),
    };
    let (database, new) = Database::open(file, &schema).map_err(|error| StartError::Data(error.to_string()))?;
    if new {
        for (name, value) in [
            ("client_id", format!("3MVG9Practice{}", secret(40))),
            ("client_secret", secret(48)),
            ("password", format!("practice-{}", secret(12))),
            ("schema_changed", time::now().to_string()),
        ] {
            database.set_setting(name, &value)?;
        }
        worlds::check(&schema, &options.seed)?;
        worlds::plant(&schema, &database, &options.seed)?;
        worlds::plant_many(&schema, &database, &options.seed)?;
        database.set_setting("seed", &serde_json::to_string(&options.seed).unwrap_or_default())?;
    }
    rows::policy::load(&schema, &database)?;
    let mut kept = Vec::new();
    for name in IDENTITY {
        kept.push(database.setting(name)?.ok_or_else(|| StartError::Data(format!("{name} is missing in the file")))?);
    }
    let [client_id, client_secret, password] = <[String; 3]>::try_from(kept).unwrap_or_default();
    schema.changed = database.setting("schema_changed")?.and_then(|text| text.parse().ok()).unwrap_or_default();
    let schema = database.write(|pen| evolve::restore(pen, schema))?;
    Ok(Shared {
        sessions: Sessions::load(&database)?,
        waiting: Waiting::default(),
        jobs: Jobs::load(&database, file)?,
        usage: Usage::load(&database, options.limits.clone())?,
        running: Running::default(),
        faults: Faults::new(options.shuffle_results),
        cursors: Cursors::default(),
        identity: Identity {
            org_id: worlds::org_id(),
            user_id: worlds::user_id(),
            username: worlds::USERNAME.into(),
            password,
            client_id,
            client_secret,
        },
        settings: Settings {
            session_lifetime: options.session_lifetime,
            rotate_refresh_tokens: options.rotate_refresh_tokens,
            listen: options.listen,
        },
        requests: AtomicU64::new(0),
        counted: Mutex::default(),
        keeping: Mutex::default(),
        log: Log::default(),
        url: OnceLock::new(),
        moved: OnceLock::new(),
        server: OnceLock::new(),
        schema: RwLock::new(Arc::new(schema)),
        growing: Mutex::new(()),
        database,
    })
}

/// The same tokens after every start of the same file.
fn credentials(org: &Shared) -> Result<Credentials, StartError> {
    let identity = &org.identity;
    let entry = Entry {
        user_id: &identity.user_id,
        username: &identity.username,
        app: Some(&identity.client_id),
        scopes: Scopes::default(),
        standing: true,
    };
    let kept = |name: &str| -> Result<Option<String>, Refusal> {
        Ok(org.database.setting(name)?.filter(|token| org.sessions.find(token).is_some()))
    };
    let refresh_token = match kept("refresh_token")? {
        Some(token) => token,
        None => {
            let token = org.sessions.open_refresh(&org.database, &entry)?;
            org.database.set_setting("refresh_token", &token)?;
            token
        }
    };
    let lifetime = org.settings.session_lifetime;
    let access_token = match kept("access_token")? {
        Some(token) => {
            org.sessions.renew(&org.database, &token, lifetime)?;
            token
        }
        None => {
            let family = Some(refresh_token.clone());
            let token = org.sessions.open(&org.database, &identity.org_id, &entry, Lifetime::Idle(lifetime), family)?;
            org.database.set_setting("access_token", &token)?;
            token
        }
    };
    Ok(Credentials {
        access_token,
        refresh_token,
        username: identity.username.clone(),
        password: identity.password.clone(),
        client_id: identity.client_id.clone(),
        client_secret: identity.client_secret.clone(),
        org_id: identity.org_id.clone(),
        user_id: identity.user_id.clone(),
        api_version: USUAL_VERSION.into(),
    })
}
