package io.gofka.log;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;

/**
 * A disk in memory whose k-th operation fails, once or until it is healed. A failed sync is as
 * treacherous as a kernel's: what was dirty counts as clean from then on, and unless it is written
 * once more no later sync brings it to the disk; only reads still see it, until the power goes.
 */
final class FaultyLogDisk implements LogDisk {
  /** What fails and how. */
  enum Fault {
    /** Everything, without any effect. */
    EIO("Input/output error"),
    /** Whatever needs space. */
    ENOSPC("No space left on device"),
    /** Whatever needs space, after half of it was written. */
    SHORT("No space left on device");

    private final String text;

    Fault(String text) {
      this.text = text;
    }
  }

  private static final class Pages {
    private final BitSet dirty = new BitSet();
    private final BitSet lost = new BitSet();
  }

  private final MemoryLogDisk disk;
  private final String description;
  private final Map<String, Pages> pages = new HashMap<>();
  private Fault fault = Fault.EIO;
  private long operations;
  private long failAt = Long.MAX_VALUE;
  private boolean lasting;
  private String toDamage = "";
  private boolean rootFails;

  FaultyLogDisk(MemoryLogDisk disk, String description) {
    this.disk = disk;
    this.description = description;
  }

  /** The {@code at}-th operation from now on fails, and with {@code untilHealed} what follows. */
  void fail(Fault how, long at, boolean untilHealed) {
    fault = how;
    failAt = operations + at;
    lasting = untilHealed;
  }

  void heal() {
    failAt = Long.MAX_VALUE;
    rootFails = false;
  }

  /** The next write to a file whose name ends so brings one wrong bit to the disk, and succeeds. */
  void damageNextWriteTo(String suffix) {
    toDamage = suffix;
  }

  /** Names in the directory itself can't be made durable any more. */
  void failSyncOfRoot() {
    rootFails = true;
  }

  /** Whether the fault has been met. */
  boolean hasFailed() {
    return operations >= failAt;
  }

  long operations() {
    return operations;
  }

  /** The machine loses its power, and with it what failed syncs have left in memory only. */
  void losePower(Random random) {
    disk.losePower(random);
    pages.forEach(
        (name, state) -> {
          if (disk.files("").contains(name)) {
            byte[] content = disk.content(name);
            state.lost.stream().filter(at -> at < content.length).forEach(at -> content[at] = 0);
          }
        });
    pages.clear();
  }

  void kill() {
    disk.kill();
  }

  private void damage(String file, int at) {
    if (!toDamage.isEmpty() && file.endsWith(toDamage)) {
      toDamage = "";
      disk.content(file)[at] ^= 1;
    }
  }

  private Pages pages(String name) {
    return pages.computeIfAbsent(name, missing -> new Pages());
  }

  private boolean mustFail(boolean needsSpace) {
    operations++;
    if (operations == failAt) {
      return true;
    }
    return lasting && operations > failAt && (fault == Fault.EIO || needsSpace);
  }

  private void step(boolean needsSpace) throws IOException {
    if (mustFail(needsSpace)) {
      throw failure();
    }
  }

  private IOException failure() {
    return new IOException(fault.text);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public DiskFile open(String file) throws IOException {
    step(!disk.files("").contains(file));
    return new File(file, disk.open(file));
  }

  @Override
  public List<String> list(String folder) throws IOException {
    step(false);
    return disk.list(folder);
  }

  @Override
  public boolean isFolder(String path) {
    return disk.isFolder(path);
  }

  @Override
  public boolean refusesWrites(long bytes) {
    return lasting && hasFailed() && fault != Fault.EIO;
  }

  @Override
  public long size(String file) throws IOException {
    step(false);
    return disk.size(file);
  }

  @Override
  public Optional<byte[]> read(String file, int maxBytes) throws IOException {
    step(false);
    return disk.read(file, maxBytes);
  }

  @Override
  public Optional<byte[]> readStart(String file, int maxBytes) throws IOException {
    step(false);
    return disk.readStart(file, maxBytes);
  }

  @Override
  public void write(String file, byte[] content) throws IOException {
    if (mustFail(true)) {
      if (fault == Fault.SHORT) {
        disk.write(file, Arrays.copyOf(content, content.length / 2));
      }
      throw failure();
    }
    pages.remove(file);
    disk.write(file, content);
    damage(file, content.length / 2);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    step(true);
    pages.remove(file);
    disk.replace(file, content);
  }

  @Override
  public void replaceEventually(String file, byte[] content) throws IOException {
    step(true);
    pages.remove(file);
    disk.replaceEventually(file, content);
  }

  @Override
  public void createFolder(String folder) throws IOException {
    step(true);
    disk.createFolder(folder);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    step(false);
    disk.rename(from, to);
    for (String name : new TreeSet<>(pages.keySet())) {
      if (name.equals(from) || name.startsWith(from + "/")) {
        pages.put(to + name.substring(from.length()), pages.remove(name));
      }
    }
  }

  @Override
  public void delete(String path) throws IOException {
    step(false);
    disk.delete(path);
    pages.keySet().removeIf(name -> name.equals(path) || name.startsWith(path + "/"));
  }

  @Override
  public void syncFolder(String folder) throws IOException {
    step(true);
    if (rootFails && folder.equals(ROOT)) {
      throw new IOException(Fault.EIO.text);
    }
    disk.syncFolder(folder);
  }

  private final class File extends ForwardingFile {
    private final String name;
    private boolean syncFailed;

    File(String name, DiskFile file) {
      super(file);
      this.name = name;
    }

    @Override
    public long size() throws IOException {
      step(false);
      return file.size();
    }

    @Override
    public void write(ByteBuf bytes, int index, int length, long position) throws IOException {
      boolean fails = mustFail(true);
      int written = !fails ? length : fault == Fault.SHORT ? length / 2 : 0;
      if (written > 0) {
        file.write(bytes, index, written, position);
        damage(name, (int) position + written / 2);
        pages(name).dirty.set((int) position, (int) position + written);
        pages(name).lost.clear((int) position, (int) position + written);
      }
      if (fails) {
        throw failure();
      }
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      step(false);
      file.read(target, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      step(false);
      file.truncate(size);
      pages(name).dirty.clear((int) size, Integer.MAX_VALUE);
      pages(name).lost.clear((int) size, Integer.MAX_VALUE);
    }

    @Override
    public void sync() throws IOException {
      if (syncFailed) {
        throw new IOException("an earlier sync has failed");
      }
      if (mustFail(true)) {
        syncFailed = true;
        pages(name).lost.or(pages(name).dirty);
        pages(name).dirty.clear();
        throw failure();
      }
      pages(name).dirty.clear();
      file.sync();
    }

    @Override
    public void trustSyncsAgain() {
      syncFailed = false;
    }
  }
}
