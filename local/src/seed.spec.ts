import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UpstreamError, type Invoker, type Outcome } from '@ecommercestack/kit';
import { untilFound } from './seed.ts';

const products = [
  {
    product: {
      sku: 'TEA-1',
      name: 'Sencha',
      category: 'tea',
      brand: 'Kettle & Leaf',
      price: { amount: 990, currency: 'EUR' },
    },
    stock: 5,
  },
];
const page = {
  items: [],
  total: 1,
  facets: { category: [], brand: [], price: [], inStock: 1 },
};

describe('waiting until the goods are found', () => {
  /** One answer after the other; a function throws. */
  const answering = (...answers: readonly (Outcome<unknown> | (() => never))[]): Invoker => {
    const left = answers.values();
    return {
      call: async () => {
        const answer = left.next().value;
        if (answer === undefined) throw new Error('asked too often');
        return typeof answer === 'function' ? answer() : answer;
      },
      stream: () => {
        throw new Error('nothing is streamed');
      },
    };
  };
  const refused = (code: string): Outcome<never> => ({ ok: false, problem: { code, detail: 'no' } });
  const { signal } = new AbortController();

  it('waits for a store that is not there yet', async () => {
    await untilFound(answering(refused('search-unavailable'), { ok: true, value: page }), products, signal);
  });

  it('gives up what asking again would not change', async () => {
    await assert.rejects(untilFound(answering(refused('forbidden')), products, signal), /forbidden/);
  });

  it('ends with its limit', async () => {
    const away = () => {
      throw new UpstreamError('catalog', 'unavailable');
    };
    await assert.rejects(untilFound(answering(away, away, away), products, AbortSignal.timeout(500)));
  });
});
