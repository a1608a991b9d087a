/** Whose tables the service has, and where they are described. */
export const tables = { appId: 'catalog', migrations: new URL('../../../migrations', import.meta.url) };
