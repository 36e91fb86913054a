//! The arguments, as typed. Nothing here acts.

use crate::workspace::Seed;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Design, test, run and watch integrations between Salesforce and other systems.
///
/// Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "linkspan", version)]
pub(super) struct Arguments {
    /// The workspace file; by default the one in your data folder.
    #[arg(long, global = true, env = "LINKSPAN_WORKSPACE", value_name = "FILE")]
    pub(super) workspace: Option<PathBuf>,
    /// End with exactly one JSON object on stdout, also on failure.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a practice org on this computer until Ctrl+C; its address and secrets are the first line on stdout.
    PracticeOrg(PracticeOrg),
    /// Look at the workspace's practice org, reset it, and give it bad days.
    #[command(subcommand)]
    Practice(Practice),
    /// Add, list, test or remove orgs.
    #[command(subcommand)]
    Org(Org),
    /// List an org's objects, or an object's fields.
    Describe(Describe),
    /// Write the rows of a SOQL query to stdout or a file.
    Query(Query),
    /// Export the rows of a query, or of an object, to a file; or go on with an export that stopped.
    Export(Box<Export>),
    /// List exports, the newest first, or give one up.
    Exports(Exports),
    /// Load a file into an object of an org.
    Import(Box<Import>),
    /// Write the rows of a query or a file into a file, mapped: the rules' targets are its columns.
    Extract(Extract),
    /// Run a stored integration.
    Run(Run),
    /// Sync both ends of a stored integration, either way: what has changed since the last time, and what people decided.
    Sync(Sync),
    /// List runs, the newest first.
    Runs,
    /// Print what became of a run's rows: a JSON object a line.
    Results(Results),
    /// Print the calls or jobs that carried a row: what was sent and what came back, a JSON object each.
    Request(Request),
    /// List what did not get through and waits for somebody, by cause: of one run, or of all.
    Errors(Errors),
    /// Correct a column of rows that did not get through, before they are tried again.
    EditErrors(Box<EditErrors>),
    /// Start a new run over the rows of a run that did not get through.
    Retry(Box<Retry>),
    /// List what two ends disagree about, decide it, and take decisions back.
    #[command(subcommand)]
    Conflicts(Conflicts),
    /// Take an incomplete run up where it stopped, or the rest of a file after a trial.
    #[command(alias = "continue")]
    Resume(Resume),
    /// Take a run back: delete what it created, give what it changed its former values, make what it deleted anew.
    Undo(Undo),
    /// Write the rows of a run that got through, or those that did not, to a file.
    ExportResults(ExportResults),
    /// List the Bulk jobs of an org that have not ended, with the runs they belong to; or stop one.
    Jobs {
        /// Alias of the org.
        #[arg(long, value_name = "ALIAS")]
        org: String,
        /// Stop this job. What it has done stays done.
        #[arg(long, value_name = "JOB")]
        abort: Option<String>,
    },
    /// List stored integrations.
    Integrations,
    /// Check a stored integration: what keeps it from running, and what has changed at both ends.
    Check {
        /// The integration, by name or number.
        integration: String,
    },
    /// Show what a stored integration would send: the first rows, and some from further down; writes nothing.
    Preview {
        /// The integration, by name or number.
        integration: String,
        /// Which step, counted from 1.
        #[arg(long, default_value_t = 1)]
        step: usize,
        /// Rows from the beginning.
        #[arg(long, default_value_t = 20)]
        rows: usize,
    },
    /// Look at every row of a file, and say what its columns hold.
    Profile {
        /// The file.
        file: PathBuf,
    },
    /// Write a stored integration as a file: Linkspan's JSON, the form of another tool, or a document to read.
    ExportIntegration(ExportIntegration),
    /// Store an integration from a file: Linkspan's JSON, SFDMU's export.json, or CumulusCI's mapping.yml.
    ImportIntegration(ImportIntegration),
    /// Forget a stored integration; its runs stay.
    DeleteIntegration {
        /// The integration, by name or number.
        integration: String,
    },
    /// Show the activity log, newest first.
    Activity,
    /// Try, check and test formulas.
    #[command(subcommand)]
    Formula(Formula),
}

#[derive(Debug, Args)]
pub(super) struct PracticeOrg {
    /// Port on this computer; any that is free by default.
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,
    /// Address of this computer to listen on. With any other than 127.0.0.1, others on your network can reach the org.
    #[arg(long, value_name = "IP", default_value_t = std::net::IpAddr::from([127, 0, 0, 1]))]
    pub(super) listen: std::net::IpAddr,
    /// Minutes until an access token expires.
    #[arg(long, value_name = "MINUTES", default_value_t = 120)]
    pub(super) session_minutes: u32,
    /// Replace a refresh token whenever it is used.
    #[arg(long)]
    pub(super) rotate_refresh_tokens: bool,
    /// Calls a day, after which every call is refused.
    #[arg(long, value_name = "CALLS", default_value_t = 15_000)]
    pub(super) daily_calls: u64,
    /// A file of bad days to begin with, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) faults: Option<PathBuf>,
    /// Keep its records in this file.
    #[arg(long, value_name = "FILE", conflicts_with = "memory")]
    pub(super) data: Option<PathBuf>,
    /// Forget its records when it stops (the default).
    #[arg(long)]
    pub(super) memory: bool,
    /// What a new org holds: empty, small (a dozen companies), demo (500), northwind, or so many generated rows, as in
    /// large:Account=100000,Contact=20000.
    #[arg(long, value_name = "WORLD", default_value = "demo")]
    pub(super) seed: Seed,
}

#[derive(Debug, Subcommand)]
pub(super) enum Practice {
    /// Run it until Ctrl+C, as the window does while it is open; what is needed to sign in is the first line on stdout.
    Serve,
    /// Say what it holds, how many calls it has counted, and which bad days are on.
    Status,
    /// Print what another program needs to sign in, its invented secrets included.
    SignIn,
    /// Print the calls that it has answered, oldest first: a JSON object a line with --json.
    Log {
        /// Go on printing as calls come, until Ctrl+C.
        #[arg(long, short)]
        follow: bool,
        /// Only calls after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// Remove every record and plant a world: empty, small, demo, northwind, or large:Account=100000,Contact=20000.
    Reset {
        /// The world.
        world: String,
    },
    /// Switch bad days on: JSON such as {"lock_rows": {"share": 0.05}}, a list, a script with a seed, or a file with one.
    Fault {
        /// The JSON, or the file.
        #[arg(value_name = "JSON_OR_FILE")]
        script: String,
    },
    /// List the bad days that are on, and how often each has struck.
    Faults {
        /// List those that can be switched on instead.
        #[arg(long)]
        known: bool,
    },
    /// Switch bad days off: all, or one by its number.
    Clear {
        /// The number, as `practice faults` tells it.
        number: Option<u64>,
    },
    /// Copy the schema of an org into it: only descriptions are read, never a record.
    CopySchema {
        /// The org.
        alias: String,
        /// Objects to copy, by API name; by default all custom ones, and the standard ones that the practice org has.
        objects: Vec<String>,
    },
    /// Give it the objects and fields of a schema file.
    AddSchema {
        /// The file, as docs/practice-org.md describes it.
        file: PathBuf,
    },
    /// Keep a copy of its records under a name.
    Snapshot {
        /// The name; the time by default.
        name: Option<String>,
    },
    /// Bring a copy back.
    Restore {
        /// Its name.
        name: String,
    },
    /// List the copies, or delete one.
    Snapshots {
        /// Delete the copy of this name.
        #[arg(long, value_name = "NAME")]
        delete: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Org {
    /// Add an org. It is reached first; its secret goes to the vault.
    Add(Box<AddOrg>),
    /// List the orgs of the workspace.
    List,
    /// Reach an org, and say who you are there.
    Test {
        /// The org.
        alias: String,
    },
    /// Forget an org and its secret.
    Remove {
        /// The org.
        alias: String,
    },
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("sign_in").required(true).args([
    "token",
    "token_env",
    "token_stdin",
    "jwt",
    "client_credentials",
]))]
pub(super) struct AddOrg {
    /// What to call it.
    pub(super) alias: String,
    /// Its address, such as `https://acme.my.salesforce.com`.
    #[arg(long)]
    pub(super) url: String,
    /// A session id or access token. It shows in the process list: prefer --token-env or --token-stdin.
    #[arg(long, value_name = "TOKEN")]
    pub(super) token: Option<String>,
    /// The environment variable that holds the session id or access token.
    #[arg(long, value_name = "VAR")]
    pub(super) token_env: Option<String>,
    /// Read the session id or access token from stdin.
    #[arg(long)]
    pub(super) token_stdin: bool,
    /// Sign in with a JWT: --client-id, --username and --key.
    #[arg(long, requires_all = ["client_id", "username", "key"])]
    pub(super) jwt: bool,
    /// Sign in with client credentials: --client-id and --client-secret-env.
    #[arg(long, requires_all = ["client_id", "client_secret_env"])]
    pub(super) client_credentials: bool,
    /// Consumer key of the app.
    #[arg(long, value_name = "KEY")]
    pub(super) client_id: Option<String>,
    /// Whom to act as.
    #[arg(long)]
    pub(super) username: Option<String>,
    /// The app's private key, a PEM file.
    #[arg(long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// The environment variable that holds the app's consumer secret.
    #[arg(long, value_name = "VAR")]
    pub(super) client_secret_env: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Describe {
    /// The org.
    pub(super) alias: String,
    /// The object, by API name.
    pub(super) object: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Query {
    /// The org.
    pub(super) alias: String,
    /// The query.
    pub(super) soql: String,
    /// Use the Bulk API, for many rows.
    #[arg(long)]
    pub(super) bulk: bool,
    /// How rows are written.
    #[arg(long, value_enum, default_value_t = FormatArg::Csv)]
    pub(super) format: FormatArg,
    /// Write to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The org.
    #[arg(required_unless_present = "resume")]
    pub(super) alias: Option<String>,
    /// The query.
    #[arg(long, conflicts_with = "object", required_unless_present_any = ["object", "resume"])]
    pub(super) soql: Option<String>,
    /// The object, by API name, instead of a query.
    #[arg(long)]
    pub(super) object: Option<String>,
    /// Its fields, and those of its parents such as Account.Owner.Name; by default all of its own that a file can hold.
    #[arg(long, value_name = "FIELD", value_delimiter = ',', requires = "object")]
    pub(super) fields: Vec<String>,
    /// Which records: a condition as in SOQL.
    #[arg(long = "where", value_name = "CONDITION", requires = "object")]
    pub(super) filter: Option<String>,
    /// In which order: a field, with DESC behind it for the other way round.
    #[arg(long, value_name = "FIELD", requires = "object")]
    pub(super) order_by: Option<String>,
    /// So many at most.
    #[arg(long, value_name = "N", requires = "object")]
    pub(super) limit: Option<u64>,
    /// The file; it appears whole or not at all.
    #[arg(long, short, value_name = "FILE", required_unless_present = "resume")]
    pub(super) output: Option<PathBuf>,
    /// What kind of file; by default as its name says.
    #[arg(long, value_enum)]
    pub(super) format: Option<ExportFormatArg>,
    /// The API that rows come through; by default chosen by their number.
    #[arg(long, value_enum, default_value_t = ApiArg::Auto)]
    pub(super) api: ApiArg,
    /// With records in the recycle bin, and archived activities.
    #[arg(long)]
    pub(super) deleted: bool,
    /// Write a CSV as the spreadsheet of this computer opens it: with a mark, and the local separator.
    #[arg(long)]
    pub(super) for_excel: bool,
    /// Go on with the export of this number.
    #[arg(long, value_name = "ID", conflicts_with_all = ["alias", "soql", "object", "output", "format", "deleted", "for_excel"])]
    pub(super) resume: Option<i64>,
}

#[derive(Debug, Args)]
pub(super) struct Exports {
    /// Give up the unfinished export of this number, and remove its half file.
    #[arg(long, value_name = "ID")]
    pub(super) discard: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormatArg {
    Csv,
    Json,
    Xlsx,
}

#[derive(Debug, Args)]
pub(super) struct Extract {
    /// The org that answers the query.
    #[arg(long, value_name = "ALIAS", requires = "soql", conflicts_with = "file")]
    pub(super) org: Option<String>,
    /// The query whose rows are written.
    #[arg(long, requires = "org")]
    pub(super) soql: Option<String>,
    /// A file whose rows are written, instead of a query's.
    #[arg(long, required_unless_present = "soql")]
    pub(super) file: Option<PathBuf>,
    /// The mapping: a list of rules.
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: PathBuf,
    /// The new file: a workbook if its name ends in .xlsx, else CSV.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    Csv,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OperationArg {
    Insert,
    Update,
    Upsert,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ApiArg {
    Auto,
    Rest,
    Bulk,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A CSV file or an Excel workbook.
    pub(super) file: PathBuf,
    /// The org.
    #[arg(long, value_name = "ALIAS")]
    pub(super) org: String,
    /// The object, by API name.
    #[arg(long)]
    pub(super) object: String,
    /// What happens to its records.
    #[arg(long, value_enum)]
    pub(super) operation: OperationArg,
    /// Find records by this external id or lookup field.
    #[arg(long, value_name = "FIELD", conflicts_with = "matching")]
    pub(super) external_id: Option<String>,
    /// Find records by these fields, which must all agree; looked up beforehand, without case.
    #[arg(long = "match", id = "matching", value_name = "FIELD", value_delimiter = ',')]
    pub(super) matching: Vec<String>,
    /// Skip rows that find no record instead of creating one.
    #[arg(long)]
    pub(super) no_create: bool,
    /// The mapping: Linkspan's JSON or Data Loader's .sdl; by default columns are matched by name.
    #[arg(long, value_name = "FILE")]
    pub(super) mapping: Option<PathBuf>,
    /// Set a field to the same value in every row.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(super) constants: Vec<String>,
    /// Empty the fields of blank cells instead of leaving them as they are.
    #[arg(long)]
    pub(super) clear_blanks: bool,
    /// The API that rows go through; by default chosen by their number.
    #[arg(long, value_enum, default_value_t = ApiArg::Auto)]
    pub(super) api: ApiArg,
    /// Sheet of a workbook, or table of a database.
    #[arg(long, visible_alias = "table", value_name = "NAME")]
    pub(super) sheet: Option<String>,
    /// End at the first row that cannot be sent.
    #[arg(long)]
    pub(super) stop_at_bad_row: bool,
    /// More options of the run, as JSON: '{"keep_before": false, "retry": {"attempts": 3}}'; docs/cli.md lists them.
    #[arg(long, value_name = "JSON")]
    pub(super) options: Option<String>,
    /// Write nothing; say what would be created, updated and refused.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Load only the first N rows.
    #[arg(long, value_name = "N", conflicts_with = "dry_run")]
    pub(super) trial: Option<u64>,
    /// Write the rows that got through to this file (.csv or .xlsx).
    #[arg(long, value_name = "FILE")]
    pub(super) success: Option<PathBuf>,
    /// Write the rows that did not to this file (.csv or .xlsx).
    #[arg(long, value_name = "FILE")]
    pub(super) errors: Option<PathBuf>,
    /// The id of the production org that may be written to.
    #[arg(long, value_name = "ORG_ID")]
    pub(super) production: Option<String>,
    /// Keep it as an integration of this name.
    #[arg(long, value_name = "NAME")]
    pub(super) keep: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The integration, by name or number.
    pub(super) integration: String,
    /// Write to this org instead.
    #[arg(long, value_name = "ALIAS")]
    pub(super) org: Option<String>,
    /// Read this file instead; a name with * or ? means the newest file that fits.
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Other options for this run, as JSON: '{"keep_before": false, "retry": {"attempts": 3}}'; docs/cli.md lists them.
    #[arg(long, value_name = "JSON")]
    pub(super) options: Option<String>,
    /// Write nothing; say what would be created, updated, left equal and refused.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Load only the first N rows.
    #[arg(long, value_name = "N", conflicts_with = "dry_run")]
    pub(super) trial: Option<u64>,
    /// The id of the production org that may be written to.
    #[arg(long, value_name = "ORG_ID")]
    pub(super) production: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Sync {
    /// The integration, by name or number.
    pub(super) integration: String,
    /// Write nothing; say what would be paired, made, changed and deleted, and what would wait for a person.
    #[arg(long)]
    pub(super) look: bool,
    /// Do the first sync, after a look at what it would do.
    #[arg(long, conflicts_with = "look")]
    pub(super) accept: bool,
    /// Compare all records, also those that Salesforce says have not changed.
    #[arg(long)]
    pub(super) full: bool,
    /// Write only what people decided about conflicts.
    #[arg(long, conflicts_with_all = ["look", "accept", "full"])]
    pub(super) only_decisions: bool,
    /// Delete so many records at one end without asking again.
    #[arg(long, value_name = "N")]
    pub(super) delete_up_to: Option<u64>,
    /// The id of the production org that may be written to.
    #[arg(long, value_name = "ORG_ID")]
    pub(super) production: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Results {
    /// The run.
    pub(super) run: i64,
    /// Only rows with this outcome; may be given several times.
    #[arg(long, value_name = "OUTCOME")]
    pub(super) outcome: Vec<String>,
    /// Only rows refused with this code.
    #[arg(long, value_name = "CODE")]
    pub(super) code: Option<String>,
    /// Only rows with this text in some cell of their source, in letters of any case.
    #[arg(long, value_name = "TEXT")]
    pub(super) find: Option<String>,
    /// Only rows whose key begins with this text; where nothing is the key, their first column.
    #[arg(long, value_name = "TEXT", conflicts_with = "find")]
    pub(super) key: Option<String>,
    /// With --find or --key: most rows to print; the answer then says in `next` where to go on.
    #[arg(long, value_name = "ROWS")]
    pub(super) limit: Option<usize>,
    /// With --find or --key: where to go on, as `next` said.
    #[arg(long, value_name = "STEP:ROW")]
    pub(super) from: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Request {
    /// The run.
    pub(super) run: i64,
    /// The row, by its number.
    #[arg(long)]
    pub(super) row: u64,
    /// Which step, counted from 1.
    #[arg(long, default_value_t = 1)]
    pub(super) step: usize,
}

#[derive(Debug, Args)]
pub(super) struct Errors {
    /// The run; all of them by default.
    pub(super) run: Option<i64>,
}

/// Which rows of a run's errors.
#[derive(Debug, Args)]
pub(super) struct Picked {
    /// Only rows refused with this code; also those that were given up.
    #[arg(long, value_name = "CODE", conflicts_with = "rows")]
    pub(super) code: Option<String>,
    /// Only these rows, as `results` numbers them: 4,7-9. Also those that were given up.
    #[arg(long, value_name = "ROWS")]
    pub(super) rows: Option<String>,
    /// The step that the rows belong to, counted from 1; by default the only one with errors.
    #[arg(long, value_name = "STEP")]
    pub(super) step: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// The run.
    #[arg(required_unless_present = "due")]
    pub(super) run: Option<i64>,
    #[command(flatten)]
    pub(super) picked: Picked,
    /// Take the corrected cells of this file, whose rows are found by sf__Row, and retry its rows.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["code", "rows"])]
    pub(super) from: Option<PathBuf>,
    /// Save the rows although a duplicate rule warns.
    #[arg(long, conflicts_with = "update_existing")]
    pub(super) save_duplicates: bool,
    /// Update a record that exists instead of making one: its id for one row, or `named` for the record that each message names.
    #[arg(long, value_name = "ID")]
    pub(super) update_existing: Option<String>,
    /// Retry every run whose rows are to be tried again by themselves by now.
    #[arg(long, conflicts_with_all = ["run", "code", "rows", "step", "from", "save_duplicates", "update_existing", "production"])]
    pub(super) due: bool,
    /// The id of the production org that may be written to.
    #[arg(long, value_name = "ORG_ID")]
    pub(super) production: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CaseArg {
    Lower,
    Upper,
    Title,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("rule").required(true).args([
    "map", "trim", "default", "set", "replace", "case", "undo", "redo", "leave",
]))]
pub(super) struct EditErrors {
    /// The run.
    pub(super) run: i64,
    #[command(flatten)]
    pub(super) picked: Picked,
    /// The column of the source.
    #[arg(long, value_name = "COLUMN", required_unless_present_any = ["undo", "redo", "leave"])]
    pub(super) column: Option<String>,
    /// Cells that hold A hold B; may be given several times.
    #[arg(long, value_name = "A=B")]
    pub(super) map: Vec<String>,
    /// Remove spaces around, and cut what is longer than the field that the column goes into.
    #[arg(long)]
    pub(super) trim: bool,
    /// Blank cells hold this.
    #[arg(long, value_name = "VALUE")]
    pub(super) default: Option<String>,
    /// All cells hold this.
    #[arg(long, value_name = "VALUE")]
    pub(super) set: Option<String>,
    /// The text A within cells becomes B.
    #[arg(long, value_name = "A=B")]
    pub(super) replace: Option<String>,
    /// Write the cells in small letters, in capitals, or with a capital at the beginning of each word.
    #[arg(long, value_enum)]
    pub(super) case: Option<CaseArg>,
    /// Take the last correction of this run's errors back.
    #[arg(long)]
    pub(super) undo: bool,
    /// Make the correction again that was taken back last.
    #[arg(long)]
    pub(super) redo: bool,
    /// Leave the rows as they are, for this reason: they are not listed or retried any more.
    #[arg(long, value_name = "REASON")]
    pub(super) leave: Option<String>,
    /// Change nothing; say how many rows would change.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Conflicts {
    /// List conflicts, those that wait longest first.
    List(ListConflicts),
    /// Show a conflict: what both ends hold, what was decided, and what happened to it.
    Show {
        /// Its number.
        id: i64,
    },
    /// Decide conflicts; the next sync writes it.
    Resolve(Box<ResolveConflicts>),
    /// Take back what was decided last; with --again, decide it again.
    Undo {
        /// Decide again what was taken back last.
        #[arg(long)]
        again: bool,
    },
    /// Say who is to decide.
    Assign(AssignConflicts),
    /// Add what you have to say about a conflict.
    Comment {
        /// Its number.
        id: i64,
        /// What you have to say.
        text: String,
    },
    /// Write conflicts to a file, a line for each field, to be decided in a spreadsheet.
    Export(ExportConflicts),
    /// Take the decisions of a file that was exported here. One undo takes them back.
    Import {
        /// The file.
        file: PathBuf,
        /// Decide nothing; say what would be decided.
        #[arg(long)]
        preview: bool,
    },
}

/// Which conflicts.
#[derive(Debug, Args)]
pub(super) struct WhichConflicts {
    /// Only those of this integration, by name or number.
    #[arg(long, value_name = "NAME")]
    pub(super) integration: Option<String>,
    /// Only those of this object.
    #[arg(long)]
    pub(super) object: Option<String>,
    /// Only those with this field in dispute, by its label.
    #[arg(long)]
    pub(super) field: Option<String>,
    /// Only those of this kind: fields, formatting, deleted or ambiguous.
    #[arg(long, value_enum)]
    pub(super) kind: Option<ConflictKindArg>,
    /// Only those of this person; `nobody` for those of nobody.
    #[arg(long, value_name = "NAME")]
    pub(super) assignee: Option<String>,
    /// Only those found longer ago than this: 2d, 12h, 1w.
    #[arg(long, value_name = "TIME")]
    pub(super) older_than: Option<String>,
    /// Only those whose record, keys or values hold this text, in letters of any case.
    #[arg(long, value_name = "TEXT")]
    pub(super) search: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ConflictKindArg {
    Fields,
    Formatting,
    Deleted,
    Ambiguous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ConflictStateArg {
    Open,
    Decided,
    Written,
    Ignored,
    Settled,
    Any,
}

#[derive(Debug, Args)]
pub(super) struct ListConflicts {
    #[command(flatten)]
    pub(super) which: WhichConflicts,
    /// Where they stand.
    #[arg(long, value_enum, default_value_t = ConflictStateArg::Open)]
    pub(super) state: ConflictStateArg,
    /// So many at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(super) limit: usize,
}

/// Which conflicts are meant: by number, or all that fit.
#[derive(Debug, Args)]
pub(super) struct PickedConflicts {
    /// Their numbers.
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub(super) ids: Vec<i64>,
    /// All open ones that fit.
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) which: WhichConflicts,
    /// With --all: where they stand.
    #[arg(long, value_enum, default_value_t = ConflictStateArg::Open)]
    pub(super) state: ConflictStateArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ConflictRuleArg {
    Longest,
    LastWrite,
    NonBlank,
    Greatest,
    Least,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("decision").required(true).args([
    "keep", "values", "rule", "let_go", "ignore", "delete", "restore", "pairs",
]))]
pub(super) struct ResolveConflicts {
    #[command(flatten)]
    pub(super) picked: PickedConflicts,
    /// The values of this end, by its name; where it deleted the record, the deletion. `last-agreed`: what both ends last agreed on.
    #[arg(long, value_name = "END")]
    pub(super) keep: Option<String>,
    /// A field holds this; may be given several times, and must name every field in dispute.
    #[arg(long = "value", id = "values", value_name = "FIELD=VALUE")]
    pub(super) values: Vec<String>,
    /// A rule names the end for each field.
    #[arg(long, value_enum)]
    pub(super) rule: Option<ConflictRuleArg>,
    /// Both records stay as they are, and are no pair any more.
    #[arg(long)]
    pub(super) let_go: bool,
    /// Both ends stay as they are until one of them is changed again.
    #[arg(long)]
    pub(super) ignore: bool,
    /// A record that one end deleted is deleted at the other too.
    #[arg(long)]
    pub(super) delete: bool,
    /// A record that one end deleted is made again there.
    #[arg(long)]
    pub(super) restore: bool,
    /// Of several that match, these two belong together; may be given several times. `nothing`: none does.
    #[arg(long = "pair", id = "pairs", value_name = "KEY=KEY")]
    pub(super) pairs: Vec<String>,
    /// Decide nothing; say how many it would decide, and why others stay.
    #[arg(long)]
    pub(super) preview: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["to", "nobody"]))]
pub(super) struct AssignConflicts {
    #[command(flatten)]
    pub(super) picked: PickedConflicts,
    /// Who is to decide.
    #[arg(long, value_name = "NAME")]
    pub(super) to: Option<String>,
    /// Nobody in particular.
    #[arg(long)]
    pub(super) nobody: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportConflicts {
    /// The file: .xlsx, or .csv. Excel takes cells of a CSV for numbers and formulas, those of a workbook never.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) which: WhichConflicts,
    /// Where they stand.
    #[arg(long, value_enum, default_value_t = ConflictStateArg::Open)]
    pub(super) state: ConflictStateArg,
    /// Write a CSV as the spreadsheet of this computer opens it: with a mark, and the local separator.
    #[arg(long)]
    pub(super) for_excel: bool,
}

#[derive(Debug, Args)]
pub(super) struct Resume {
    /// The run.
    pub(super) run: i64,
    /// Other options from now on, as JSON: of `budget`, `retry`, `parallel` and `rows_per_call`.
    #[arg(long, value_name = "JSON")]
    pub(super) options: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Undo {
    /// The run.
    pub(super) run: i64,
    /// Write nothing; say what would be deleted, restored and made anew.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The id of the production org that may be written to.
    #[arg(long, value_name = "ORG_ID")]
    pub(super) production: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RowsArg {
    Success,
    Error,
}

#[derive(Debug, Args)]
pub(super) struct ExportResults {
    /// The run.
    pub(super) run: i64,
    /// Rows that got through, or those that did not.
    #[arg(long, value_enum)]
    pub(super) rows: RowsArg,
    /// The file: .xlsx, or .csv.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// Write a CSV as the spreadsheet of this computer opens it: with a mark, and the local separator.
    #[arg(long)]
    pub(super) for_excel: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportIntegration {
    /// The integration, by name or number.
    pub(super) integration: String,
    /// The form of the file. What it cannot say is listed.
    #[arg(long, value_enum, default_value_t = IntegrationFormat::Json)]
    pub(super) format: IntegrationFormat,
    /// Write to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum IntegrationFormat {
    Json,
    Sdl,
    Sfdmu,
    Cumulusci,
    Html,
    Markdown,
}

#[derive(Debug, Args)]
pub(super) struct ImportIntegration {
    /// The file; what it is is known by its content.
    pub(super) file: PathBuf,
    /// The org that rows go to, where the file does not say; by default the only one of the workspace.
    #[arg(long, value_name = "ALIAS")]
    pub(super) org: Option<String>,
    /// The org that rows come from, for SFDMU; by default they come from CSV files beside the file.
    #[arg(long, value_name = "ALIAS")]
    pub(super) source_org: Option<String>,
    /// What to call it, where the file does not say.
    #[arg(long)]
    pub(super) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Formula {
    /// Evaluate a formula over one row.
    Eval(EvalFormula),
    /// Say what type a formula has, or what is wrong with it and where.
    Check(CheckFormula),
    /// Run cases, a JSON object a line, and print each difference.
    Test(TestFormulas),
    /// List the functions, or read about one.
    Functions(ListFunctions),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BlanksArg {
    Zero,
    Blank,
}

#[derive(Debug, Args)]
pub(super) struct EvalFormula {
    /// The formula.
    #[arg(allow_hyphen_values = true)]
    pub(super) formula: String,
    /// The row: a JSON object of fields; a field that is not text, number, true or false says its type:
    /// {"Closed": {"type": "date", "value": "2024-02-29"}}.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(super) record: String,
    /// Whether blank numbers are zeroes.
    #[arg(long, value_enum, default_value_t = BlanksArg::Zero)]
    pub(super) blanks: BlanksArg,
    /// The time zone in which an instant falls on a day.
    #[arg(long, default_value = "UTC")]
    pub(super) zone: String,
    /// What NOW() is, such as 2024-03-15T10:30:00Z; by default the present.
    #[arg(long, value_name = "INSTANT")]
    pub(super) now: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckFormula {
    /// The formula.
    #[arg(allow_hyphen_values = true)]
    pub(super) formula: String,
    /// The fields: JSON such as {"Name": "text", "Amount": "number"}, a file with it, or a CSV file whose columns are texts.
    #[arg(long, value_name = "FILE_OR_JSON", default_value = "{}")]
    pub(super) schema: String,
    /// Whether blank numbers are zeroes.
    #[arg(long, value_enum, default_value_t = BlanksArg::Zero)]
    pub(super) blanks: BlanksArg,
    /// The time zone in which an instant falls on a day.
    #[arg(long, default_value = "UTC")]
    pub(super) zone: String,
}

#[derive(Debug, Args)]
pub(super) struct TestFormulas {
    /// The file with the cases.
    pub(super) cases: PathBuf,
    /// Leave out the cases whose ids this file lists, one a line.
    #[arg(long, value_name = "FILE")]
    pub(super) except: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ListFunctions {
    /// The function.
    pub(super) name: Option<String>,
    /// Print all of them as Markdown.
    #[arg(long, conflicts_with = "name")]
    pub(super) markdown: bool,
}
