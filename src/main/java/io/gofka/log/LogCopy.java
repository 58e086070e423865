package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * The copy of a log that is made in a folder of another directory. What is written there is read
 * once more and checked, batch by batch: CRC, and the hash of what that leaves out against what the
 * original's index says. So neither a damaged original nor a disk that has written something else
 * can pass for the log.
 *
 * <p>For workers, one piece of work after the other.
 */
final class LogCopy {
  private static final int WRITE_BYTES = 1 << 20;

  private final LogDisk source;
  private final LogDisk target;
  private final String folder;
  private final String copy;
  private final IdentityHashMap<Segment, Proof> proofs = new IdentityHashMap<>();

  /** A part of a segment to be copied; holds the file. */
  record Part(Segment segment, DiskFile file, int from, int to) {
    long baseOffset() {
      return segment.baseOffset();
    }
  }

  /**
   * A segment to be completed, and what it must be then.
   *
   * @param rest what is not copied yet
   */
  record Last(Part rest, int headerHash) {}

  /** How far the copy of a segment is known to be right. */
  private static final class Proof {
    private int position;
    private long nextOffset;
    private int headerHash = HeaderHash.INITIAL;
  }

  /**
   * @param folder of the original, on {@code source}
   * @param copy the folder to make, on {@code target}
   */
  LogCopy(LogDisk source, String folder, LogDisk target, String copy) {
    this.source = source;
    this.folder = folder;
    this.target = target;
    this.copy = copy;
  }

  void copy(Part part) throws IOException {
    DiskFile to = target.open(LogFiles.segment(copy, part.baseOffset()));
    try {
      if (to.size() > part.from()) {
        to.truncate(part.from()); // What lies behind is of an earlier attempt.
      }
      for (int at = part.from(); at < part.to(); at += WRITE_BYTES) {
        int length = Math.min(WRITE_BYTES, part.to() - at);
        ByteBuf bytes = LogSlice.read(part.file(), at, length, PooledByteBufAllocator.DEFAULT);
        try {
          to.write(bytes, 0, length, at);
        } finally {
          bytes.release();
        }
      }
      prove(to, part);
    } finally {
      to.release();
    }
  }

  /** Goes on with the proof as far as there are whole batches now. */
  private void prove(DiskFile file, Part part) throws IOException {
    Proof proof = proofs.get(part.segment());
    if (proof == null || proof.position > part.from()) {
      proof = new Proof();
      proof.nextOffset = part.baseOffset();
      proofs.put(part.segment(), proof);
    }
    try (BatchScanner scanner =
        new BatchScanner(
            file, proof.position, part.to(), proof.nextOffset, BatchScanner.SCAN_CHUNK_BYTES)) {
      while (scanner.next()) {
        if (!scanner.crcMatches()) {
          throw unlike(part, scanner.position());
        }
        proof.headerHash = HeaderHash.next(proof.headerHash, scanner.header());
        proof.nextOffset = scanner.header().nextOffset();
        proof.position = scanner.nextPosition();
      }
    }
  }

  private LogCorruptException unlike(Part part, int position) {
    return new LogCorruptException(
        "the copy of "
            + part.segment().path()
            + " to "
            + target.description()
            + " is not what the original was at position "
            + position);
  }

  /** Makes what was copied of a segment durable. */
  void sync(long baseOffset) throws IOException {
    sync(LogFiles.segment(copy, baseOffset));
  }

  /**
   * Copies what is left, with all side files; all of it is right and durable then.
   *
   * @param segments all that the log has
   */
  void complete(List<Last> segments) throws IOException {
    for (Last segment : segments) {
      Part rest = segment.rest();
      copy(rest);
      Proof proof = proofs.get(rest.segment());
      if (proof.position != rest.to() || proof.headerHash != segment.headerHash()) {
        throw unlike(rest, proof.position);
      }
    }
    List<String> stay =
        segments.stream()
            .map(each -> LogFiles.name(each.rest().baseOffset(), LogFiles.SEGMENT))
            .toList();
    for (String name : target.list(copy)) {
      if (!stay.contains(name)) {
        target.delete(LogFiles.in(copy, name)); // Its segment has gone meanwhile.
      }
    }
    for (String name : source.list(folder)) {
      if (isSideFile(name)) {
        copySideFile(name);
      }
    }
    for (String name : target.list(copy)) {
      sync(LogFiles.in(copy, name));
    }
    MoveCount.write(target, copy, MoveCount.read(source, folder) + 1);
    target.syncFolder(copy);
  }

  private void copySideFile(String name) throws IOException {
    Optional<byte[]> content = source.read(LogFiles.in(folder, name), LogFiles.MAX_SIDE_FILE_BYTES);
    if (content.isEmpty()) {
      return;
    }
    String file = LogFiles.in(copy, name);
    target.write(file, content.get());
    boolean same =
        target
            .read(file, LogFiles.MAX_SIDE_FILE_BYTES)
            .filter(written -> Arrays.equals(written, content.get()))
            .isPresent();
    if (!same) {
      throw new LogCorruptException(
          "the copy of " + name + " to " + target.description() + " is not what was written");
    }
  }

  private static boolean isSideFile(String name) {
    return !name.endsWith(LogFiles.SEGMENT)
        && !name.endsWith(LogFiles.DELETED)
        && !name.endsWith(LogFiles.DAMAGED)
        && !name.endsWith(LogFiles.TEMPORARY)
        && !name.equals(LogFiles.MOVES);
  }

  private void sync(String name) throws IOException {
    DiskFile file = target.open(name);
    try {
      file.sync();
    } finally {
      file.release();
    }
  }
}
