// Loaded into the process that bootstrap.mjs starts. That process is outside the terminal's process group, so a
// `kill -9` of the group would miss it and leave it behind, holding ports and data: it dies with its parent.
if (process.channel !== undefined && process.channel !== null) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
