//! Ways into an org, and what leads there.

use crate::harness::{Bench, Done, program};

fn add(bench: &Bench, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
    let url = bench.org.welcome["url"].as_str().unwrap();
    let mut command = program(bench.home.path());
    command.args(["org", "add", "x", "--url", url, "--json"]).args(arguments).envs(variables.iter().copied());
    Done::from(command.output().unwrap())
}

fn told<'a>(bench: &'a Bench, name: &str) -> &'a str {
    bench.org.welcome[name].as_str().unwrap()
}

#[test]
fn a_signed_app_and_an_app_with_a_secret_both_get_in() {
    let bench = Bench::demo();
    let (id, user, key) = (told(&bench, "client_id"), told(&bench, "username"), told(&bench, "private_key_file"));
    let jwt = add(&bench, &["--jwt", "--client-id", id, "--username", user, "--key", key], &[]);
    assert_eq!((jwt.code, jwt.json()["environment"].as_str()), (0, Some("practice")), "{jwt:?}");
    assert_eq!(jwt.json()["org_id"], bench.org.welcome["org_id"]);

    let secret = told(&bench, "client_secret");
    let app = add(&bench, &["--client-credentials", "--client-id", id, "--client-secret-env", "S"], &[("S", secret)]);
    assert_eq!(app.code, 0, "{app:?}");
    let wrong = add(&bench, &["--client-credentials", "--client-id", id, "--client-secret-env", "S"], &[("S", "no")]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.json()["hint"].as_str().unwrap().contains("secret"), "{wrong:?}");
    assert!(!wrong.stderr.contains(secret), "{wrong:?}");
}

#[test]
fn a_session_that_ends_is_renewed_once_and_nobody_notices() {
    let bench = Bench::demo();
    let (id, secret) = (told(&bench, "client_id"), told(&bench, "client_secret"));
    let app = add(&bench, &["--client-credentials", "--client-id", id, "--client-secret-env", "S"], &[("S", secret)]);
    assert_eq!(app.code, 0, "{app:?}");
    bench.org.fault(&serde_json::json!("expire_tokens"));
    let rows = bench.run(&["query", "x", "SELECT Id FROM Account LIMIT 1"]);
    assert_eq!((rows.code, rows.count("rows")), (0, 1), "{rows:?}");
}

#[test]
fn a_secret_in_the_environment_is_used_and_not_written_down() {
    let bench = Bench::demo();
    let token = told(&bench, "access_token");
    let with = |arguments: &[&str]| {
        let mut command = program(bench.home.path());
        command.env("LINKSPAN_VAULT", "env").env("LINKSPAN_SECRET_CI", token).args(arguments).arg("--json");
        Done::from(command.output().unwrap())
    };
    let url = told(&bench, "url");
    let added = with(&["org", "add", "ci", "--url", url, "--token-env", "LINKSPAN_SECRET_CI"]);
    assert_eq!(added.code, 0, "{added:?}");
    let rows = with(&["query", "ci", "SELECT COUNT() FROM Account"]);
    assert_eq!(rows.code, 0, "{rows:?}");
}

#[test]
fn queries_come_as_csv_or_json_over_both_apis() {
    let bench = Bench::demo();
    let soql = "SELECT Name, Account.Name FROM Contact ORDER BY Name LIMIT 3";
    let rows = bench.query(soql);
    assert_eq!(rows.len(), 3);
    let bulk = bench.run(&["query", "p", "SELECT Id, Name FROM Account", "--bulk"]);
    assert_eq!((bulk.code, bulk.count("rows")), (0, bench.records("Account")), "{bulk:?}");
    let out = bench.home.path().join("rows.jsonl");
    let json = bench.run(&["query", "p", soql, "--format", "json", "--output", out.to_str().unwrap()]);
    assert_eq!(json.code, 0, "{json:?}");
    let first: serde_json::Value =
        serde_json::from_str(std::fs::read_to_string(&out).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(rows[0].split(',').next(), first["Name"].as_str());
    let wrong = bench.run(&["query", "p", "SELECT Nmae FROM Account"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.json()["error"].as_str().unwrap().contains("Nmae"), "{wrong:?}");
}
