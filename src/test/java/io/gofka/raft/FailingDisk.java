package io.gofka.raft;

import io.gofka.raft.storage.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;

/** A disk that does something before each sync of a file: waits, or fails. */
record FailingDisk(Disk disk, Callable<?> beforeSync) implements Disk {
  @Override
  public List<String> list() throws IOException {
    return disk.list();
  }

  @Override
  public OpenFile open(String name) throws IOException {
    return new FailingFile(disk.open(name), beforeSync);
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

  private record FailingFile(OpenFile file, Callable<?> beforeSync) implements OpenFile {
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
      try {
        beforeSync.call();
      } catch (IOException | RuntimeException failure) {
        throw failure;
      } catch (Exception unexpected) {
        throw new IOException(unexpected);
      }
      file.sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
