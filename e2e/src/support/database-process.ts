import { MongoClient } from 'mongodb';

/**
 * A process of its own for the database, so that it can run inside a network namespace. It sends `{ uri }`, carries out the
 * changes it is told, and ends when its parent is gone. What it starts keeps nothing.
 */
interface Change {
  id: number;
  collection: string;
  filter: Record<string, unknown>;
  set: Record<string, unknown>;
}

const setup = new URL('../../../docker/setup/database.mjs', import.meta.url).href;
const { startDatabase } = (await import(setup)) as {
  startDatabase: (options: { ephemeral: boolean }) => Promise<{ uri: string; stop: () => Promise<void> }>;
};
// A database that is set for real use is not for tests.
delete process.env['MONGODB_URI'];
const database = await startDatabase({ ephemeral: true });
const client = new MongoClient(database.uri);

process.on('message', ({ id, collection, filter, set }: Change) => {
  void client
    .db()
    .collection(collection)
    .updateMany(filter, { $set: set })
    .then(({ matchedCount }) => process.send?.({ id, matched: matchedCount }));
});
process.once('disconnect', () => {
  void client.close().then(database.stop);
});
process.send?.({ uri: database.uri });
