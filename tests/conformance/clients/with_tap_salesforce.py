"""tap-salesforce (Singer) over REST: discovery, a first sync, a sync from a state. Its other half is Bulk 1.0."""

import json
import os
import subprocess
import sys

from checks import Checks, Failed, behind_proxy, count, equal, has, holds, rest, scratch, soql, welcome

behind_proxy()
who = welcome()
to = Checks("tap-salesforce")
check = to.check
base = scratch("work")


def write(name, value):
    path = os.path.join(base, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def tap(*words, code=0, **more):
    """Runs the tap; answers its stdout and stderr."""
    settings = {
        "client_id": who["client_id"],
        "client_secret": who["client_secret"],
        "refresh_token": who["refresh_token"],
        "start_date": "2020-01-01T00:00:00Z",
        "api_type": "REST",
        "select_fields_by_default": True,
        "quota_percent_total": 80,
        **more,
    }
    done = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "tap-salesforce"), "--config", write("config.json", settings), *words],
        cwd=base,
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != code:
        raise Failed(f"exit code {done.returncode}: {done.stderr[-600:]}")
    return done.stdout, done.stderr


streams = {}


@check("discovers objects, fields and keys")
def _():
    catalog = json.loads(tap("--discover")[0])
    streams.update({stream["tap_stream_id"]: stream for stream in catalog["streams"]})
    for name in ["Account", "Contact", "Lead", "Opportunity", "User"]:
        has(streams, name)
    facts = next(entry["metadata"] for entry in streams["Lead"]["metadata"] if entry["breadcrumb"] == [])
    equal(facts["valid-replication-keys"], ["SystemModstamp"])
    equal(facts["table-key-properties"], ["Id"])
    equal(streams["Lead"]["schema"]["properties"]["CreatedDate"]["anyOf"][0]["format"], "date-time")


def selected(name):
    stream = streams[name]
    for entry in stream["metadata"]:
        if entry["breadcrumb"] == []:
            entry["metadata"]["selected"] = True
    return write(f"catalog-{name}.json", {"streams": [stream]})


def sync(name, *more):
    """Records and the last state of one stream."""
    messages = [json.loads(line) for line in tap("--properties", selected(name), *more)[0].splitlines()]
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    return records, [message["value"] for message in messages if message["type"] == "STATE"][-1]


for start in range(0, 2500, 200):
    records = [{"attributes": {"type": "Lead"}, "LastName": f"TAP {n:05}", "Company": "Tap", "AnnualRevenue": n} for n in range(start, min(start + 200, 2500))]
    rest("composite/sobjects", {"allOrNone": True, "records": records})

state = []


@check("syncs more than 2,000 rows, page by page")
def _():
    records, last = sync("Lead")
    equal(len({record["Id"] for record in records}), count("SELECT COUNT() FROM Lead", deleted=True))
    row = next(record for record in records if record["LastName"] == "TAP 01234")
    equal((row["AnnualRevenue"], row["IsDeleted"], row["Company"]), (1234, False, "Tap"))
    state.append(last)


@check("syncs what changed or was deleted since its state")
def _():
    made = rest("sobjects/Lead", {"LastName": "TAP later", "Company": "Tap"})["id"]
    gone = soql("SELECT Id FROM Lead WHERE LastName = 'TAP 00007'")[0]["Id"]
    rest(f"sobjects/Lead/{gone}", method="DELETE")
    records, _ = sync("Lead", "--state", write("state.json", state[0]))
    found = {record["Id"]: record for record in records}
    holds(made in found, "the new row")
    equal(found[gone]["IsDeleted"], True)


@check("syncs an object with compound and formula fields")
def _():
    records, _ = sync("Account")
    equal(len(records), count("SELECT COUNT() FROM Account", deleted=True))


@check("stops when it may use no more of the org's calls")
def _():
    has(tap("--properties", selected("Account"), code=1, quota_percent_total=0.0001)[1], "quota")


@check("says that a wrong refresh token will not do")
def _():
    has(tap("--discover", code=1, refresh_token="no")[1], "invalid_grant")


to.skip("its bulk half", "it speaks Bulk API 1.0, which the practice org does not")
to.end()
