package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.consumer;
import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.read;
import static io.gofka.system.KafkaClients.send;
import static io.gofka.system.KafkaClients.values;
import static io.gofka.system.KafkaClients.valuesOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.clients.GroupMember;
import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.Java;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups of the classic protocol: who gets what, and who is told when. */
class GroupIT {
  private static final String EAGER = "org.apache.kafka.clients.consumer.RangeAssignor";
  private static final String STICKY = "org.apache.kafka.clients.consumer.StickyAssignor";
  private static final String COOPERATIVE =
      "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
  private static final String SESSION_MS = "6000";

  @RegisterExtension
  static final BrokerFixture FIXTURE = new BrokerFixture(BrokerSettings.named("group"));

  private static Admin admin;
  private static String bootstrap;

  @BeforeAll
  static void connect() {
    bootstrap = FIXTURE.bootstrap();
    admin = KafkaClients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static String topicWithPartitions(int count) throws Exception {
    String topic = fresh("topic");
    createTopic(admin, topic, count, Map.of());
    return topic;
  }

  private static Consumer<String, String> member(String group, String assignor, String... more) {
    var settings = new HashMap<String, String>();
    settings.put("group.id", group);
    settings.put("partition.assignment.strategy", assignor);
    settings.put("session.timeout.ms", SESSION_MS);
    settings.put("heartbeat.interval.ms", "200");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return consumer(bootstrap, settings);
  }

  /** Polls all members in turn until together they hold all partitions, each exactly one share. */
  private static void balance(
      String topic, int partitions, List<Consumer<String, String>> members) {
    Await.until(
        () -> "members share " + partitions + " partitions: " + shares(members),
        LIMIT,
        () -> {
          members.forEach(member -> member.poll(Duration.ofMillis(20)));
          var all = new ArrayList<TopicPartition>();
          members.forEach(member -> all.addAll(member.assignment()));
          return all.size() == partitions
              && new HashSet<>(all).size() == partitions
              && members.stream().noneMatch(member -> member.assignment().isEmpty())
              && all.stream().allMatch(partition -> partition.topic().equals(topic));
        });
  }

  private static List<Set<TopicPartition>> shares(List<Consumer<String, String>> members) {
    return members.stream().map(Consumer::assignment).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {EAGER, STICKY, COOPERATIVE})
  void membersThatComeAndGoAlwaysShareAllPartitions(String assignor) throws Exception {
    String topic = topicWithPartitions(6);
    String group = fresh("sharing");
    String[] longSessions = {"session.timeout.ms", "45000"};
    var first = member(group, assignor, longSessions);
    var second = member(group, assignor, longSessions);
    var third = member(group, assignor, longSessions);
    try (first;
        second;
        third) {
      first.subscribe(List.of(topic));
      balance(topic, 6, List.of(first));
      second.subscribe(List.of(topic));
      third.subscribe(List.of(topic));
      balance(topic, 6, List.of(first, second, third));

      third.close(); // Leaves the group: the others need no session timeout.
      long startNanos = System.nanoTime();
      balance(topic, 6, List.of(first, second));
      assertTrue(System.nanoTime() - startNanos < Duration.ofSeconds(30).toNanos());
    }
  }

  @Test
  void cooperativeMemberKeepsWhatItKeepsThroughARebalance() throws Exception {
    String topic = topicWithPartitions(4);
    String group = fresh("cooperative");
    var revoked = new ArrayList<TopicPartition>();
    try (var first = member(group, COOPERATIVE);
        var second = member(group, COOPERATIVE)) {
      first.subscribe(
          List.of(topic),
          new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
              revoked.addAll(partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
          });
      balance(topic, 4, List.of(first));
      second.subscribe(List.of(topic));
      balance(topic, 4, List.of(first, second));
      assertEquals(2, revoked.size(), "only what moved was revoked: " + revoked);
    }
  }

  @Test
  void memberThatDiesSilentlyLosesItsPartitionsAfterTheSessionTimeout() throws Exception {
    String topic = topicWithPartitions(2);
    String group = fresh("silent");
    List<String> program =
        Java.onTestClassPath(
            "64m", GroupMember.class.getName(), List.of(bootstrap, group, topic, SESSION_MS));
    try (var lively = member(group, EAGER);
        var silent = ForkedProcess.start(program)) {
      lively.subscribe(List.of(topic));
      Await.until(
          () -> "each has a partition:\n" + silent.out(),
          LIMIT,
          () -> {
            lively.poll(Duration.ofMillis(20));
            return silent.out().contains(GroupMember.READY) && lively.assignment().size() == 1;
          });

      silent.kill();

      long killedNanos = System.nanoTime();
      balance(topic, 2, List.of(lively));
      // Its broken connection is no farewell: until the session is over, it may come back.
      long heartbeatMs = 200;
      long tookMs = Duration.ofNanos(System.nanoTime() - killedNanos).toMillis();
      assertTrue(tookMs >= Long.parseLong(SESSION_MS) - 5 * heartbeatMs, "after " + tookMs + " ms");
    }
  }

  @Test
  void memberWhoseThreadStopsPollingLeaves() throws Exception {
    String topic = topicWithPartitions(2);
    String group = fresh("stuck");
    // A poll interval shorter than the session makes the client itself leave.
    try (var lively = member(group, EAGER);
        var stuck = member(group, EAGER, "max.poll.interval.ms", "1500")) {
      lively.subscribe(List.of(topic));
      stuck.subscribe(List.of(topic));
      balance(topic, 2, List.of(lively, stuck));
      balance(topic, 2, List.of(lively));
    }
  }

  @Test
  void staticMemberComesBackToItsPartitionsWithoutARebalance() throws Exception {
    String topic = topicWithPartitions(4);
    String group = fresh("static");
    var rebalances = new ArrayList<Collection<TopicPartition>>();
    try (var stays = member(group, EAGER, "group.instance.id", "stays")) {
      Set<TopicPartition> before;
      stays.subscribe(
          List.of(topic),
          new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
              rebalances.add(partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
          });
      try (var goes = member(group, EAGER, "group.instance.id", "goes")) {
        goes.subscribe(List.of(topic));
        balance(topic, 4, List.of(stays, goes));
        before = Set.copyOf(goes.assignment());
      }
      rebalances.clear();
      try (var returns = member(group, EAGER, "group.instance.id", "goes")) {
        returns.subscribe(List.of(topic));
        balance(topic, 4, List.of(stays, returns));
        assertEquals(before, returns.assignment());
        assertEquals(List.of(), rebalances);
      }
    }
  }

  @Test
  void secondMemberWithTheSameInstanceIdFencesTheFirst() throws Exception {
    String topic = topicWithPartitions(2);
    String group = fresh("fenced");
    var first = member(group, EAGER, "group.instance.id", "the-one");
    try (var second = member(group, EAGER, "group.instance.id", "the-one")) {
      first.subscribe(List.of(topic));
      balance(topic, 2, List.of(first));
      second.subscribe(List.of(topic));
      balance(topic, 2, List.of(second));
      assertThrows(FencedInstanceIdException.class, () -> read(first, 1));
    } finally {
      first.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  @Test
  void groupGoesOnWhereItHadCommitted() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("resume"));
    send(bootstrap, partition, values("v", 100));
    String group = fresh("resume");
    try (var member = member(group, EAGER, "max.poll.records", "30")) {
      member.subscribe(List.of(partition.topic()));
      assertEquals(values("v", 30), valuesOf(read(member, 30)));
      member.commitSync();
    }
    try (var member = member(group, COOPERATIVE + "," + EAGER)) {
      member.subscribe(List.of(partition.topic()));
      var records = read(member, 70);
      assertEquals(30, records.get(0).offset());
      assertEquals(values("v", 100).subList(30, 100), valuesOf(records));
    }
  }

  @Test
  void automaticCommitsArriveToo() throws Exception {
    TopicPartition partition = createTopic(admin, fresh("auto"));
    send(bootstrap, partition, values("v", 10));
    String group = fresh("auto");
    try (var member =
        member(group, EAGER, "enable.auto.commit", "true", "auto.commit.interval.ms", "100")) {
      member.subscribe(List.of(partition.topic()));
      read(member, 10);
      Await.until(
          "the position is committed",
          LIMIT,
          () -> {
            member.poll(Duration.ofMillis(20));
            OffsetAndMetadata committed = member.committed(Set.of(partition)).get(partition);
            return committed != null && committed.offset() == 10;
          });
    }
  }

  @Test
  void commitOfAMemberThatLostItsPlaceIsRefused() throws Exception {
    String topic = topicWithPartitions(2);
    TopicPartition partition = new TopicPartition(topic, 0);
    String group = fresh("late");
    try (var late = member(group, EAGER, "max.poll.interval.ms", "1000");
        var other = member(group, EAGER)) {
      late.subscribe(List.of(topic));
      balance(topic, 2, List.of(late));
      other.subscribe(List.of(topic));
      balance(topic, 2, List.of(other));
      var failure =
          assertThrows(
              RuntimeException.class,
              () -> late.commitSync(Map.of(partition, new OffsetAndMetadata(1))));
      assertTrue(
          failure instanceof CommitFailedException
              || failure instanceof RebalanceInProgressException,
          () -> "refused with " + failure);
    }
  }

  @Test
  void patternSubscriptionFindsTopicsMadeLater() throws Exception {
    String prefix = fresh("pattern");
    createTopic(admin, prefix + "-a");
    try (var member = member(fresh("pattern"), EAGER, "metadata.max.age.ms", "300")) {
      member.subscribe(java.util.regex.Pattern.compile(prefix + "-.*"));
      Await.until(
          "one topic is assigned",
          LIMIT,
          () -> {
            member.poll(Duration.ofMillis(20));
            return member.assignment().size() == 1;
          });
      createTopic(admin, prefix + "-b");
      Await.until(
          "two topics are assigned",
          LIMIT,
          () -> {
            member.poll(Duration.ofMillis(20));
            return member.assignment().size() == 2;
          });
    }
  }

  @Test
  void membersWithoutACommonAssignorAreRefused() throws Exception {
    String topic = topicWithPartitions(1);
    String group = fresh("strange");
    try (var eager = member(group, EAGER);
        var other = member(group, COOPERATIVE)) {
      eager.subscribe(List.of(topic));
      balance(topic, 1, List.of(eager));
      other.subscribe(List.of(topic));
      assertThrows(InconsistentGroupProtocolException.class, () -> read(other, 1));
    }
  }
}
