package io.gofka.log;

import io.gofka.common.Payload;
import io.gofka.log.LogDisk.DiskFile;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An open file that leaves everything to another one; for disks that do something more with some of
 * it.
 */
abstract class ForwardingFile implements DiskFile {
  final DiskFile file;

  ForwardingFile(DiskFile file) {
    this.file = file;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public void write(ByteBuf bytes, int index, int length, long position) throws IOException {
    file.write(bytes, index, length, position);
  }

  @Override
  public void read(ByteBuffer target, long position) throws IOException {
    file.read(target, position);
  }

  @Override
  public void truncate(long size) throws IOException {
    file.truncate(size);
  }

  @Override
  public void sync() throws IOException {
    file.sync();
  }

  @Override
  public void trustSyncsAgain() {
    file.trustSyncsAgain();
  }

  @Override
  public boolean isResident(long position, int length) {
    return file.isResident(position, length);
  }

  @Override
  public Payload region(long position, int length) {
    return file.region(position, length);
  }

  @Override
  public DiskFile retain() {
    file.retain();
    return this;
  }

  @Override
  public boolean release() {
    return file.release();
  }
}
