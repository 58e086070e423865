package io.gofka.raft.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A directory with files in it, as a file system has it: what was written is on disk only after the
 * file was synced, and a name that was made, renamed or deleted only after the directory was. The
 * storage of a replica knows no other way to its disk, so that a simulated one can lose, tear and
 * damage what wasn't synced. All calls block.
 */
public interface Disk {
  /** Names of the files in the directory, sorted. */
  List<String> list() throws IOException;

  /** Opens a file to read and write, an empty one when there is none with this name. */
  OpenFile open(String name) throws IOException;

  /** Gives a file another name; one that had it is gone. */
  void rename(String from, String to) throws IOException;

  void delete(String name) throws IOException;

  /** Returns when the names as they are now are on disk. */
  void sync() throws IOException;

  /** Where it is, for people. */
  @Override
  String toString();

  /** A file that is open. */
  interface OpenFile extends Closeable {
    long size() throws IOException;

    /**
     * Reads into the buffer, up to its limit or the end of the file.
     *
     * @return how many bytes; -1 when there are none at the position
     */
    int read(ByteBuffer into, long position) throws IOException;

    /** Writes the whole buffer; bytes between the end and the position become zero. */
    void write(ByteBuffer from, long position) throws IOException;

    /** Makes the file shorter. */
    void truncate(long size) throws IOException;

    /** Returns when the content as it is now, and the size, are on disk. */
    void sync() throws IOException;
  }
}
