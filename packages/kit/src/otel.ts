/**
 * Loaded before a program: `node --import @ecommercestack/kit/otel main.ts`. Without OTEL_TRACES_EXPORTER
 * (none) it does nothing, and the program runs as if it were not there.
 *
 * The hook must stand before the first import of what it watches, and the SDK must come after the hook:
 * hence the dynamic import. The list is short because wrapping every module breaks some, and `http` stays
 * out of it because it would be patched twice and every outgoing request be counted twice.
 */

const exporter = process.env['OTEL_TRACES_EXPORTER'] || 'none';

if (exporter !== 'none') {
  const { register } = await import('import-in-the-middle/register-hooks.mjs');
  register({ include: ['express', 'pg', 'pg-pool'] });
  const { startTracing } = await import('./tracing-sdk.ts');
  startTracing(process.env);
}
