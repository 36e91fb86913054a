"""CumulusCI's `cci`: sign-in, dataset loads and extracts over REST, composite, deletes. Its bulk half is Bulk 1.0."""

import json
import os
import sqlite3
import subprocess
import sys
import time

from checks import Checks, Failed, behind_proxy, count, equal, has, holds, rest, scratch, soql, welcome

behind_proxy()
who = welcome()
to = Checks("cumulusci")
check = to.check
project = scratch("project")
ADDRESS = "https://practice.my.salesforce.com"

# An org and its app as they are told to cci on a build server.
org = {
    "access_token": who["access_token"],
    "refresh_token": who["refresh_token"],
    "instance_url": ADDRESS,
    "id": f"{ADDRESS}/id/{who['org_id']}/{who['user_id']}",
    "connected_app": "env",
}
app = {"client_id": who["client_id"], "client_secret": who["client_secret"], "callback_url": "http://localhost:8080/callback", "login_url": ADDRESS}
environment = os.environ | {
    "CUMULUSCI_KEY": "0123456789abcdef",
    "CUMULUSCI_KEYCHAIN_CLASS": "cumulusci.core.keychain.EnvironmentProjectKeychain",
    "CUMULUSCI_ORG_practice": json.dumps(org),
    "CUMULUSCI_SERVICE_connected_app": json.dumps(app),
    "COLUMNS": "400",
}


def write(name, text):
    path = os.path.join(project, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def cci(*words, code=0, **more):
    done = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "cci"), *words],
        env=environment | more,
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != code:
        raise Failed(f"exit code {done.returncode}: {(done.stdout + done.stderr)[-700:]}")
    return done.stdout + done.stderr


def task(name, *words, **more):
    return cci("task", "run", name, "--org", "practice", *words, **more)


write(
    "cumulusci.yml",
    "project:\n  name: practice\n  package:\n    name: practice\n    api_version: '62.0'\n  git:\n    default_branch: main\n",
)
# It has just asked for the newest cci, and will not again for an hour.
os.makedirs(os.path.expanduser("~/.cumulusci"), exist_ok=True)
with open(os.path.expanduser("~/.cumulusci/cumulus_timestamp"), "w", encoding="utf-8") as file:
    file.write(str(time.time() + 3600))

identity = ["-c", "user.name=conformance", "-c", "user.email=conformance@example.com"]
for words in (["init", "--quiet", "--initial-branch", "main"], [*identity, "commit", "--quiet", "--allow-empty", "--message", "Begin"]):
    subprocess.run(["git", *words], cwd=project, check=True)


@check("refreshes its token and knows the org")
def _():
    text = cci("org", "info", "practice", "--json")
    info = json.loads(text[text.index("{") : text.rindex("}") + 1])
    equal((info["instance_url"], info["org_type"], info["is_sandbox"]), (ADDRESS, "Developer Edition", False))
    newest = [version["version"] for version in rest("/services/data")][-1]
    has(cci("org", "info", "practice"), newest)


@check("signs in with a JWT, which expires the second it is made")
def _():
    with open(who["private_key_file"], encoding="utf-8") as file:
        key = file.read()
    text = cci("org", "info", "practice", "--json", SFDX_CLIENT_ID=who["client_id"], SFDX_HUB_KEY=key)
    has(text, ADDRESS)


MAPPING = """
Account:
  sf_object: Account
  api: rest
  table: Account
  fields: [Name, Industry, NumberOfEmployees, ERP_Id__c]
Contact:
  sf_object: Contact
  api: rest
  table: Contact
  fields: [FirstName, LastName]
  lookups:
    AccountId: {table: Account}
"""

write("datasets/mapping.yml", MAPPING)


def dataset(accounts, contacts):
    """A dataset as SQL, as cci keeps them."""
    db = sqlite3.connect(":memory:")
    db.execute('CREATE TABLE "Account" (id INTEGER PRIMARY KEY, "Name" TEXT, "Industry" TEXT, "NumberOfEmployees" TEXT, "ERP_Id__c" TEXT)')
    db.execute('CREATE TABLE "Contact" (id INTEGER PRIMARY KEY, "FirstName" TEXT, "LastName" TEXT, "AccountId" TEXT)')
    db.executemany("INSERT INTO Account VALUES (?,?,?,?,?)", accounts)
    db.executemany("INSERT INTO Contact VALUES (?,?,?,?)", contacts)
    db.commit()
    return write("datasets/data.sql", "\n".join(db.iterdump()) + "\n")


@check("loads 2,500 contacts of 3 accounts by REST collections")
def _():
    accounts = [(n, f"Cci {n}", "Energy", str(n), f"CCI-{n}") for n in range(1, 4)]
    contacts = [(n, "A", f"Cci {n:05}", str(n % 3 + 1)) for n in range(1, 2501)]
    text = task("load_dataset", "--mapping", "datasets/mapping.yml", "--sql_path", dataset(accounts, contacts))
    equal(count("SELECT COUNT() FROM Contact WHERE LastName LIKE 'Cci %'"), 2500)
    rows = soql("SELECT Account.Name FROM Contact WHERE LastName = 'Cci 00001'")
    equal([row["Account"]["Name"] for row in rows], ["Cci 2"])
    holds("Could not set recently viewed" not in text and "Cannot set recently viewed" not in text, "recently viewed: " + text[-400:])


@check("extracts them, page by page")
def _():
    write(
        "datasets/out.yml",
        MAPPING.replace("  lookups:", "  soql_filter: LastName LIKE 'Cci %'\n  lookups:").replace(
            "NumberOfEmployees, ERP_Id__c]", "NumberOfEmployees, ERP_Id__c]\n  soql_filter: ERP_Id__c LIKE 'CCI-%'"
        ),
    )
    task("extract_dataset", "--mapping", "datasets/out.yml", "--sql_path", "datasets/out.sql")
    db = sqlite3.connect(":memory:")
    with open(os.path.join(project, "datasets", "out.sql"), encoding="utf-8") as file:
        db.executescript(file.read())
    equal(db.execute("SELECT COUNT(*), COUNT(DISTINCT LastName) FROM Contact").fetchone(), (2500, 2500))
    joined = db.execute("SELECT A.Name FROM Contact C JOIN Account A ON A.id = C.AccountId WHERE C.LastName = 'Cci 00001'")
    equal(joined.fetchall(), [("Cci 2",)])


@check("upserts by an external id")
def _():
    write(
        "datasets/upsert.yml",
        "Account:\n  sf_object: Account\n  api: rest\n  table: Account\n  action: upsert\n  update_key: ERP_Id__c\n  fields: [Name, ERP_Id__c]\n",
    )
    accounts = [(n, f"Cci again {n}", None, None, f"CCI-{n}") for n in range(2, 6)]
    task("load_dataset", "--mapping", "datasets/upsert.yml", "--sql_path", dataset(accounts, []))
    rows = soql("SELECT Name FROM Account WHERE ERP_Id__c LIKE 'CCI-%' ORDER BY ERP_Id__c")
    equal([row["Name"] for row in rows], ["Cci 1"] + [f"Cci again {n}" for n in range(2, 6)])


@check("says which row the org refused")
def _():
    contacts = [(1, "A", "x" * 81, None)]
    text = task("load_dataset", "--mapping", "datasets/mapping.yml", "--sql_path", dataset([], contacts), code=1)
    has(text, "STRING_TOO_LONG")


@check("writes a mapping from what the org describes")
def _():
    task("generate_dataset_mapping", "--path", "datasets/made.yml")
    with open(os.path.join(project, "datasets", "made.yml"), encoding="utf-8") as file:
        holds(file.read() != "", "the mapping is there")


@check("inserts a record")
def _():
    has(task("insert_record", "--object", "Account", "--values", "Name:Cci record"), "Account record inserted: 001")
    equal(count("SELECT COUNT() FROM Account WHERE Name = 'Cci record'"), 1)


@check("sends a composite request, and says why one failed")
def _():
    part = lambda name, body: {"method": "POST", "url": f"/services/data/v62.0/sobjects/{name}", "referenceId": "r" + name, "body": body}
    good = {"allOrNone": True, "compositeRequest": [part("Account", {"Name": "Cci composite"}), part("Contact", {"LastName": "Cci c", "AccountId": "@{rAccount.id}"})]}
    task("composite_request", "--data_files", write("good.json", json.dumps(good)))
    equal(count("SELECT COUNT() FROM Contact WHERE Account.Name = 'Cci composite'"), 1)
    bad = {"allOrNone": True, "compositeRequest": [part("Account", {"Name": "Cci rolled back"}), part("Contact", {})]}
    text = task("composite_request", "--data_files", write("bad.json", json.dumps(bad)), code=1)
    has(text, "REQUIRED_FIELD_MISSING")
    equal(count("SELECT COUNT() FROM Account WHERE Name = 'Cci rolled back'"), 0)


@check("checks which objects there are")
def _():
    has(task("check_sobjects_available"), "PricebookEntry")


@check("makes and loads data from a recipe")
def _():
    write(
        "datasets/recipe.yml",
        "- object: Account\n  count: 3\n  fields:\n    Name: Cci recipe\n  friends:\n    - object: Contact\n      count: 2\n      fields:\n"
        "        LastName: Cci friend\n        AccountId: {reference: Account}\n",
    )
    task("snowfakery", "--recipe", "datasets/recipe.yml")
    equal(count("SELECT COUNT() FROM Contact WHERE LastName = 'Cci friend' AND Account.Name = 'Cci recipe'"), 6)


@check("deletes 2,500 rows by REST collections")
def _():
    task("delete_data", "--objects", "Contact", "--where", "LastName LIKE 'Cci %'", "--api", "rest")
    equal(count("SELECT COUNT() FROM Contact WHERE LastName LIKE 'Cci %'"), 0)


to.skip("its bulk half", "it speaks Bulk API 1.0, which the practice org does not")
to.skip("its metadata half", "it speaks the Metadata API over SOAP, which the practice org does not")
to.end()
