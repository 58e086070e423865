package io.gofka.raft.storage;

import io.gofka.raft.HardState;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.Snapshot;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a replica must not forget, on its disk: term and vote, entries, the latest snapshot. All
 * methods block, and are called by one thread at a time.
 *
 * <p>After a failed write or fsync nobody knows what the disk holds (a second fsync may succeed
 * without having written anything), so all later ones fail too.
 */
public final class RaftStorage implements Closeable {
  /** No entry may have a larger payload. */
  public static final int MAX_PAYLOAD_BYTES = EntryFormat.MAX_PAYLOAD_BYTES;

  /** Size after which a new file is begun. */
  public static final long SEGMENT_BYTES = 8L * 1024 * 1024;

  /**
   * What was found.
   *
   * @param hard empty when no vote was ever written
   * @param entries without gaps
   */
  public record Recovered(
      Optional<HardState> hard, Optional<Snapshot> snapshot, List<LogEntry> entries) {
    public Recovered {
      entries = List.copyOf(entries);
    }

    /** Whether nothing was ever written. */
    public boolean isEmpty() {
      return hard.isEmpty() && snapshot.isEmpty() && entries.isEmpty();
    }
  }

  private final Disk disk;
  private final EntrySegments segments;
  private final Recovered recovered;
  private IOException failure;

  private RaftStorage(Disk disk, EntrySegments segments, Recovered recovered) {
    this.disk = disk;
    this.segments = segments;
    this.recovered = recovered;
  }

  /** Opens what is on a disk and reads it. */
  public static RaftStorage open(Disk disk) throws IOException {
    return open(disk, SEGMENT_BYTES);
  }

  /**
   * The same with files of another size.
   *
   * @throws LogDamagedException when the disk holds something else than what was once written
   */
  public static RaftStorage open(Disk disk, long segmentBytes) throws IOException {
    for (String name : disk.list()) {
      if (name.endsWith(SealedFile.TEMPORARY_SUFFIX)) {
        disk.delete(name); // Never got its name, so nobody was ever told of it.
      }
    }
    Optional<HardState> hard = VoteFile.read(disk);
    Optional<Snapshot> snapshot = SnapshotFiles.readLatest(disk);
    long snapshotIndex = snapshot.map(found -> found.meta().index()).orElse(-1L);
    List<LogEntry> entries = new ArrayList<>();
    EntrySegments segments = EntrySegments.open(disk, segmentBytes, snapshotIndex, entries);
    // Only the first form of the log was written by who kept no vote, and had no snapshots.
    if (hard.isEmpty() && (snapshot.isPresent() || segments.foundVotedFor())) {
      segments.close();
      throw new LogDamagedException(
          "%s/%s is missing: it was written before the log was".formatted(disk, VoteFile.NAME));
    }
    return new RaftStorage(disk, segments, new Recovered(hard, snapshot, entries));
  }

  /** What was there when it was opened. */
  public Recovered recovered() {
    return recovered;
  }

  /**
   * Does what these say, one after the other, and returns when all of it is on disk. Entries of
   * several share an fsync.
   *
   * @throws IOException when it is unknown what is on disk; nothing more is taken then
   */
  public void persist(List<Persist> group) throws IOException {
    guarded(
        () -> {
          List<LogEntry> entries = new ArrayList<>();
          for (Persist persist : group) {
            if (!isAppendOnly(persist)) {
              append(entries);
              prepare(persist);
            }
            entries.addAll(persist.append());
          }
          append(entries);
        });
  }

  /** Entries before this index aren't needed any more; some may stay. */
  public void dropPrefix(long beforeIndex) throws IOException {
    guarded(() -> segments.dropBefore(beforeIndex));
  }

  @Override
  public void close() throws IOException {
    segments.close();
  }

  private static boolean isAppendOnly(Persist persist) {
    return persist.hard().isEmpty()
        && persist.truncateFrom().isEmpty()
        && persist.snapshot().isEmpty();
  }

  private void prepare(Persist persist) throws IOException {
    // First: whatever else is found without it is damage.
    if (persist.hard().isPresent()) {
      VoteFile.write(disk, persist.hard().get());
    }
    if (persist.snapshot().isPresent()) {
      SnapshotFiles.write(disk, persist.snapshot().get());
    }
    if (persist.truncateFrom().isPresent()) {
      segments.truncateFrom(persist.truncateFrom().getAsLong());
    }
  }

  private void append(List<LogEntry> entries) throws IOException {
    if (!entries.isEmpty()) {
      segments.append(entries);
      entries.clear();
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private void guarded(Action action) throws IOException {
    if (failure != null) {
      throw new IOException(disk + " takes nothing more after: " + failure.getMessage(), failure);
    }
    try {
      action.run();
    } catch (IOException failed) {
      failure = failed;
      throw failed;
    } catch (RuntimeException bug) {
      failure = new IOException(bug);
      throw bug;
    }
  }
}
