package io.gofka.log;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The disk under the partition logs, so that tests can lose what was not synced, tear writes and
 * fail. A name is relative to the log directory, its parts separated by {@code /}. May be called
 * from any thread; the order of calls on one file is the caller's business.
 */
public interface LogDisk {
  /** The directory itself. */
  String ROOT = "";

  /** The directory as people know it. */
  String description();

  /** Opens a file for reading and writing; it is created when it is missing. */
  DiskFile open(String file) throws IOException;

  /** Names in a folder, sorted; none when there is no such folder. */
  List<String> list(String folder) throws IOException;

  boolean isFolder(String path);

  /**
   * Whether there is no room for so many bytes, or nothing may be written at all. Then a write that
   * fails is no sign that the disk is broken.
   */
  default boolean refusesWrites(long bytes) {
    return false;
  }

  /**
   * Whether it is making something durable now. Then a write may have to wait as long: the file
   * system's journal doesn't let go of what it is writing down, whosever it is.
   */
  default boolean isSyncing() {
    return false;
  }

  /** Size of a file in bytes. */
  long size(String file) throws IOException;

  /**
   * A small file as a whole; empty when it is missing.
   *
   * @throws IOException also when it has more than {@code maxBytes}
   */
  Optional<byte[]> read(String file, int maxBytes) throws IOException;

  /** The first {@code maxBytes} of a file, or all of it; empty when it is missing. */
  Optional<byte[]> readStart(String file, int maxBytes) throws IOException;

  /** Writes a file whole. After a crash it may be missing or torn: its content must tell. */
  void write(String file, byte[] content) throws IOException;

  /** Replaces a file so that after a crash either the old or the new content is there, whole. */
  void replace(String file, byte[] content) throws IOException;

  /**
   * The same, but which of the two a crash leaves is open until the folder is synced; one sync
   * less.
   */
  default void replaceEventually(String file, byte[] content) throws IOException {
    replace(file, content);
  }

  void createFolder(String folder) throws IOException;

  /** Renames a file or folder; open files stay open. */
  void rename(String from, String to) throws IOException;

  /** Removes a file, or a folder with all that is in it; nothing happens when it is missing. */
  void delete(String path) throws IOException;

  /** Makes the names in a folder durable. */
  void syncFolder(String folder) throws IOException;

  /** An open file. It stays open until every reference to it is given back. */
  interface DiskFile {
    long size() throws IOException;

    /** Writes {@code length} bytes from {@code index}, all of them or with an exception. */
    void write(ByteBuf bytes, int index, int length, long position) throws IOException;

    /**
     * Writes the readable bytes of all {@code parts}, one after the other from {@code position} on,
     * and leaves their indexes alone; all of them or with an exception, which leaves open how many.
     */
    default void write(List<ByteBuf> parts, long position) throws IOException {
      long at = position;
      for (ByteBuf part : parts) {
        write(part, part.readerIndex(), part.readableBytes(), at);
        at += part.readableBytes();
      }
    }

    /** Reads as much as fits into {@code target} or the file has. */
    void read(ByteBuffer target, long position) throws IOException;

    void truncate(long size) throws IOException;

    /**
     * Returns once all that was written is durable. Once it has failed, so does every later call:
     * the kernel tells an error once, and takes what was lost for written from then on.
     */
    void sync() throws IOException;

    /** What was not durable when a sync failed has been written once more. */
    default void trustSyncsAgain() {}

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
