"""simple-salesforce: sign-in in all its ways, REST, search, tooling, Bulk 2.0."""

import csv
import datetime
import io
import urllib.parse

from checks import Checks, bad_day, behind_proxy, equal, has, holds, raises, scratch, welcome

behind_proxy()

import requests
from simple_salesforce import Salesforce, SalesforceLogin, format_soql
from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

who = welcome()
to = Checks("simple-salesforce")
check = to.check
host = "practice.my.salesforce.com"
address = "https://" + host


def signed_in(**kwargs):
    return Salesforce(instance_url=address, session_id=who["access_token"], **kwargs)


def one(soql):
    records = sf.query(soql)["records"]
    equal(len(records), 1, f"rows of {soql}")
    return records[0]


def rows(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def code_of(error):
    return error.content[0]["errorCode"]


# Sign-in


@check("signs in with user name, password and security token over SOAP")
def _():
    token, instance = SalesforceLogin(
        username=who["username"], password=who["password"], security_token="", sf_version="59.0"
    )
    equal(instance, host, "instance")
    holds(token.startswith(who["org_id"][:15] + "!"), "the session id names the org")
    equal(Salesforce(instance=instance, session_id=token).query("SELECT COUNT() FROM Profile")["done"], True)


@check("signs in over SOAP with an organization id")
def _():
    org = Salesforce(username=who["username"], password=who["password"], organizationId=who["org_id"])
    equal(org.auth_type, "ipfilter")
    has(org.limits(), "DailyApiRequests")


@check("raises SalesforceAuthenticationFailed INVALID_LOGIN for a wrong password over SOAP")
def _():
    error = raises(
        SalesforceAuthenticationFailed,
        lambda: SalesforceLogin(username=who["username"], password="no", security_token="no"),
    )
    equal(error.code, "INVALID_LOGIN", "code")
    has(error.auth_message, "Invalid username, password, security token; or user locked out.")


@check("is told over SOAP, in a fault with a code, that login() went with API version 65.0")
def _():
    error = raises(
        SalesforceAuthenticationFailed,
        lambda: SalesforceLogin(
            username=who["username"], password=who["password"], security_token="", sf_version="65.0"
        ),
    )
    holds(isinstance(error.code, str) and error.code.isupper(), f"code is {error.code!r}")


@check("signs in with the OAuth password grant")
def _():
    org = Salesforce(
        username=who["username"],
        password=who["password"],
        consumer_key=who["client_id"],
        consumer_secret=who["client_secret"],
    )
    equal(org.sf_instance, host, "instance")
    equal(org.query("SELECT Username FROM User WHERE Id = '%s'" % who["user_id"])["records"][0]["Username"], who["username"])


@check("raises SalesforceAuthenticationFailed for a wrong password of the OAuth password grant")
def _():
    error = raises(
        SalesforceAuthenticationFailed,
        lambda: Salesforce(
            username=who["username"],
            password="wrong",
            consumer_key=who["client_id"],
            consumer_secret=who["client_secret"],
        ),
    )
    equal((error.code, error.auth_message), ("invalid_grant", "authentication failure"))


@check("signs in with a JWT, whose expiry it sends as text")
def _():
    org = Salesforce(
        username=who["username"], consumer_key=who["client_id"], privatekey_file=who["private_key_file"]
    )
    equal(org.auth_type, "jwt-bearer")
    equal(org.sf_instance, host, "instance")
    has(org.describe(), "sobjects")


@check("signs in with a JWT for the sandbox audience")
def _():
    with open(who["private_key_file"], encoding="utf-8") as file:
        key = file.read()
    org = Salesforce(username=who["username"], consumer_key=who["client_id"], privatekey=key, domain="test")
    equal(org.sf_instance, host, "instance")


@check("raises SalesforceAuthenticationFailed for a JWT of an unknown user")
def _():
    error = raises(
        SalesforceAuthenticationFailed,
        lambda: Salesforce(
            username="nobody@example.com", consumer_key=who["client_id"], privatekey_file=who["private_key_file"]
        ),
    )
    equal(error.code, "invalid_grant", "code")


@check("signs in with client credentials, sent as HTTP Basic")
def _():
    org = Salesforce(consumer_key=who["client_id"], consumer_secret=who["client_secret"], domain="practice.my")
    equal(org.auth_type, "client-credentials")
    equal(org.sf_instance, host, "instance")


@check("raises SalesforceAuthenticationFailed for a wrong client secret")
def _():
    error = raises(
        SalesforceAuthenticationFailed,
        lambda: Salesforce(consumer_key=who["client_id"], consumer_secret="no", domain="practice.my"),
    )
    holds(error.code in ("invalid_client", "invalid_client_credentials"), f"code is {error.code}")


@check("raises SalesforceExpiredSession for a token that never was")
def _():
    org = Salesforce(instance_url=address, session_id=who["org_id"][:15] + "!nonsense")
    error = raises(SalesforceExpiredSession, org.limits)
    equal(code_of(error), "INVALID_SESSION_ID")
    equal(error.content[0]["message"], "Session expired or invalid")


@check("signs in again by itself when its session has ended, and goes on")
def _():
    org = Salesforce(
        username=who["username"],
        password=who["password"],
        consumer_key=who["client_id"],
        consumer_secret=who["client_secret"],
    )
    old = org.session_id
    answer = requests.post(address + "/services/oauth2/revoke", data={"token": old}, timeout=30)
    equal(answer.status_code, 200, "status of revoke")
    has(org.limits(), "DailyApiRequests")
    holds(org.session_id != old, "the session is a new one")
    equal(org.Account.describe()["name"], "Account")


sf = signed_in()


# Who and what


@check("tells who one is at userinfo")
def _():
    info = sf.oauth2("userinfo")
    equal(info["user_id"], who["user_id"], "user_id")
    equal(info["organization_id"], who["org_id"], "organization_id")
    equal(info["preferred_username"], who["username"], "preferred_username")
    has(info["urls"]["rest"], "/services/data/v{version}/")


@check("tells the identity with the address that the token answer gave")
def _():
    token = requests.post(
        "https://login.salesforce.com/services/oauth2/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": who["refresh_token"],
            "client_id": who["client_id"],
            "client_secret": who["client_secret"],
        },
        timeout=30,
    ).json()
    has(token["id"], f"/id/{who['org_id']}/{who['user_id']}")
    identity = requests.get(token["id"], headers={"Authorization": "Bearer " + token["access_token"]}, timeout=30).json()
    equal(identity["username"], who["username"], "username")
    equal(identity["status"].keys() >= {"created_date", "body"}, True, "status")


@check("reads limits, and the usage of each answer's header")
def _():
    limits = sf.limits()
    for name in ["DailyApiRequests", "DailyBulkV2QueryJobs", "DailyBulkApiBatches", "DataStorageMB", "SingleEmail"]:
        equal(set(limits[name]) >= {"Max", "Remaining"}, True, name)
    usage = sf.api_usage["api-usage"]
    before = usage.used
    sf.query("SELECT Id FROM Organization")
    equal(sf.api_usage["api-usage"].used, before + 1, "calls counted")
    equal(sf.api_usage["api-usage"].total, limits["DailyApiRequests"]["Max"], "calls a day")


@check("says that it is no sandbox")
def _():
    equal(sf.is_sandbox(), False)


@check("describes all objects")
def _():
    everything = sf.describe()
    equal((everything["encoding"], everything["maxBatchSize"]), ("UTF-8", 200))
    objects = {entry["name"]: entry for entry in everything["sobjects"]}
    for name in "Account Contact Lead Opportunity Case Product2 Pricebook2 PricebookEntry Order OrderItem Campaign Task User".split():
        has(objects, name)
    equal(objects["Account"]["keyPrefix"], "001")
    equal(objects["Account"]["urls"]["rowTemplate"], f"/services/data/v{sf.sf_version}/sobjects/Account/{{ID}}")
    equal(objects["Account"]["createable"], True)


@check("describes one object with its fields")
def _():
    account = sf.Account.describe()
    fields = {field["name"]: field for field in account["fields"]}
    equal((fields["Name"]["type"], fields["Name"]["length"], fields["Name"]["nillable"]), ("string", 255, False))
    equal((fields["ParentId"]["referenceTo"], fields["ParentId"]["relationshipName"]), (["Account"], "Parent"))
    equal((fields["AnnualRevenue"]["type"], fields["AnnualRevenue"]["precision"]), ("currency", 18))
    equal((fields["ERP_Id__c"]["externalId"], fields["ERP_Id__c"]["idLookup"]), (True, True))
    holds({"Agriculture", "Banking"} <= {value["value"] for value in fields["Industry"]["picklistValues"]}, "Industry")
    holds(any(child["childSObject"] == "Contact" and child["relationshipName"] == "Contacts" for child in account["childRelationships"]), "Contacts")
    holds(account["recordTypeInfos"][-1]["master"], "the master record type comes last")


@check("describes an object as not modified since")
def _():
    first = sf.session.get(f"{sf.base_url}sobjects/Account/describe", headers=sf.headers)
    again = sf.session.get(
        f"{sf.base_url}sobjects/Account/describe",
        headers=sf.headers | {"If-Modified-Since": first.headers["Last-Modified"]},
    )
    equal((again.status_code, again.content), (304, b""))


@check("reads an object's basic information")
def _():
    basic = sf.Contact.metadata()
    equal(basic["objectDescribe"]["name"], "Contact")
    equal(type(basic["recentItems"]), list)


@check("raises SalesforceResourceNotFound for an object that is not there")
def _():
    error = raises(SalesforceResourceNotFound, sf.Nonsense__c.describe)
    equal(code_of(error), "NOT_FOUND")
    equal(error.content[0]["message"], "The requested resource does not exist")


@check("reads the list of resources and of versions")
def _():
    resources = sf.restful("")
    for name in ["sobjects", "query", "queryAll", "search", "limits", "jobs", "composite", "tooling", "identity"]:
        has(resources, name)
    versions = requests.get(address + "/services/data", timeout=30).json()
    equal(versions, sorted(versions, key=lambda version: float(version["version"])), "order of versions")


# Rows


account = check("creates a row")(lambda: sf.Account.create({"Name": "Übersee & Söhne", "Industry": "Banking", "AnnualRevenue": 1234}))


@check("reads the row back")
def _():
    equal((account["success"], account["errors"]), (True, []))
    row = sf.Account.get(account["id"])
    equal(list(row)[0], "attributes", "first key")
    equal(row["attributes"]["url"], f"/services/data/v{sf.sf_version}/sobjects/Account/{account['id']}")
    equal((row["Name"], row["Industry"], row["AnnualRevenue"]), ("Übersee & Söhne", "Banking", 1234.0))
    equal((row["OwnerId"], row["IsDeleted"], row["ParentId"]), (who["user_id"], False, None))
    datetime.datetime.strptime(row["CreatedDate"], "%Y-%m-%dT%H:%M:%S.000+0000")


@check("reads some fields of it by 15 characters of its id")
def _():
    row = sf.Account.get(account["id"][:15], params={"fields": "Name,Owner.Username"})
    equal(set(row), {"attributes", "Name", "Owner", "Id"} & set(row), "fields")
    equal((row["Name"], row["Owner"]["Username"]), ("Übersee & Söhne", who["username"]))


@check("updates it, clears a field, and reads that back")
def _():
    equal(sf.Account.update(account["id"], {"Name": "New", "Industry": None}), 204)
    row = sf.Account.get(account["id"])
    equal((row["Name"], row["Industry"], row["AnnualRevenue"]), ("New", None, 1234.0))


@check("upserts by an external id: 201, then 200, then reads it by that id")
def _():
    path = "ERP_Id__c/" + urllib.parse.quote("SS-1 ä")
    first = sf.Account.upsert(path, {"Name": "One"}, raw_response=True)
    equal((first.status_code, first.json()["created"], first.json()["success"]), (201, True, True))
    second = sf.Account.upsert(path, {"Name": "Two"}, raw_response=True)
    equal((second.status_code, second.json()["created"], second.json()["id"]), (200, False, first.json()["id"]))
    equal(sf.Account.get(first.json()["id"])["Name"], "Two")
    equal(one("SELECT Name FROM Account WHERE ERP_Id__c = 'SS-1 ä'")["Name"], "Two")


@check("upserts with version 45.0: 201, then 204")
def _():
    old = signed_in(version="45.0")
    equal(old.Account.upsert("ERP_Id__c/SS-45", {"Name": "One"}), 201)
    equal(old.Account.upsert("ERP_Id__c/SS-45", {"Name": "Two"}), 204)


@check("reads by an external id")
def _():
    equal(sf.Account.get_by_custom_id("ERP_Id__c", "SS-45")["Name"], "Two")
    raises(SalesforceResourceNotFound, lambda: sf.Account.get_by_custom_id("ERP_Id__c", "SS-none"))


@check("links a row to its parent by the parent's external id")
def _():
    contact = sf.Contact.create({"LastName": "Linked", "Account": {"ERP_Id__c": "SS-45"}})
    row = one(f"SELECT Account.Name, Account.ERP_Id__c FROM Contact WHERE Id = '{contact['id']}'")
    equal((row["Account"]["Name"], row["Account"]["ERP_Id__c"]), ("Two", "SS-45"))


@check("raises SalesforceMalformedRequest with Salesforce's code for each kind of bad row")
def _():
    for data, code in [
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "x" * 256}, "STRING_TOO_LONG"),
        ({"Name": "x", "Nonsense__c": 1}, "INVALID_FIELD"),
        ({"Name": "x", "ParentId": "001"}, "MALFORMED_ID"),
        ({"Name": "x", "ParentId": "001000000000000AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Name": "x", "AnnualRevenue": "abc"}, "JSON_PARSER_ERROR"),
        ({"Name": "x", "CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "x", "ERP_Id__c": "SS-45"}, "DUPLICATE_VALUE"),
    ]:
        error = raises(SalesforceMalformedRequest, lambda data=data: sf.Account.create(data))
        equal(code_of(error), code, f"code for {str(data)[:60]}")


@check("is told which fields are missing")
def _():
    error = raises(SalesforceMalformedRequest, lambda: sf.Opportunity.create({"Name": "x"}))
    entry = error.content[0]
    equal(sorted(entry["fields"]), ["CloseDate", "StageName"])
    has(entry["message"], "Required fields are missing: [")


@check("deletes it, and is then told NOT_FOUND or ENTITY_IS_DELETED with 404")
def _():
    equal(sf.Account.delete(account["id"]), 204)
    error = raises(SalesforceResourceNotFound, lambda: sf.Account.get(account["id"]))
    holds(code_of(error) in ("NOT_FOUND", "ENTITY_IS_DELETED"), f"code is {code_of(error)}")
    error = raises(SalesforceResourceNotFound, lambda: sf.Account.delete(account["id"]))
    equal(code_of(error), "ENTITY_IS_DELETED", "code of the second delete")


@check("lists changed and deleted rows")
def _():
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
    start = end - datetime.timedelta(minutes=30)
    gone = sf.Account.deleted(start, end)
    has([row["id"] for row in gone["deletedRecords"]], account["id"])
    has(gone, "earliestDateAvailable")
    has(gone, "latestDateCovered")
    contact = sf.Contact.create({"LastName": "Changed"})["id"]
    has(sf.Contact.updated(start, end)["ids"], contact)


@check("raises SalesforceMoreThanOneRecord when two rows have the key")
def _():
    for _ in range(2):
        sf.Contact.create({"LastName": "Twin", "Email": "twin@example.com"})
    error = raises(SalesforceMoreThanOneRecord, lambda: sf.Contact.upsert("Email/twin@example.com", {"LastName": "?"}))
    equal(len(error.content), 2, "addresses")
    has(error.content[0], f"/services/data/v{sf.sf_version}/sobjects/Contact/003")


# Collections and composite


@check("creates a collection with one bad row, the others through")
def _():
    records = [{"attributes": {"type": "Account"}, "Name": f"SSC {n}"} for n in range(3)]
    records[1]["Name"] = "x" * 300
    answer = sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": records})
    equal([row["success"] for row in answer], [True, False, True])
    error = answer[1]["errors"][0]
    equal((error["statusCode"], error["fields"]), ("STRING_TOO_LONG", ["Name"]))
    equal(sf.query("SELECT COUNT() FROM Account WHERE Name LIKE 'SSC %'")["totalSize"], 2)


@check("creates nothing of a collection with a bad row when it is all or none")
def _():
    records = [{"attributes": {"type": "Account"}, "Name": "SSN 1"}, {"attributes": {"type": "Account"}}]
    answer = sf.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": records})
    equal([row["errors"][0]["statusCode"] for row in answer], ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"])
    equal(sf.query("SELECT COUNT() FROM Account WHERE Name LIKE 'SSN%'")["totalSize"], 0)


@check("is told that 201 rows are too many for a collection")
def _():
    records = [{"attributes": {"type": "Account"}, "Name": "x"}] * 201
    error = raises(
        SalesforceMalformedRequest,
        lambda: sf.restful("composite/sobjects", method="POST", json={"records": records}),
    )
    equal(code_of(error), "EXCEEDED_ID_LIMIT")


@check("fills 4,500 rows with collections of 200")
def _():
    for start in range(0, 4500, 200):
        records = [
            {"attributes": {"type": "Lead"}, "LastName": f"SSP {n:05}", "Company": "Paging"}
            for n in range(start, min(start + 200, 4500))
        ]
        answer = sf.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": records})
        equal([row for row in answer if not row["success"]], [], "failed rows")


@check("makes an account, its contact and a query of both in one composite call with references")
def _():
    base = f"/services/data/v{sf.sf_version}"
    answer = sf.restful(
        "composite",
        method="POST",
        json={
            "allOrNone": True,
            "compositeRequest": [
                {"method": "POST", "url": f"{base}/sobjects/Account", "referenceId": "acc", "body": {"Name": "SS Composite"}},
                {"method": "POST", "url": f"{base}/sobjects/Contact", "referenceId": "con", "body": {"LastName": "C", "AccountId": "@{acc.id}"}},
                {"method": "GET", "url": f"{base}/query?q=SELECT+Id,Account.Name+FROM+Contact+WHERE+Id='@{{con.id}}'", "referenceId": "q"},
            ],
        },
    )["compositeResponse"]
    equal([part["httpStatusCode"] for part in answer], [201, 201, 200])
    equal(answer[0]["httpHeaders"]["Location"], f"{base}/sobjects/Account/{answer[0]['body']['id']}")
    equal(answer[2]["body"]["records"][0]["Account"]["Name"], "SS Composite")


@check("has a failed composite call of all or none rolled back")
def _():
    base = f"/services/data/v{sf.sf_version}"
    answer = sf.restful(
        "composite",
        method="POST",
        json={
            "allOrNone": True,
            "compositeRequest": [
                {"method": "POST", "url": f"{base}/sobjects/Account", "referenceId": "a", "body": {"Name": "SS Rolled back"}},
                {"method": "POST", "url": f"{base}/sobjects/Contact", "referenceId": "b", "body": {"FirstName": "C"}},
            ],
        },
    )["compositeResponse"]
    equal([part["httpStatusCode"] for part in answer], [400, 400])
    equal([part["body"][0]["errorCode"] for part in answer], ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"])
    equal(sf.query("SELECT COUNT() FROM Account WHERE Name = 'SS Rolled back'")["totalSize"], 0)


# Queries


@check("queries with a formatted value, a parent and children")
def _():
    sf.Account.create({"Name": "O'Hara's \\ Bar"})
    equal(one(format_soql("SELECT Name FROM Account WHERE Name = {}", "O'Hara's \\ Bar"))["Name"], "O'Hara's \\ Bar")
    row = one("SELECT Name, Owner.Name, (SELECT LastName FROM Contacts), (SELECT Id FROM Cases) FROM Account WHERE Name = 'SS Composite'")
    equal((row["Contacts"]["totalSize"], row["Contacts"]["done"], row["Contacts"]["records"][0]["LastName"]), (1, True, "C"))
    equal(row["Cases"], None)


@check("pages through 4,500 rows, each once")
def _():
    first = sf.query("SELECT Id, LastName FROM Lead WHERE Company = 'Paging' ORDER BY LastName")
    equal((first["totalSize"], first["done"], len(first["records"])), (4500, False, 2000))
    has(first["nextRecordsUrl"], f"/services/data/v{sf.sf_version}/query/")
    everything = sf.query_all("SELECT LastName FROM Lead WHERE Company = 'Paging' ORDER BY LastName")
    equal(everything["totalSize"], 4500)
    equal([row["LastName"] for row in everything["records"]], [f"SSP {n:05}" for n in range(4500)])


@check("pages by the locator's id and with a batch size")
def _():
    first = sf.query("SELECT Id FROM Lead WHERE Company = 'Paging'", headers={"Sforce-Query-Options": "batchSize=500"})
    equal(len(first["records"]), 500)
    second = sf.query_more(first["nextRecordsUrl"].rsplit("/", 1)[1], headers={"Sforce-Query-Options": "batchSize=500"})
    equal((len(second["records"]), second["done"], second["totalSize"]), (500, False, 4500))


@check("counts and groups")
def _():
    counted = sf.query("SELECT COUNT() FROM Lead WHERE Company = 'Paging'")
    equal((counted["totalSize"], counted["done"], counted["records"]), (4500, True, []))
    group = one("SELECT Company, COUNT(Id) n, MAX(LastName) FROM Lead WHERE Company = 'Paging' GROUP BY Company")
    equal((group["attributes"], group["n"], group["expr0"]), ({"type": "AggregateResult"}, 4500, "SSP 04499"))


@check("queries deleted rows too")
def _():
    soql = f"SELECT Id, IsDeleted FROM Account WHERE Id = '{account['id']}'"
    equal(sf.query(soql)["totalSize"], 0)
    equal(sf.query(soql, include_deleted=True)["records"][0]["IsDeleted"], True)


@check("raises SalesforceMalformedRequest for bad SOQL, with code and position")
def _():
    for soql, code in [
        ("SELECT Nonsense FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nonsense", "INVALID_TYPE"),
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 1", "INVALID_FIELD"),
    ]:
        error = raises(SalesforceMalformedRequest, lambda soql=soql: sf.query(soql))
        equal(code_of(error), code, f"code for {soql}")
    error = raises(SalesforceMalformedRequest, lambda: sf.query("SELECT Nonsense FROM Account"))
    has(error.content[0]["message"], "ERROR at Row:1:Column:8\nNo such column 'Nonsense' on entity 'Account'.")


@check("searches")
def _():
    sf.Account.create({"Name": "Zweistein Labs", "Phone": "555-0199"})
    found = sf.search("FIND {Zweistein} IN NAME FIELDS RETURNING Account(Id, Name), Contact(Id)")["searchRecords"]
    equal([(row["attributes"]["type"], row["Name"]) for row in found], [("Account", "Zweistein Labs")])
    has([row["attributes"]["type"] for row in sf.quick_search("Zweistein")["searchRecords"]], "Account")


@check("is told of bad SOSL")
def _():
    equal(code_of(raises(SalesforceMalformedRequest, lambda: sf.search("FIND Zweistein"))), "MALFORMED_SEARCH")


@check("asks the tooling API")
def _():
    answer = sf.toolingexecute("query/?q=SELECT+QualifiedApiName+FROM+EntityDefinition+WHERE+QualifiedApiName='Account'")
    equal(answer["records"][0]["QualifiedApiName"], "Account")


@check("makes a custom field through tooling and writes it")
def _():
    made = sf.toolingexecute(
        "sobjects/CustomField",
        method="POST",
        data={"FullName": "Account.SS_Note__c", "Metadata": {"label": "Note", "type": "Text", "length": 40}},
    )
    equal(made["success"], True)
    row = sf.Account.create({"Name": "Noted", "SS_Note__c": "hello"})
    equal(sf.Account.get(row["id"])["SS_Note__c"], "hello")


# Bulk 2.0


def bulk_rows(count, mark):
    return [{"LastName": f"{mark} {n:05}", "Company": f"Bulk; {mark}, \"Inc\"", "AnnualRevenue": str(n)} for n in range(count)]


@check("inserts 2,500 rows in bulk, two of them bad")
def _():
    data = bulk_rows(2500, "SSB")
    data[7]["LastName"] = ""
    data[2100]["LastName"] = "x" * 81
    job = sf.bulk2.Lead.insert(records=data, wait=0.2)
    equal(len(job), 1, "jobs")
    job = job[0]
    equal((job["numberRecordsProcessed"], job["numberRecordsFailed"], job["numberRecordsTotal"]), (2500, 2, 2500))
    results = sf.bulk2.Lead.get_all_ingest_records(job["job_id"])
    equal([len(results[kind]) for kind in ["successfulRecords", "failedRecords", "unprocessedRecords"]], [2498, 2, 0])
    equal({row["sf__Created"] for row in results["successfulRecords"]}, {"true"})
    equal({row["Company"] for row in results["successfulRecords"]}, {'Bulk; SSB, "Inc"'})
    errors = sorted(row["sf__Error"] for row in results["failedRecords"])
    equal(errors[0], "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --")
    has(errors[1], "STRING_TOO_LONG:Last Name: data value too large: ")
    has(errors[1], "(max length=80):LastName --")
    equal(sf.query("SELECT COUNT() FROM Lead WHERE LastName LIKE 'SSB %'")["totalSize"], 2498)


@check("queries them in bulk, page by page")
def _():
    pages = list(
        sf.bulk2.Lead.query("SELECT Id, LastName, AnnualRevenue, IsConverted, Email, CreatedDate FROM Lead WHERE LastName LIKE 'SSB %'", max_records=1000, wait=0.2)
    )
    found = [row for page in pages for row in rows(page)]
    equal([len(rows(page)) for page in pages], [1000, 1000, 498])
    equal(len({row["Id"] for row in found}), 2498)
    equal(list(found[0]), ["Id", "LastName", "AnnualRevenue", "IsConverted", "Email", "CreatedDate"])
    equal((found[0]["IsConverted"], found[0]["Email"]), ("false", ""))
    datetime.datetime.strptime(found[0]["CreatedDate"], "%Y-%m-%dT%H:%M:%S.000Z")


@check("downloads a bulk query into files")
def _():
    files = sf.bulk2.Lead.download("SELECT Id FROM Lead WHERE LastName LIKE 'SSB %'", path=scratch("download"), max_records=2000, wait=0.2)
    equal([file["number_of_records"] for file in files], [2000, 498])


@check("queries in bulk with semicolons and CRLF")
def _():
    page = "".join(
        sf.bulk2.Lead.query(
            "SELECT LastName, Company FROM Lead WHERE LastName IN ('SSB 00001','SSB 00002') ORDER BY LastName",
            column_delimiter=ColumnDelimiter.SEMICOLON,
            line_ending=LineEnding.CRLF,
            wait=0.2,
        )
    )
    equal(page, '"LastName";"Company"\r\n"SSB 00001";"Bulk; SSB, ""Inc"""\r\n"SSB 00002";"Bulk; SSB, ""Inc"""\r\n')


@check("upserts in bulk from a file, with new and known rows and a parent by external id")
def _():
    sf.Account.upsert("ERP_Id__c/SSU-0", {"Name": "Known"})
    path = scratch("upsert") + "/accounts.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("ERP_Id__c,Name,Parent.ERP_Id__c\n")
        file.writelines(f"SSU-{n},Upserted {n},{'SS-45' if n != 3 else 'SS-none'}\n" for n in range(250))
    job = sf.bulk2.Account.upsert(csv_file=path, external_id_field="ERP_Id__c", wait=0.2)[0]
    equal((job["numberRecordsProcessed"], job["numberRecordsFailed"]), (250, 1))
    results = sf.bulk2.Account.get_all_ingest_records(job["job_id"])
    equal(sorted(row["sf__Created"] for row in results["successfulRecords"]).count("false"), 1)
    has(results["failedRecords"][0]["sf__Error"], "INVALID_FIELD:Foreign key external ID: SS-none not found for field ERP_Id__c in entity Account")
    equal(one("SELECT Name, Parent.Name FROM Account WHERE ERP_Id__c = 'SSU-0'")["Parent"]["Name"], "Two")


@check("updates in bulk, and clears a field with #N/A")
def _():
    records = sf.query_all("SELECT Id FROM Lead WHERE LastName LIKE 'SSB %' ORDER BY LastName LIMIT 300")["records"]
    data = [{"Id": row["Id"], "Company": "Updated", "AnnualRevenue": "#N/A"} for row in records]
    job = sf.bulk2.Lead.update(records=data, wait=0.2)[0]
    equal((job["numberRecordsProcessed"], job["numberRecordsFailed"]), (300, 0))
    equal(sf.query("SELECT COUNT() FROM Lead WHERE Company = 'Updated' AND AnnualRevenue = null")["totalSize"], 300)


@check("is told of a column that is not there")
def _():
    error = raises(SalesforceOperationError, lambda: sf.bulk2.Lead.insert(records=[{"Nonsense__c": "1"}], wait=0.2))
    has(str(error), "InvalidBatch : Field name not found : Nonsense__c")


@check("is told of a bad bulk query")
def _():
    error = raises(SalesforceMalformedRequest, lambda: list(sf.bulk2.Lead.query("SELECT Nonsense FROM Lead", wait=0.2)))
    equal(code_of(error), "INVALID_FIELD")


@check("deletes 2,498 rows in bulk")
def _():
    records = sf.query_all("SELECT Id FROM Lead WHERE LastName LIKE 'SSB %'")["records"]
    job = sf.bulk2.Lead.delete(records=[{"Id": row["Id"]} for row in records], wait=0.2)[0]
    equal((job["numberRecordsProcessed"], job["numberRecordsFailed"]), (2498, 0))
    equal(sf.query("SELECT COUNT() FROM Lead WHERE LastName LIKE 'SSB %'")["totalSize"], 0)
    equal(sf.query("SELECT COUNT() FROM Lead WHERE LastName LIKE 'SSB %'", include_deleted=True)["totalSize"], 2498)


@check("hard-deletes in bulk")
def _():
    made = [sf.Lead.create({"LastName": "SSH", "Company": "Hard"})["id"] for _ in range(3)]
    job = sf.bulk2.Lead.hard_delete(records=[{"Id": each} for each in made], wait=0.2)[0]
    equal((job["numberRecordsProcessed"], job["numberRecordsFailed"]), (3, 0))
    equal(sf.query("SELECT COUNT() FROM Lead WHERE LastName = 'SSH'", include_deleted=True)["totalSize"], 0)


@check("lists, aborts and deletes jobs")
def _():
    client = sf.bulk2.Lead._client
    job = client.create_job("insert")
    equal((job["state"], job["contentUrl"]), ("Open", f"services/data/v{sf.sf_version}/jobs/ingest/{job['id']}/batches"))
    equal(client.abort_job(job["id"], False)["state"], "Aborted")
    equal(client.get_job(job["id"], False)["jobType"], "V2Ingest")
    listed = sf.restful("jobs/ingest")
    has([entry["id"] for entry in listed["records"]], job["id"])
    equal(sf.restful(f"jobs/ingest/{job['id']}", method="DELETE"), None)
    error = raises(SalesforceResourceNotFound, lambda: client.get_job(job["id"], False))
    equal(code_of(error), "NOT_FOUND")


# Bad days


@check("reads what a bulk job that failed half-way has done and left")
def _():
    with bad_day({"job_fails": {"after_rows": 400}}):
        error = raises(SalesforceOperationError, lambda: sf.bulk2.Lead.insert(records=bulk_rows(1000, "SSX"), wait=0.2))
    has(str(error), "Job failure")
    # The client does not tell which job it was, and an earlier one failed for its columns.
    failed = [entry["id"] for entry in sf.restful("jobs/ingest")["records"] if entry["state"] == "Failed"]
    results = [sf.bulk2.Lead.get_all_ingest_records(job) for job in failed]
    counts = [(len(result["successfulRecords"]), len(result["unprocessedRecords"])) for result in results]
    has(counts, (400, 600))
    equal(sf.query("SELECT COUNT() FROM Lead WHERE LastName LIKE 'SSX %'")["totalSize"], 400)


@check("signs in again by itself when all sessions end, also between pages")
def _():
    org = Salesforce(username=who["username"], consumer_key=who["client_id"], privatekey_file=who["private_key_file"])
    first = org.query("SELECT Id FROM Lead WHERE Company = 'Paging'")
    with bad_day("expire_tokens"):
        second = org.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    equal((len(first["records"]), len(second["records"])), (2000, 2000))


to.end()
