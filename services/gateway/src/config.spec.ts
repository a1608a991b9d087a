import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '@ecommercestack/kit';
import { readConfig } from './config.ts';

const needed = { TOKEN_ISSUER: 'https://id.example', JWKS_URL: 'https://id.example/jwks.json' };

describe('configuration', () => {
  it('needs an issuer and its keys', () => {
    const config = readConfig(needed);
    assert.equal(config.port, 8080);
    assert.equal(config.tokens.audience, 'shop-api');
    assert.deepEqual([config.corsOrigins, config.trustedProxies, config.tls], [[], [], false]);
    assert.throws(() => readConfig({}), ConfigError);
  });

  it('reads lists', () => {
    const lists = {
      CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      TRUSTED_PROXIES: '10.0.0.0/8,::1',
    };
    const config = readConfig({ ...needed, ...lists });
    assert.deepEqual(config.corsOrigins, ['https://a.example', 'http://localhost:3000']);
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1']);
  });

  it('refuses wildcards, paths and names where they would open a door', () => {
    const bad = [
      { CORS_ORIGINS: '*' },
      { CORS_ORIGINS: 'https://a.example/' },
      { TRUSTED_PROXIES: 'true' },
      { TRUSTED_PROXIES: 'proxy.example' },
      { JWKS_URL: 'data:application/json,{}' },
      { TLS: 'maybe' },
    ];
    for (const env of bad) {
      assert.throws(() => readConfig({ ...needed, ...env }), new RegExp(Object.keys(env)[0] ?? ''));
    }
  });
});
