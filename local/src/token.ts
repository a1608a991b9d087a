/** `npm run token`: mints access tokens with the development key, one per line. */
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { roles, type Role } from '@ecommercestack/contracts';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';

const usage = `Usage: npm run token -- --customer NAME [--customer NAME …] [--role ${roles.join('|')}] [--expires 30d] [--data DIR]

Prints one access token per customer, signed with the development key in DIR (default .data).`;

const { values } = parseArgs({
  options: {
    customer: { type: 'string', multiple: true, default: [] },
    role: { type: 'string', default: 'customer' },
    expires: { type: 'string', default: '30d' },
    data: { type: 'string', default: '.data' },
    help: { type: 'boolean', default: false },
  },
});

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

if (values.help || values.customer.length === 0 || !isRole(values.role)) {
  console.error(usage);
  process.exitCode = values.help ? 0 : 1;
} else if (!existsSync(values.data)) {
  console.error(
    `There is no data folder ${values.data} yet. Start the platform once, or name its folder with --data DIR.`,
  );
  process.exitCode = 1;
} else {
  const issuer = await createDevelopmentIssuer(join(values.data, 'keys'));
  for (const customer of values.customer) {
    console.log(await issuer.mint({ customer, roles: [values.role], expiresIn: values.expires }));
  }
}
