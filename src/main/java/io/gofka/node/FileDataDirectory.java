package io.gofka.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The folder that a node keeps everything in, held by one node at a time. The operating system
 * holds the lock, so that it goes with the process however that ends; the file {@code .lock} also
 * says who has it.
 */
public final class FileDataDirectory implements AutoCloseable {
  static final String LOCK_FILE = ".lock";

  /** Holds the name of the node that has used the folder first. */
  static final String NODE_ID_FILE = "node-id";

  private static final int MAX_PID_LENGTH = 20;

  private final Path path;
  private final FileChannel lockFile;

  private FileDataDirectory(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Creates the folder if it isn't there, and takes it.
   *
   * @throws StartException when another process has it, or nothing can be written there
   */
  public static FileDataDirectory open(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    try {
      return take(path);
    } catch (IOException failure) {
      throw new StartException("The data directory " + path + " " + reason(path, failure) + ".");
    }
  }

  /**
   * The same.
   *
   * @param path absolute
   * @throws StartException when another process has it
   * @throws IOException when nothing can be written there
   */
  static FileDataDirectory take(Path path) throws IOException {
    FileChannel lockFile = null;
    boolean taken = false;
    try {
      // Java 17 takes a link to a folder for a file in the way.
      if (!Files.isDirectory(path)) {
        Files.createDirectories(path);
      }
      lockFile =
          FileChannel.open(
              path.resolve(LOCK_FILE),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      takeLock(path, lockFile);
      taken = true;
      return new FileDataDirectory(path, lockFile);
    } finally {
      if (!taken) {
        closeQuietly(lockFile);
      }
    }
  }

  private static void takeLock(Path path, FileChannel lockFile) throws IOException {
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException sameProcess) {
      throw new StartException(
          "The data directory " + path + " is used by another Gofka node in this process.");
    }
    if (lock == null) {
      throw new StartException(
          "The data directory "
              + path
              + " is used by another Gofka process"
              + holder(lockFile)
              + ".");
    }
    lockFile.truncate(0);
    byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
    lockFile.write(ByteBuffer.wrap(pid), 0);
  }

  private static String holder(FileChannel lockFile) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(MAX_PID_LENGTH);
    lockFile.read(pid, 0);
    String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).trim();
    return text.matches("\\d+") ? " (pid " + text + ")" : "";
  }

  /** What stands in the way, as the end of a sentence. */
  static String reason(Path path, IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return Files.isDirectory(path)
          ? "is not writable for this user"
          : "can't be created: this user must not write to " + existingParent(path);
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "can't be used: there is a file of that name";
    }
    if (failure instanceof NoSuchFileException && !Files.isDirectory(path)) {
      return "can't be created: the file system takes no new folders in " + existingParent(path);
    }
    String cause = failure.getMessage();
    if (failure instanceof FileSystemException ofFile && ofFile.getReason() != null) {
      cause = ofFile.getReason();
    }
    return (Files.isDirectory(path) ? "is not writable: " : "can't be created: ") + cause;
  }

  private static Path existingParent(Path path) {
    Path parent = path.getParent();
    while (parent != null && !Files.exists(parent)) {
      parent = parent.getParent();
    }
    return parent == null ? path : parent;
  }

  /**
   * Sees to it that no other node ever uses the folder: what is in it was written under the first
   * one's name, by which others know it.
   *
   * @throws StartException when the folder belongs to another node, or nothing can be written there
   */
  public void claimFor(String nodeId) {
    Path file = path.resolve(NODE_ID_FILE);
    try {
      String owner = Files.exists(file) ? Files.readString(file).strip() : "";
      if (owner.isEmpty()) { // Of a first start, or of one that was cut short here.
        Files.writeString(file, nodeId + "\n");
      } else if (!owner.equals(nodeId)) {
        throw new StartException(
            "The data directory %s belongs to node %s, but server.node_id is %s."
                .formatted(path, owner, nodeId));
      }
    } catch (IOException failure) {
      throw new StartException("The data directory " + path + " " + reason(path, failure) + ".");
    }
  }

  /** The folder, absolute. */
  public Path path() {
    return path;
  }

  /**
   * Lets another process have the folder. The file stays: removing it could cheat a waiting one.
   */
  @Override
  public void close() {
    closeQuietly(lockFile);
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException unlikely) {
      // The lock goes with the channel at the latest when the process ends.
    }
  }
}
