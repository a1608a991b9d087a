/**
 * A common table expression that lets the commit of its statement return before it is on the disk. For what a crash
 * may undo: commits are lost only from the end backwards, so a delivery is never remembered without its effect, and an
 * attempt that is forgotten is made again under the same key.
 */
export const relaxed = `relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;
