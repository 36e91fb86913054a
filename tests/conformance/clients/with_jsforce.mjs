// jsforce over plain http: sign-in in all its ways, REST, search, tooling, Bulk 2.0.

import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import jsforce from 'jsforce';
import { Checks, approve, assert, badDay, thrown, welcome as who } from './checks.mjs';

const to = new Checks('jsforce');
const check = (what, body) => to.check(what, body);
const version = '62.0';
const app = { loginUrl: who.url, clientId: who.client_id, clientSecret: who.client_secret };
const redirectUri = 'http://localhost:1717/OauthRedirect';

// Sign-in

await check('signs in with user name and password over SOAP, and out again', async () => {
  const conn = new jsforce.Connection({ loginUrl: who.url, version: '60.0', logLevel: 'FATAL' });
  const user = await conn.login(who.username, who.password);
  assert.equal(user.id, who.user_id);
  assert.equal(user.organizationId, who.org_id);
  assert.equal(conn.instanceUrl, who.url);
  assert.equal((await conn.identity()).username, who.username);
  const token = conn.accessToken;
  await conn.logout();
  const old = new jsforce.Connection({ instanceUrl: who.url, accessToken: token, version });
  assert.equal((await thrown(() => old.limits())).errorCode, 'INVALID_SESSION_ID');
});

await check('is told INVALID_LOGIN for a wrong password over SOAP', async () => {
  const conn = new jsforce.Connection({ loginUrl: who.url, version: '60.0', logLevel: 'FATAL' });
  const error = await thrown(() => conn.loginBySoap(who.username, 'wrong'));
  assert.equal(error.message, 'INVALID_LOGIN: Invalid username, password, security token; or user locked out.');
});

await check('asks for its user over SOAP', async () => {
  const conn = new jsforce.Connection({ instanceUrl: who.url, accessToken: who.access_token, version });
  const info = await conn.soap.getUserInfo();
  assert.equal(info.userName, who.username);
  assert.equal(info.organizationId, who.org_id);
});

await check('signs in with the OAuth password grant, and revokes the token', async () => {
  const conn = new jsforce.Connection({ oauth2: app, version });
  const user = await conn.login(who.username, who.password);
  assert.equal(user.id, who.user_id);
  assert.equal(user.url, `${who.url}/id/${who.org_id}/${who.user_id}`);
  assert.equal((await conn.query('SELECT COUNT() FROM User')).done, true);
  const token = conn.accessToken;
  await conn.logout();
  const old = new jsforce.Connection({ instanceUrl: who.url, accessToken: token, version });
  assert.equal((await thrown(() => old.limits())).errorCode, 'INVALID_SESSION_ID');
});

await check('throws invalid_grant for a wrong password', async () => {
  const error = await thrown(() => new jsforce.OAuth2(app).authenticate(who.username, 'wrong'));
  assert.deepEqual([error.name, error.message], ['invalid_grant', 'authentication failure']);
});

await check('signs in by the browser with PKCE, then refreshes', async () => {
  const oauth2 = new jsforce.OAuth2({ ...app, redirectUri, useVerifier: true });
  const url = oauth2.getAuthorizationUrl({ scope: 'api id refresh_token', state: 'x y&z' });
  const back = await approve(url);
  assert.equal(back.origin + back.pathname, redirectUri);
  assert.equal(back.searchParams.get('state'), 'x y&z');
  const code = back.searchParams.get('code');
  const conn = new jsforce.Connection({ oauth2, version });
  const user = await conn.authorize(code);
  assert.equal(user.id, who.user_id);
  assert.ok(conn.refreshToken, 'a refresh token came');
  assert.equal((await conn.identity()).user_id, who.user_id);
  const again = await new jsforce.OAuth2(app).refreshToken(conn.refreshToken);
  assert.notEqual(again.access_token, conn.accessToken);
  const error = await thrown(() => oauth2.requestToken(code));
  assert.equal(error.name, 'invalid_grant');
});

await check('is refused a code with a wrong PKCE verifier', async () => {
  const oauth2 = new jsforce.OAuth2({ ...app, redirectUri, useVerifier: true });
  const back = await approve(oauth2.getAuthorizationUrl({ scope: 'api' }));
  const other = new jsforce.OAuth2({ ...app, redirectUri, useVerifier: true });
  const error = await thrown(() => other.requestToken(back.searchParams.get('code')));
  assert.equal(error.name, 'invalid_grant');
});

await check('signs in with client credentials, sent in the form', async () => {
  const conn = new jsforce.Connection({ oauth2: app, version });
  await conn.authorize({ grant_type: 'client_credentials' });
  assert.equal((await conn.identity()).organization_id, who.org_id);
});

await check('signs in with a JWT', async () => {
  const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: who.client_id, sub: who.username, aud: 'https://login.salesforce.com', exp: Math.floor(Date.now() / 1000) + 180 };
  const text = `${base64({ alg: 'RS256' })}.${base64(claims)}`;
  const assertion = `${text}.${createSign('RSA-SHA256').update(text).sign(readFileSync(who.private_key_file), 'base64url')}`;
  const conn = new jsforce.Connection({ loginUrl: who.url, version });
  const user = await conn.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
  assert.equal(user.id, who.user_id);
});

await check('refreshes an expired session by itself', async () => {
  const conn = new jsforce.Connection({
    oauth2: app,
    instanceUrl: who.url,
    accessToken: `${who.org_id.slice(0, 15)}!expired`,
    refreshToken: who.refresh_token,
    version,
  });
  let refreshed;
  conn.on('refresh', (token) => { refreshed = token; });
  assert.equal((await conn.query('SELECT Id FROM Organization')).records[0].Id, who.org_id);
  assert.equal(refreshed, conn.accessToken);
});

await check('throws INVALID_SESSION_ID when it cannot refresh', async () => {
  const conn = new jsforce.Connection({ instanceUrl: who.url, accessToken: 'no', version });
  const error = await thrown(() => conn.query('SELECT Id FROM Account'));
  assert.deepEqual([error.errorCode, error.message], ['INVALID_SESSION_ID', 'Session expired or invalid']);
});

const conn = new jsforce.Connection({ instanceUrl: who.url, accessToken: who.access_token, version });

// Who and what

await check('reads its identity', async () => {
  const me = await conn.identity();
  assert.deepEqual([me.user_id, me.organization_id, me.username, me.user_type], [who.user_id, who.org_id, who.username, 'STANDARD']);
  assert.match(me.urls.sobjects, /\/services\/data\/v\{version\}\/sobjects\/$/);
});

await check('reads limits and keeps the usage', async () => {
  const limits = await conn.limits();
  assert.ok(limits.DailyApiRequests.Max >= limits.DailyApiRequests.Remaining);
  const before = conn.limitInfo.apiUsage.used;
  await conn.query('SELECT Id FROM Organization');
  assert.equal(conn.limitInfo.apiUsage.used, before + 1);
  assert.equal(conn.limitInfo.apiUsage.limit, limits.DailyApiRequests.Max);
});

await check('describes all objects, from its cache the second time', async () => {
  const all = await conn.describeGlobal$();
  const names = all.sobjects.map((entry) => entry.name);
  for (const name of ['Account', 'Contact', 'Opportunity', 'Order', 'User', 'Organization', 'RecordType']) assert.ok(names.includes(name), name);
  assert.equal(await conn.describeGlobal$(), all);
  assert.ok(conn.sobjects.Account);
});

await check('describes an object', async () => {
  const opportunity = await conn.sobject('Opportunity').describe();
  const fields = Object.fromEntries(opportunity.fields.map((field) => [field.name, field]));
  assert.deepEqual([fields.Amount.type, fields.Amount.precision, fields.Amount.scale], ['currency', 18, 2]);
  assert.deepEqual(fields.AccountId.referenceTo, ['Account']);
  assert.ok(fields.StageName.picklistValues.some((value) => value.value === 'Closed Won' && value.active));
  assert.deepEqual([fields.IsWon.createable, fields.IsWon.soapType], [false, 'xsd:boolean']);
  assert.equal(opportunity.keyPrefix, '006');
});

await check('reads layouts', async () => {
  const { layouts } = await conn.sobject('Account').layouts();
  assert.ok(layouts[0].detailLayoutSections.length > 0);
});

await check('lists recent items', async () => {
  assert.ok(Array.isArray(await conn.recent()));
  assert.ok(Array.isArray(await conn.sobject('Account').recent()));
});

// Rows

await check('creates, retrieves, updates and destroys one row', async () => {
  const made = await conn.sobject('Account').create({ Name: 'JS One', Industry: 'Energy', Active__c: undefined });
  assert.equal(made.success, true);
  const row = await conn.sobject('Account').retrieve(made.id);
  assert.deepEqual([row.Id, row.Name, row.Industry, row.attributes.type], [made.id, 'JS One', 'Energy', 'Account']);
  const updated = await conn.sobject('Account').update({ Id: made.id, Name: 'JS Uno', Industry: null });
  assert.deepEqual(updated, { id: made.id, success: true, errors: [] });
  const some = await conn.sobject('Account').retrieve(made.id, { fields: ['Name', 'Industry'] });
  assert.deepEqual([some.Name, some.Industry, 'Website' in some], ['JS Uno', null, false]);
  assert.deepEqual(await conn.sobject('Account').destroy(made.id), { id: made.id, success: true, errors: [] });
  const error = await thrown(() => conn.sobject('Account').retrieve(made.id));
  assert.ok(['NOT_FOUND', 'ENTITY_IS_DELETED'].includes(error.errorCode), error.errorCode);
});

await check('throws the error code, with its fields', async () => {
  const error = await thrown(() => conn.sobject('Contact').create({ FirstName: 'x' }));
  assert.deepEqual([error.errorCode, error.data.fields], ['REQUIRED_FIELD_MISSING', ['LastName']]);
  assert.equal((await thrown(() => conn.sobject('Nonsense__c').create({ Name: 'x' }))).errorCode, 'NOT_FOUND');
  assert.equal((await thrown(() => conn.sobject('Contact').create({ LastName: 'x', Email: 'no' }))).errorCode, 'INVALID_EMAIL_ADDRESS');
  const { errorCode } = await thrown(() => conn.sobject('Account').update({ Id: '001', Name: 'x' }));
  assert.ok(['NOT_FOUND', 'MALFORMED_ID'].includes(errorCode), errorCode);
});

await check('upserts one row: created, then not', async () => {
  const first = await conn.sobject('Account').upsert({ ERP_Id__c: 'JS-1', Name: 'Up' }, 'ERP_Id__c');
  assert.deepEqual([first.success, first.created], [true, true]);
  const second = await conn.sobject('Account').upsert({ ERP_Id__c: 'JS-1', Name: 'Upp' }, 'ERP_Id__c');
  assert.deepEqual([second.id, second.success, second.created], [first.id, true, false]);
  assert.equal((await conn.sobject('Account').retrieve(first.id)).Name, 'Upp');
});

await check('creates a collection of 201 rows in two calls, and retrieves, updates and destroys it', async () => {
  const options = { allowRecursive: true };
  const made = await conn.sobject('Contact').create(Array.from({ length: 201 }, (_, n) => ({ LastName: `JS ${n}`, Title: 'c' })), options);
  assert.equal(made.length, 201);
  assert.ok(made.every((row) => row.success));
  const ids = made.map((row) => row.id);
  const rows = await conn.sobject('Contact').retrieve(ids.slice(0, 3));
  assert.deepEqual(rows.map((row) => row.LastName), ['JS 0', 'JS 1', 'JS 2']);
  const updated = await conn.sobject('Contact').update(ids.map((Id, n) => ({ Id, Title: n === 5 ? 'x'.repeat(200) : 'd' })), options);
  assert.deepEqual(updated.filter((row) => !row.success).map((row) => row.errors[0].statusCode), ['STRING_TOO_LONG']);
  assert.equal(await conn.sobject('Contact').count({ Title: 'd' }), 200);
  const gone = await conn.sobject('Contact').destroy(ids, options);
  assert.ok(gone.length === 201 && gone.every((row) => row.success));
  const missing = await conn.sobject('Contact').retrieve([ids[0]]);
  assert.deepEqual(missing, [null]);
});

await check('upserts a collection with a failing row', async () => {
  const rows = [{ ERP_Id__c: 'JS-1', Name: 'Known' }, { ERP_Id__c: 'JS-2', Name: 'New' }, { ERP_Id__c: 'JS-3', Name: 'x'.repeat(256) }];
  const answer = await conn.sobject('Account').upsert(rows, 'ERP_Id__c');
  assert.deepEqual(answer.map((row) => row.success), [true, true, false]);
  assert.deepEqual(answer.slice(0, 2).map((row) => row.created), [false, true]);
  assert.equal(answer[2].errors[0].statusCode, 'STRING_TOO_LONG');
});

await check('rolls a collection back', async () => {
  const answer = await conn.sobject('Account').create([{ Name: 'JS Rollback' }, {}], { allOrNone: true });
  assert.deepEqual(answer.map((row) => row.errors[0].statusCode), ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'REQUIRED_FIELD_MISSING']);
  assert.equal(await conn.sobject('Account').count({ Name: 'JS Rollback' }), 0);
});

await check('works with version 41.0, row by row', async () => {
  const old = new jsforce.Connection({ instanceUrl: who.url, accessToken: who.access_token, version: '41.0' });
  const made = await old.sobject('Account').create([{ Name: 'JS Old 1' }, { Name: 'JS Old 2' }]);
  assert.deepEqual(made.map((row) => row.success), [true, true]);
  const updated = await old.sobject('Account').upsert([{ ERP_Id__c: 'JS-1', Name: 'Old' }], 'ERP_Id__c');
  assert.deepEqual(updated[0], { success: true, errors: [] });
  const gone = await old.sobject('Account').destroy(made.map((row) => row.id));
  assert.deepEqual(gone.map((row) => row.success), [true, true]);
});

await check('lists updated and deleted rows', async () => {
  const end = new Date(Date.now() + 120_000);
  const start = new Date(Date.now() - 1_800_000);
  const { id } = await conn.sobject('Account').create({ Name: 'JS Gone' });
  assert.ok((await conn.sobject('Account').updated(start, end)).ids.includes(id));
  await conn.sobject('Account').destroy(id);
  const gone = await conn.sobject('Account').deleted(start, end);
  assert.ok(gone.deletedRecords.some((row) => row.id === id && /^\d{4}-.*\+0000$/.test(row.deletedDate)));
});

// Composite

await check('makes an account and a contact in one composite call, with a reference', async () => {
  const base = `/services/data/v${version}`;
  const { compositeResponse: parts } = await conn.requestPost('/composite', {
    allOrNone: false,
    compositeRequest: [
      { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'acc', body: { Name: 'JS Composite' } },
      { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'con', body: { LastName: 'C', AccountId: '@{acc.id}' } },
      { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'bad', body: { FirstName: 'C' } },
      { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'lost', body: { LastName: '@{bad.id}' } },
      { method: 'PATCH', url: `${base}/sobjects/Account/@{acc.id}`, referenceId: 'upd', body: { Industry: 'Energy' } },
      { method: 'GET', url: `${base}/sobjects/Account/@{acc.id}?fields=Name,Industry`, referenceId: 'get' },
    ],
  });
  assert.deepEqual(parts.map((part) => part.httpStatusCode), [201, 201, 400, 400, 204, 200]);
  assert.equal(parts[2].body[0].errorCode, 'REQUIRED_FIELD_MISSING');
  assert.equal(parts[3].body[0].errorCode, 'PROCESSING_HALTED');
  assert.deepEqual([parts[5].body.Name, parts[5].body.Industry], ['JS Composite', 'Energy']);
  const row = await conn.sobject('Contact').findOne({ Id: parts[1].body.id }, 'Account.Name');
  assert.equal(row.Account.Name, 'JS Composite');
});

await check('makes a tree of records', async () => {
  const answer = await conn.requestPost('/composite/tree/Account', {
    records: [
      {
        attributes: { type: 'Account', referenceId: 'a1' },
        Name: 'JS Tree',
        Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'c1' }, LastName: 'Leaf' }] },
      },
    ],
  });
  assert.equal(answer.hasErrors, false);
  assert.deepEqual(answer.results.map((row) => row.referenceId).sort(), ['a1', 'c1']);
  assert.equal((await conn.sobject('Contact').find({ LastName: 'Leaf' }, 'Account.Name'))[0].Account.Name, 'JS Tree');
});

await check('makes nothing of a tree with a bad row', async () => {
  const error = await thrown(() => conn.requestPost('/composite/tree/Account', {
    records: [
      { attributes: { type: 'Account', referenceId: 'ok' }, Name: 'JS Tree 2' },
      { attributes: { type: 'Account', referenceId: 'bad' } },
    ],
  }));
  const { hasErrors, results } = JSON.parse(error.message);
  assert.equal(hasErrors, true);
  assert.deepEqual(results.map((row) => [row.referenceId, row.errors[0].statusCode]), [['bad', 'REQUIRED_FIELD_MISSING']]);
  assert.equal(await conn.sobject('Account').count({ Name: 'JS Tree 2' }), 0);
});

await check('runs a batch of calls', async () => {
  const answer = await conn.requestPost('/composite/batch', {
    batchRequests: [
      { method: 'GET', url: `v${version}/limits` },
      { method: 'GET', url: `v${version}/sobjects/Nonsense__c` },
      { method: 'POST', url: `v${version}/sobjects/Account`, richInput: { Name: 'JS Batch' } },
    ],
  });
  assert.equal(answer.hasErrors, true);
  assert.deepEqual(answer.results.map((part) => part.statusCode), [200, 404, 201]);
  assert.ok(answer.results[0].result.DailyApiRequests);
});

await check('runs two graphs, one of which fails', async () => {
  const base = `/services/data/v${version}`;
  const graph = (graphId, body) => ({
    graphId,
    compositeRequest: [
      { method: 'POST', url: `${base}/sobjects/Account`, referenceId: 'a', body: { Name: `JS Graph ${graphId}` } },
      { method: 'POST', url: `${base}/sobjects/Contact`, referenceId: 'c', body: { ...body, AccountId: '@{a.id}' } },
    ],
  });
  const { graphs } = await conn.requestPost('/composite/graph', { graphs: [graph('good', { LastName: 'G' }), graph('bad', {})] });
  assert.deepEqual(graphs.map((part) => [part.graphId, part.isSuccessful]), [['good', true], ['bad', false]]);
  assert.equal(await conn.sobject('Account').count("Name LIKE 'JS Graph%'"), 1);
});

// Queries

await check('fills 4,500 rows for paging', async () => {
  const rows = Array.from({ length: 4500 }, (_, n) => ({ LastName: `JSP ${String(n).padStart(5, '0')}`, Company: 'JS Paging' }));
  const made = await conn.sobject('Lead').create(rows, { allowRecursive: true });
  assert.ok(made.length === 4500 && made.every((row) => row.success));
});

const paging = "SELECT Id, LastName FROM Lead WHERE Company = 'JS Paging' ORDER BY LastName";

await check('pages by hand with queryMore', async () => {
  let page = await conn.query(paging);
  assert.deepEqual([page.totalSize, page.done, page.records.length], [4500, false, 2000]);
  const names = page.records.map((row) => row.LastName);
  while (!page.done) {
    page = await conn.queryMore(page.nextRecordsUrl);
    names.push(...page.records.map((row) => row.LastName));
  }
  assert.deepEqual(names, Array.from({ length: 4500 }, (_, n) => `JSP ${String(n).padStart(5, '0')}`));
});

await check('fetches all pages by itself', async () => {
  const rows = await conn.sobject('Lead').find({ Company: 'JS Paging' }, ['Id']).execute({ autoFetch: true, maxFetch: 10_000 });
  assert.equal(new Set(rows.map((row) => row.Id)).size, 4500);
});

await check('streams records as events', async () => {
  const rows = [];
  await new Promise((resolve, reject) => {
    conn.query(paging).on('record', (row) => rows.push(row)).on('end', resolve).on('error', reject).run({ autoFetch: true, maxFetch: 10_000 });
  });
  assert.equal(rows.length, 4500);
});

await check('asks for pages of 200', async () => {
  const page = await conn.query(paging, { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
  assert.equal(page.records.length, 200);
});

await check('finds with a query built from conditions', async () => {
  const rows = await conn
    .sobject('Lead')
    .find(
      {
        $and: [{ LastName: { $gte: 'JSP 00010' } }, { LastName: { $lt: 'JSP 00020' } }],
        Company: 'JS Paging',
        CreatedDate: { $gt: jsforce.SfDate.toDateTimeLiteral(new Date(Date.now() - 3_600_000)) },
      },
      { LastName: 1, 'Owner.Name': 1 },
    )
    .sort({ LastName: -1 })
    .limit(3)
    .skip(1);
  assert.deepEqual(rows.map((row) => row.LastName), ['JSP 00018', 'JSP 00017', 'JSP 00016']);
  assert.ok(rows[0].Owner.Name);
});

await check('finds with IN, LIKE, a date literal and includes children', async () => {
  const rows = await conn
    .sobject('Account')
    .find({ Name: { $in: ['JS Tree', 'nobody'] }, CreatedDate: jsforce.SfDate.TODAY }, 'Id, Name')
    .include('Contacts')
    .select('LastName')
    .end();
  assert.deepEqual([rows.length, rows[0].Contacts.totalSize, rows[0].Contacts.records[0].LastName], [1, 1, 'Leaf']);
  assert.equal(await conn.sobject('Lead').count({ LastName: { $like: 'JSP 0000%' } }), 10);
});

await check('updates and destroys what a query finds', async () => {
  const some = { Company: 'JS Paging', LastName: { $like: 'JSP 0000%' } };
  const updated = await conn.sobject('Lead').find(some).update({ Title: 'T ${LastName}' }, { allowBulk: false });
  assert.ok(updated.length === 10 && updated.every((row) => row.success));
  assert.equal((await conn.sobject('Lead').findOne({ LastName: 'JSP 00003' }, 'Title')).Title, 'T JSP 00003');
  const gone = await conn.sobject('Lead').find(some).destroy({ allowBulk: false });
  assert.ok(gone.length === 10 && gone.every((row) => row.success));
  assert.equal((await conn.query("SELECT Id FROM Lead WHERE LastName LIKE 'JSP 0000%'", { scanAll: true })).totalSize, 10);
});

await check('throws the error of a bad query, with its position', async () => {
  const error = await thrown(() => conn.query('SELECT Id, Nonsense FROM Account'));
  assert.equal(error.errorCode, 'INVALID_FIELD');
  assert.match(error.message, /ERROR at Row:1:Column:12\nNo such column 'Nonsense' on entity 'Account'/);
  assert.equal((await thrown(() => conn.query('SELECT FROM Account'))).errorCode, 'MALFORMED_QUERY');
  assert.equal((await thrown(() => conn.queryMore('01gxx0000000001-2000'))).errorCode, 'INVALID_QUERY_LOCATOR');
});

await check('explains a query', async () => {
  const answer = await conn.query("SELECT Id FROM Account WHERE Name = 'x'").explain();
  assert.equal(answer.plans[0].sobjectType, 'Account');
});

await check('searches', async () => {
  await conn.sobject('Contact').create({ LastName: 'Quintessenz', Email: 'q@example.com' });
  const { searchRecords } = await conn.search('FIND {Quintess*} IN ALL FIELDS RETURNING Contact(Id, LastName), Account(Id)');
  assert.deepEqual(searchRecords.map((row) => [row.attributes.type, row.LastName]), [['Contact', 'Quintessenz']]);
});

// Tooling

await check('queries and describes the tooling API', async () => {
  const { records } = await conn.tooling.query("SELECT DurableId, QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Account'");
  assert.equal(records[0].QualifiedApiName, 'Account');
  assert.ok((await conn.tooling.describeGlobal()).sobjects.some((entry) => entry.name === 'CustomField'));
});

await check('makes a custom object and field through tooling and writes a row of it', async () => {
  const object = await conn.tooling.sobject('CustomObject').create({
    FullName: 'JS_Thing__c',
    Metadata: { label: 'Thing', pluralLabel: 'Things', nameField: { type: 'Text', label: 'Name' }, deploymentStatus: 'Deployed', sharingModel: 'ReadWrite' },
  });
  assert.equal(object.success, true);
  const field = await conn.tooling.sobject('CustomField').create({
    FullName: 'JS_Thing__c.Key__c',
    Metadata: { label: 'Key', type: 'Text', length: 30, externalId: true, unique: true },
  });
  assert.equal(field.success, true);
  const row = await conn.sobject('JS_Thing__c').upsert({ Key__c: 'k1', Name: 'Thing 1' }, 'Key__c');
  assert.equal(row.created, true);
  const thing = await conn.sobject('JS_Thing__c').describe();
  assert.ok(thing.fields.find((entry) => entry.name === 'Key__c').externalId);
});

// Bulk 2.0

conn.bulk2.pollInterval = 100;
conn.bulk2.pollTimeout = 60_000;

const people = (count, mark) => Array.from({ length: count }, (_, n) => ({ LastName: `${mark} ${String(n).padStart(5, '0')}`, Company: 'Semi; "quoted", \'é\'' }));

await check('inserts 2,500 rows in bulk, two of them bad', async () => {
  const input = people(2500, 'JSB');
  input[3].LastName = '';
  input[2400].Company = '';
  const results = await conn.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'insert', input });
  assert.deepEqual([results.successfulResults.length, results.failedResults.length, results.unprocessedRecords.length], [2498, 2, 0]);
  assert.ok(results.successfulResults.every((row) => row.sf__Created === 'true' && /^00Q\w{15}$/.test(row.sf__Id) && row.Company === 'Semi; "quoted", \'é\''));
  assert.deepEqual(results.failedResults.map((row) => row.sf__Error).sort(), [
    'REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --',
    'REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --',
  ]);
  assert.equal(await conn.sobject('Lead').count("LastName LIKE 'JSB %'"), 2498);
});

await check('queries them in bulk', async () => {
  const stream = await conn.bulk2.query("SELECT Id, LastName, Company, Email FROM Lead WHERE LastName LIKE 'JSB %'");
  const rows = await stream.toArray();
  assert.equal(rows.length, 2498);
  assert.deepEqual(Object.keys(rows[0]), ['Id', 'LastName', 'Company', 'Email']);
  assert.equal(rows[0].Company, 'Semi; "quoted", \'é\'');
});

await check('goes through a job step by step, from a stream', async () => {
  const job = conn.bulk2.createJob({ object: 'Account', operation: 'upsert', externalIdFieldName: 'ERP_Id__c', lineEnding: 'LF' });
  const opened = [];
  job.on('open', (info) => opened.push(info));
  const info = await job.open();
  assert.deepEqual([info.state, info.externalIdFieldName, info.apiVersion, opened.length], ['Open', 'ERP_Id__c', 62, 1]);
  const csv = 'ERP_Id__c,Name\n' + Array.from({ length: 300 }, (_, n) => `JSU-${n},Up ${n}\n`).join('') + 'JS-1,Known\n';
  await job.uploadData(Readable.from([csv.slice(0, 1000), csv.slice(1000)]));
  await job.close();
  await job.poll(100, 60_000);
  const done = await job.check();
  assert.deepEqual([done.state, done.numberRecordsProcessed, done.numberRecordsFailed, done.jobType], ['JobComplete', 301, 0, 'V2Ingest']);
  const rows = await job.getSuccessfulResults();
  assert.equal(rows.filter((row) => row.sf__Created === 'false').length, 1);
  assert.match(await job.getSuccessfulResults(true), /^"sf__Id","sf__Created","?ERP_Id__c"?,"?Name"?\n/);
  await job.delete();
  const gone = conn.bulk2.job('ingest', { id: done.id });
  assert.equal((await thrown(() => gone.check())).errorCode, 'NOT_FOUND');
});

await check('updates and deletes in bulk', async () => {
  const rows = await conn.sobject('Lead').find("LastName LIKE 'JSB %'", ['Id']).execute({ autoFetch: true });
  const updated = await conn.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'update', input: rows.slice(0, 250).map(({ Id }) => ({ Id, Title: 'Bulk' })) });
  assert.equal(updated.successfulResults.length, 250);
  assert.equal(await conn.sobject('Lead').count({ Title: 'Bulk' }), 250);
  const input = [...rows.map(({ Id }) => ({ Id })), { Id: rows[0].Id.slice(0, 12) }];
  const gone = await conn.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'delete', input });
  assert.deepEqual([gone.successfulResults.length, gone.failedResults.length], [2498, 1]);
  assert.match(gone.failedResults[0].sf__Error, /^MALFORMED_ID:/);
  assert.equal(await conn.sobject('Lead').count("LastName LIKE 'JSB %'"), 0);
});

await check('hard-deletes in bulk', async () => {
  const made = await conn.sobject('Lead').create([{ LastName: 'JSH', Company: 'JSH' }, { LastName: 'JSH', Company: 'JSH' }]);
  const gone = await conn.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'hardDelete', input: made.map(({ id }) => ({ Id: id })) });
  assert.deepEqual([gone.successfulResults.length, gone.failedResults.length], [2, 0]);
  assert.equal((await conn.query("SELECT Id FROM Lead WHERE LastName = 'JSH'", { scanAll: true })).totalSize, 0);
});

await check('is told of a failed job, an aborted one and a bad query', async () => {
  const failed = await thrown(() => conn.bulk2.loadAndWaitForResults({ object: 'Lead', operation: 'insert', input: 'Nonsense__c\n1\n' }));
  assert.match(failed.message, /InvalidBatch : Field name not found : Nonsense__c/);
  const job = conn.bulk2.createJob({ object: 'Lead', operation: 'insert' });
  await job.open();
  await job.abort();
  assert.equal((await job.check()).state, 'Aborted');
  assert.equal((await thrown(() => conn.bulk2.query('SELECT Nonsense FROM Lead'))).errorCode, 'INVALID_FIELD');
  assert.equal((await thrown(() => conn.bulk2.createJob({ object: 'Nonsense__c', operation: 'insert' }).open())).errorCode, 'INVALIDENTITY');
});

// Bad days

await check('tries a query again after 503 and after 429', async () => {
  const faults = [
    { fail_next: { status: 503, count: 1, path_contains: '/query' } },
    { fail_next: { status: 429, count: 1, path_contains: '/query' } },
  ];
  await badDay(faults, async () => {
    assert.equal((await conn.query('SELECT Id FROM Organization')).totalSize, 1);
  });
});

await check('is told when the connection breaks instead of an answer', async () => {
  await badDay([{ drop_connection: { processed: true, count: 1 } }], async () => {
    assert.ok(await thrown(() => conn.sobject('Account').create({ Name: 'JS Lost answer' })));
  });
  assert.equal(await conn.sobject('Account').count({ Name: 'JS Lost answer' }), 1);
});

await check('does not send a new row again after 503, and says so', async () => {
  await badDay([{ fail_next: { status: 503, count: 1 } }], async () => {
    const error = await thrown(() => conn.sobject('Account').create({ Name: 'JS Never' }));
    assert.equal(error.errorCode, 'SERVER_UNAVAILABLE');
  });
  await badDay([{ html_body: { status: 502, count: 1 } }], async () => {
    assert.equal((await thrown(() => conn.sobject('Account').create({ Name: 'JS Never' }))).errorCode, 'ERROR_HTTP_502');
  });
  assert.equal(await conn.sobject('Account').count({ Name: 'JS Never' }), 0);
});

await check('renews a session that ends between two pages', async () => {
  const own = new jsforce.Connection({ oauth2: app, instanceUrl: who.url, accessToken: who.access_token, refreshToken: who.refresh_token, version });
  const first = await own.query(paging);
  await badDay(['expire_tokens'], async () => {
    const second = await own.queryMore(first.nextRecordsUrl);
    assert.equal(second.records.length, 2000);
  });
  assert.notEqual(own.accessToken, who.access_token);
  conn.accessToken = own.accessToken;
});

await check('is told which rows are locked, one by one and in bulk', async () => {
  await badDay([{ lock_rows: { share: 1.0 } }], async () => {
    const answer = await conn.sobject('Account').create([{ Name: 'JS Locked' }, { Name: 'JS Locked' }]);
    assert.deepEqual(answer.map((row) => row.errors[0].statusCode), ['UNABLE_TO_LOCK_ROW', 'UNABLE_TO_LOCK_ROW']);
    const { failedResults } = await conn.bulk2.loadAndWaitForResults({ object: 'Account', operation: 'insert', input: [{ Name: 'JS Locked' }] });
    assert.match(failedResults[0].sf__Error, /^UNABLE_TO_LOCK_ROW:/);
  });
  assert.equal(await conn.sobject('Account').count({ Name: 'JS Locked' }), 0);
});

await check('reads what a job that failed half-way has done and left', async () => {
  await badDay([{ job_fails: { after_rows: 400 } }], async () => {
    const job = conn.bulk2.createJob({ object: 'Lead', operation: 'insert' });
    await job.open();
    await job.uploadData(people(1000, 'JSF'));
    await job.close();
    await thrown(() => job.poll(100, 60_000));
    assert.equal((await job.check()).state, 'Failed');
    assert.equal((await job.getSuccessfulResults()).length, 400);
    assert.equal((await job.getUnprocessedRecords()).length, 600);
  });
  assert.equal(await conn.sobject('Lead').count("LastName LIKE 'JSF %'"), 400);
});

await check('is told when the calls of the day are used up', async () => {
  await badDay(['request_limit'], async () => {
    assert.equal((await thrown(() => conn.limits())).errorCode, 'REQUEST_LIMIT_EXCEEDED');
  });
});

to.end();
