import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { ImportReportLine, ImportResult } from '@ecommercestack/contracts';
import type { MethodTable, Outcome } from '@ecommercestack/kit';
import { UpstreamError } from '@ecommercestack/kit';
import { OWNER } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { linesOf } from '../testing/http.ts';

interface Item {
  readonly sku: string;
}
type Handler = (input: unknown) => Promise<Outcome<unknown>>;

const product = (sku: string, fields: object = {}) => ({
  sku,
  name: `Product ${sku}`,
  category: 'tea',
  brand: 'Kettle & Leaf',
  price: { amount: 990, currency: 'EUR' },
  ...fields,
});
const lineOf = (value: unknown) => `${JSON.stringify(value)}\n`;
const created = (items: readonly Item[]): Outcome<unknown> => ({
  ok: true,
  value: { results: items.map((): ImportResult => ({ change: 'created' })) },
});
const itemsOf = (input: unknown) => (input as { readonly items: readonly Item[] }).items;

describe('requests of many lines', () => {
  let gateway: TestGateway;
  let impatient: TestGateway;
  let admin: Readonly<Record<string, string>>;
  let importing: Handler = async (input) => created(itemsOf(input));
  let exporting: Handler = async () => ({ ok: true, value: { items: [] } });

  before(async () => {
    const catalog: MethodTable = {
      unary: new Map([
        ['import-products', (input) => importing(input)],
        ['export-products', (input) => exporting(input)],
      ]),
      stream: new Map(),
    };
    gateway = await startTestGateway({ services: { catalog } });
    impatient = await startTestGateway({ services: { catalog }, idleMs: 200 });
    admin = await gateway.bearer(OWNER, 'admin');
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await impatient[Symbol.asyncDispose]();
  });

  const headers = () => ({ ...admin, 'content-type': 'application/x-ndjson' });
  const send = async (body: string | Buffer | Readable, query = '') => {
    const response = await fetch(new URL(`/api/products/import${query}`, gateway.url), {
      method: 'POST',
      headers: headers(),
      body: body instanceof Readable ? (Readable.toWeb(body) as ReadableStream) : body,
      duplex: 'half',
    });
    const text = await response.text();
    if (response.status !== 200)
      return { status: response.status, report: [], body: JSON.parse(text) as unknown };
    return { status: response.status, report: linesOf(text) as readonly ImportReportLine[], body: undefined };
  };
  const end = (report: readonly ImportReportLine[]) => report.at(-1);

  it('takes 100,000 lines and holds no more than a batch of them', async () => {
    let most = 0;
    let seen = 0;
    const description = 'x'.repeat(600);
    let asked = 0;
    importing = async (input) => {
      const items = itemsOf(input);
      most = Math.max(most, asked - seen);
      assert.ok(items.length <= 200);
      seen += items.length;
      return created(items);
    };
    const all = 100_000;
    const body = Readable.from(
      (function* () {
        for (; asked < all; asked += 500) {
          const skus = Array.from({ length: 500 }, (_, at) => `SKU-${asked + at}`);
          yield Buffer.from(skus.map((sku) => lineOf(product(sku, { description }))).join(''));
        }
      })(),
      { objectMode: false },
    );
    const { report } = await send(body);
    assert.deepEqual(end(report), {
      type: 'done',
      lines: all,
      created: all,
      updated: 0,
      unchanged: 0,
      refused: 0,
    });
    assert.equal(seen, all);
    // What lies between the two ends of the connection is a matter of its buffers, not of the length of the file.
    assert.ok(most < all / 4, `${most} lines were on their way at once`);
  });

  it('refuses single lines by their number, and takes the others', async () => {
    const taken: string[] = [];
    importing = async (input) => {
      const items = itemsOf(input);
      taken.push(...items.map(({ sku }) => sku));
      const results = items.map(({ sku }): ImportResult =>
        sku === 'GONE'
          ? { problem: { code: 'product-exists', detail: 'This SKU is taken, or was once.' } }
          : { change: sku === 'SAME' ? 'unchanged' : 'updated' },
      );
      return { ok: true, value: { results } };
    };
    const file = [
      product('GOOD'),
      '',
      '{"sku": ',
      product('BAD SKU'),
      product('PRICED', { price: { amount: -1, currency: 'EUR' } }),
      product('GONE'),
      product('CARD', { description: '4111 1111 1111 1111' }),
      product('LONG', { description: 'x'.repeat(70_000) }),
      product('EXTRA', { role: 'admin' }),
      product('SAME'),
    ].map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    const bytes = Buffer.concat([
      Buffer.from(file.join('\r\n')),
      Buffer.from([0x0a, 0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(JSON.stringify(product('LAST'))),
    ]);
    const { report } = await send(bytes);
    const refused = report.flatMap((line) =>
      line.type === 'refused' ? [[line.line, line.sku, line.problem.code]] : [],
    );
    assert.deepEqual(refused, [
      [3, undefined, 'invalid-request'],
      [4, 'BAD SKU', 'invalid-request'],
      [5, 'PRICED', 'invalid-request'],
      [6, 'GONE', 'product-exists'],
      [7, 'CARD', 'card-number-refused'],
      [8, undefined, 'payload-too-large'],
      [9, 'EXTRA', 'invalid-request'],
      [11, undefined, 'invalid-request'],
    ]);
    assert.deepEqual(taken, ['GOOD', 'GONE', 'SAME', 'LAST']);
    const counts = { created: 0, updated: 2, unchanged: 1, refused: 8 };
    assert.deepEqual(end(report), { type: 'done', lines: 12, ...counts });
    const priced = report.find((line) => line.type === 'refused' && line.sku === 'PRICED');
    assert.match(JSON.stringify(priced), /"path":"price.amount"/);
  });

  it('goes on from a line', async () => {
    const taken: string[] = [];
    importing = async (input) => {
      taken.push(...itemsOf(input).map(({ sku }) => sku));
      return created(itemsOf(input));
    };
    const body = [1, 2, 3, 4].map((at) => lineOf(product(`SKU-${at}`))).join('');
    const { report } = await send(body, '?from=3');
    assert.deepEqual(taken, ['SKU-3', 'SKU-4']);
    assert.deepEqual(end(report), {
      type: 'done',
      lines: 4,
      created: 2,
      updated: 0,
      unchanged: 0,
      refused: 0,
    });
  });

  it('waits for a catalog that is away for a moment', async () => {
    let failures = 2;
    importing = async (input) => {
      if ((failures -= 1) >= 0) throw new UpstreamError('catalog', 'unavailable');
      return created(itemsOf(input));
    };
    const { report } = await send(lineOf(product('A')));
    assert.equal(end(report)?.type, 'done');
  });

  it('stops where the catalog stays away, and tells how far it came', async () => {
    let calls = 0;
    importing = async (input) => {
      calls += 1;
      if (calls > 1) return { ok: false, problem: { code: 'products-unavailable', detail: 'Away.' } };
      return created(itemsOf(input));
    };
    const body = Array.from({ length: 450 }, (_, at) => lineOf(product(`SKU-${at}`))).join('');
    const { report } = await send(body);
    const last = end(report);
    assert.ok(last?.type === 'stopped');
    assert.deepEqual([last.lines, last.created, last.problem.code], [200, 200, 'products-unavailable']);
    assert.equal(calls, 6);
  });

  it('answers with a problem where nothing was done at all', async () => {
    importing = async () => ({ ok: false, problem: { code: 'forbidden', detail: 'No.' } });
    assert.equal((await send(lineOf(product('A')))).status, 403);
  });

  it('gives up a client that stops in the middle of its body, or at its beginning', async () => {
    importing = async (input) => created(itemsOf(input));
    const stall = async (body: string): Promise<string> => {
      const token = await impatient.bearer(OWNER, 'admin');
      const sent = httpRequest(new URL('/api/products/import', impatient.url), {
        method: 'POST',
        headers: { ...token, 'content-type': 'application/x-ndjson' },
      });
      const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
      sent.write(body);
      const [response] = await answered;
      let text = '';
      for await (const chunk of response) text += String(chunk);
      sent.on('error', () => undefined).destroy();
      return text;
    };
    const text = await stall(Array.from({ length: 200 }, (_, at) => lineOf(product(`SKU-${at}`))).join(''));
    const last = end(linesOf(text) as readonly ImportReportLine[]);
    assert.ok(last?.type === 'stopped');
    assert.deepEqual([last.lines, last.problem.code], [200, 'invalid-request']);
    assert.match(await stall(' '), /"code":"invalid-request"/);
  });

  it('names a thousand refused lines, and counts the rest', async () => {
    const { report } = await send('x\n'.repeat(2_500));
    assert.equal(report.filter(({ type }) => type === 'refused').length, 1_000);
    const last = end(report);
    assert.equal(last?.type === 'done' && last.refused, 2_500);
  });

  it('asks for lines of JSON', async () => {
    const response = await fetch(new URL('/api/products/import', gateway.url), {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(response.status, 415);
  });

  it('exports page after page, and goes on after a SKU', async () => {
    const pages: Readonly<Record<string, object>> = {
      '': { items: [{ sku: 'A' }], next: 'A' },
      A: { items: [], next: 'B' },
      B: { items: [{ sku: 'C' }] },
    };
    exporting = async (input) => ({
      ok: true,
      value: pages[(input as { readonly after?: string }).after ?? ''],
    });
    const get = async (query: string) => {
      const response = await fetch(new URL(`/api/products/export${query}`, gateway.url), { headers: admin });
      assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
      return linesOf(await response.text());
    };
    assert.deepEqual(await get(''), [{ sku: 'A' }, { sku: 'C' }]);
    assert.deepEqual(await get('?after=A'), [{ sku: 'C' }]);
  });

  it('cuts an export off that cannot be finished, so that it is not taken for whole', async () => {
    exporting = async (input) => {
      const { after: from } = input as { readonly after?: string };
      if (from !== undefined) return { ok: false, problem: { code: 'internal', detail: 'Broken.' } };
      return { ok: true, value: { items: [{ sku: 'A' }], next: 'A' } };
    };
    const response = await fetch(new URL('/api/products/export', gateway.url), { headers: admin });
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
  });
});
