/** Every message, HTTP body, problem and setting of the platform, as zod schemas. Imports zod only. */
export * from './define.ts';
export { reservedSkus } from './http/catalog-routes.ts';
export * from './http/route.ts';
export * from './http/routes.ts';
export * from './messages/index.ts';
export * from './methods/index.ts';
export * from './problems.ts';
export * from './product.ts';
export * from './settings.ts';
export * from './stack.ts';
export * from './values.ts';
