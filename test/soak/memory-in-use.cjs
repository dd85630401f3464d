// Preloaded, with --expose-gc, into services whose memory a scenario asks for: SIGUSR2 has it collect garbage and write what is left.
const { writeSync } = require('node:fs');

process.on('SIGUSR2', () => {
  // A second collection takes what finalizers of the first let go.
  for (let collection = 0; collection < 2; collection++) globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  writeSync(process.stderr.fd, `memory in use: ${heapUsed + external} of ${rss} bytes\n`);
});
