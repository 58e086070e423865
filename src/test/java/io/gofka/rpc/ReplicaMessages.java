package io.gofka.rpc;

import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.LeaderMessage.Pushed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.UUID;

/** What brokers could say about partitions of one topic. */
final class ReplicaMessages {
  static final UUID TOPIC = new UUID(0x0123_4567_89AB_CDEFL, 0xFEDC_BA98_7654_3210L);

  private ReplicaMessages() {}

  static Follow follow(int partition, long session, long offset) {
    return new Follow(TOPIC, partition, 3, session, offset, 2, 0);
  }

  static Acked acked(int partition, long session, long offset) {
    return new Acked(TOPIC, partition, 3, session, offset, 0);
  }

  static Unfollow unfollow(int partition, long session) {
    return new Unfollow(TOPIC, partition, 3, session);
  }

  static Pushed pushed(int partition, long fromOffset, long endOffset, ByteBuf records) {
    return new Pushed(TOPIC, partition, 3, 1, fromOffset, endOffset, fromOffset, 0, records);
  }

  /** Something of the form of record batches, in pooled direct memory. */
  static ByteBuf batches(int count, int sizeBytes, long baseOffset) {
    ByteBuffer out = ByteBuffer.allocate(count * sizeBytes);
    for (int i = 0; i < count; i++) {
      long offset = baseOffset + i;
      out.putLong(offset).putInt(sizeBytes - 12).putInt(3).put((byte) 2).putInt((int) offset * 31);
      while (out.position() < (i + 1) * sizeBytes) {
        out.put((byte) (offset + out.position()));
      }
    }
    // In one go: the leak detector takes its time for each access.
    return PooledByteBufAllocator.DEFAULT.directBuffer(out.capacity()).writeBytes(out.array());
  }
}
