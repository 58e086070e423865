package io.gofka.log;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A disk that counts what changes it, and doesn't survive a given one of these operations. */
final class CountingDisk implements LogDisk {
  private final LogDisk disk;
  private int operations;
  private int lastOperation = Integer.MAX_VALUE;

  /** The machine has stopped before an operation. */
  static final class StoppedException extends IOException {
    private static final long serialVersionUID = 1;
  }

  CountingDisk(LogDisk disk) {
    this.disk = disk;
  }

  /** Changes so far. */
  int operations() {
    return operations;
  }

  /** From now on so many operations succeed, then none. */
  void stopAfter(int count) {
    operations = 0;
    lastOperation = count;
  }

  void goOn() {
    lastOperation = Integer.MAX_VALUE;
  }

  private void change() throws IOException {
    if (operations >= lastOperation) {
      throw new StoppedException();
    }
    operations++;
  }

  @Override
  public String description() {
    return disk.description();
  }

  @Override
  public DiskFile open(String file) throws IOException {
    change();
    return new File(disk.open(file));
  }

  @Override
  public List<String> list(String folder) throws IOException {
    return disk.list(folder);
  }

  @Override
  public boolean isFolder(String path) {
    return disk.isFolder(path);
  }

  @Override
  public long size(String file) throws IOException {
    return disk.size(file);
  }

  @Override
  public Optional<byte[]> read(String file, int maxBytes) throws IOException {
    return disk.read(file, maxBytes);
  }

  @Override
  public Optional<byte[]> readStart(String file, int maxBytes) throws IOException {
    return disk.readStart(file, maxBytes);
  }

  @Override
  public void write(String file, byte[] content) throws IOException {
    change();
    disk.write(file, content);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    change();
    disk.replace(file, content);
  }

  @Override
  public void createFolder(String folder) throws IOException {
    change();
    disk.createFolder(folder);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    change();
    disk.rename(from, to);
  }

  @Override
  public void delete(String path) throws IOException {
    change();
    disk.delete(path);
  }

  @Override
  public void syncFolder(String folder) throws IOException {
    change();
    disk.syncFolder(folder);
  }

  private final class File extends ForwardingFile {
    File(DiskFile file) {
      super(file);
    }

    @Override
    public void write(ByteBuf bytes, int index, int length, long position) throws IOException {
      change();
      file.write(bytes, index, length, position);
    }

    @Override
    public void write(List<ByteBuf> parts, long position) throws IOException {
      change();
      file.write(parts, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      change();
      file.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      change();
      file.sync();
    }
  }
}
