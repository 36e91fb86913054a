"""SFDMU over plain http: from CSV files into the org and back, by REST collections and by Bulk 2.0."""

import csv
import json
import os
import subprocess

from checks import Checks, Failed, count, equal, has, holds, scratch, soql, welcome

who = welcome()
to = Checks("sfdmu")
check = to.check
root = os.path.join(os.environ["CONFORMANCE_HOME"], "npm", "node_modules", "sfdmu")
door = os.path.join(os.environ["CONFORMANCE_SCRATCH"], "door.cjs")

# SFDMU is a plugin; this is what the command line that it plugs into would do with it.
with open(door, "w", encoding="utf-8") as file:
    file.write(
        f"const root = {json.dumps(root)};\n"
        "const oclif = require('module').createRequire(root + '/lib/index.js')('@oclif/config');\n"
        "oclif.load(root).then((config) => config.runCommand('sfdmu:run', process.argv.slice(2)))"
        ".catch((error) => { console.error(error); process.exit(99); });\n"
    )


def folder(name, objects, files=None, token=None, **more):
    """A folder with an export.json and CSV files."""
    path = scratch(name)
    org = {"name": "practice", "instanceUrl": who["url"], "accessToken": token or who["access_token"]}
    with open(os.path.join(path, "export.json"), "w", encoding="utf-8") as file:
        json.dump({"orgs": [org], "apiVersion": "62.0", "objects": objects, **more}, file)
    for file_name, lines in (files or {}).items():
        with open(os.path.join(path, file_name), "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)
    return path


def run(path, source, target, code=0):
    words = ["--sourceusername", source, "--targetusername", target, "--path", path, "--noprompt"]
    done = subprocess.run(
        [os.environ["CONFORMANCE_NODE"], door, *words],
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    text = done.stdout + done.stderr
    if done.returncode != code:
        raise Failed(f"exit code {done.returncode}: {text[-600:]}")
    return text


def read(path, *name):
    with open(os.path.join(path, *name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


accounts = {"query": "SELECT Id, Name, Industry, ERP_Id__c FROM Account", "operation": "Upsert", "externalId": "ERP_Id__c"}
contacts = {"query": "SELECT Id, LastName, Email, AccountId FROM Contact", "operation": "Upsert", "externalId": "Email"}


@check("upserts accounts and their contacts from CSV files by REST")
def _():
    path = folder(
        "upsert",
        [accounts, contacts],
        {
            "Account.csv": [["ERP_Id__c", "Name", "Industry"], ["DMU-1", 'Größe; "1"', "Energy"], ["DMU-2", "Two", "Banking"]],
            "Contact.csv": [["LastName", "Email", "Account.ERP_Id__c"], ["A", "a@dmu.example", "DMU-1"], ["B", "b@dmu.example", "DMU-2"]],
        },
    )
    has(run(path, "csvfile", "practice"), "{Account} Total processed within all steps (Insert + Update): 2 records")
    rows = soql("SELECT LastName, Account.Name, Account.Industry FROM Contact WHERE Email LIKE '%@dmu.example' ORDER BY LastName")
    equal([(row["LastName"], row["Account"]["Name"]) for row in rows], [("A", 'Größe; "1"'), ("B", "Two")])


@check("updates what it knows and inserts what it does not")
def _():
    path = folder(
        "again",
        [accounts],
        {"Account.csv": [["ERP_Id__c", "Name", "Industry"], ["DMU-1", "One", "Energy"], ["DMU-3", "Three", "Energy"]]},
    )
    text = run(path, "csvfile", "practice")
    has(text, "{Account} The Insert API operation has been finished.")
    has(text, "{Account} The Update API operation has been finished.")
    names = [row["Name"] for row in soql("SELECT Name FROM Account WHERE ERP_Id__c LIKE 'DMU-%' ORDER BY ERP_Id__c")]
    equal(names, ["One", "Two", "Three"])


leads = {"query": "SELECT Id, LastName, Company, NumberOfEmployees FROM Lead WHERE Company = 'DMU; Bulk'", "operation": "Insert", "externalId": "LastName"}
bulk = {"bulkThreshold": 1, "bulkApiVersion": "2.0", "bulkApiV1BatchSize": 9500, "pollingIntervalMs": 200}


@check("inserts 2,500 leads by Bulk 2.0")
def _():
    lines = [[f"DMU {n:05}", "DMU; Bulk", n] for n in range(2500)]
    path = folder("bulk", [leads], {"Lead.csv": [["LastName", "Company", "NumberOfEmployees"], *lines]}, **bulk)
    text = run(path, "csvfile", "practice")
    has(text, "{Lead} The Insert API operation has been started using Bulk API V2.0.")
    equal(count("SELECT COUNT() FROM Lead WHERE Company = 'DMU; Bulk'"), 2500)
    rows = soql("SELECT NumberOfEmployees FROM Lead WHERE LastName = 'DMU 01234'")
    equal([row["NumberOfEmployees"] for row in rows], [1234])


@check("says which rows Bulk 2.0 refused")
def _():
    lines = [["DMUF 1", "DMU; Bulk", 1], ["x" * 81, "DMU; Bulk", 2], ["DMUF 3", "DMU; Bulk", 3]]
    path = folder("refused", [leads], {"Lead.csv": [["LastName", "Company", "NumberOfEmployees"], *lines]}, **bulk)
    run(path, "csvfile", "practice")
    rows = read(path, "target", "Lead_insert_target.csv")
    equal(len(rows), 3, "rows of the report")
    errors = [row["Errors"] for row in rows if row["Errors"]]
    equal(len(errors), 1, "errors")
    has(errors[0], "STRING_TOO_LONG")
    equal(count("SELECT COUNT() FROM Lead WHERE LastName LIKE 'DMUF%'"), 2)


@check("exports 2,502 rows, page by page, into a CSV file")
def _():
    path = folder("export", [{**leads, "operation": "Readonly"}])
    run(path, "practice", "csvfile")
    rows = read(path, "Lead.csv")
    equal(len({row["Id"] for row in rows}), 2502)
    equal({row["Company"] for row in rows}, {"DMU; Bulk"})


@check("exports every field of an object and the parent's key")
def _():
    path = folder("fields", [{"query": "SELECT all FROM Contact WHERE Email LIKE '%@dmu.example'", "operation": "Readonly", "externalId": "Email"}, accounts])
    run(path, "practice", "csvfile")
    rows = read(path, "Contact.csv")
    equal(sorted(row["Account.ERP_Id__c"] for row in rows), ["DMU-1", "DMU-2"])
    holds("MailingCity" in rows[0] and "Birthdate" in rows[0], "fields that the describe names")


@check("updates by Bulk 2.0")
def _():
    lines = [[f"DMU {n:05}", "DMU; Bulk", 1] for n in range(300)]
    path = folder(
        "update",
        [{**leads, "operation": "Update"}],
        {"Lead.csv": [["LastName", "Company", "NumberOfEmployees"], *lines]},
        **bulk,
    )
    has(run(path, "csvfile", "practice"), "{Lead} The Update API operation has been started using Bulk API V2.0.")
    equal(count("SELECT COUNT() FROM Lead WHERE Company = 'DMU; Bulk' AND LastName LIKE 'DMU 00%' AND NumberOfEmployees = 1"), 300)


@check("deletes old rows by Bulk 2.0, then inserts the new ones")
def _():
    path = folder(
        "replace",
        [{**leads, "deleteOldData": True}],
        {"Lead.csv": [["LastName", "Company", "NumberOfEmployees"], ["DMU new", "DMU; Bulk", 5]]},
        **bulk,
    )
    run(path, "csvfile", "practice")
    equal([row["LastName"] for row in soql("SELECT LastName FROM Lead WHERE Company = 'DMU; Bulk'")], ["DMU new"])


@check("says that it cannot sign in with a bad token")
def _():
    path = folder("token", [accounts], {"Account.csv": [["ERP_Id__c", "Name", "Industry"]]}, token=who["org_id"][:15] + "!no")
    words = ["--sourceusername", "csvfile", "--targetusername", "practice", "--path", path, "--noprompt"]
    done = subprocess.run([os.environ["CONFORMANCE_NODE"], door, *words], capture_output=True, text=True, timeout=300)
    holds(done.returncode not in (0, 99), f"exit code is {done.returncode}")
    has(done.stdout + done.stderr, "has expired or the user has no access")


to.end()
