/** A process to be supervised, which behaves as BEHAVIOUR says. */
if (process.env.BEHAVIOUR === 'hopeless') process.exit(2);
process.on('SIGTERM', () => {
  if (process.env.BEHAVIOUR === 'orderly') process.send?.('ended in order', () => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
process.on('SIGUSR2', () => process.exit(2));
process.send?.({ type: 'ready' });
