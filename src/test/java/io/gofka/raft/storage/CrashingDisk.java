package io.gofka.raft.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A disk in memory that knows what was synced. A crash keeps that, and of the rest what chance
 * keeps: each write whole, a part of it, or nothing, in any order; each change of a name or
 * nothing, in their order. Any operation can be told to fail.
 */
final class CrashingDisk implements Disk {
  /** One write or truncation since the last sync; bytes null for a truncation. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Change(long position, byte[] bytes) {
    byte[] applyTo(byte[] content, int length) {
      if (bytes == null) {
        return Arrays.copyOf(content, (int) Math.min(content.length, position));
      }
      int end = Math.max(content.length, (int) position + length);
      byte[] changed = Arrays.copyOf(content, end);
      System.arraycopy(bytes, 0, changed, (int) position, length);
      return changed;
    }
  }

  private static final class Content {
    byte[] live = new byte[0];
    byte[] synced = new byte[0];
    final List<Change> changes = new ArrayList<>();

    void apply(Change change) {
      live = change.applyTo(live, change.bytes == null ? 0 : change.bytes.length);
      changes.add(change);
    }
  }

  private TreeMap<String, Content> names = new TreeMap<>();

  /** The directory after each change of a name since the last sync; the first one is synced. */
  private List<TreeMap<String, Content>> history = new ArrayList<>(List.of(new TreeMap<>()));

  private int operations;
  private int failingOperation = Integer.MAX_VALUE;
  private boolean dead;

  /** Operations so far that change something. */
  int operations() {
    return operations;
  }

  /** The operation with this number, counted from 1, fails, and all later ones. */
  void failAt(int operation) {
    failingOperation = operation;
  }

  /** The disk as it might be after the machine has stopped now. */
  CrashingDisk afterCrash(SplittableRandom random) {
    CrashingDisk after = new CrashingDisk();
    TreeMap<String, Content> kept = history.get(random.nextInt(history.size()));
    kept.forEach((name, content) -> after.put(name, survivor(content, random)));
    return after;
  }

  /** The disk as it is after the process was killed: the system has what was written. */
  CrashingDisk afterKill() {
    CrashingDisk after = new CrashingDisk();
    names.forEach((name, content) -> after.put(name, content.live));
    return after;
  }

  private static byte[] survivor(Content content, SplittableRandom random) {
    byte[] result = content.synced;
    for (Change change : content.changes) {
      int chance = random.nextInt(4);
      if (change.bytes == null) {
        result = chance < 2 ? change.applyTo(result, 0) : result;
      } else if (chance == 0) {
        result = change.applyTo(result, change.bytes.length);
      } else if (chance == 1 && change.bytes.length > 0) {
        result = change.applyTo(result, random.nextInt(change.bytes.length));
      } else if (chance == 2) {
        // The file has grown, but its new part never got there.
        byte[] zeros = new byte[change.bytes.length];
        result = new Change(change.position, zeros).applyTo(result, zeros.length);
      }
    }
    return result;
  }

  byte[] content(String name) {
    return names.get(name).live.clone();
  }

  void put(String name, byte[] bytes) {
    Content content = new Content();
    content.live = bytes.clone();
    content.synced = bytes.clone();
    names.put(name, content);
    history = new ArrayList<>(List.of(new TreeMap<>(names)));
  }

  private void change() throws IOException {
    operations++;
    if (operations >= failingOperation) {
      dead = true;
    }
    if (dead) {
      throw new IOException("the disk has failed at operation " + operations);
    }
  }

  private void renamed() {
    history.add(new TreeMap<>(names));
  }

  @Override
  public List<String> list() {
    return List.copyOf(names.keySet());
  }

  @Override
  public OpenFile open(String name) throws IOException {
    if (!names.containsKey(name)) {
      change();
      names.put(name, new Content());
      renamed();
    }
    return new Open(names.get(name));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    change();
    names.put(to, Optional.ofNullable(names.remove(from)).orElseThrow());
    renamed();
  }

  @Override
  public void delete(String name) throws IOException {
    change();
    if (names.remove(name) == null) {
      throw new IOException("no file " + name);
    }
    renamed();
  }

  @Override
  public void sync() throws IOException {
    change();
    history = new ArrayList<>(List.of(new TreeMap<>(names)));
  }

  @Override
  public String toString() {
    return "metadata";
  }

  private final class Open implements OpenFile {
    private final Content content;

    Open(Content content) {
      this.content = content;
    }

    @Override
    public long size() {
      return content.live.length;
    }

    @Override
    public int read(ByteBuffer into, long position) {
      if (position >= content.live.length) {
        return -1;
      }
      int length = Math.min(into.remaining(), content.live.length - (int) position);
      into.put(content.live, (int) position, length);
      return length;
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      try {
        change();
      } catch (IOException failed) {
        content.changes.add(new Change(position, bytes)); // A part of it may be there.
        throw failed;
      }
      content.apply(new Change(position, bytes));
    }

    @Override
    public void truncate(long size) throws IOException {
      change();
      content.apply(new Change(size, null));
    }

    @Override
    public void sync() throws IOException {
      change();
      content.synced = content.live;
      content.changes.clear();
    }

    @Override
    public void close() {
      // Nothing is written by closing.
    }
  }
}
