// Checks of one client, as all JavaScript clients here say them: a line a check, and a count at the end that the door reads.

import assert from 'node:assert/strict';

export { assert };

// What the org said when it started: its address and how to sign in.
export const welcome = JSON.parse(process.env.ORG_WELCOME);

export class Checks {
  constructor(client) {
    this.client = client;
    this.passed = 0;
    this.failed = 0;
  }

  // Runs a check, whatever became of those before it; answers what it returns, or undefined if it failed.
  async check(what, body) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer after 60 s')), 60_000);
    });
    try {
      const answer = await Promise.race([body(), late]);
      this.passed += 1;
      console.log(`ok ${this.client}: ${what}`);
      return answer;
    } catch (error) {
      this.failed += 1;
      const why = `${error?.name ?? 'Error'}: ${error?.message ?? error}`.replace(/\s+/g, ' ').slice(0, 800);
      console.log(`FAILED ${this.client}: ${what}: ${why}`);
      if (process.env.CONFORMANCE_TRACE) console.error(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  // Prints the count and leaves.
  end() {
    console.log(JSON.stringify({ client: this.client, passed: this.passed, failed: this.failed }));
    process.exit(this.failed ? 1 : 0);
  }
}

// What the client threw, or a failure if it did not.
export async function thrown(act) {
  let answer;
  try {
    answer = await act();
  } catch (error) {
    return error;
  }
  throw new Error(`an exception expected, got ${JSON.stringify(answer)?.slice(0, 300)}`);
}

// Signs in on the org's pages as a person in a browser would, and approves; answers the address the browser is sent to.
export async function approve(url) {
  const cookies = new Map();
  let request = { url, method: 'GET' };
  for (let step = 0; step < 6; step += 1) {
    const answer = await fetch(request.url, {
      method: request.method,
      body: request.body,
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; '), ...(request.body ? { origin: welcome.url, referer: url } : {}) },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    if (answer.status >= 300 && answer.status < 400) {
      const next = new URL(answer.headers.get('location'), request.url);
      if (next.origin !== new URL(welcome.url).origin) return next;
      request = { url: next.href, method: 'GET' };
      continue;
    }
    const page = await answer.text();
    assert.equal(answer.status, 200, page.slice(0, 300));
    request = filledIn(page, request.url);
  }
  throw new Error('the pages went on for ever');
}

// The page's form with the user's name and password and its first button, which approves.
function filledIn(page, url) {
  const plain = (text) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&#x27;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const form = /<form\b[^>]*>[\s\S]*?<\/form>/i.exec(page)?.[0];
  assert.ok(form, `no form on the page: ${page.slice(0, 300)}`);
  const attribute = (tag, name) => plain(new RegExp(`\\s${name}\\s*=\\s*"([^"]*)"`, 'i').exec(tag)?.[1] ?? '');
  const body = new URLSearchParams();
  for (const tag of form.match(/<input\b[^>]*>/gi) ?? []) {
    const name = attribute(tag, 'name');
    const kind = attribute(tag, 'type').toLowerCase();
    if (!name || kind === 'submit') continue;
    const value = kind === 'password' ? welcome.password : /user/i.test(name) ? welcome.username : attribute(tag, 'value');
    body.append(name, value);
  }
  const button = (form.match(/<(?:button|input)\b[^>]*>/gi) ?? []).find((tag) => attribute(tag, 'type').toLowerCase() === 'submit' || /^<button/i.test(tag));
  if (button && attribute(button, 'name')) body.append(attribute(button, 'name'), attribute(button, 'value'));
  return { url: new URL(attribute(form, 'action') || url, url).href, method: attribute(form, 'method').toUpperCase() || 'GET', body };
}

// Does something while these faults of the practice org are switched on.
export async function badDay(faults, body) {
  const control = (method, data) =>
    fetch(`${welcome.url}/__practice/faults`, {
      method,
      body: data && JSON.stringify(data),
      headers: { authorization: `Bearer ${welcome.access_token}`, 'content-type': 'application/json' },
    });
  const answer = await control('POST', faults);
  assert.equal(answer.ok, true, await answer.text());
  try {
    return await body();
  } finally {
    await control('DELETE');
  }
}
