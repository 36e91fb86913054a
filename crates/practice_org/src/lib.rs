//! A small faithful Salesforce that runs on this computer, to practise on and to test against.
//!
//! It is reached over HTTP only and shares no type with any client: if both sides were wrong in the same way, no test
//! would notice. [`PracticeOrg::start`] binds a loopback port, serves from threads of its own, and stops when dropped.
//!
//! Layout, from the ground up:
//!
//! - `schema`: which objects and fields there are
//! - `ids`, `time`, `java`, `noise`, `failure`: ids, dates, number texts, repeatable chance, error shapes
//! - `database`, `tables`: the data file, a table per object
//! - `rows`: writing rows under Salesforce's rules; the only way in
//! - `soql`: reading rows; lexer, parser, checker, SQL
//! - `oauth`, `rest`, `bulk`: what callers see
//! - `http`: the server, the only part that knows of async
//! - `fault`: bad days on order
//! - `seed`: what a new org holds
//! - `evolve`: changing objects and fields while the org runs

mod bulk;
mod database;
mod evolve;
mod failure;
mod fault;
mod http;
mod ids;
mod java;
mod noise;
mod oauth;
mod org;
mod rest;
mod rows;
mod schema;
mod seed;
mod soql;
mod tables;
mod time;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

pub use self::evolve::SchemaError;
pub use self::fault::Fault;

use self::bulk::Jobs;
use self::database::Database;
use self::failure::Refusal;
use self::fault::Faults;
use self::oauth::key;
use self::oauth::sessions::{Sessions, secret};
use self::org::{Cursors, Identity, Settings, Shared, USUAL_VERSION};
use self::schema::Schema;

/// How an org is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0, the default, takes any free one.
    pub port: u16,
    /// Where rows live. Default: in memory.
    pub storage: Storage,
    /// What a new org holds. Default: the demo rows.
    pub seed: Seed,
    /// Whether Bulk results come in another order than the rows came in, as they may. Default: true.
    pub shuffle_results: bool,
    /// Calls a day, after which every call is refused. Default: 15,000, as in a developer org.
    pub daily_api_requests: u64,
    /// How long an access token lives. Default: two hours.
    pub session_lifetime: Duration,
    /// Whether using a refresh token replaces it. Default: false.
    pub rotate_refresh_tokens: bool,
    /// Own objects and fields, as JSON; the form is that of [`PracticeOrg::add_schema`]. Default: none.
    pub schema: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            port: 0,
            storage: Storage::Memory,
            seed: Seed::Demo,
            shuffle_results: true,
            daily_api_requests: 15_000,
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

/// What a new org holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// A dozen invented companies with people, deals, products and prices.
    Demo,
    /// The same objects without rows; organization, users, profiles and the standard price book stay.
    Empty,
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(busy)?;
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

    /// Switches a fault on.
    pub fn set_fault(&self, fault: Fault) {
        http::practice::set(&self.org, fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.org.faults.clear();
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
    }
}

fn serve(listener: TcpListener, org: Arc<Shared>, stopped: watch::Receiver<bool>) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("practice-org")
        .enable_all()
        .build()?;
    std::thread::Builder::new().name("practice-org".into()).spawn(move || {
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
        seed::plant(&schema, &database, options.seed)?;
    }
    let mut kept = Vec::new();
    for name in IDENTITY {
        kept.push(database.setting(name)?.ok_or_else(|| StartError::Data(format!("{name} is missing in the file")))?);
    }
    let [client_id, client_secret, password] = <[String; 3]>::try_from(kept).unwrap_or_default();
    schema.changed = database.setting("schema_changed")?.and_then(|text| text.parse().ok()).unwrap_or_default();
    let schema = database.write(|pen| evolve::restore(pen, schema))?;
    Ok(Shared {
        sessions: Sessions::load(&database)?,
        jobs: Jobs::load(&database, file)?,
        faults: Faults::new(options.shuffle_results),
        cursors: Cursors::default(),
        identity: Identity {
            org_id: seed::org_id(),
            user_id: seed::user_id(),
            username: seed::USERNAME.into(),
            password,
            client_id,
            client_secret,
        },
        settings: Settings {
            daily_requests: options.daily_api_requests,
            session_lifetime: options.session_lifetime,
            rotate_refresh_tokens: options.rotate_refresh_tokens,
        },
        requests: AtomicU64::new(0),
        url: OnceLock::new(),
        schema: RwLock::new(Arc::new(schema)),
        growing: Mutex::new(()),
        database,
    })
}

/// The same tokens after every start of the same file.
fn credentials(org: &Shared) -> Result<Credentials, StartError> {
    let identity = &org.identity;
    let user = (identity.user_id.as_str(), identity.username.as_str());
    let refresh_token = match org.database.setting("refresh_token")?.filter(|token| org.sessions.find(token).is_some())
    {
        Some(token) => token,
        None => {
            let token = org.sessions.open_refresh(&org.database, user)?;
            org.database.set_setting("refresh_token", &token)?;
            token
        }
    };
    let access_token = match org.database.setting("access_token")?.filter(|token| org.sessions.find(token).is_some()) {
        Some(token) => {
            org.sessions.renew(&org.database, &token, org.settings.session_lifetime)?;
            token
        }
        None => {
            let lifetime = org.settings.session_lifetime;
            let family = Some(refresh_token.clone());
            let token = org.sessions.open(&org.database, &identity.org_id, user, lifetime, family)?;
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
