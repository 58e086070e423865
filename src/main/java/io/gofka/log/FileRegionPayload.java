package io.gofka.log;

import io.gofka.common.Payload;
import io.gofka.log.LogDisk.DiskFile;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.nio.channels.FileChannel;

/** A part of a segment that the socket sends by itself. */
record FileRegionPayload(FileRegion part, int size) implements Payload {

  /**
   * Takes over one reference to {@code file} and gives it back when the region is sent or released.
   */
  static FileRegionPayload of(FileChannel channel, long position, int length, DiskFile file) {
    return new FileRegionPayload(new Region(channel, position, length, file), length);
  }

  /** A subclass of Netty's class, because the native transports send only that by sendfile. */
  private static final class Region extends DefaultFileRegion {
    private final DiskFile file;

    Region(FileChannel channel, long position, long length, DiskFile file) {
      super(channel, position, length);
      this.file = file;
    }

    /** The channel is shared by all readers of the segment: only its last user closes it. */
    @Override
    protected void deallocate() {
      file.release();
    }
  }
}
