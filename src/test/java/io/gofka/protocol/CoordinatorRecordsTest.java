package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.protocol.message.GroupMetadataKey;
import io.gofka.protocol.message.OffsetCommitKey;
import io.gofka.protocol.message.OffsetCommitValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

class CoordinatorRecordsTest {
  private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

  @Test
  void keysAreThoseOfKafka() {
    byte[] kafkas =
        MessageUtil.toCoordinatorTypePrefixedBytes(
            new org.apache.kafka.coordinator.group.generated.OffsetCommitKey()
                .setGroup("billing")
                .setTopic("orders")
                .setPartition(7));
    OffsetCommitKey key = new OffsetCommitKey().group("billing").topic("orders").partition(7);

    assertArrayEquals(kafkas, bytesOf(CoordinatorRecords.writeKey(ALLOCATOR, key)));

    ByteBuf in = Unpooled.wrappedBuffer(kafkas);
    assertEquals(key.apiKey(), CoordinatorRecords.readKeyType(in));
    assertEquals(key, CoordinatorRecords.readKey(in, OffsetCommitKey::read));
  }

  @Test
  void valuesAreThoseOfKafkaInEveryVersion() {
    for (short version = 0; version <= 4; version++) {
      byte[] kafkas =
          MessageUtil.toVersionPrefixedBytes(
              version,
              new org.apache.kafka.coordinator.group.generated.OffsetCommitValue()
                  .setOffset(1L << 40)
                  .setMetadata("m")
                  .setCommitTimestamp(1_700_000_000_000L));
      OffsetCommitValue value =
          new OffsetCommitValue()
              .offset(1L << 40)
              .metadata("m")
              .commitTimestamp(1_700_000_000_000L);

      assertArrayEquals(kafkas, bytesOf(CoordinatorRecords.writeValue(ALLOCATOR, value, version)));
      assertEquals(
          value,
          CoordinatorRecords.readValue(Unpooled.wrappedBuffer(kafkas), OffsetCommitValue::read));
    }
  }

  @Test
  void damagedKeysAndValuesAreRefused() {
    byte[] key =
        bytesOf(CoordinatorRecords.writeKey(ALLOCATOR, new GroupMetadataKey().group("billing")));
    for (int length = 0; length < key.length; length++) {
      ByteBuf in = Unpooled.wrappedBuffer(key, 0, length);
      assertThrows(
          WireException.class,
          () -> {
            CoordinatorRecords.readKeyType(in);
            CoordinatorRecords.readKey(in, GroupMetadataKey::read);
          });
    }
    byte[] longer = java.util.Arrays.copyOf(key, key.length + 1);
    assertThrows(
        WireException.class,
        () ->
            CoordinatorRecords.readKey(
                Unpooled.wrappedBuffer(longer).skipBytes(Short.BYTES), GroupMetadataKey::read));
    ByteBuf unknownVersion = Unpooled.wrappedBuffer(new byte[] {0, 99, 0, 0});
    assertThrows(
        WireException.class,
        () -> CoordinatorRecords.readValue(unknownVersion, OffsetCommitValue::read));
  }

  private static byte[] bytesOf(ByteBuf buffer) {
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    buffer.release();
    return bytes;
  }
}
