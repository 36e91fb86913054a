"""aiosalesforce, which takes `https://….my.salesforce.com` alone: sign-in, REST, composite, Bulk 2.0."""

import asyncio

from checks import Checks, behind_proxy, equal, has, holds, practice, welcome

behind_proxy()

import httpx
from aiosalesforce import ClientCredentialsFlow, JwtBearerFlow, Salesforce, SoapLogin, format_soql
from aiosalesforce.exceptions import AuthenticationError, DuplicatesDetectedError, MoreThanOneRecordError, NotFoundError, SalesforceError

who = welcome()
to = Checks("aiosalesforce")
ADDRESS = "https://practice.my.salesforce.com"
loop = asyncio.new_event_loop()
wire = httpx.AsyncClient(timeout=60)


def check(what):
    """As in checks.py, for coroutines."""
    return lambda body: to.check(what)(lambda: loop.run_until_complete(asyncio.wait_for(body(), 120)))


def fails(kind, act):
    """The coroutine raises this kind of exception, which is returned."""

    async def run():
        try:
            answer = await act
        except kind as error:
            return error
        raise AssertionError(f"{kind.__name__} expected, got {answer!r}")

    return run()


async def fails_now(part):
    """The part of a composite call raises SalesforceError, which is returned."""

    async def act():
        part.raise_for_status()

    return await fails(SalesforceError, act())


def client(auth, version="60.0"):
    return Salesforce(wire, ADDRESS, auth, version=version)


def by_credentials():
    return ClientCredentialsFlow(who["client_id"], who["client_secret"])


async def all_of(rows):
    return [row async for row in rows]


@check("signs in with client credentials")
async def _():
    has(await client(by_credentials()).get_limits(), "DailyApiRequests")


@check("raises AuthenticationError for a wrong secret")
async def _():
    error = await fails(AuthenticationError, client(ClientCredentialsFlow(who["client_id"], "no")).get_limits())
    has(error.error_code, "invalid_client")


@check("signs in with a JWT that lives for five minutes")
async def _():
    has(await client(JwtBearerFlow(who["client_id"], who["username"], who["private_key_file"])).get_limits(), "DailyApiRequests")


@check("signs in over SOAP")
async def _():
    has(await client(SoapLogin(who["username"], who["password"], "")).get_limits(), "DailyApiRequests")


@check("raises AuthenticationError INVALID_LOGIN over SOAP")
async def _():
    error = await fails(AuthenticationError, client(SoapLogin(who["username"], "no", "")).get_limits())
    equal(error.error_code, "INVALID_LOGIN")


@check("signs in again by itself when its session has ended")
async def _():
    auth = by_credentials()
    own = client(auth)
    token = await auth.get_access_token(own)
    gone = await wire.post(ADDRESS + "/services/oauth2/revoke", data={"token": token})
    equal(gone.status_code, 200)
    has(await own.get_limits(), "DailyApiRequests")
    holds(await auth.get_access_token(own) != token, "the session is a new one")


sf = client(by_credentials())


@check("creates, gets, updates and deletes a row")
async def _():
    made = await sf.sobject.create("Account", {"Name": "Aio <&> Öl", "NumberOfEmployees": 3})
    row = await sf.sobject.get("Account", made, fields=["Name", "NumberOfEmployees"])
    equal((row["Name"], row["NumberOfEmployees"]), ("Aio <&> Öl", 3))
    await sf.sobject.update("Account", made, {"NumberOfEmployees": 4})
    equal((await sf.sobject.get("Account", made))["NumberOfEmployees"], 4)
    await sf.sobject.delete("Account", made)
    await fails(NotFoundError, sf.sobject.get("Account", made))


@check("upserts, gets and deletes by an external id")
async def _():
    first = await sf.sobject.upsert("Account", "AIO-1", "ERP_Id__c", {"Name": "One"})
    second = await sf.sobject.upsert("Account", "AIO-1", "ERP_Id__c", {"ERP_Id__c": "AIO-1", "Name": "Two"})
    equal((first.created, second.created, second.id), (True, False, first.id))
    equal((await sf.sobject.get("Account", "AIO-1", external_id_field="ERP_Id__c", fields=["Name"]))["Name"], "Two")
    await sf.sobject.delete("Account", "AIO-1", external_id_field="ERP_Id__c")
    await fails(NotFoundError, sf.sobject.get("Account", "AIO-1", external_id_field="ERP_Id__c"))


@check("raises MoreThanOneRecordError")
async def _():
    for _ in range(2):
        await sf.sobject.create("Contact", {"LastName": "Twin", "Email": "aio@twin.example"})
    error = await fails(MoreThanOneRecordError, sf.sobject.upsert("Contact", "aio@twin.example", "Email", {"LastName": "?"}))
    has(str(error), "/sobjects/Contact/003")


@check("raises SalesforceError with the code of a bad row")
async def _():
    error = await fails(SalesforceError, sf.sobject.create("Contact", {}))
    equal((error.error_code, error.error_message), ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"))


@check("raises DuplicatesDetectedError with the row it looks like, and is let through when it asks to be")
async def _():
    rules = [rule for rule in practice("GET", "rules")["rules"] if rule["kind"] == "duplicate" and rule["object"] == "Contact"]
    holds(rules, "a duplicate rule for contacts")
    practice("POST", "rules", {**rules[0], "active": True})
    try:
        person = {"FirstName": "Aio", "LastName": "Double", "Email": "double@aio.example"}
        first = await sf.sobject.create("Contact", person)
        error = await fails(DuplicatesDetectedError, sf.sobject.create("Contact", person))
        equal([(twin["id"], twin["sobject"]) for twin in error.duplicates], [(first, "Contact")])
        second = await sf.request(
            "POST", f"{sf.sobject.base_url}/Contact", json=person, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"}
        )
        equal(second.status_code, 201)
    finally:
        practice("POST", "rules", rules[0])


@check("runs a batch of calls")
async def _():
    async with sf.composite.batch() as batch:
        made = batch.sobject.create("Account", {"Name": "Aio batch"})
        bad = batch.sobject.create("Contact", {"FirstName": "x"})
        known = batch.sobject.upsert("Account", "AIO-B", "ERP_Id__c", {"Name": "Up"})
        found = batch.query("SELECT Id, Name FROM Account LIMIT 5")
    equal((made.status_code, bad.status_code, known.created, len(found.records)), (201, 400, True, 5))
    equal((await fails_now(bad)).error_code, "REQUIRED_FIELD_MISSING")
    async with sf.composite.batch(halt_on_error=True) as batch:
        first = batch.sobject.create("Contact", {"FirstName": "x"})
        second = batch.sobject.create("Account", {"Name": "Aio never"})
    equal((first.status_code, second.status_code), (400, 412))
    equal(second.result[0]["errorCode"], "BATCH_PROCESSING_HALTED")


@check("makes rows that refer to each other in one composite call")
async def _():
    async with sf.composite(all_or_none=True) as call:
        account = call.sobject.create("Account", {"Name": "Aio composite"})
        # A reference is a text that becomes `@{…}` only when it is turned into one; the client's JSON writer does not.
        contact = call.sobject.create("Contact", {"LastName": "C", "AccountId": str(account.reference.id)})
        changed = call.sobject.update("Contact", contact.reference.id, {"FirstName": "A"})
        found = call.query("SELECT Id, FirstName, AccountId FROM Contact WHERE Account.Name = 'Aio composite'")
    parts = [account, contact, changed, found]
    equal([part.status_code for part in parts], [201, 201, 204, 200], f"status of {[part.response_body for part in parts]}")
    equal([(row["Id"], row["FirstName"], row["AccountId"]) for row in found.records], [(contact.id, "A", account.id)])


@check("queries with formatted values, and pages through 2,500 rows")
async def _():
    names = [f"AIO {n:04}" for n in range(2500)]
    jobs = await sf.bulk_v2.insert("Lead", [{"LastName": name, "Company": "Aio"} for name in names])
    equal((len(jobs.successful_results), len(jobs.failed_results)), (2500, 0))
    soql = format_soql("SELECT LastName FROM Lead WHERE Company = {company} ORDER BY LastName", company="Aio")
    equal([row["LastName"] for row in await all_of(sf.query(soql))], names)


@check("raises SalesforceError for bad SOQL")
async def _():
    equal((await fails(SalesforceError, all_of(sf.query("SELECT Nonsense FROM Lead")))).error_code, "INVALID_FIELD")


@check("upserts in bulk, with a failing row and the job's facts")
async def _():
    rows = [{"ERP_Id__c": f"AIOU-{n}", "Name": "x" * 256 if n == 3 else f"Up {n}"} for n in range(10)]
    result = await sf.bulk_v2.upsert("Account", rows, external_id_field="ERP_Id__c")
    job = result.jobs[0]
    equal((job.state, job.operation, job.external_id_field_name, job.job_type), ("JobComplete", "upsert", "ERP_Id__c", "V2Ingest"))
    equal((len(result.successful_results), len(result.failed_results)), (9, 1))
    has(result.failed_results[0]["sf__Error"], "STRING_TOO_LONG:Account Name: data value too large: ")


@check("updates and deletes in bulk")
async def _():
    rows = await all_of(sf.query("SELECT Id FROM Lead WHERE Company = 'Aio'"))
    result = await sf.bulk_v2.update("Lead", [{"Id": row["Id"], "Company": "Aio 2"} for row in rows[:210]])
    equal(len(result.successful_results), 210)
    result = await sf.bulk_v2.delete("Lead", [{"Id": row["Id"]} for row in rows])
    equal((len(result.successful_results), len(result.failed_results)), (2500, 0))
    equal(await all_of(sf.query("SELECT Id FROM Lead WHERE Company LIKE 'Aio%'")), [])


@check("lists, aborts and deletes jobs")
async def _():
    job = await sf.bulk_v2.ingest.create_job("insert", "Lead")
    equal((await sf.bulk_v2.ingest.abort_job(job.id)).state, "Aborted")
    holds(job.id in [each.id async for each in sf.bulk_v2.ingest.list_jobs()], "the job is listed")
    await sf.bulk_v2.ingest.delete_job(job.id)
    await fails(NotFoundError, sf.bulk_v2.ingest.get_job(job.id))


loop.run_until_complete(wire.aclose())
to.end()
