package io.gofka.log;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The disk under the partition logs, so that tests can lose what was not synced, tear writes and
 * fail. May be called from any thread; the order of calls on one file is the caller's business.
 */
public interface LogDisk {
  /** Opens a file for reading and writing; it is created when it is missing. */
  DiskFile open(Path file) throws IOException;

  /** Names in a folder, sorted; none when there is no such folder. */
  List<String> list(Path folder) throws IOException;

  boolean isFolder(Path path);

  /** Size of a file in bytes. */
  long size(Path file) throws IOException;

  /**
   * A small file as a whole; empty when it is missing.
   *
   * @throws IOException also when it has more than {@code maxBytes}
   */
  Optional<byte[]> read(Path file, int maxBytes) throws IOException;

  /** The first {@code maxBytes} of a file, or all of it; empty when it is missing. */
  Optional<byte[]> readStart(Path file, int maxBytes) throws IOException;

  /** Writes a file whole. After a crash it may be missing or torn: its content must tell. */
  void write(Path file, byte[] content) throws IOException;

  /** Replaces a file so that after a crash either the old or the new content is there, whole. */
  void replace(Path file, byte[] content) throws IOException;

  void createFolder(Path folder) throws IOException;

  /** Renames a file or folder; open files stay open. */
  void rename(Path from, Path to) throws IOException;

  /** Removes a file, or a folder with all that is in it; nothing happens when it is missing. */
  void delete(Path path) throws IOException;

  /** Makes the names in a folder durable. */
  void syncFolder(Path folder) throws IOException;

  /** An open file. It stays open until every reference to it is given back. */
  interface DiskFile {
    long size() throws IOException;

    /** Writes {@code length} bytes from {@code index}, all of them or with an exception. */
    void write(ByteBuf bytes, int index, int length, long position) throws IOException;

    /** Reads as much as fits into {@code target} or the file has. */
    void read(ByteBuffer target, long position) throws IOException;

    void truncate(long size) throws IOException;

    /** Returns once all that was written is durable. */
    void sync() throws IOException;

    /** Whether the bytes can be read without waiting for the disk. */
    boolean isResident(long position, int length);

    /**
     * The bytes as something that a socket sends by itself. It holds a reference of its own, so it
     * stays good when the file is deleted.
     */
    Payload region(long position, int length);

    DiskFile retain();

    @CanIgnoreReturnValue
    boolean release();
  }
}
