"""The Salesforce CLI over plain http: sign-in and its data commands."""

import csv
import glob
import json
import os
import socket
import stat
import subprocess
import urllib.error
import urllib.request

from checks import Checks, Failed, bad_day, equal, has, holds, raises, scratch, welcome

who = welcome()
to = Checks("sf")
check = to.check
base = scratch("work")
modules = os.path.join(os.environ["CONFORMANCE_HOME"], "npm", "node_modules")
node = os.environ["CONFORMANCE_NODE"]
environment = os.environ | {
    "PATH": os.pathsep.join([os.path.dirname(node), os.path.join(modules, ".bin"), os.environ["PATH"]]),
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    "SF_DISABLE_TELEMETRY": "true",
    "SF_AUTOUPDATE_DISABLE": "true",
    "SF_DISABLE_LOG_FILE": "true",
    "SF_DOMAIN_RETRY": "0",
    "SF_ORG_API_VERSION": "62.0",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_DISABLE_SOURCE_MEMBER_POLLING": "true",
    "FORCE_COLOR": "0",
}


def run(*words, **more):
    """Runs a command; answers its end with exit code, stdout and stderr."""
    return subprocess.run(
        [node, os.path.join(modules, "@salesforce", "cli", "bin", "run.js"), *words],
        env=environment | more,
        cwd=base,
        capture_output=True,
        text=True,
        timeout=180,
        stdin=subprocess.DEVNULL,
    )


def sf(*words, **more):
    """Runs a command that succeeds; answers the result of its JSON."""
    done = run(*words, "--json", **more)
    if not done.stdout.startswith("{"):
        raise Failed(f"exit code {done.returncode}: {done.stdout[-300:]}{done.stderr[-500:]}")
    answer = json.loads(done.stdout)
    if done.returncode != 0 or answer.get("status") != 0:
        raise Failed(f"exit code {done.returncode}: {answer.get('name')}: {answer.get('message')}")
    return answer["result"]


def refused(*words, code=1):
    """Runs a command that fails; answers its JSON."""
    done = run(*words, "--json")
    equal(done.returncode, code, "exit code")
    return json.loads(done.stdout)


def query(soql, *more):
    return sf("data", "query", "--query", soql, *more)


def write(name, text):
    with open(os.path.join(base, name), "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return name


def listened_at(port):
    """Whether some program has this port."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def read_csv(name):
    with open(os.path.join(base, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Sign-in


@check("org login access-token")
def _():
    answer = sf(
        "org", "login", "access-token", "--instance-url", who["url"], "--no-prompt", "--alias", "practice", "--set-default",
        SF_ACCESS_TOKEN=who["access_token"],
    )
    equal((answer["username"], answer["orgId"]), (who["username"], who["org_id"]))
    equal((answer["isSandbox"], answer["isScratch"], answer["isDevHub"]), (False, False, False))


@check("org display says Connected")
def _():
    answer = sf("org", "display")
    equal((answer["connectedStatus"], answer["id"], answer["alias"]), ("Connected", who["org_id"], "practice"))


@check("org login jwt, with milliseconds as expiry")
def _():
    answer = sf(
        "org", "login", "jwt", "--username", who["username"], "--jwt-key-file", who["private_key_file"],
        "--client-id", who["client_id"], "--instance-url", who["url"], "--alias", "byjwt", "--set-default",
    )
    equal((answer["username"], answer["orgId"]), (who["username"], who["org_id"]))
    equal(sf("org", "display", "--target-org", "byjwt")["connectedStatus"], "Connected")


@check("org login jwt is refused for an unknown user")
def _():
    answer = refused(
        "org", "login", "jwt", "--username", "nobody@example.com", "--jwt-key-file", who["private_key_file"],
        "--client-id", who["client_id"], "--instance-url", who["url"],
    )
    has(answer["message"], "user hasn't approved this consumer")


def in_a_browser():
    # `open` starts the desktop's opener, which in turn starts $BROWSER: a script that walks through the org's pages. The client
    # listens only when the opener has ended, so the browser goes on by itself and tries the address it is sent to until then.
    opener = os.path.join(base, "browser")
    page = os.path.join(os.environ["CONFORMANCE_HOME"], "npm", "approve.mjs")
    with open(page, "w", encoding="utf-8") as file:
        file.write(
            "import { approve } from './checks.mjs';\n"
            "const back = await approve(process.argv[2]);\n"
            "for (let tries = 0; tries < 100; tries += 1) {\n"
            "  try { await fetch(back); break; } catch { await new Promise((resolve) => setTimeout(resolve, 200)); }\n"
            "}\n"
        )
    with open(opener, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\n"{node}" "{page}" "$1" >"{opener}.log" 2>&1 </dev/null &\n')
    os.chmod(opener, os.stat(opener).st_mode | stat.S_IXUSR)
    answer = sf("org", "login", "web", "--instance-url", who["url"], "--alias", "byweb", BROWSER=opener)
    equal((answer["username"], answer["orgId"]), (who["username"], who["org_id"]))
    equal(sf("org", "display", "--target-org", "byweb")["connectedStatus"], "Connected")


web = "org login web, in a browser that signs in and approves"
if listened_at(1717):
    to.skip(web, "another program has port 1717, which the client's app is registered with")
else:
    check(web)(in_a_browser)


@check("org login sfdx-url, with a refresh token, which knows https alone")
def _():
    host = who["url"].removeprefix("http://")
    write("auth.url", f"force://{who['client_id']}:{who['client_secret']}:{who['refresh_token']}@{host}\n")
    answer = sf(
        "org", "login", "sfdx-url", "--sfdx-url-file", "auth.url", "--alias", "byurl",
        HTTPS_PROXY=os.environ["CONFORMANCE_PROXY"], NODE_EXTRA_CA_CERTS=os.environ["CONFORMANCE_CA"], HOME=scratch("https-home"),
    )
    equal((answer["username"], answer["orgId"]), (who["username"], who["org_id"]))


@check("org list users and org display user")
def _():
    has([user["username"] for user in sf("org", "list", "users")], who["username"])
    equal(sf("org", "display", "user")["profileName"], "System Administrator")


@check("org list, and org open with an address that works once")
def _():
    has([(each["username"], each["connectedStatus"]) for each in sf("org", "list")["other"]], (who["username"], "Connected"))
    address = sf("org", "open", "--url-only")["url"]
    with urllib.request.urlopen(address, timeout=30) as page:
        equal(page.status, 200)
    equal(raises(urllib.error.HTTPError, lambda: urllib.request.urlopen(address, timeout=30)).code // 100, 4)


# Schema and limits


@check("sobject list")
def _():
    names = sf("sobject", "list", "--sobject", "all")
    for name in ["Account", "Contact", "Opportunity", "PricebookEntry", "User"]:
        has(names, name)


@check("sobject describe")
def _():
    account = sf("sobject", "describe", "--sobject", "Account")
    fields = {field["name"]: field for field in account["fields"]}
    equal((account["keyPrefix"], fields["Name"]["length"], fields["OwnerId"]["relationshipName"]), ("001", 255, "Owner"))


@check("sobject describe of an object that is not there")
def _():
    equal(refused("sobject", "describe", "--sobject", "Nonsense__c")["name"], "NOT_FOUND")


@check("org list limits and record counts")
def _():
    limits = {limit["name"]: limit for limit in sf("org", "list", "limits")}
    holds(0 < limits["DailyApiRequests"]["remaining"] < limits["DailyApiRequests"]["max"], "calls are counted")
    counts = sf("org", "list", "sobject", "record-counts", "--sobject", "Account")
    equal(counts, [{"count": query("SELECT COUNT() FROM Account")["totalSize"], "name": "Account"}])


@check("api request rest, GET and POST with a body")
def _():
    answer = json.loads(run("api", "request", "rest", "services/data/v62.0/limits").stdout)
    has(answer, "DailyApiRequests")
    made = run("api", "request", "rest", "services/data/v62.0/sobjects/Account", "--method", "POST", "--body", '{"Name": "SF Rest"}', "--include")
    has(made.stdout, "HTTP/1.1 201")
    has(made.stdout.lower(), "location")
    equal(query("SELECT Id FROM Account WHERE Name = 'SF Rest'")["totalSize"], 1)


# Rows


@check("data create record")
def _():
    answer = sf("data", "create", "record", "--sobject", "Account", "--values", "Name='SF One' Industry=Energy NumberOfEmployees=7")
    equal((answer["success"], answer["id"][:3]), (True, "001"))


@check("data get record by id and by values")
def _():
    found = sf("data", "get", "record", "--sobject", "Account", "--where", "Name='SF One' Industry=Energy")
    equal((found["Name"], found["NumberOfEmployees"]), ("SF One", 7))
    equal(sf("data", "get", "record", "--sobject", "Account", "--record-id", found["Id"])["Name"], "SF One")


@check("data update record")
def _():
    sf("data", "update", "record", "--sobject", "Account", "--where", "Name='SF One'", "--values", "Name='SF Uno' NumberOfEmployees=8")
    equal(sf("data", "get", "record", "--sobject", "Account", "--where", "Name='SF Uno'")["NumberOfEmployees"], 8)


@check("data delete record")
def _():
    sf("data", "delete", "record", "--sobject", "Account", "--where", "Name='SF Uno'")
    equal(query("SELECT Id FROM Account WHERE Name = 'SF Uno'")["totalSize"], 0)
    equal(query("SELECT Id FROM Account WHERE Name = 'SF Uno'", "--all-rows")["totalSize"], 1)


@check("data create record says what is missing")
def _():
    answer = refused("data", "create", "record", "--sobject", "Contact", "--values", "FirstName=x")
    equal(answer["name"], "REQUIRED_FIELD_MISSING")
    has(answer["message"], "Required fields are missing: [LastName]")


# Bulk


@check("data import bulk of 2,500 rows")
def _():
    lines = [f'SFB {n:05},"Acme; ""{n}"", Ltd",{n}\n' for n in range(2500)]
    write("leads.csv", "LastName,Company,NumberOfEmployees\n" + "".join(lines))
    answer = sf("data", "import", "bulk", "--sobject", "Lead", "--file", "leads.csv", "--wait", "5", "--line-ending", "LF")
    equal((answer["processedRecords"], answer["successfulRecords"], answer["failedRecords"]), (2500, 2500, 0))
    equal(query("SELECT Company FROM Lead WHERE LastName = 'SFB 00017'")["records"][0]["Company"], 'Acme; "17", Ltd')


@check("data import bulk with failing rows, and data bulk results")
def _():
    write("bad.csv", "LastName,Company\nSFF 1,A\n,B\nSFF 2,C\n")
    answer = refused("data", "import", "bulk", "--sobject", "Lead", "--file", "bad.csv", "--wait", "5")
    equal((answer["name"], answer["data"]["state"]), ("FailedRecordDetailsError", "JobComplete"))
    results = sf("data", "bulk", "results", "--job-id", answer["data"]["jobId"])
    equal((results["status"], results["processedRecords"], results["successfulRecords"], results["failedRecords"]), ("JobComplete", 3, 2, 1))
    failed = read_csv(results["failedFilePath"])
    equal(failed[0]["sf__Error"], "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --")
    equal({row["LastName"] for row in read_csv(results["successFilePath"])}, {"SFF 1", "SFF 2"})


@check("data import bulk without waiting, then resume")
def _():
    write("more.csv", "LastName,Company\n" + "".join(f"SFR {n},R\n" for n in range(50)))
    begun = sf("data", "import", "bulk", "--sobject", "Lead", "--file", "more.csv", "--wait", "0")
    answer = sf("data", "import", "resume", "--job-id", begun["jobId"], "--wait", "5")
    equal((answer["jobId"], answer["processedRecords"], answer["failedRecords"]), (begun["jobId"], 50, 0))


@check("data import bulk with CRLF and TAB")
def _():
    write("tab.csv", "LastName\tCompany\r\nSFT 1\tTab\r\n")
    answer = sf("data", "import", "bulk", "--sobject", "Lead", "--file", "tab.csv", "--wait", "5", "--line-ending", "CRLF", "--column-delimiter", "TAB")
    equal(answer["successfulRecords"], 1)


@check("data import bulk of an unknown column fails with the job's error")
def _():
    write("unknown.csv", "LastName,Nonsense__c\nx,1\n")
    answer = refused("data", "import", "bulk", "--sobject", "Lead", "--file", "unknown.csv", "--wait", "5")
    has(answer["message"], "InvalidBatch : Field name not found : Nonsense__c")


@check("data upsert bulk, new and known rows")
def _():
    write("up.csv", "ERP_Id__c,Name\n" + "".join(f"SFU-{n},Up {n}\n" for n in range(20)))
    answer = sf("data", "upsert", "bulk", "--sobject", "Account", "--file", "up.csv", "--external-id", "ERP_Id__c", "--wait", "5")
    equal(answer["jobInfo"]["numberRecordsProcessed"], 20)
    write("up2.csv", "ERP_Id__c,Name\n" + "".join(f"SFU-{n},Upp {n}\n" for n in range(10, 30)))
    answer = sf("data", "upsert", "bulk", "--sobject", "Account", "--file", "up2.csv", "--external-id", "ERP_Id__c", "--wait", "5")
    created = [row["sf__Created"] for row in answer["records"]["successfulResults"]]
    equal((created.count("true"), created.count("false")), (10, 10))
    equal(query("SELECT COUNT() FROM Account WHERE ERP_Id__c LIKE 'SFU-%'")["totalSize"], 30)


@check("data update bulk")
def _():
    rows = query("SELECT Id FROM Lead WHERE LastName LIKE 'SFB 000%'")["records"]
    write("update.csv", "Id,Company\n" + "".join(f"{row['Id']},Updated\n" for row in rows))
    answer = sf("data", "update", "bulk", "--sobject", "Lead", "--file", "update.csv", "--wait", "5")
    equal((answer["processedRecords"], answer["failedRecords"]), (100, 0))
    equal(query("SELECT COUNT() FROM Lead WHERE Company = 'Updated'")["totalSize"], 100)


@check("data export bulk to CSV and to JSON")
def _():
    soql = "SELECT Id, LastName, Company, NumberOfEmployees FROM Lead WHERE LastName LIKE 'SFB %'"
    answer = sf("data", "export", "bulk", "--query", soql, "--output-file", "leads-out.csv", "--result-format", "csv", "--wait", "5")
    equal(answer["totalSize"], 2500)
    rows = {row["LastName"]: row for row in read_csv("leads-out.csv")}
    equal((len(rows), rows["SFB 02000"]["Company"]), (2500, 'Acme; "2000", Ltd'))
    answer = sf("data", "export", "bulk", "--query", soql, "--output-file", "leads-out.json", "--result-format", "json", "--wait", "5")
    with open(os.path.join(base, "leads-out.json"), encoding="utf-8") as file:
        equal(len(json.load(file)), 2500)


@check("data export bulk without waiting, then resume")
def _():
    begun = sf("data", "export", "bulk", "--query", "SELECT Id FROM Lead WHERE LastName LIKE 'SFR %'", "--output-file", "later.csv", "--result-format", "csv", "--wait", "0")
    sf("data", "export", "resume", "--job-id", begun["jobId"])
    equal(len(read_csv("later.csv")), 50)


@check("data delete bulk")
def _():
    rows = query("SELECT Id FROM Lead WHERE LastName LIKE 'SFB %'")["records"]
    equal(len(rows), 2500, "rows of the query, all pages")
    write("delete.csv", "Id\n" + "".join(f"{row['Id']}\n" for row in rows))
    answer = sf("data", "delete", "bulk", "--sobject", "Lead", "--file", "delete.csv", "--wait", "5")
    equal(answer["jobInfo"]["numberRecordsProcessed"], 2500)
    equal(query("SELECT COUNT() FROM Lead WHERE LastName LIKE 'SFB %'")["totalSize"], 0)


# Queries


@check("data query as a table, as CSV and as JSON")
def _():
    soql = "SELECT Name, ERP_Id__c, Owner.Name, CreatedBy.Profile.Name FROM Account WHERE ERP_Id__c IN ('SFU-1','SFU-2') ORDER BY Name"
    table = run("data", "query", "--query", soql)
    equal(table.returncode, 0, "exit code of the table: " + table.stderr)
    has(table.stdout, "OWNER.NAME")
    has(table.stdout, "Total number of records retrieved: 2.")
    text = run("data", "query", "--query", soql, "--result-format", "csv").stdout
    equal(text.splitlines()[0], "Name,ERP_Id__c,Owner.Name,CreatedBy.Profile.Name")
    has(text.splitlines()[1], "Up 1,SFU-1,")
    has(text.splitlines()[1], "System Administrator")
    equal([row["Name"] for row in query(soql)["records"]], ["Up 1", "Up 2"])


@check("data query of children, as a table and as CSV")
def _():
    account = sf("data", "create", "record", "--sobject", "Account", "--values", "Name='SF Parent'")["id"]
    for name in ["C1", "C2"]:
        sf("data", "create", "record", "--sobject", "Contact", "--values", f"LastName={name} AccountId={account}")
    soql = f"SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Id = '{account}'"
    table = run("data", "query", "--query", soql)
    has(table.stdout, "C2")
    text = run("data", "query", "--query", soql, "--result-format", "csv").stdout.splitlines()
    # The client repeats the count before each child.
    head = "Name,Contacts.totalSize,Contacts.records.0.LastName,Contacts.totalSize,Contacts.records.1.LastName"
    equal(text, [head, "SF Parent,2,C1,2,C2"])


@check("data query of groups, as a table and as CSV")
def _():
    soql = "SELECT Company, MAX(LastName), COUNT(Id) n FROM Lead WHERE Company = 'R' GROUP BY Company"
    has(run("data", "query", "--query", soql).stdout, "Total number of records retrieved: 1.")
    equal(run("data", "query", "--query", soql, "--result-format", "csv").stdout.splitlines(), ["Company,max(LastName),n", "R,SFR 9,50"])
    table = run("data", "query", "--query", "SELECT COUNT() FROM Lead WHERE Company = 'R'")
    has(table.stdout, "Total number of records retrieved: 50.")


@check("data query from a file into a file")
def _():
    write("query.soql", "SELECT Name\nFROM Account\nWHERE ERP_Id__c = 'SFU-1'\n")
    equal(run("data", "query", "--file", "query.soql", "--output-file", "query.csv", "--result-format", "csv").returncode, 0, "exit code")
    equal(read_csv("query.csv"), [{"Name": "Up 1"}])


@check("data query says what is wrong")
def _():
    answer = refused("data", "query", "--query", "SELECT Nonsense FROM Account")
    equal(answer["name"], "INVALID_FIELD")
    has(answer["message"], "No such column 'Nonsense' on entity 'Account'")
    equal(refused("data", "query", "--query", "SELECT FROM")["name"], "MALFORMED_QUERY")


@check("data query of the tooling API")
def _():
    answer = query("SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'", "--use-tooling-api")
    equal(answer["records"][0]["QualifiedApiName"], "Account")


@check("data search")
def _():
    sf("data", "create", "record", "--sobject", "Account", "--values", "Name='Xylophon Werke'")
    answer = sf("data", "search", "--query", "FIND {Xylophon} IN NAME FIELDS RETURNING Account(Id, Name)")
    equal([row["Name"] for row in answer["searchRecords"]], ["Xylophon Werke"])


# Trees


@check("data export tree and import tree")
def _():
    soql = "SELECT Name, Industry, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'SF Parent'"
    sf("data", "export", "tree", "--query", soql, "--output-dir", "tree")
    files = glob.glob(os.path.join(base, "tree", "*.json"))
    equal(len(files), 1, "files")
    answer = sf("data", "import", "tree", "--files", files[0])
    equal(sorted(row["type"] for row in answer), ["Account", "Contact", "Contact"])
    equal(query("SELECT COUNT() FROM Contact WHERE Account.Name = 'SF Parent'")["totalSize"], 4)


@check("data export tree and import tree by a plan")
def _():
    soql = "SELECT Name, (SELECT LastName, AccountId FROM Contacts) FROM Account WHERE Name = 'SF Parent'"
    sf("data", "export", "tree", "--query", soql, "--plan", "--output-dir", "plan")
    plan = glob.glob(os.path.join(base, "plan", "*plan.json"))[0]
    answer = sf("data", "import", "tree", "--plan", plan)
    equal(len(answer), 6, "records")
    equal(query("SELECT COUNT() FROM Contact WHERE Account.Name = 'SF Parent'")["totalSize"], 8)


@check("data import tree with a bad row makes nothing")
def _():
    write("bad.json", json.dumps({"records": [
        {"attributes": {"type": "Account", "referenceId": "r1"}, "Name": "SF Tree"},
        {"attributes": {"type": "Account", "referenceId": "r2"}, "Industry": "Energy"},
    ]}))
    answer = refused("data", "import", "tree", "--files", "bad.json")
    has(json.dumps(answer), "REQUIRED_FIELD_MISSING")
    equal(query("SELECT COUNT() FROM Account WHERE Name = 'SF Tree'")["totalSize"], 0)


@check("renews its session by JWT when it has ended")
def _():
    sf("org", "login", "jwt", "--username", who["username"], "--jwt-key-file", who["private_key_file"], "--client-id", who["client_id"], "--instance-url", who["url"], "--set-default")
    with bad_day("expire_tokens"):
        equal(query("SELECT COUNT() FROM Organization")["totalSize"], 1)


@check("org logout")
def _():
    run("org", "logout", "--target-org", who["username"], "--no-prompt")
    equal(refused("org", "display", "--target-org", who["username"], code=2)["name"], "NamedOrgNotFoundError")


to.end()
