/** Whose tables the service has, and where they are described. */
export const tables = { appId: 'notification', migrations: new URL('../../migrations', import.meta.url) };
