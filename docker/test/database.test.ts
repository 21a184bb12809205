import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseKind, startDatabase } from '../setup/database.mjs';
import { isOnPath, pathOf, run } from '../setup/run-command.mjs';

const owner = fileURLToPath(new URL('database-owner.mjs', import.meta.url));
const deadline = { serverSelectionTimeoutMS: 2_000 };

describe('the database without MONGODB_URI', () => {
  const given = process.env.MONGODB_URI;
  let folder = '';

  beforeEach(async () => {
    delete process.env.MONGODB_URI;
    folder = await mkdtemp(join(tmpdir(), 'vigil-database-'));
  });
  afterEach(async () => {
    process.env.MONGODB_URI = given;
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens the folder's database, and closes it whatever happens. */
  async function opened<T>(use: (client: MongoClient) => Promise<T>): Promise<T> {
    const database = await startDatabase({ folder });
    const client = await MongoClient.connect(database.uri, deadline);
    try {
      return await use(client);
    } finally {
      await client.close();
      await database.stop();
    }
  }

  it('keeps its data over a restart, with unique indexes', async () => {
    await opened(async (client) => {
      await client.db().collection('a').createIndex({ key: 1 }, { unique: true }, {});
      await client.db().collection('a').insertOne({ key: 1 });
    });
    await opened(async (client) => {
      expect(await client.db().collection('a').countDocuments({ key: 1 })).toBe(1);
      await expect(client.db().collection('a').insertOne({ key: 1 })).rejects.toMatchObject({ code: 11_000 });
    });
  });

  it('keeps nothing when ephemeral, and stops more than once', async () => {
    const database = await startDatabase({ ephemeral: true });
    await database.stop();
    await database.stop();
    await expect(MongoClient.connect(database.uri, { serverSelectionTimeoutMS: 300 })).rejects.toThrow();
  });

  it('says in a sentence that its folder is in use', async () => {
    const first = await startDatabase({ folder });
    try {
      await expect(startDatabase({ folder })).rejects.toThrow(/another Vigil uses its data folder/);
    } finally {
      await first.stop();
    }
  });

  it('says in a sentence that its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startDatabase({ folder, port })).rejects.toThrow('its port is taken');
    server.close();
  });

  /** Uses the folder's database while PATH has a `mongod` that is this Node program. */
  async function withMongod(program: string, use: () => Promise<void>): Promise<void> {
    const path = process.env.PATH;
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/mongod'), `#!${process.execPath}\n${program}`, { mode: 0o755 });
    process.env.PATH = `${join(folder, 'bin')}:${path}`;
    await use().finally(() => {
      process.env.PATH = path;
    });
  }

  it('uses a mongod on PATH, and stops it in order', async () => {
    const log = JSON.stringify(join(folder, 'log'));
    const program = `
      const { appendFileSync } = require('node:fs');
      const option = (name) => process.argv[process.argv.indexOf(name) + 1];
      appendFileSync(${log}, 'dbpath ' + option('--dbpath'));
      require('node:net').createServer().listen(Number(option('--port')), option('--bind_ip'));
      process.on('SIGTERM', () => { appendFileSync(${log}, ', ended in order'); process.exit(0); });`;
    await withMongod(program, async () => {
      const database = await startDatabase({ folder });
      expect(database.kind).toBe('mongod');
      await database.stop();
    });
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe(`dbpath ${folder}/mongod, ended in order`);
  });

  it('says in a sentence why a mongod did not start', async () => {
    await withMongod("console.log('Unable to lock the lock file'); process.exit(100);", () =>
      expect(startDatabase({ folder })).rejects.toThrow(/\(mongod\) could not start: another Vigil uses its data folder/),
    );
  });

  /** Data of a database of this kind, as far as the choice looks. */
  async function leave(kind: string): Promise<void> {
    await mkdir(join(folder, kind));
    await writeFile(join(folder, kind, 'data'), '');
  }
  /** Without the system's own folders, which count besides PATH. */
  const hasMongod = isOnPath('mongod');

  it.skipIf(hasMongod)('does not begin anew beside the data of a mongod that is gone', async () => {
    await leave('mongod');
    await expect(startDatabase({ folder })).rejects.toThrow(/mongod needs mongod, .* Install MongoDB again, or set MONGODB_URI/);
    await withMongod('', async () => expect(await databaseKind(folder)).toBe('mongod'));
    await expect(stat(join(folder, 'embedded'))).rejects.toThrow('ENOENT');
  });

  it('goes on with the embedded database when a mongod appears', async () => {
    await leave('embedded');
    await withMongod('', async () => expect(await databaseKind(folder)).toBe('embedded'));
  });

  it('asks which of two databases is wanted', async () => {
    await leave('embedded');
    await leave('mongod');
    await expect(databaseKind(folder)).rejects.toThrow(/only you can tell/);
  });

  it('ends when the process that started it is killed, and has lost nothing that it acknowledged', async () => {
    const child = fork(owner, [folder], { silent: true });
    const [{ uri, pid }] = (await once(child, 'message')) as [{ uri: string; pid: number }];
    const client = await MongoClient.connect(uri, deadline);
    const collection = client.db().collection('a');
    let acknowledged = 0;
    const writing = (async () => {
      for (let n = 0; ; n += 1) {
        await collection.insertOne({ n });
        acknowledged = n + 1;
        // The hardest end: the database's own process is killed while it writes.
        if (n === 150) process.kill(pid, 'SIGKILL');
      }
    })();
    await expect(writing).rejects.toThrow();
    await client.close();
    child.kill('SIGKILL');
    expect(acknowledged).toBeGreaterThan(150);
    await opened(async (again) => {
      expect(await again.db().collection('a').countDocuments({ n: { $lt: acknowledged } })).toBe(acknowledged);
    });
  });

  it('ends when it cannot write any more, and a new one has all that was acknowledged', async () => {
    const path = process.env.PATH ?? '';
    const java = pathOf('java') ?? '';
    await mkdir(join(folder, 'bin'));
    // Stands for a full disk: no file beyond 2 MB (blocks of 512 bytes).
    await writeFile(join(folder, 'bin/java'), `#!/bin/sh\nulimit -f 4000\nexec ${java} "$@"\n`, { mode: 0o755 });
    process.env.PATH = `${join(folder, 'bin')}:${path}`;
    const database = await startDatabase({ folder }).finally(() => (process.env.PATH = path));
    const client = await MongoClient.connect(database.uri, { ...deadline, retryWrites: false });
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await client.db().collection('a').insertOne({ n: acknowledged, much: 'x'.repeat(20_000) });
        acknowledged += 1;
      }
    })();
    await expect(writing).rejects.toThrow();
    expect(await database.ended).toMatch(/the disk may be full/);
    await client.close();
    expect(acknowledged).toBeGreaterThan(10);
    await opened(async (again) => {
      expect(await again.db().collection('a').countDocuments({ n: { $lt: acknowledged } })).toBe(acknowledged);
    });
  });

  const compiler = ['cc', 'gcc', 'clang'].find(isOnPath);
  it.skipIf(!compiler)(`ends when the disk takes what is written, but does not keep it (needs a C compiler, here: ${compiler ?? 'none'})`, async () => {
    // Stands for a failing disk: from when the file is there, no file can be forced to it.
    const [source, library, failing] = ['fail.c', 'fail.so', 'failing'].map((name) => join(folder, name)) as [string, string, string];
    const sync = (name: string) => `int ${name}(int file) { if (!access("${failing}", F_OK)) { errno = EIO; return -1; } return syscall(SYS_${name}, file); }`;
    await writeFile(source, `#include <errno.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n${sync('fsync')}\n${sync('fdatasync')}\n`);
    expect(await run(compiler!, ['-shared', '-fPIC', '-o', library, source])).toMatchObject({ status: 0 });
    process.env.LD_PRELOAD = library;
    const database = await startDatabase({ folder }).finally(() => delete process.env.LD_PRELOAD);
    const client = await MongoClient.connect(database.uri, deadline);
    await client.db().collection('a').insertOne({ n: 0 });
    await writeFile(failing, '');
    // One write is enough: it is the task in the background that meets the error.
    await client.db().collection('a').insertOne({ n: 1 }).catch(() => undefined);
    expect(await database.ended).toMatch(/what was written cannot be kept on the disk/);
    await client.close();
  });

  it('does not outlive a parent that is killed', async () => {
    const child = fork(owner, [folder], { silent: true });
    const [{ uri }] = (await once(child, 'message')) as [{ uri: string }];
    const client = await MongoClient.connect(uri, { ...deadline, heartbeatFrequencyMS: 500 });
    const closed = once(client, 'serverHeartbeatFailed');
    child.kill('SIGKILL');
    await closed;
    await client.close();
    // Its lock on the folder is free again.
    await opened(async (again) => expect(await again.db().collection('a').countDocuments()).toBe(0));
  });
});
