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
