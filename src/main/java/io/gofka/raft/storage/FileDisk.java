package io.gofka.raft.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** A directory of this machine. */
public final class FileDisk implements Disk {
  /**
   * For each buffer on the heap the JDK takes one of the same size off it, and keeps that with the
   * thread: a snapshot at once would need, and hold, as much again.
   */
  static final int SLICE_BYTES = 128 * 1024;

  private final Path directory;

  private FileDisk(Path directory) {
    this.directory = directory;
  }

  /** A directory, created when it is missing. */
  public static FileDisk in(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        sync(parent);
      }
    }
    return new FileDisk(directory);
  }

  @Override
  public List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public OpenFile open(String name) throws IOException {
    return new OpenChannel(
        FileChannel.open(
            directory.resolve(name),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.delete(directory.resolve(name));
  }

  @Override
  public void sync() throws IOException {
    sync(directory);
  }

  @Override
  public String toString() {
    return directory.toString();
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }

  private record OpenChannel(FileChannel channel) implements OpenFile {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int total = 0;
      while (into.hasRemaining()) {
        ByteBuffer slice = nextSlice(into);
        int count = channel.read(slice, position + total);
        if (count < 0) {
          return total > 0 ? total : -1;
        }
        into.position(into.position() + count);
        total += count;
      }
      return total;
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      long at = position;
      while (from.hasRemaining()) {
        int count = channel.write(nextSlice(from), at);
        from.position(from.position() + count);
        at += count;
      }
    }

    private static ByteBuffer nextSlice(ByteBuffer buffer) {
      return buffer.slice(buffer.position(), Math.min(SLICE_BYTES, buffer.remaining()));
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
