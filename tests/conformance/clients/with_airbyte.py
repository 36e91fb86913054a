"""Airbyte's Salesforce source: check, discover, and reads by REST and by Bulk 2.0, whole and incremental."""

import datetime
import json
import os
import subprocess
import sys

from checks import Checks, Failed, behind_proxy, count, equal, has, holds, rest, scratch, soql, welcome

behind_proxy()
who = welcome()
to = Checks("airbyte")
check = to.check
base = scratch("work")
since = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)).strftime("%Y-%m-%dT00:00:00Z")


def config(name, **more):
    return write(
        name,
        {
            "client_id": who["client_id"],
            "client_secret": who["client_secret"],
            "refresh_token": who["refresh_token"],
            "start_date": since,
            "is_sandbox": False,
            **more,
        },
    )


def write(name, value):
    path = os.path.join(base, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def source(*words, code=0):
    """Runs the source; answers its messages."""
    done = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "source-salesforce"), *words],
        cwd=base,
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != code:
        traces = [message["trace"]["error"] for message in messages if message["type"] == "TRACE" and "error" in message["trace"]]
        why = traces[-1].get("internal_message") or traces[-1].get("message") if traces else done.stderr[-500:]
        raise Failed(f"exit code {done.returncode}: {str(why)[:400]}")
    return messages


def of_kind(messages, kind):
    return [message[kind.lower()] for message in messages if message["type"] == kind]


@check("checks the connection")
def _():
    status = [message["connectionStatus"] for message in source("check", "--config", config("rest.json")) if message["type"] == "CONNECTION_STATUS"]
    equal(status, [{"status": "SUCCEEDED"}])


@check("says that a wrong refresh token will not do")
def _():
    messages = source("check", "--config", config("bad.json", refresh_token="no"))
    status = [message["connectionStatus"] for message in messages if message["type"] == "CONNECTION_STATUS"]
    equal(status[0]["status"], "FAILED")
    has(json.dumps(messages), "invalid_grant")


streams = {}


@check("discovers the streams with their cursors and keys")
def _():
    catalog = of_kind(source("discover", "--config", config("rest.json")), "CATALOG")[0]
    streams.update({stream["name"]: stream for stream in catalog["streams"]})
    account = streams["Account"]
    equal((account["default_cursor_field"], account["source_defined_primary_key"]), (["SystemModstamp"], [["Id"]]))
    properties = account["json_schema"]["properties"]
    equal(properties["Name"]["type"], ["string", "null"])
    equal(properties["CreatedDate"]["format"], "date-time")
    for name in ["Contact", "Lead", "Opportunity", "PricebookEntry", "User", "Profile"]:
        has(streams, name)


def catalog(name, mode="incremental"):
    one = {"stream": streams[name], "sync_mode": mode, "destination_sync_mode": "append", "cursor_field": ["SystemModstamp"]}
    return write(f"catalog-{name}.json", {"streams": [one]})


def read(settings, name, *more, mode="incremental"):
    """Records of a stream, and the last state."""
    messages = source("read", "--config", settings, "--catalog", catalog(name, mode), *more)
    states = of_kind(messages, "STATE")
    return [record["data"] for record in of_kind(messages, "RECORD")], states[-1] if states else None


for start in range(0, 2500, 200):
    records = [
        {"attributes": {"type": "Lead"}, "LastName": f"AB {n:05}", "Company": 'Air; "byte"\nGmbH', "AnnualRevenue": n}
        for n in range(start, min(start + 200, 2500))
    ]
    rest("composite/sobjects", {"allOrNone": True, "records": records})
leads = count("SELECT COUNT() FROM Lead", deleted=True)

rest_way = config("rest.json")
bulk_way = config("bulk.json", force_use_bulk_api=True)


@check("reads an object with compound fields by REST")
def _():
    records, _ = read(rest_way, "Account")
    equal(len(records), count("SELECT COUNT() FROM Account", deleted=True))
    equal(len({record["Id"] for record in records}), len(records), "different ids")
    # The source leaves out what is null.
    equal({type(record["BillingAddress"]) for record in records if "BillingAddress" in record}, {dict})


@check("reads 2,500 leads by REST, page by page")
def _():
    records, _ = read(rest_way, "Lead")
    equal(len({record["Id"] for record in records}), leads)
    equal({record["Company"] for record in records if record["LastName"].startswith("AB 0")}, {'Air; "byte"\nGmbH'})


state = []


@check("reads 2,500 leads by Bulk 2.0")
def _():
    records, last = read(bulk_way, "Lead")
    equal(len({record["Id"] for record in records}), leads)
    row = next(record for record in records if record["LastName"] == "AB 01234")
    equal((row["Company"], float(row["AnnualRevenue"]), row["IsConverted"]), ('Air; "byte"\nGmbH', 1234.0, False))
    state.append(last)


@check("reads an object without compound fields by Bulk 2.0 of itself")
def _():
    records, _ = read(rest_way, "Profile", mode="full_refresh")
    equal(len(records), count("SELECT COUNT() FROM Profile"))


@check("reads by Bulk 2.0 what has changed or gone since the last state")
def _():
    made = rest("sobjects/Lead", {"LastName": "AB later", "Company": "New"})["id"]
    gone = soql("SELECT Id FROM Lead WHERE LastName = 'AB 00007'")[0]["Id"]
    rest(f"sobjects/Lead/{gone}", method="DELETE")
    records, _ = read(bulk_way, "Lead", "--state", write("state.json", state))
    found = {record["Id"]: record for record in records}
    holds(made in found, "the new row")
    equal(found[gone]["IsDeleted"], True, "IsDeleted of the row that is gone")


to.end()
