package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.Message;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every message in every version against Kafka's own classes for it: same content, same bytes, in
 * both directions. A failure names the seed; {@code -Dgofka.protocol.seed=} runs it again.
 */
class KafkaParityTest {
  private static final long SEED = Long.getLong("gofka.protocol.seed", 20_261_122L);
  private static final int TRIALS = 8;

  private record Pair(Class<? extends ApiMessage> ours, Class<? extends Message> kafkas) {}

  @Test
  void everyMessageOfKafkaThatHasAVersionHasAClass() throws Exception {
    List<String> missing = new ArrayList<>();
    List<String> present =
        GofkaObjects.messageClasses().stream().map(Class::getSimpleName).toList();
    try (Stream<Path> schemas = Files.list(Path.of("target/schemas/common/message"))) {
      for (Path schema : schemas.toList()) {
        String name = schema.getFileName().toString().replace(".json", "");
        boolean valid = !Files.readString(schema).contains("\"validVersions\": \"none\"");
        if (valid != present.contains(name)) {
          missing.add(name);
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(pairs().size() >= 230, pairs().size() + " messages");
  }

  @TestFactory
  Stream<DynamicTest> whatKafkaWritesIsReadAndWrittenBackByteForByte() throws Exception {
    return forEach(
        (pair, version, random) -> {
          Shape shape = KafkaObjects.shape(pair.kafkas, version);
          Message kafkas =
              KafkaObjects.create(pair.kafkas, Content.random(shape, random, filled(random)));
          byte[] bytes = KafkaObjects.write(kafkas, version);

          ApiMessage ours = GofkaObjects.read(pair.ours, Unpooled.wrappedBuffer(bytes), version);

          Message reread = KafkaObjects.read(pair.kafkas, bytes, version);
          assertEquals(KafkaObjects.content(reread), GofkaObjects.content(ours));
          assertEquals(KafkaObjects.content(kafkas), GofkaObjects.content(ours));
          assertEquals(bytes.length, ours.size(version));
          assertArrayEquals(bytes, GofkaObjects.write(ours, version));
        });
  }

  @TestFactory
  Stream<DynamicTest> whatWeWriteIsReadByKafkaAndWrittenBackByteForByte() throws Exception {
    return forEach(
        (pair, version, random) -> {
          Shape shape = KafkaObjects.shape(pair.kafkas, version);
          Content content = Content.random(shape, random, filled(random));
          ApiMessage ours = GofkaObjects.create(pair.ours, content);
          Content before = GofkaObjects.content(ours);
          byte[] bytes = GofkaObjects.write(ours, version);

          Message kafkas = KafkaObjects.read(pair.kafkas, bytes, version);

          assertEquals(before, KafkaObjects.content(kafkas));
          assertArrayEquals(bytes, KafkaObjects.write(kafkas, version));
          ApiMessage first = GofkaObjects.create(pair.ours, content);
          ApiMessage again = GofkaObjects.read(pair.ours, Unpooled.wrappedBuffer(bytes), version);
          assertEquals(first, again);
          assertEquals(first.hashCode(), again.hashCode());
          assertEquals(first.toString(), again.toString());
        });
  }

  /**
   * Fields of one version written in another: refused unless Kafka may drop them, by both or by
   * none.
   */
  @TestFactory
  Stream<DynamicTest> fieldThatTheVersionLacksIsRefusedOrDroppedAsKafkaDoes() throws Exception {
    return forEach(
        (pair, version, random) -> {
          Message latest = pair.kafkas.getConstructor().newInstance();
          int from = latest.lowestSupportedVersion();
          int other = from + random.nextInt(latest.highestSupportedVersion() - from + 1);
          Shape shape = KafkaObjects.shape(pair.kafkas, other);
          Content content = Content.random(shape, random, random.nextDouble() / 2);

          Optional<byte[]> expected =
              writtenByKafka(KafkaObjects.create(pair.kafkas, content), version);

          assertEquals(
              expected.map(Content.Bytes::of),
              written(GofkaObjects.create(pair.ours, content), version).map(Content.Bytes::of),
              () -> "version " + other + " written in " + version + ": " + content);
        });
  }

  private static Optional<byte[]> writtenByKafka(Message message, short version) {
    try {
      return Optional.of(KafkaObjects.write(message, version));
    } catch (UnsupportedVersionException | NullPointerException e) {
      return Optional.empty(); // The latter is its answer to a null that the version doesn't know.
    }
  }

  private static Optional<byte[]> written(ApiMessage message, short version) {
    try {
      return Optional.of(GofkaObjects.write(message, version));
    } catch (WireException e) {
      return Optional.empty();
    }
  }

  /** Mostly everything is set; sometimes little, so that defaults are written too. */
  private static double filled(Random random) {
    return random.nextInt(4) == 0 ? random.nextDouble() : 1;
  }

  @FunctionalInterface
  private interface Trial {
    void run(Pair pair, short version, Random random) throws Exception;
  }

  private static Stream<DynamicTest> forEach(Trial trial) throws Exception {
    return pairs().stream()
        .map(
            pair ->
                DynamicTest.dynamicTest(
                    pair.ours.getSimpleName(), () -> runInAllVersions(pair, trial)));
  }

  private static void runInAllVersions(Pair pair, Trial trial) throws Exception {
    ApiMessage message = pair.ours.getConstructor().newInstance();
    Message kafkas = pair.kafkas.getConstructor().newInstance();
    assertEquals(kafkas.lowestSupportedVersion(), message.lowestSupportedVersion());
    assertEquals(kafkas.highestSupportedVersion(), message.highestSupportedVersion());
    for (int v = message.lowestSupportedVersion(); v <= message.highestSupportedVersion(); v++) {
      for (int i = 0; i < TRIALS; i++) {
        try {
          trial.run(pair, (short) v, new Random(SEED * 31 + v * 1009L + i));
        } catch (Exception | AssertionError e) {
          throw new AssertionError(
              pair.ours.getSimpleName() + " v" + v + " trial " + i + " of seed " + SEED, e);
        }
      }
    }
  }

  private static List<Pair> pairs() throws Exception {
    List<Pair> pairs = new ArrayList<>();
    for (Class<? extends ApiMessage> ours : GofkaObjects.messageClasses()) {
      KafkaObjects.classOf(ours.getSimpleName())
          .ifPresent(kafkas -> pairs.add(new Pair(ours, kafkas)));
    }
    return pairs;
  }
}
