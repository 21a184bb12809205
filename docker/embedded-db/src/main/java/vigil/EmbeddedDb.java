package vigil;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * Runs the embedded database: {@code EmbeddedDb <folder, or "memory"> <port, 0: any free one>}.
 * Prints {@code port <number>} when it takes connections. It ends, in order, when its standard input closes
 * (so it cannot outlive the process that started it) or at SIGTERM. Listens on this machine only.
 */
public final class EmbeddedDb {
  /** The first version whose wire protocol the current Node drivers speak; the library's own versions stop before it. */
  private enum Version implements MongoVersion {
    MONGO_4_4;

    @Override
    public List<Integer> getVersionArray() {
      return List.of(4, 4, 0);
    }

    @Override
    public int getWireVersion() {
      return 9;
    }
  }

  private static final Set<String> WRITES = Set.of(
      "insert", "update", "delete", "findAndModify", "findandmodify", "createIndexes", "dropIndexes", "create", "drop", "dropDatabase");

  /** Answers a write only after it is in the file: the store's own timer would lose what was answered in the last second. */
  private static final class CommittingBackend extends H2Backend {
    private final AtomicBoolean dirty = new AtomicBoolean();
    final AtomicBoolean stopping = new AtomicBoolean();

    CommittingBackend(MVStore store) {
      super(store);
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      try {
        Document answer = super.handleMessage(message);
        if (message.getDocument().keySet().stream().findFirst().filter(WRITES::contains).isPresent()) {
          getMvStore().commit();
          dirty.set(true);
        }
        return answer;
      } finally {
        endIfBroken();
      }
    }

    /** A store that could not write, as on a full disk, closes itself for good: only a new process can go on. */
    private void endIfBroken() {
      if (!stopping.get() && getMvStore().isClosed()) end("its file could not be written; the disk may be full");
    }

    private static void end(String why) {
      System.err.println(why);
      // No orderly end: that would wait for this very thread, and there is nothing left to save.
      Runtime.getRuntime().halt(4);
    }

    /** Brings what was committed to the disk itself, in case the machine loses power. */
    void sync() {
      try {
        if (dirty.getAndSet(false)) getMvStore().sync();
      } catch (RuntimeException | Error error) {
        // The timer would never call again, without a word, and a power cut lose all that is answered from now on.
        if (!stopping.get()) end("what was written cannot be kept on the disk: " + error.getMessage());
      }
      endIfBroken();
    }
  }

  private static final int SYNC_MS = 100;
  /** Replaced parts of the file are used again only after they were synced many times over, so that a power cut leaves a whole older state. */
  private static final int RETENTION_MS = 20 * SYNC_MS;
  private static final int COMPACT_MS = 1_000;

  public static void main(String[] args) throws IOException {
    boolean inMemory = args[0].equals("memory");
    MVStore store;
    try {
      MVStore.Builder builder = new MVStore.Builder().cacheSize(32);
      if (!inMemory) builder.fileName(Files.createDirectories(Path.of(args[0])).resolve("vigil.mv").toString());
      store = builder.open();
      store.setRetentionTime(RETENTION_MS);
      store.compactFile(COMPACT_MS);
    } catch (MVStoreException | IOException error) {
      System.err.println("cannot open the data in " + args[0] + ": " + error.getMessage());
      System.exit(2);
      return;
    }
    CommittingBackend backend = new CommittingBackend(store);
    backend.version(Version.MONGO_4_4);
    MongoServer server = new MongoServer(backend);
    try {
      server.bind("127.0.0.1", Integer.parseInt(args[1]));
    } catch (Exception error) { // netty also throws checked ones, undeclared
      System.err.println("cannot listen on port " + args[1] + ": " + error.getMessage());
      store.close();
      System.exit(3);
    }
    if (!inMemory) {
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sync");
        thread.setDaemon(true);
        return thread;
      }).scheduleWithFixedDelay(backend::sync, SYNC_MS, SYNC_MS, TimeUnit.MILLISECONDS);
    }
    // Also runs after exit() below, so that there is one way to stop. Closing the server closes and syncs the store.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      backend.stopping.set(true);
      server.shutdownNow();
    }, "stop"));
    System.out.println("port " + server.getLocalAddress().getPort());
    try {
      while (System.in.read() >= 0) {
        // Nothing is expected on the standard input but its end.
      }
    } finally {
      System.exit(0);
    }
  }
}
