package io.gofka.log;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The disk as it is: files through {@link FileChannel}, regions sent with sendfile. */
public final class FileLogDisk implements LogDisk {
  private static final String TEMPORARY_SUFFIX = ".tmp";

  @Override
  public DiskFile open(Path file) throws IOException {
    return new File(
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public List<String> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> names = Files.list(folder)) {
      return names.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  @Override
  public boolean isFolder(Path path) {
    return Files.isDirectory(path);
  }

  @Override
  public long size(Path file) throws IOException {
    return Files.size(file);
  }

  @Override
  public Optional<byte[]> read(Path file, int maxBytes) throws IOException {
    Optional<byte[]> start = readStart(file, maxBytes);
    if (start.isPresent() && start.get().length == maxBytes && Files.size(file) > maxBytes) {
      throw new IOException(file + " has more than the " + maxBytes + " bytes it may have");
    }
    return start;
  }

  @Override
  public Optional<byte[]> readStart(Path file, int maxBytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer content = ByteBuffer.allocate((int) Math.min(channel.size(), maxBytes));
      readFully(channel, content, 0);
      byte[] bytes = new byte[content.flip().remaining()];
      content.get(bytes);
      return Optional.of(bytes);
    } catch (NoSuchFileException missing) {
      return Optional.empty();
    }
  }

  @Override
  public void write(Path file, byte[] content) throws IOException {
    Files.write(file, content);
  }

  @Override
  public void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY_SUFFIX);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true); // Before the rename: the name must never stand for missing content.
    }
    rename(temporary, file);
    syncFolder(file.toAbsolutePath().getParent());
  }

  @Override
  public void createFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (String name : list(path)) {
        delete(path.resolve(name));
      }
    }
    Files.deleteIfExists(path);
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer target, long position)
      throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int read = channel.read(target, at);
      if (read < 0) {
        return;
      }
      at += read;
    }
  }

  private static final class File extends AbstractReferenceCounted implements DiskFile {
    private final FileChannel channel;

    File(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void write(ByteBuf bytes, int index, int length, long position) throws IOException {
      if (bytes.nioBufferCount() == 1) {
        write(bytes.nioBuffer(index, length), position);
        return;
      }
      long at = position;
      for (ByteBuffer part : bytes.nioBuffers(index, length)) {
        int size = part.remaining();
        write(part, at);
        at += size;
      }
    }

    private void write(ByteBuffer bytes, long position) throws IOException {
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      readFully(channel, target, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      channel.force(true);
    }

    @Override
    public boolean isResident(long position, int length) {
      if (length == 0) {
        return true;
      }
      try {
        var mapped = channel.map(MapMode.READ_ONLY, position, length);
        try {
          return mapped.isLoaded();
        } finally {
          Mappings.unmap(mapped);
        }
      } catch (IOException failure) {
        return false; // Whoever reads it then meets the failure where it can be told.
      }
    }

    @Override
    public Payload region(long position, int length) {
      retain();
      return RegionPayload.of(channel, position, length, this);
    }

    @Override
    public File retain() {
      super.retain();
      return this;
    }

    @Override
    protected void deallocate() {
      try {
        channel.close();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public ReferenceCounted touch(Object hint) {
      return this;
    }
  }
}
