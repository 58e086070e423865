package io.gofka.system;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Requests made from Kafka's schemas: every API and version, filled with names that exist and names
 * that don't and with numbers that nobody expects, whole or mutilated. They are deep enough to
 * reach the handlers behind the codec.
 */
final class HostileFrames {
  private static final List<String> NAMES =
      List.of(
          "hostile-0", "hostile-1", "hostile-group", "", "__consumer_offsets", "no/name", "range");
  private static final long[] NUMBERS = {
    -2,
    -1,
    0,
    1,
    2,
    3,
    9,
    1_000,
    Short.MAX_VALUE,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  /** Lengths in the forms they have on the wire: int16, int32 and varint. */
  private static final List<byte[]> LENGTHS =
      List.of(
          bytes(0xff, 0xfe),
          bytes(0x7f, 0xff),
          bytes(0xff, 0xff, 0xff, 0xfe),
          bytes(0xff, 0xff, 0xff, 0xff),
          bytes(0, 0, 0, 0),
          bytes(0x7f, 0xff, 0xff, 0xff),
          bytes(0x80, 0, 0, 0),
          bytes(0xff, 0xff, 0xff, 0xff, 0x07),
          bytes(0xff, 0xff, 0xff, 0xff, 0x0f),
          bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01));

  private final Random random;
  private final List<ApiKeys> apis;
  private List<Integer> lengthsAt = List.of();

  HostileFrames(Random random, List<ApiKeys> apis) {
    this.random = random;
    this.apis = apis;
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** The next frame, with its size in front: valid, mutilated or noise. */
  byte[] next() {
    byte[] frame = request(apis.get(random.nextInt(apis.size())));
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        return sized(frame, frame.length); // As the schema wants it, only its content is odd.
      }
      case 2 -> {
        return sized(frame, random.nextInt(frame.length + 1)); // Truncated, the size true.
      }
      case 3 -> {
        for (int i = random.nextInt(4); i >= 0; i--) {
          frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return sized(frame, frame.length);
      }
      case 4 -> {
        return sized(wrongLength(frame), frame.length);
      }
      case 5 -> {
        return sized(floodOfTags(frame), -1);
      }
      case 6 -> {
        frame[3] = (byte) random.nextInt(20); // The version, and with it perhaps the header's.
        return sized(frame, frame.length);
      }
      default -> {
        byte[] noise = new byte[random.nextInt(200)];
        random.nextBytes(noise);
        return sized(noise, noise.length);
      }
    }
  }

  /** A request of a random version as the schema wants it, without its size. */
  byte[] request(ApiKeys api) {
    int span = api.latestVersion() - api.oldestVersion();
    return request(api, (short) (api.oldestVersion() + random.nextInt(span + 1)));
  }

  byte[] request(ApiKeys api, short version) {
    lengthsAt = new ArrayList<>();
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    try {
      out.writeShort(api.id);
      out.writeShort(version);
      out.writeInt(random.nextInt());
      out.writeShort(4);
      out.writeBytes("evil");
      if (api.requestHeaderVersion(version) >= 2) {
        out.writeByte(0);
      }
      write(out, api.messageType.requestSchemas()[version], bytes);
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
    return bytes.toByteArray();
  }

  private void write(DataOutputStream out, Type type, ByteArrayOutputStream position)
      throws IOException {
    if (type instanceof Schema schema) {
      for (BoundField field : schema.fields()) {
        write(out, field.def.type, position);
      }
    } else if (type instanceof TaggedFields) {
      out.writeByte(0);
    } else if (type instanceof ArrayOf || type instanceof CompactArrayOf) {
      int count = random.nextInt(3);
      writeLength(out, count, type instanceof CompactArrayOf ? 0 : 4, position);
      for (int i = 0; i < count; i++) {
        write(out, type.arrayElementType().orElseThrow(), position);
      }
    } else {
      writeScalar(out, type.toString(), position);
    }
  }

  private void writeScalar(DataOutputStream out, String type, ByteArrayOutputStream position)
      throws IOException {
    boolean compact = type.contains("COMPACT");
    switch (type.replace("COMPACT_", "").replace("NULLABLE_", "")) {
      case "BOOLEAN" -> out.writeBoolean(random.nextBoolean());
      case "INT8" -> out.writeByte((int) number());
      case "INT16", "UINT16" -> out.writeShort((int) number());
      case "INT32", "UINT32" -> out.writeInt((int) number());
      case "INT64" -> out.writeLong(number());
      case "FLOAT64" -> out.writeDouble(random.nextDouble());
      case "UUID" -> {
        out.writeLong(random.nextLong());
        out.writeLong(random.nextLong());
      }
      case "STRING" -> writeBytes(out, KafkaClients.bytes(name()), compact ? 0 : 2, position);
      case "BYTES" -> writeBytes(out, noise(), compact ? 0 : 4, position);
      case "RECORDS" -> writeBytes(out, records(), compact ? 0 : 4, position);
      default -> throw new IllegalStateException("no bytes for " + type);
    }
  }

  private void writeBytes(
      DataOutputStream out, byte[] bytes, int lengthBytes, ByteArrayOutputStream position)
      throws IOException {
    writeLength(out, bytes.length, lengthBytes, position);
    out.write(bytes);
  }

  private void writeLength(
      DataOutputStream out, int length, int lengthBytes, ByteArrayOutputStream position)
      throws IOException {
    out.flush();
    lengthsAt.add(position.size());
    if (lengthBytes == 4) {
      out.writeInt(length);
    } else if (lengthBytes == 2) {
      out.writeShort(length);
    } else {
      int rest = length + 1;
      while (rest > 0x7f) {
        out.writeByte(rest | 0x80);
        rest >>>= 7;
      }
      out.writeByte(rest);
    }
  }

  private long number() {
    return random.nextInt(10) == 0 ? random.nextLong() : NUMBERS[random.nextInt(NUMBERS.length)];
  }

  private String name() {
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  private byte[] noise() {
    byte[] noise = new byte[random.nextInt(40)];
    random.nextBytes(noise);
    return noise;
  }

  /** A batch of records: good, mutilated anywhere, or in its CRC too. */
  private byte[] records() {
    var codecs =
        List.of(
            Compression.NONE,
            Compression.gzip().build(),
            Compression.snappy().build(),
            Compression.lz4().build(),
            Compression.zstd().build());
    ByteBuffer buffer =
        MemoryRecords.withRecords(
                codecs.get(random.nextInt(codecs.size())),
                new SimpleRecord(1, noise(), noise()),
                new SimpleRecord(number() & Long.MAX_VALUE, null, noise()))
            .buffer();
    byte[] records = new byte[buffer.remaining()];
    buffer.get(records);
    if (random.nextBoolean()) {
      records[random.nextInt(records.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return random.nextInt(6) == 0
        ? Arrays.copyOf(records, random.nextInt(records.length))
        : records;
  }

  private byte[] wrongLength(byte[] frame) {
    if (lengthsAt.isEmpty()) {
      return frame;
    }
    byte[] length = LENGTHS.get(random.nextInt(LENGTHS.size()));
    int at = lengthsAt.get(random.nextInt(lengthsAt.size()));
    System.arraycopy(length, 0, frame, at, Math.min(length.length, frame.length - at));
    return frame;
  }

  private byte[] floodOfTags(byte[] frame) {
    var out = new ByteArrayOutputStream();
    out.write(frame, 0, Math.max(8, frame.length - 1));
    out.writeBytes(bytes(0xff, 0xff, 0x03)); // 65,535 tagged fields …
    int count = random.nextInt(3_000);
    for (int tag = 0; tag < count; tag++) { // … of which some come, each empty.
      out.write(tag & 0x7f);
      out.write(0);
    }
    return out.toByteArray();
  }

  private static byte[] sized(byte[] frame, int length) {
    int size = length < 0 ? frame.length : length;
    return ByteBuffer.allocate(4 + size).putInt(size).put(frame, 0, size).array();
  }
}
