package io.gofka.raft;

import io.gofka.raft.storage.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;

/** A disk that does something before it is listed or a file is synced: waits, or fails. */
record FailingDisk(Disk disk, Callable<?> before) implements Disk {
  @Override
  public List<String> list() throws IOException {
    call(before);
    return disk.list();
  }

  @Override
  public OpenFile open(String name) throws IOException {
    return new FailingFile(disk.open(name), before);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
  }

  @Override
  public void sync() throws IOException {
    disk.sync();
  }

  @Override
  public String toString() {
    return disk.toString();
  }

  private static void call(Callable<?> before) throws IOException {
    try {
      before.call();
    } catch (IOException | RuntimeException failure) {
      throw failure;
    } catch (Exception unexpected) {
      throw new IOException(unexpected);
    }
  }

  private record FailingFile(OpenFile file, Callable<?> before) implements OpenFile {
    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return file.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      file.write(from, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      FailingDisk.call(before);
      file.sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
