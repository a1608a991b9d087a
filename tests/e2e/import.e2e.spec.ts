import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportReportLine, ProductFields, ProductPage } from '@ecommercestack/contracts';
import { Platform } from '../src/platform.ts';

const product = (at: number): ProductFields => ({
  sku: `BULK-${String(at).padStart(4, '0')}`,
  name: `Quintessence ${at}`,
  description: '',
  category: 'tea',
  brand: 'Kettle & Leaf',
  price: { amount: 100 + at, currency: 'EUR' },
  tags: [],
  attributes: { batch: '1' },
});
const linesOf = (products: readonly ProductFields[]) =>
  products.map((each) => `${JSON.stringify(each)}\n`).join('');
const parsed = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

describe('a catalogue of one’s own', () => {
  let platform: Platform;
  before(async () => {
    platform = await Platform.start();
  });
  after(() => platform.stop());

  const headers = () => ({
    authorization: `Bearer ${platform.access.adminToken}`,
    'content-type': 'application/x-ndjson',
  });
  const send = async (body: string, query = ''): Promise<ImportReportLine | undefined> => {
    const url = new URL(`/api/products/import${query}`, platform.access.url);
    const response = await fetch(url, { method: 'POST', headers: headers(), body });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return (parsed(text) as ImportReportLine[]).at(-1);
  };
  const counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };

  it('comes in, is found, goes out again, and does nothing the second time', async () => {
    const all = Array.from({ length: 450 }, (_, at) => product(at));
    assert.deepEqual(await send(`${linesOf(all)}nonsense\n`), {
      type: 'done',
      lines: 451,
      ...counts,
      created: 450,
      refused: 1,
    });
    for (;;) {
      const found = await fetch(new URL('/api/products?q=quintessence', platform.access.url));
      if (((await found.json()) as ProductPage).total === 450) break;
      await sleep(100);
    }
    const exported = await fetch(new URL('/api/products/export', platform.access.url), {
      headers: headers(),
    });
    const text = await exported.text();
    const own = (parsed(text) as ProductFields[]).filter(({ sku }) => sku.startsWith('BULK-'));
    assert.deepEqual(own, all);
    const again = await send(text);
    assert.ok(again?.type === 'done');
    assert.deepEqual([again.created, again.updated, again.unchanged], [0, 0, again.lines]);
  });

  it('goes on after a cut where it was told it had come to', async () => {
    const all = Array.from({ length: 1_000 }, (_, at) => product(1_000 + at));
    const sent = request(new URL('/api/products/import', platform.access.url), {
      method: 'POST',
      headers: headers(),
    });
    sent.on('error', () => undefined);
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.write(linesOf(all.slice(0, 700)));
    const [response] = await answered;
    response.on('error', () => undefined);
    let lines = 0;
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      for (const report of parsed(whole) as ImportReportLine[]) {
        if (report.type === 'progress') ({ lines } = report);
      }
      if (lines >= 400) break;
    }
    sent.destroy();
    const rest = await send(linesOf(all), `?from=${lines + 1}`);
    assert.ok(rest?.type === 'done');
    assert.equal(rest.lines, 1_000);
    assert.equal(rest.created + rest.unchanged, 1_000 - lines);
    const whole = await send(linesOf(all));
    assert.ok(whole?.type === 'done');
    assert.equal(whole.unchanged, 1_000);
  });
});
