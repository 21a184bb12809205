import { startDatabase } from '../setup/database.mjs';

/** A process that starts a database in the folder named, tells where it is, and stays until it is killed. */
const { uri, pid } = await startDatabase({ folder: process.argv[2] ?? '' });
process.send?.({ uri, pid });
