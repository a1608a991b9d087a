/**
 * A common table expression, to be read by its statement: the commit returns before it is on the disk. Only for what a
 * crash of the server may undo. Such commits are lost from the end of the log backwards, never one without those after it.
 */
export const relaxedCommit = `relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;
