/** `npm run cache:purge -- <pattern>`: has every cache of products and searches of a running shop forget by pattern. */
import { parseArgs } from 'node:util';
import type { CachePurge } from '@ecommercestack/contracts';
import { CommandError, openApi } from './dead-letters/api.ts';

const USAGE = `npm run cache:purge -- PATTERN [--data DIR] [--as NAME]

  PATTERN   keys are product:<sku>, stock:<sku> and search:all; * stands for any characters, ? for one:
            'product:TEA-*', 'search:*', '*'
  --data    folder of the running shop (default: .data)
  --as      your name, for the audit (default: the name you are logged in with)`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string', default: '.data' },
      as: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [pattern] = positionals;
  if (values.help) console.log(USAGE);
  else if (pattern === undefined || positionals.length > 1) throw new TypeError('Name one pattern.');
  else {
    const api = await openApi(values.data, values.as);
    const body = { pattern };
    const { local, shared } = await api.send<CachePurge>('POST', 'cache/purge', { body });
    console.log(
      `Forgotten: ${shared} entries that replicas share, ${local} of the replica that answered; the others forget theirs.`,
    );
  }
} catch (error) {
  if (error instanceof CommandError) {
    console.error(error.message);
    process.exitCode = 1;
  } else if (error instanceof TypeError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}
