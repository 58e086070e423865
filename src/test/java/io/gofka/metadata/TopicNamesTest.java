package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.metadata.image.ClusterImage;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.junit.jupiter.api.Test;

class TopicNamesTest {
  @Test
  void namesAreJudgedAsKafkaJudgesThem() {
    Random random = new Random(5);
    String alphabet = "aZ09._-. _/ä\u0000\n€";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder name = new StringBuilder();
      int length = random.nextInt(10) == 0 ? 245 + random.nextInt(10) : random.nextInt(4);
      for (int c = 0; c < length; c++) {
        int allowed = random.nextInt(20) == 0 ? alphabet.length() : 7;
        name.append(alphabet.charAt(random.nextInt(allowed)));
      }
      String text = name.toString();
      assertEquals(
          kafkaAllows(text), TopicNames.mistake(text).isEmpty(), () -> "name '" + text + "'");
    }
  }

  private static boolean kafkaAllows(String name) {
    try {
      Topic.validate(name);
      return true;
    } catch (InvalidTopicException refused) {
      return false;
    }
  }

  @Test
  void dotsAndUnderscoresAreAlikeBetweenTopicsOfTheSameLength() {
    ClusterImage image = Images.cluster(1);
    for (String name : new String[] {"a", "a.b", "x_y.z", "a.bc", "._"}) {
      image = Images.withTopic(image, name, 1, 1);
    }
    var topics = image.topicsByName();
    assertEquals(Optional.of("a.b"), TopicNames.colliding("a_b", topics));
    assertEquals(Optional.of("x_y.z"), TopicNames.colliding("x.y_z", topics));
    assertEquals(Optional.of("._"), TopicNames.colliding("__", topics));
    assertEquals(Optional.empty(), TopicNames.colliding("a.b", topics), "itself");
    assertEquals(Optional.empty(), TopicNames.colliding("ab", topics));
    assertEquals(Optional.empty(), TopicNames.colliding("a_d", topics));
    assertEquals(Optional.empty(), TopicNames.colliding("b_b", topics));
  }

  @Test
  void collisionsAreFoundAmongAllNames() {
    Random random = new Random(9);
    for (int round = 0; round < 300; round++) {
      TreeMap<String, Integer> topics = new TreeMap<>();
      for (int i = 0; i < random.nextInt(30); i++) {
        topics.put(shortName(random), i);
      }
      String name = shortName(random);
      boolean expected =
          topics.keySet().stream()
              .anyMatch(
                  other ->
                      !other.equals(name)
                          && other.replace('.', '_').equals(name.replace('.', '_')));
      assertEquals(
          expected, TopicNames.colliding(name, topics).isPresent(), name + " in " + topics);
    }
  }

  /** A name worse than any search could bear that tries all of its forms. */
  @Test
  void nameOfNothingButSeparatorsIsJudgedAtOnce() {
    TreeMap<String, Integer> topics = new TreeMap<>();
    topics.put("._".repeat(120), 1);
    assertEquals(Optional.empty(), TopicNames.colliding("_".repeat(241), topics));
    assertEquals(Optional.of("._".repeat(120)), TopicNames.colliding("_".repeat(240), topics));
  }

  private static String shortName(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i <= random.nextInt(5); i++) {
      name.append("ab._".charAt(random.nextInt(4)));
    }
    return name.toString();
  }
}
