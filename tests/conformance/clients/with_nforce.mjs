// nforce over plain http: sign-in, REST, queries, search.

import nforce from 'nforce';
import { Checks, approve, assert, thrown, welcome as who } from './checks.mjs';

const to = new Checks('nforce');
const check = (what, body) => to.check(what, body);
const redirectUri = 'http://localhost:1717/OauthRedirect';

const connect = (more) =>
  nforce.createConnection({
    clientId: who.client_id,
    clientSecret: who.client_secret,
    redirectUri,
    loginUri: `${who.url}/services/oauth2/token`,
    authEndpoint: `${who.url}/services/oauth2/authorize`,
    apiVersion: 'v62.0',
    mode: 'single',
    ...more,
  });

const org = connect();

await check('signs in with user name and password', async () => {
  const oauth = await org.authenticate({ username: who.username, password: who.password });
  assert.equal(oauth.instance_url, who.url);
  assert.ok(oauth.access_token.startsWith(`${who.org_id.slice(0, 15)}!`));
});

await check('is refused with a wrong password', async () => {
  const error = await thrown(() => connect().authenticate({ username: who.username, password: 'wrong' }));
  assert.match(error.message, /authentication failure|invalid_grant/);
});

await check('signs in with a code from the browser', async () => {
  const own = connect();
  const back = await approve(own.getAuthUri({ state: 's', scope: ['api', 'refresh_token'] }));
  assert.equal(back.searchParams.get('state'), 's');
  const oauth = await own.authenticate({ code: back.searchParams.get('code') });
  assert.ok(oauth.refresh_token);
  assert.equal((await own.getIdentity({ oauth })).username, who.username);
});

await check('refreshes an expired token by itself', async () => {
  const own = connect({ autoRefresh: true, oauth: { access_token: 'expired', refresh_token: who.refresh_token, instance_url: who.url } });
  assert.equal((await own.query({ query: 'SELECT Id FROM Organization' })).totalSize, 1);
  assert.notEqual(own.getOAuth().access_token, 'expired');
});

await check('reads identity, limits, resources and describes', async () => {
  assert.equal((await org.getIdentity()).organization_id, who.org_id);
  assert.ok((await org.getLimits()).DailyApiRequests.Remaining > 0);
  assert.ok((await org.getResources()).sobjects);
  assert.ok((await org.getSObjects()).sobjects.some((entry) => entry.name === 'Account'));
  assert.equal((await org.getDescribe({ type: 'Account' })).name, 'Account');
  assert.equal((await org.getMetadata({ type: 'Account' })).objectDescribe.keyPrefix, '001');
});

await check('inserts, reads, updates, upserts and deletes a row', async () => {
  const account = nforce.createSObject('Account', { Name: 'NF One', Industry: 'Energy' });
  const { id } = await org.insert({ sobject: account });
  const row = await org.getRecord({ type: 'Account', id });
  assert.deepEqual([row.get('name'), row.get('industry')], ['NF One', 'Energy']);
  row.set('name', 'NF Uno');
  await org.update({ sobject: row });
  assert.equal((await org.getRecord({ type: 'Account', id, fields: ['Name'] })).get('name'), 'NF Uno');
  const keyed = nforce.createSObject('Account', { Name: 'NF Key' });
  keyed.setExternalId('ERP_Id__c', 'NF-1');
  assert.equal((await org.upsert({ sobject: keyed })).created, true);
  await org.delete({ sobject: row });
  const error = await thrown(() => org.getRecord({ type: 'Account', id }));
  assert.ok(['NOT_FOUND', 'ENTITY_IS_DELETED'].includes(error.errorCode), error.errorCode);
});

await check('throws the error code of a bad row and of bad SOQL', async () => {
  assert.equal((await thrown(() => org.insert({ sobject: nforce.createSObject('Contact', {}) }))).errorCode, 'REQUIRED_FIELD_MISSING');
  assert.equal((await thrown(() => org.query({ query: 'SELECT Nope FROM Account' }))).errorCode, 'INVALID_FIELD');
});

await check('pages through 2,300 rows', async () => {
  for (let start = 0; start < 2300; start += 200) {
    const records = Array.from({ length: Math.min(200, 2300 - start) }, (_, n) => ({ attributes: { type: 'Lead' }, LastName: `NF ${start + n}`, Company: 'NF' }));
    await org.postUrl({ url: '/services/data/v62.0/composite/sobjects', body: { allOrNone: true, records } });
  }
  const { records } = await org.query({ query: "SELECT Id FROM Lead WHERE Company = 'NF'", fetchAll: true, raw: true });
  assert.equal(new Set(records.map((row) => row.Id)).size, 2300);
});

await check('searches', async () => {
  await org.insert({ sobject: nforce.createSObject('Account', { Name: 'Kaleidoskop GmbH' }) });
  const { searchRecords } = await org.search({ search: 'FIND {Kaleidoskop} IN NAME FIELDS RETURNING Account(Id, Name)', raw: true });
  assert.deepEqual(searchRecords.map((row) => row.Name), ['Kaleidoskop GmbH']);
});

to.end();
