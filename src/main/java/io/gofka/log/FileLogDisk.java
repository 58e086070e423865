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
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** The disk as it is: files through {@link FileChannel}, regions sent with sendfile. */
public final class FileLogDisk implements LogDisk {
  private final Path root;
  private final String description;
  // All shards sync, and all should know.
  private final AtomicInteger syncs = new AtomicInteger();

  public FileLogDisk(Path root) {
    this(root, root.toAbsolutePath().toString());
  }

  /**
   * @param description what people call it
   */
  public FileLogDisk(Path root, String description) {
    this.root = root.toAbsolutePath();
    this.description = description;
  }

  @Override
  public String description() {
    return description;
  }

  private Path path(String name) {
    return root.resolve(name);
  }

  @Override
  public DiskFile open(String file) throws IOException {
    return new File(
        FileChannel.open(
            path(file),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public boolean isSyncing() {
    return syncs.get() > 0;
  }

  private void force(FileChannel channel) throws IOException {
    syncs.incrementAndGet();
    try {
      channel.force(true);
    } finally {
      syncs.decrementAndGet();
    }
  }

  @Override
  public List<String> list(String folder) throws IOException {
    if (!Files.isDirectory(path(folder))) {
      return List.of();
    }
    try (Stream<Path> names = Files.list(path(folder))) {
      return names.map(each -> each.getFileName().toString()).sorted().toList();
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  @Override
  public boolean isFolder(String name) {
    return Files.isDirectory(path(name));
  }

  @Override
  public boolean refusesWrites(long bytes) {
    try {
      FileStore store = Files.getFileStore(root);
      return store.isReadOnly() || store.getUsableSpace() < bytes;
    } catch (IOException unknown) {
      return false; // Not even that can be found out.
    }
  }

  @Override
  public long size(String file) throws IOException {
    return Files.size(path(file));
  }

  @Override
  public Optional<byte[]> read(String file, int maxBytes) throws IOException {
    Optional<byte[]> start = readStart(file, maxBytes);
    if (start.isPresent() && start.get().length == maxBytes && Files.size(path(file)) > maxBytes) {
      throw new IOException(file + " has more than the " + maxBytes + " bytes it may have");
    }
    return start;
  }

  @Override
  public Optional<byte[]> readStart(String file, int maxBytes) throws IOException {
    try (FileChannel channel = FileChannel.open(path(file), StandardOpenOption.READ)) {
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
  public void write(String file, byte[] content) throws IOException {
    Files.write(path(file), content);
  }

  @Override
  public void replace(String file, byte[] content) throws IOException {
    replaceEventually(file, content);
    syncFolder(file.contains("/") ? file.substring(0, file.lastIndexOf('/')) : ROOT);
  }

  @Override
  public void replaceEventually(String file, byte[] content) throws IOException {
    String temporary = file + LogFiles.TEMPORARY;
    try (FileChannel channel =
        FileChannel.open(
            path(temporary),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      force(channel); // Before the rename: the name must never stand for missing content.
    }
    rename(temporary, file);
  }

  @Override
  public void createFolder(String folder) throws IOException {
    Files.createDirectories(path(folder));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(String name) throws IOException {
    if (Files.isDirectory(path(name), LinkOption.NOFOLLOW_LINKS)) {
      for (String child : list(name)) {
        delete(LogFiles.in(name, child));
      }
    }
    Files.deleteIfExists(path(name));
  }

  @Override
  public void syncFolder(String folder) throws IOException {
    try (FileChannel channel = FileChannel.open(path(folder), StandardOpenOption.READ)) {
      force(channel);
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

  private final class File extends AbstractReferenceCounted implements DiskFile {
    private static final long UNKNOWN = -1;

    private final FileChannel channel;
    // Where the channel stands: gathering writes go there, and nothing else moves it. One writer at
    // a time, so it needs no guard.
    private long channelPosition = UNKNOWN;
    private boolean syncFailed;

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

    @Override
    public void write(List<ByteBuf> parts, long position) throws IOException {
      ByteBuffer[] buffers = new ByteBuffer[parts.size()];
      long left = 0;
      for (int i = 0; i < buffers.length; i++) {
        ByteBuf part = parts.get(i);
        if (part.nioBufferCount() != 1) {
          DiskFile.super.write(parts, position);
          return;
        }
        buffers[i] = part.nioBuffer();
        left += buffers[i].remaining();
      }
      if (channelPosition != position) {
        channel.position(position);
      }
      channelPosition = UNKNOWN; // As long as nobody knows how the write ends.
      long end = position + left;
      int first = 0;
      while (left > 0) {
        left -= channel.write(buffers, first, buffers.length - first);
        while (first < buffers.length && !buffers[first].hasRemaining()) {
          first++;
        }
      }
      channelPosition = end;
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
      channelPosition = UNKNOWN;
      channel.truncate(size);
    }

    @Override
    public synchronized void sync() throws IOException {
      // One at a time: of two at the same time only one would hear of an error.
      if (syncFailed) {
        throw new IOException("an earlier sync has failed");
      }
      try {
        force(channel);
      } catch (IOException failure) {
        syncFailed = true;
        throw failure;
      }
    }

    @Override
    public synchronized void trustSyncsAgain() {
      syncFailed = false;
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
      return FileRegionPayload.of(channel, position, length, this);
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
