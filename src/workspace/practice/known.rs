//! The bad days that can be switched on: one table in people's words, from which the window draws its switches and the command
//! line its list.

use super::days::{BadDay, Dial, Setting};

const TIMES: Setting = Setting { field: "count", before: "", after: "", dial: Dial::Times(1, 1_000) };
const PATH: Setting = Setting {
    field: "path_contains",
    before: "where the path has",
    after: "",
    dial: Dial::Text { hint: "any", needed: false },
};
const AFTER_ROWS: Setting =
    Setting { field: "after_rows", before: "after", after: "rows", dial: Dial::Whole(200, 0, 1_000_000) };

const fn whole(
    field: &'static str,
    before: &'static str,
    after: &'static str,
    first: i64,
    least: i64,
    most: i64,
) -> Setting {
    Setting { field, before, after, dial: Dial::Whole(first, least, most) }
}

const fn share(after: &'static str, first: i64) -> Setting {
    Setting { field: "share", before: "", after, dial: Dial::Percent(first) }
}

const PLAIN: BadDay = BadDay {
    group: "",
    key: "",
    fault: "",
    title: "",
    happens: "",
    linkspan: "",
    settings: &[],
    fixed: &[],
    at_once: None,
};

const WAITS: &str = "A run waits as long as it is told to and tries again, up to five times; no row is sent twice.";
const LOOKS: &str = "A run looks for what arrived. Upserts are sent again where they did not; inserts that cannot be found are \
                     Unconfirmed and never sent again.";
const REST: &str = "A run keeps what the job has done and sends the rest again.";

/// All of them, by group.
pub static BAD_DAYS: &[BadDay] = &[
    BadDay {
        group: "Signing in",
        key: "expire_tokens",
        fault: "expire_tokens",
        title: "Sessions expire now",
        happens: "Every access token given out so far stops working.",
        linkspan: "It signs in again without asking and goes on with the same row.",
        at_once: Some("Expire"),
        ..PLAIN
    },
    BadDay {
        group: "Signing in",
        key: "expire_after",
        fault: "expire_after",
        title: "Sessions expire every few calls",
        happens: "Access tokens stop working after so many calls, again and again.",
        linkspan: "It signs in again each time and goes on.",
        settings: &[
            whole("calls", "every", "calls,", 5, 1, 10_000),
            Setting { field: "times", before: "", after: "", dial: Dial::Times(0, 1_000) },
        ],
        ..PLAIN
    },
    BadDay {
        group: "Signing in",
        key: "session_lifetime",
        fault: "session_lifetime",
        title: "New sessions are short",
        happens: "Access tokens given out from now on live only so long.",
        linkspan: "It signs in again when one has ended.",
        settings: &[whole("seconds", "", "seconds", 10, 1, 86_400)],
        ..PLAIN
    },
    BadDay {
        group: "Signing in",
        key: "revoke_refresh_tokens",
        fault: "revoke_refresh_tokens",
        title: "Refresh tokens are revoked",
        happens: "Refresh tokens stop working, as after an admin revoked the app.",
        linkspan: "It needs none here. Other tools have to sign in anew.",
        at_once: Some("Revoke"),
        ..PLAIN
    },
    BadDay {
        group: "Connections",
        key: "slow_answers",
        fault: "slow_answers",
        title: "Answers are slow",
        happens: "Every answer waits.",
        linkspan: "It waits, and the window stays quick.",
        settings: &[whole("ms", "by", "ms", 400, 1, 120_000), PATH],
        ..PLAIN
    },
    BadDay {
        group: "Connections",
        key: "drop_before",
        fault: "drop_connection",
        title: "The connection drops before a call is carried out",
        happens: "The caller gets no answer, and nothing was done.",
        linkspan: LOOKS,
        settings: &[TIMES, PATH],
        fixed: &[("processed", "false")],
        ..PLAIN
    },
    BadDay {
        group: "Connections",
        key: "drop_after",
        fault: "drop_connection",
        title: "The connection drops after a call was carried out",
        happens: "The caller gets no answer, though the rows are written.",
        linkspan: LOOKS,
        settings: &[TIMES, PATH],
        fixed: &[("processed", "true")],
        ..PLAIN
    },
    BadDay {
        group: "Connections",
        key: "stall",
        fault: "stall",
        title: "Calls stall",
        happens: "The connection stays open and nothing comes until this is switched off.",
        linkspan: "It waits for minutes, as it must for long writes. Cancel twice to stop waiting.",
        settings: &[TIMES, PATH],
        fixed: &[("processed", "false")],
        ..PLAIN
    },
    BadDay {
        group: "Connections",
        key: "instance_url_change",
        fault: "instance_url_change",
        title: "The org moves to another address",
        happens: "Data answers at another address from now on, until the practice org is started again.",
        linkspan: "It signs in again at the old address, learns the new one, and goes on.",
        at_once: Some("Move"),
        ..PLAIN
    },
    BadDay {
        group: "Answers",
        key: "unavailable",
        fault: "fail_next",
        title: "The server is unavailable (503)",
        happens: "Calls are refused with \"too busy\" and are not carried out.",
        linkspan: WAITS,
        settings: &[
            Setting { field: "count", before: "", after: "", dial: Dial::Times(3, 1_000) },
            whole("retry_after", "asks to wait", "s", 1, 0, 3_600),
            PATH,
        ],
        fixed: &[("status", "503")],
        ..PLAIN
    },
    BadDay {
        group: "Answers",
        key: "maintenance",
        fault: "html_body",
        title: "A maintenance page (HTML) comes instead",
        happens: "Calls get a web page where data was asked for, and are not carried out.",
        linkspan: LOOKS,
        settings: &[TIMES, PATH],
        fixed: &[("status", "503")],
        ..PLAIN
    },
    BadDay {
        group: "Answers",
        key: "break_off",
        fault: "truncate_answer",
        title: "Answers break off",
        happens: "Half of the answer comes; the call was carried out.",
        linkspan: LOOKS,
        settings: &[TIMES, PATH],
        fixed: &[("gzip", "false")],
        ..PLAIN
    },
    BadDay {
        group: "Answers",
        key: "too_many",
        fault: "fail_next",
        title: "Too many requests (429)",
        happens: "Calls are refused because too many came at once.",
        linkspan: WAITS,
        settings: &[
            Setting { field: "count", before: "", after: "", dial: Dial::Times(3, 1_000) },
            whole("retry_after", "asks to wait", "s", 1, 0, 3_600),
            PATH,
        ],
        fixed: &[("status", "429")],
        ..PLAIN
    },
    BadDay {
        group: "Limits",
        key: "request_limit",
        fault: "request_limit",
        title: "The day's quota is used up",
        happens: "Every call is refused with REQUEST_LIMIT_EXCEEDED.",
        linkspan: "The run stops and says so. The rows left wait, and can be continued tomorrow.",
        ..PLAIN
    },
    BadDay {
        group: "Rows",
        key: "lock_rows",
        fault: "lock_rows",
        title: "Some rows are locked",
        happens: "A share of the rows fails with UNABLE_TO_LOCK_ROW, by chance.",
        linkspan: "Those rows are told as refused, with what to do. Retry sends them, and only them, again.",
        settings: &[share("% of rows", 5)],
        ..PLAIN
    },
    BadDay {
        group: "Rows",
        key: "lock_parent",
        fault: "lock_parent",
        title: "One account is locked",
        happens: "That record, and rows that point to it, fail with UNABLE_TO_LOCK_ROW.",
        linkspan: "Those rows are told as refused. Retry sends them again once the lock is gone.",
        settings: &[Setting {
            field: "id",
            before: "",
            after: "",
            dial: Dial::Text { hint: "Its name or id", needed: true },
        }],
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "job_fails",
        fault: "job_fails",
        title: "The next job fails half-way",
        happens: "It ends as Failed; rows beyond that are unprocessed.",
        linkspan: REST,
        settings: &[AFTER_ROWS],
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "job_aborted",
        fault: "job_aborted",
        title: "The next job is aborted",
        happens: "As by an admin in Setup; rows beyond that are unprocessed.",
        linkspan: REST,
        settings: &[AFTER_ROWS],
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "job_deleted",
        fault: "job_deleted",
        title: "The next job disappears",
        happens: "It is gone with its results, though rows were written.",
        linkspan: LOOKS,
        settings: &[AFTER_ROWS],
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "job_stuck",
        fault: "job_stuck",
        title: "Jobs get stuck",
        happens: "Jobs stay in progress until this is switched off.",
        linkspan: "It waits without a limit of its own and says for how long. Cancel twice to stop waiting.",
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "delay_results",
        fault: "delay_results",
        title: "Results come late",
        happens: "Jobs stay in progress for a while after their last row.",
        linkspan: "It waits for the job's own end.",
        settings: &[whole("ms", "by", "ms", 3_000, 1, 3_600_000)],
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "missing_results",
        fault: "missing_results",
        title: "Results are missing",
        happens: "A share of the rows is in none of the result files.",
        linkspan: "Those rows are Unconfirmed, and are never sent again by themselves.",
        settings: &[share("% of rows", 10)],
        ..PLAIN
    },
    BadDay {
        group: "Bulk jobs",
        key: "in_order",
        fault: "shuffle_results",
        title: "Results come in the order of the rows",
        happens: "They are shuffled otherwise, as Salesforce may do. A client that relies on the order is found out.",
        linkspan: "It pairs results with rows by their content, in any order.",
        fixed: &[("", "false")],
        ..PLAIN
    },
    BadDay {
        group: "Clock",
        key: "clock_skew",
        fault: "clock_skew",
        title: "The org's clock is wrong",
        happens: "Every date that the org tells or writes is off; negative is behind.",
        linkspan: "It goes by the org's clock, not by this computer's, when it asks what has changed.",
        settings: &[whole("seconds", "by", "seconds", -300, -86_400, 86_400)],
        ..PLAIN
    },
];
